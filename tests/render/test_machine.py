"""The forms of diagnostics that programs read."""

import json

import pytest

from cnndsl import render
from cnndsl.diagnostics import Diagnostic, Fix, Label
from cnndsl.render import github, sarif
from cnndsl.source import Source, Span

NET = Source("net A {\n  Covn(64, 3)\n  é: ReLU\n}\n", "nets/a b.cnn")
OTHER = Source("block B {\n}\n", "/lib/b.cnn")
TYPO = Span(NET, 10, 14)
FOUND = Diagnostic(
    "E0102",
    "unknown layer `Covn`",
    (Label(TYPO, "no such layer"), Label(Span(OTHER, 0, 11), "100% sure"), Label(Span(NET, 24, 25))),
    ("first note", "second\nnote"),
    "did you mean `Conv`?",
    Fix(TYPO, "Conv"),
)
BARE = Diagnostic("W0200", "plain: odd, 50%", (Label(Span(OTHER, 0, 11)),), severity="warning")
PLACELESS = Diagnostic("", "no such file", (), severity="note")
HOSTILE = Diagnostic(
    "E0300", "t\x1b\u202e", (Label(Span(Source("\x1b", "f\x1b\n::error::"), 0, 1), "l\x9b"),), ("n\x00",), "h\x07"
)


def test_json() -> None:
    assert json.loads(render.find("json").render([FOUND, PLACELESS])) == [
        {
            "code": "E0102",
            "severity": "error",
            "title": "unknown layer `Covn`",
            "labels": [
                {"file": "nets/a b.cnn", "line": 2, "column": 3, "end_line": 2, "end_column": 7, "text": "no such layer"},
                {"file": "/lib/b.cnn", "line": 1, "column": 1, "end_line": 2, "end_column": 2, "text": "100% sure"},
                {"file": "nets/a b.cnn", "line": 3, "column": 3, "end_line": 3, "end_column": 4, "text": ""},
            ],
            "notes": ["first note", "second\nnote"],
            "help": "did you mean `Conv`?",
            "fix": {"file": "nets/a b.cnn", "line": 2, "column": 3, "end_line": 2, "end_column": 7, "text": "Conv"}
            | {"certain": True},
        },
        {"code": "", "severity": "note", "title": "no such file", "labels": [], "notes": [], "help": None, "fix": None},
    ]
    assert render.find("json").render([]) == "[]\n"


def test_sarif() -> None:
    log = json.loads(render.find("sarif").render([FOUND, BARE, PLACELESS]))
    (run,) = log.pop("runs")
    assert log == {"$schema": sarif.SCHEMA, "version": "2.1.0"}
    first, second, third = run.pop("results")
    assert run == {
        "tool": {"driver": {"name": "cnndsl", "rules": [{"id": "E0102"}, {"id": "W0200"}]}},
        "columnKind": "unicodeCodePoints",
    }
    typo = {"startLine": 2, "startColumn": 3, "endLine": 2, "endColumn": 7}
    block = {"startLine": 1, "startColumn": 1, "endLine": 2, "endColumn": 2}
    accent = {"startLine": 3, "startColumn": 3, "endLine": 3, "endColumn": 4}
    here = {"uri": "nets/a%20b.cnn"}
    there = {"uri": "file:///lib/b.cnn"}
    assert first == {
        "ruleId": "E0102",
        "ruleIndex": 0,
        "level": "error",
        "message": {"text": "unknown layer `Covn`\nno such layer\nfirst note\nsecond\nnote\nhelp: did you mean `Conv`?"},
        "locations": [
            {"physicalLocation": {"artifactLocation": here, "region": typo}, "message": {"text": "no such layer"}},
        ],
        "relatedLocations": [
            {"id": 1, "physicalLocation": {"artifactLocation": there, "region": block}, "message": {"text": "100% sure"}},
            {"id": 2, "physicalLocation": {"artifactLocation": here, "region": accent}},
        ],
        "fixes": [
            {
                "description": {"text": "did you mean `Conv`?"},
                "artifactChanges": [
                    {
                        "artifactLocation": here,
                        "replacements": [{"deletedRegion": typo, "insertedContent": {"text": "Conv"}}],
                    }
                ],
                "properties": {"certain": True},
            }
        ],
    }
    assert second == {
        "ruleId": "W0200",
        "ruleIndex": 1,
        "level": "warning",
        "message": {"text": "plain: odd, 50%"},
        "locations": [{"physicalLocation": {"artifactLocation": there, "region": block}}],
    }
    assert third == {"level": "note", "message": {"text": "no such file"}}


@pytest.mark.parametrize("name", ["<stdin>", "a#b?.cnn", "\ud800.cnn", "c:d.cnn"])
def test_sarif_escapes_names_that_are_no_paths(name: str) -> None:
    uri = sarif.artifact(Span(Source("", name), 0, 0))["uri"]
    assert uri.isascii()
    assert not set(uri) & set("<>#? :")


def test_github() -> None:
    assert render.find("github").render([FOUND, BARE, PLACELESS]).splitlines() == [
        (
            "::error file=nets/a b.cnn,line=2,endLine=2,col=3,endColumn=7,title=E0102 unknown layer `Covn`"
            "::no such layer%0A/lib/b.cnn:1:1: 100%25 sure%0Afirst note%0Asecond%0Anote%0Ahelp: did you mean `Conv`?"
        ),
        "::warning file=/lib/b.cnn,line=1,endLine=2,title=W0200 plain%3A odd%2C 50%25::plain: odd, 50%25",
        "::notice title=no such file::no such file",
    ]


@pytest.mark.parametrize(
    ("text", "also", "written"),
    [
        ("a%0Ab", "", "a%250Ab"),
        ("a\r\nb\rc", "", "a%0Ab%0Ac"),
        ("a:b,c", ":,", "a%3Ab%2Cc"),
        ("a:b,c", "", "a:b,c"),
        ("\x1b[2J", "", "␛[2J"),
    ],
)
def test_github_escapes(text: str, also: str, written: str) -> None:
    assert github.escaped(text, also) == written


@pytest.mark.parametrize("form", render.names())
def test_nothing_hostile_comes_out_raw(form: str) -> None:
    text = render.find(form).render([HOSTILE])
    assert all(line.isprintable() for line in text.split("\n"))
    assert text.endswith("\n")
    if form == "github":
        assert text.count("\n") == 1, "a name must not begin a command of its own"
