"""Mistakes put into programs: each is told once, at its line, and nothing else is; no word of the parser's comes out."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnndsl.compiler import parse
from cnndsl.diagnostics import Diagnostic

from .random_programs import random_program
from .test_errors import FOLDER, PROGRAMS, told

ROOT = Path(__file__).parents[2]
PLANTED = sorted((FOLDER / "planted").glob("*.cnn"))
TERMINALS = re.findall(r"^(_?[A-Z]+)[.:]", (ROOT / "grammar" / "cnn.lark").read_text("utf-8"), re.MULTILINE)
PARSERS = re.compile(rf"(?<!\w)(?:_NL|\$END|STRAY|HOLE|{'|'.join(word for word in TERMINALS if len(word) > 3)})(?!\w)")
EXPECTED = re.compile(r"expect|unexpected|one of:|token", re.IGNORECASE)
SHIPPED = sorted((Path(__file__).parent / "samples").glob("*.cnn"))
BREAKS = (  # what stands in a line, and what is put in its place
    (r"\bConv\(", "Convv("),
    (r"\bReLU\b", "ReLUU"),
    (r"\bpadding=", "paddding="),
    (r" -> ", " => "),
    (r"\bConv\((\w+), (\d)", r"Conv(\1 \2"),
    (r"\bConv\((\w+), (\d)", r"Conv(\1,, \2"),
    (r"\bLinear\((\w+)\)", r"Linear \1"),
    (r"\bbias=false\b", "bias=False"),
    (r"\bMaxPool\(", "MaxPool2d("),
)


# Drawn from a number: hypothesis would keep every draw of a generator of its own.
SEEDS = st.integers(0, 2**32).map(random.Random)


def said(found: Diagnostic) -> str:
    """All that a diagnostic says of its own, the program's words aside."""
    text = " ".join([found.title, *(label.text for label in found.labels), *found.notes, found.help or ""])
    return re.sub(r"`[^`]*`", "", text)


@pytest.mark.parametrize("path", PLANTED, ids=lambda path: path.stem)
def test_five_planted_errors_are_five_reports(path: Path) -> None:
    lines = [number for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1) if "# !" in line]
    assert len(lines) == 5
    assert [d.span.line for d in told(path)] == lines


@given(st.sampled_from(SHIPPED), SEEDS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
def test_what_is_broken_is_told_and_nothing_else(path: Path, chance: random.Random) -> None:
    """Some lines of right programs broken, each in one place: reports are of these lines.

    Defaults stay whole: without them layers lack arguments elsewhere, and that is told too.
    """
    lines = path.read_text("utf-8").splitlines()
    broken: set[int] = set()
    for number in chance.sample(range(len(lines)), len(lines)):
        old, new = chance.choice(BREAKS)
        code, sign, comment = lines[number].partition("#")
        if len(broken) < 3 and "default" not in code and re.search(old, code):
            lines[number] = re.sub(old, new, code, count=1) + sign + comment
            broken.add(number + 1)
    text = "\n".join(lines) + "\n"
    found = {d.span.line for d in parse(text, str(path)).check(max_layers=2000) if d.is_error}
    assert found <= broken, text
    assert bool(found) == bool(broken), text


@given(st.sampled_from(PROGRAMS), SEEDS)
@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
def test_no_word_of_the_parser_reaches_anybody(path: Path, chance: random.Random) -> None:
    """Wrong programs, and the same with a piece taken out or doubled."""
    text = path.read_text("utf-8")
    start = chance.randrange(len(text))
    end = min(len(text), start + chance.randint(1, 12))
    spoilt = chance.choice([text, text[:start] + text[end:], text[:end] + text[start:]])
    for found in parse(spoilt, str(path)).check(max_layers=500):
        assert not PARSERS.search(said(found)), found
        assert not EXPECTED.search(said(found)), found


def declarations(text: str) -> list[str]:
    """The blocks and nets of a program, with the lines above the first put before all."""
    parts = re.split(r"^(?=(?:block|net) )", text, flags=re.MULTILINE)
    return [part.rstrip("\n") + "\n" for part in parts if part.strip()]


def figures(text: str) -> object:
    program = parse(text, "any.cnn")
    told = program.check(max_layers=1000)
    if any(d.is_error for d in told):
        return sorted((d.code, d.span.text) for d in told)
    net = program.net("N", max_layers=1000)
    return [(row.path, row.text, row.outputs, row.params, row.macs, row.memory, row.rf) for row in net.layers], net.totals


@given(SEEDS)
@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
def test_declarations_stand_in_any_order(chance: random.Random) -> None:
    text = random_program(chance)
    parts = declarations(text)
    shuffled = chance.sample(parts, len(parts))
    assert figures("".join(shuffled)) == figures("".join(parts)), text
