"""Properties of all programs: what is wrong is told at a place in the text, and what is right has the same flat form."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnndsl.backends.cnn import source
from cnndsl.compiler import parse
from cnndsl.diagnostics import CompileError, Diagnostic
from cnndsl.network import Network
from cnndsl.render.text import render

HERE = Path(__file__).parent
TEXTS = [path.read_text("utf-8") for path in sorted([*HERE.glob("samples/*.cnn"), *HERE.glob("errors/*.cnn")])]
TOKEN = re.compile(r'"[^"\n]*"|#[^\n]*|\w+|->|::|\*\*|//|\.\.|[<>=!]=|\s+|.', re.DOTALL)
SMALL = [text for text in TEXTS if len(text) < 1200]
WORDS = sorted(
    {word for text in TEXTS for word in TOKEN.findall(text) if not word.startswith("#")}
    | {"0", "-1", "1e30", "none", "_", "in", "?"}
)


def outcome(text: str) -> tuple[Network | None, tuple[Diagnostic, ...]]:
    """The first complete net of a program, or what is wrong with it; anything else is a failure."""
    program = parse(text, "any.cnn")
    said = program.check(max_layers=300)
    complete = [name for name in program.nets if not program.is_template(name)]
    if program.module is None or not complete or any(d.is_error for d in said):
        return None, said
    try:
        net = program.net(complete[0], max_layers=300)
    except CompileError as error:
        return None, error.diagnostics
    return net, net.diagnostics


def check_told(text: str, told: tuple[Diagnostic, ...]) -> None:
    """Every place is in its text, every report can be printed, nothing is told twice."""
    for diagnostic in told:
        for label in diagnostic.labels:
            assert 0 <= label.span.start <= label.span.end <= len(label.span.source.text)
        assert diagnostic.title
        assert "Traceback" not in diagnostic.title
    assert render(told)
    places = [(d.code, d.severity, d.span.start, d.span.end, d.span.source.name) for d in told]
    assert len(places) == len(set(places))


@given(st.sampled_from(SMALL), st.randoms(use_true_random=False))
def test_spoilt_programs_are_explained(text: str, chance: random.Random) -> None:
    """Words left out, doubled, swapped or replaced in programs that were right."""
    words = TOKEN.findall(text)
    for _ in range(chance.randint(1, 4)):
        at, other = chance.randrange(len(words)), chance.randrange(len(words))
        match chance.randrange(4):
            case 0:
                words[at] = ""
            case 1:
                words[at] += words[other]
            case 2:
                words[at], words[other] = words[other], words[at]
            case 3:
                words[at] = chance.choice(WORDS)
    spoilt = "".join(words)
    net, told = outcome(spoilt)
    check_told(spoilt, told) if told else None
    if net is None:
        assert any(d.is_error for d in told) or not parse(spoilt).nets or "template" in str(told) or not told
