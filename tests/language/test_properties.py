"""Properties of all programs: what is wrong is told at a place in the text, and what is right has the same flat form."""

from __future__ import annotations

import random
import re
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnndsl.backends.cnn import source
from cnndsl.compiler import parse
from cnndsl.diagnostics import CompileError, Diagnostic
from cnndsl.network import Network
from cnndsl.render.text import render

from .programs import outputs
from .random_programs import random_program

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


def check_told(told: tuple[Diagnostic, ...]) -> None:
    """Every place is in its text, every report can be printed, nothing is told twice."""
    for diagnostic in told:
        for label in diagnostic.labels:
            assert 0 <= label.span.start <= label.span.end <= len(label.span.source.text)
        assert diagnostic.title
        assert "Traceback" not in diagnostic.title
    assert bool(render(told)) == bool(told)
    places = [(d.code, d.severity, d.span.start, d.span.end, d.span.source.name) for d in told]
    assert len(places) == len(set(places))


@given(st.sampled_from(SMALL), st.randoms(use_true_random=False))
@settings(max_examples=150)
def test_spoilt_programs_are_explained(text: str, chance: random.Random) -> None:
    """Words left out, doubled, swapped or replaced in programs that were right, or nearly so."""
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
    check_told(told)
    if net is None:
        program = parse(spoilt)
        assert any(d.is_error for d in told) or all(map(program.is_template, program.nets))


@given(st.text(alphabet=st.sampled_from('net N{}()[]|->:=,.\n"#$x3 _@*%\\é\t;'), max_size=60))
@settings(max_examples=300)
def test_any_text_is_explained(text: str) -> None:
    check_told(parse(text, "any.cnn").diagnostics)
    check_told(parse("net N { input x: 3x8x8\n" + text + "\n}", "any.cnn").check())


def figures(net: Network) -> list[object]:
    """All that is known of every layer, with what it reads."""
    return [
        (
            *(row.path, row.call, row.text, row.inputs, row.outputs, row.params, row.trainable, row.macs, row.memory, row.rf),
            row.weights,
            [(value.node.index, value.port) for value in row.node.inputs],
        )
        for row in net.layers
    ]


@given(st.randoms(use_true_random=False))
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_the_flat_form_is_the_same_network(chance: random.Random) -> None:
    text = random_program(chance)
    try:
        net = parse(text, "random.cnn").net(max_layers=2000)
    except CompileError as error:
        codes = {d.code for d in error.diagnostics}
    else:
        codes = {"E0701"}
        check_flat(net)
    assert codes == {"E0701"}, text  # all that can be wrong is its size


def check_flat(net: Network) -> None:
    flat = source(net)
    again = parse(flat, "flat.cnn").net()
    assert figures(again) == figures(net), flat
    assert again.totals == net.totals
    assert outputs(again) == outputs(net)


@given(st.randoms(use_true_random=False))
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_reading_twice_gives_the_same(chance: random.Random) -> None:
    """Nothing of one reading is left for the next; comments, blank lines and carriage returns mean nothing."""
    text = random_program(chance)
    spaced = re.sub(r"\n", "  # a comment\r\n\n \t", text)
    first, second = parse(text, "random.cnn"), parse(spaced, "random.cnn")
    try:
        nets = first.net(max_layers=2000), first.net(max_layers=2000), second.net(max_layers=2000)
    except CompileError:
        return
    assert figures(nets[0]) == figures(nets[1]) == figures(nets[2])
