"""The page's sliders beside Python: random programs, a layer of each changed at random, all sizes and reads compared."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from cnndsl.backends.html import assets
from cnndsl.backends.html.record import record
from cnndsl.compiler import parse
from cnndsl.diagnostics import Problem
from cnndsl.graph import Graph, Node
from cnndsl.op import Applied, Op, Shape
from cnndsl.ops.conv import Conv, ConvTranspose
from cnndsl.ops.pool import AvgPool, MaxPool
from cnndsl.reading import ABSENT, Reading, numbers, resolved
from tests.sight.programs import Program, programs

# Of every node its sizes and, for each step, what all units of each axis read; or why it does not fit.
REMADE = """
const found = (axis, n, unit) => new Set(taps(axis, unit).map((read) => inside(read, n, axis.mode)).filter((at) => at >= 0));
const each = (axis, n, unit) => (axis === 0 ? [unit] : found(axis, n, unit));
const table = (axis, n, m) => axis === null ? null : [...Array(m).keys()].map((unit) => [...each(axis, n, unit)]);
const reads = (step) => axesOf(step).map((axis, i) => table(axis, step.of[i + 1], step.by[i + 1]));
window.remade = (record, index, windows) => {
  const { net, wrong } = changed(network(record), new Map([[index, windows]]));
  return net.nodes.map((node) => wrong.get(node.index) ?? [node.shapes, node.steps.flat().map(reads)]);
};
"""


@pytest.fixture(scope="module")
def arithmetic(browser: Any) -> Any:
    page = browser.new_page()
    page.add_script_tag(content=assets.script("relations", "network", "changes") + REMADE, type="module")
    page.wait_for_function("() => Boolean(window.remade)")
    yield page
    page.close()


def test_sizes_and_reads_after_a_change(arithmetic: Any) -> None:
    compare_many(arithmetic, 30)


@pytest.mark.slow
def test_sizes_and_reads_after_many_changes(arithmetic: Any) -> None:
    compare_many(arithmetic, 300)


def compare_many(arithmetic: Any, number: int) -> None:
    @settings(max_examples=number, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(programs())
    def compared(program: Program) -> None:
        network = parse(program.text).net()
        slides = [node for node in network.ir.nodes if isinstance(node.op, Conv | ConvTranspose | MaxPool | AvgPool)]
        paths = Counter(node.path for node in slides)
        alone = [node for node in slides if getattr(node.op, "padding", None) != "same" and paths[node.path] == 1]
        if alone:
            compare(arithmetic, record(network), network.ir, random.Random(program.text).choice(alone))

    compared()


def compare(arithmetic: Any, known: dict[str, Any], graph: Graph, node: Node) -> None:
    op = turned(node)
    windows = [
        {"kernel": w.kernel, "stride": w.stride, "dilation": w.dilation, "before": w.before, "after": w.after}
        for w in op.windows(node.io.input)  # type: ignore[attr-defined]
    ]
    found = arithmetic.evaluate("(asked) => remade(...asked)", [known, node.index, windows])
    ios: list[Applied | None] = []
    for each, said in zip(graph.nodes, found, strict=True):
        io = applied(each, op if each is node else each.op, ios)
        ios.append(io)
        if isinstance(said, str):
            assert io is None or "only the program can tell" in said, (each, said)
            if io is not None:
                return
        elif not each.is_input:
            assert io is not None, (each, said)
            assert [tuple(sizes) for sizes in said[0]] == list(map(numbers, io.outputs)), each
            assert said[1] == reads(io), each


def turned(node: Node) -> Op:
    """Its layer with another kernel, stride, dilation or padding."""
    chance = random.Random(node.index)
    dilates = {"dilation": chance.randint(1, 3)} if "dilation" in type(node.op).model_fields else {}
    each = {"kernel_size": chance.randint(1, 4), "stride": chance.randint(1, 3), "padding": chance.randint(0, 2), **dilates}
    return node.op.model_copy(update=dict([chance.choice(list(each.items()))]))


def applied(node: Node, op: Op, ios: list[Applied | None]) -> Applied | None:
    """What an op makes of what arrives now; None where that does not fit, or nothing arrives."""
    if node.is_input:
        return node.io
    arriving: list[Shape] = []
    for value in node.inputs:
        io = ios[value.node.index]
        if io is None:
            return None
        arriving.append(io.outputs[value.port])
    try:
        return Applied(op, tuple(arriving))
    except Problem:
        return None


def reads(io: Applied) -> list[Any]:
    """What all units of each axis read, for each pair of an output and an input."""
    found = []
    for port, by in enumerate(io.outputs):
        for place, of in enumerate(io.inputs):
            relation = io.op.port_relation(io, port, place)
            if relation is None:
                continue
            axes = zip(Reading(relation, of, by).axes, numbers(of)[1:], numbers(by)[1:], strict=False)
            found.append([None if axis is None else table(axis, n, m) for axis, n, m in axes])
    return found


def table(axis: Any, n: int, m: int) -> list[list[int]]:
    return [list(dict.fromkeys(int(at) for at in row if at != ABSENT)) for row in resolved(axis, n, range(m))]
