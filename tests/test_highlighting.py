"""Colours for programs: Pygments and TextMate see what our own scanner sees, from one vocabulary."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from pygments import highlight, token
from pygments.formatters import HtmlFormatter

from cnndsl import lalr, ops, tables, textmate
from cnndsl.lexer import KINDS, CnnLexer
from cnndsl.scanner import Scanner
from cnndsl.vocabulary import keywords, looks

ROOT = Path(__file__).parents[1]
PROGRAMS = sorted([*(ROOT / "specs").glob("*.cnn"), *(ROOT / "examples").glob("*.cnn")])
SCANNER = Scanner(lalr.lark_of(tables.text()).lexer_conf)
WORDS = {"keyword", "constant", "connective", "declared", "label", "layer", "function", "argument", "name"}
BY_TERMINAL = {  # of the grammar: what each may look like
    "STRING": {"string", "label"},
    "NUMBER": {"number"},
    "INDEX": {"number"},
    "DIMS": {"size"},
    "NAME": (WORDS | {"attribute"}) - {"keyword", "constant", "connective"},
    "TNAME": {"label", "name"},
    "_ARROW": {"arrow"},
    "_DCOLON": {"arrow"},
    "VBAR": {"arrow"},
}


def kinds(text: str) -> dict[int, str]:
    """The kind of every character that Pygments gives one."""
    named = {kind: name for name, kind in KINDS.items()}
    return {at + i: named[kind] for at, kind, value in CnnLexer().get_tokens_unprocessed(text) for i in range(len(value))}


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.name)
def test_nothing_is_unknown_in_programs(path: Path) -> None:
    found = list(CnnLexer().get_tokens_unprocessed(path.read_text("utf-8")))
    assert [value for _, kind, value in found if kind is token.Error] == []
    assert "".join(value for *_, value in found) == path.read_text("utf-8")


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.name)
def test_it_is_what_the_scanner_sees(path: Path) -> None:
    text = path.read_text("utf-8")
    looks_like = kinds(text)
    for one in SCANNER.tolerant(text):
        look = looks_like[one.start_pos or 0]
        expected = BY_TERMINAL.get(one.type)
        if expected is None and str(one) in keywords():
            expected = {"keyword", "constant", "connective"}
        assert expected is None or look in expected, (str(one), one.type, look)
        if one.type == "NAME" and look == "name":
            assert str(one) not in ops.names() or text[(one.start_pos or 0) - 1] in ".@"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("net N(c = 3) {", [("net", "keyword"), ("N", "declared"), ("c", "argument"), ("3", "number")]),
        ("conv$i: Conv(8, 3)", [("conv$i", "label"), ("Conv", "layer"), ("8", "number"), ("3", "number")]),
        ("enc${i + 1}: x", [("enc${i + 1}", "label"), ("x", "name")]),
        ("add(a, b) :: 3x8x8", [("add", "layer"), ("a", "name"), ("b", "name"), ("::", "arrow"), ("3x8x8", "size")]),
        (
            "assert x.max == max(1, 2K)",
            [("assert", "keyword"), ("x", "name"), ("max", "name"), ("max", "function"), ("1", "number")],
        ),
        ("@frozen # Conv", [("@frozen", "attribute"), ("# Conv", "comment")]),
        ('"Conv \\" # in" as in1', [('"Conv \\" # in"', "string"), ("as", "keyword"), ("in1", "name")]),
        ("not true or Convolution", [("not", "connective"), ("true", "constant"), ("or", "connective"), ("Convolution", "name")]),
        ("for i in 1..3", [("for", "keyword"), ("i", "name"), ("in", "keyword"), ("1", "number")]),
    ],
)
def test_looks(text: str, expected: list[tuple[str, str]]) -> None:
    named = {kind: name for name, kind in KINDS.items()}
    found = [(value, named[kind]) for _, kind, value in CnnLexer().get_tokens_unprocessed(text)]
    plain = {"", "punctuation", "operator"}
    assert [one for one in found if one[1] not in plain][: len(expected)] == expected


def test_a_page_is_coloured() -> None:
    page = highlight("net N { Conv(8, 3) }  # <b>\n", CnnLexer(), HtmlFormatter())
    assert '<span class="k">net</span>' in page
    assert '<span class="nb">Conv</span>' in page
    assert "&lt;b&gt;" in page


def test_pygments_is_told_of_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    module, _, name = project["entry-points"]["pygments.lexers"]["cnndsl"].partition(":")
    assert getattr(import_module(module), name) is CnnLexer


# ---- TextMate ------------------------------------------------------------------------


def test_the_grammar_for_editors_is_current() -> None:
    written = (ROOT / "docs" / "cnn.tmLanguage.json").read_text("utf-8")
    assert written == textmate.grammar(), "python -m cnndsl.textmate > docs/cnn.tmLanguage.json"


def painted(line: str, rules: list[dict]) -> Iterator[tuple[int, str]]:
    """What an editor does with rules that only match: the earliest match counts, of several there the first rule."""
    patterns = [re.compile(rule["match"]) for rule in rules]
    at = 0
    while at < len(line):
        found = [(m.start(), place, m) for place, p in enumerate(patterns) if (m := p.search(line, at)) and m.end() > m.start()]
        if not found:
            return
        _, place, match = min(found, key=lambda one: one[:2])
        rule = rules[place]
        groups = rule.get("captures", {"0": {"name": rule.get("name")}})
        for group, scope in groups.items():
            yield from ((i, scope["name"]) for i in range(*match.span(int(group))))
        at = match.end()


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.name)
def test_editors_colour_as_pygments_does(path: Path) -> None:
    rules = json.loads(textmate.grammar())["patterns"]
    for line in path.read_text("utf-8").splitlines():
        scopes = dict(painted(line, rules))
        expected = {i: f"{textmate.SCOPES[kind]}.cnn" for i, kind in kinds(line).items() if kind}
        assert scopes == expected, line


def test_every_kind_has_its_colours() -> None:
    used = {kind for look in looks() for kind in look.kinds if kind}
    assert used == set(textmate.SCOPES) == set(KINDS) - {""}
