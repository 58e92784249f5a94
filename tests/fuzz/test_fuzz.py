"""The fuzzing itself: it notices what it is made for, and its first inputs go through."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnndsl.backends import dot, torch
from cnndsl.compiler import Program
from cnndsl.diagnostics import Diagnostic, Label, Problem, fault
from cnndsl.source import Span

from . import oracle
from .built import built, wrong
from .grammar import drawn
from .shrink import shrunk
from .spoilt import spoilt

FOUND = Path(__file__).parent / "found"  # inputs that broke something once, made small
RIGHT = "net N {\n  input x: 3x8x8\n  a: Conv(4, 3)\n}\n"


@given(st.integers(0, 2**32))
@settings(max_examples=100)
def test_random_inputs_keep_every_promise(seed: int) -> None:
    for draw in (drawn, spoilt):
        failure = oracle.held(draw(random.Random(seed))).failure
        assert failure is None, failure.told


@pytest.mark.parametrize("file", sorted(FOUND.iterdir()), ids=lambda file: file.stem)
def test_what_was_found_stays_mended(file: Path) -> None:
    """Each is told in words within a second, which here leaves room for a busy machine."""
    outcome = oracle.held(file.read_bytes())
    assert outcome.failure is None, outcome.failure.told
    assert outcome.seconds < 2


def broken(text: str | bytes = RIGHT) -> str:
    failure = oracle.held(text).failure
    return failure.mark if failure else ""


def test_what_is_right_and_what_is_wrong_goes_through() -> None:
    assert oracle.held(RIGHT).accepted
    assert not oracle.held(RIGHT.replace("Conv", "Cov")).accepted
    assert [broken(text) for text in (RIGHT, RIGHT.replace("3)", "99)"), RIGHT[:-3], b"\xff\x00", b"net \x80")] == [""] * 5


def test_a_traceback_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dot, "source", lambda *_, **__: 1 // 0)
    assert broken().startswith("ZeroDivisionError")


def test_a_hang_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def forever(*_: object, **__: object) -> str:
        while True:
            pass

    monkeypatch.setattr(oracle, "MOST", 0.05)
    monkeypatch.setattr(dot, "source", forever)
    assert broken() == "Hang"


@pytest.mark.parametrize("source", ["def f(:\n", "import os\n", "from subprocess import run\n"])
def test_a_module_that_is_none_is_noticed(source: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "source", lambda network: source)
    assert broken()


def finding(program: Program, title: str, start: int = 0, end: int = 1) -> Diagnostic:
    return Diagnostic("E0101", title, (Label(Span(program.source, start, end), ""),))


@pytest.mark.parametrize(
    ("title", "end"), [("Expected one of: a, b", 1), ("this cannot follow RSQB", 1), ("", 1), ("beyond", 10_000), ("back", -1)]
)
def test_findings_that_no_one_should_see_are_noticed(title: str, end: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Program, "check", lambda program, **_: (finding(program, title, end=end),))
    assert broken().startswith("Broken")


def test_check_and_net_that_disagree_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Program, "check", lambda program, **_: ())
    assert broken(RIGHT.replace("Conv", "Cov")) == "Broken: check accepts what net refuses"


def test_problems_without_a_place_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(program: Program, **_: object) -> None:
        raise Problem("no")

    monkeypatch.setattr(Program, "check", refuse)
    assert broken().startswith("Problem at")


def test_a_failure_is_made_small(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(program: Program, **_: object) -> None:
        assert "Conv" not in program.source.text, fault("E0101", "no", Span(program.source, 0, 0))

    monkeypatch.setattr(Program, "check", refuse)
    assert shrunk(RIGHT, broken()) == "Conv"


def test_modules_are_built_and_measured() -> None:
    from cnndsl.compiler import parse

    source = torch.source(parse(RIGHT).net())
    assert built(source, [(3, 8, 8)]) == [[4, 6, 6]]
    batch = [(source, [(3, 8, 8)], [(4, 6, 6)]), (source, [(3, 8, 8)], [(4, 8, 8)]), (source, [(2, 8, 8)], [(4, 6, 6)])]
    assert [place for place, _ in wrong(batch)] == [1, 2]
