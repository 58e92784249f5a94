"""The parser reads by its tables what lark reads by its own; tables that cannot be read are made again."""

from __future__ import annotations

from pathlib import Path

import pytest
from lark.lexer import BasicLexer, LexerState
from lark.utils import TextSlice

from cnndsl import lalr, syntax, tables
from cnndsl.compiler import parse
from cnndsl.parser import END, Parser, Unfit

ROOT = Path(__file__).parents[1]
LARK = lalr.lark_of(tables.text())
TABLES = lalr.made(LARK)
PROGRAMS = sorted([*ROOT.glob("specs/*.cnn"), *ROOT.glob("examples/*.cnn"), *ROOT.glob("tests/benchmarks/**/*.cnn")])


class Plain:
    """Every rule to its name and its children."""

    def __getattr__(self, rule: str) -> object:
        return lambda children: (rule, *children)


def plain(tree: object) -> object:
    """The same of lark's trees."""
    data = getattr(tree, "data", None)
    return (str(data), *map(plain, tree.children)) if data is not None else tree  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: str(path.relative_to(ROOT)))
def test_tokens_and_trees_are_larks(path: Path) -> None:
    text = path.read_text("utf-8")
    parser = Parser(TABLES, Plain(), syntax.Newlines().process)
    theirs = list(BasicLexer(LARK.lexer_conf).lex(LexerState(TextSlice.cast_from(text)), None))
    places = [(token.type, str(token), token.start_pos, token.end_pos) for token in theirs]
    assert [(token.type, str(token), token.start_pos, token.end_pos) for token in parser.scanned(text)] == places
    state = LARK.parse_interactive("", start="start")
    for token in syntax.Newlines().process(iter(theirs)):
        state.feed_token(token)
    assert parser.parse(text, "start") == plain(state.feed_eof())


@pytest.mark.parametrize(("text", "place"), [("net N { 'a' }", 7), ("net N { } }", 10), ("net N {", 7), ("é", 0)])
def test_where_a_text_does_not_fit(text: str, place: int) -> None:
    with pytest.raises(Unfit) as error:
        Parser(TABLES, Plain(), syntax.Newlines().process).parse(text, "start")
    assert error.value.place == place


@pytest.mark.parametrize("content", [b"", b"\xff\xff", b"i\x01\x00\x00\x00"])
def test_tables_that_cannot_be_read_are_made_again(content: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert tables.kept("a grammar") is None
    tables.keep("a grammar", TABLES)
    assert tables.kept("a grammar") == TABLES
    tables.cache("a grammar", tables.FORM).write_bytes(content)
    assert tables.kept("a grammar") is None


def test_a_cache_that_cannot_be_written_is_done_without(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    tables.keep("a grammar", TABLES)
    assert tables.kept("a grammar") is None
    syntax._parser.cache_clear()
    assert parse("net N { input x: 1x4x4; ReLU }").nets == ("N",)
    assert END not in TABLES.words
