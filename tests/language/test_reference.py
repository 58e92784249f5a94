"""The language reference: every program on it is run, its tables are those of the classes, and it leaves no word out."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import NamedTuple

import pytest

import cnndsl
from cnndsl import ops
from cnndsl.backends.torch import source
from cnndsl.choices import Choice
from cnndsl.functions import FUNCTIONS
from cnndsl.init import INITIALISERS
from tests.reference import PAGE, page, tables

TEXT = PAGE.read_text("utf-8")
GRAMMAR = PAGE.parents[1] / "grammar" / "cnn.lark"
FENCE = re.compile(r"^```cnn(?: (\w+)=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Fence(NamedTuple):
    """A program on the page: "" is right, `error` is wrong with that code, `file` is right and imported by others."""

    kind: str
    word: str
    text: str
    line: int


FENCES = [Fence(m[1] or "", m[2] or "", m[3], TEXT.count("\n", 0, m.start()) + 1) for m in FENCE.finditer(TEXT)]
RIGHT = [fence for fence in FENCES if not fence.kind]
WRONG = [fence for fence in FENCES if fence.kind == "error"]


def named(fence: Fence) -> str:
    return f"line {fence.line}"


@pytest.fixture
def program(tmp_path: Path) -> str:
    """A name for programs, beside the files that the page shows."""
    for fence in FENCES:
        if fence.kind == "file":
            (tmp_path / fence.word).write_text(fence.text, "utf-8")
    return str(tmp_path / "program.cnn")


def test_every_fence_is_read() -> None:
    assert len(FENCES) == len(re.findall(r"^```cnn", TEXT, re.MULTILINE))
    assert {fence.kind for fence in FENCES} == {"", "error", "file"}


@pytest.mark.parametrize("fence", RIGHT, ids=named)
def test_programs_are_right(fence: Fence, program: str) -> None:
    toy = Choice(ignore=frozenset({"L010", "L012", "L020"}))  # what shows one thing alone is no network that somebody trains
    said = cnndsl.parse(fence.text, program).check(lints=toy)
    assert [(d.code, d.title) for d in said if d.severity != "note"] == []


@pytest.mark.parametrize("fence", RIGHT, ids=named)
def test_programs_compile(fence: Fence, program: str) -> None:
    read = cnndsl.parse(fence.text, program)
    nets = [name for name in read.nets if not read.is_template(name)]
    assert nets
    for name in nets:
        made = ast.parse(source(read.net(name)))
        assert any(isinstance(statement, ast.ClassDef) for statement in made.body)


@pytest.mark.parametrize("fence", WRONG, ids=named)
def test_wrong_programs_are_wrong_in_the_way_they_say(fence: Fence, program: str) -> None:
    assert [d.code for d in cnndsl.parse(fence.text, program).check() if d.is_error] == [fence.word]


def test_the_tables_of_layers_are_those_of_the_classes() -> None:
    assert page(TEXT) == TEXT, "python -m tests.reference --write"


@pytest.mark.parametrize("name", ops.names())
def test_every_layer_has_its_row(name: str) -> None:
    assert len(re.findall(rf"^\| `{name}\b", tables(), re.MULTILINE)) == 1


def test_every_keyword_is_explained() -> None:
    keywords = re.findall(r'^[A-Z]+: "([a-z]+)"$', GRAMMAR.read_text("utf-8"), re.MULTILINE)
    assert len(keywords) > 20
    listed = TEXT.partition("## Reserved words")[2]
    assert [word for word in keywords if f"`{word}`" not in listed] == []
    shown = "\n".join(fence.text for fence in FENCES)
    assert [word for word in keywords if not re.search(rf"\b{word}\b", re.sub(r'#.*|".*?"', "", shown)) and word != "none"] == []


def test_every_function_and_initialiser_is_mentioned() -> None:
    assert [name for name in FUNCTIONS if f"`{name}(" not in TEXT] == []
    assert [name for name in INITIALISERS if f"`{name}`" not in TEXT] == []


def test_every_code_of_the_language_is_explained_and_no_other() -> None:
    known = re.compile(r"\b(?:E0[1-8]\d\d|N\d{4}|L\d{3})\b")
    files = Path(cnndsl.__path__[0]).rglob("*.py")
    used = {code for file in files for code in known.findall(file.read_text("utf-8"))}
    assert used == set(known.findall(TEXT.partition("\n## Errors\n")[2]))


def test_links_lead_somewhere() -> None:
    headings = {re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in re.findall(r"^##+ (.*)$", TEXT, re.MULTILINE)}
    assert [anchor for anchor in re.findall(r"\]\(#([^)]*)\)", TEXT) if anchor not in headings] == []
