"""The scanner finds the very tokens that lark's own lexer finds."""

from __future__ import annotations

from pathlib import Path

import pytest
from lark.exceptions import LexError
from lark.lexer import BasicLexer, LexerState
from lark.utils import TextSlice

from cnndsl import lalr, tables
from cnndsl.scanner import Scanner

ROOT = Path(__file__).parents[1]
CONF = lalr.lark_of(tables.text()).lexer_conf
PROGRAMS = sorted([*ROOT.glob("specs/*.cnn"), *ROOT.glob("examples/*.cnn"), *ROOT.glob("tests/**/*.cnn")])


Found = list[tuple[str, str, int | None, int | None]]


def tokens(lexer: BasicLexer | Scanner, text: str) -> Found:
    state = LexerState(TextSlice.cast_from(text))
    return [(token.type, str(token), token.start_pos, token.end_pos) for token in lexer.lex(state, None)]


def found(lexer: BasicLexer | Scanner, text: str) -> Found | None:
    """The tokens; None where there is something else."""
    try:
        return tokens(lexer, text)
    except LexError:
        return None


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: str(path.relative_to(ROOT)))
def test_tokens_are_larks(path: Path) -> None:
    text = path.read_text("utf-8")
    theirs = found(BasicLexer(CONF), text)
    assert found(Scanner(CONF), text) == theirs
    if theirs is not None:
        kinds = [(token.type, str(token), token.start_pos, token.end_pos) for token in Scanner(CONF).tolerant(text)]
        assert kinds == theirs


@pytest.mark.parametrize("text", ["net N { 'a' }", 'x = "open', "3x", "a ! b", "é"])
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(LexError):
        tokens(Scanner(CONF), text)


def test_what_is_ignored_is_read_once() -> None:
    """Columns of blanks and comments in comments: an expression that tries every way to part them never ends."""
    text = "net N {" + " " * 5000 + "#" * 5000 + "\n" + " \t" * 5000 + "§"
    assert [token.type for token in Scanner(CONF).tolerant(text)][-1] == "STRAY"
