"""The page's arithmetic beside the Python API's: random programs, units and numbers of the input at random."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from cnndsl import sight
from cnndsl.backends.html import assets
from cnndsl.backends.html.record import record
from cnndsl.compiler import parse
from cnndsl.graph import Value
from cnndsl.influence import influence
from cnndsl.reading import numbers
from cnndsl.semiring import Array
from tests.sight.programs import Program, programs

UNITS = 6  # of each program, both ways

# A part is a product of sets; these are the numbers that parts hold, in the order of storage.
HELD = """
const held = (parts, sizes) => {
  const found = new Set();
  for (const part of parts ?? []) {
    let flat = [0];
    part.forEach((set, i) => {
      const positions = [...set.keys()].filter((at) => set[at]);
      flat = flat.flatMap((base) => positions.map((at) => base * sizes[i] + at));
    });
    flat.forEach((at) => found.add(at));
  }
  return [...found].sort((a, b) => a - b);
};
const sees = (net, node, port, [channel, ...place]) => {
  const found = back(net, node, port, unit(net.nodes[node].shapes[port], channel, place));
  return net.inputs.map((input) => held(found[input][0], net.nodes[input].shapes[0]));
};
const reaches = (net, input, [channel, ...place], node, port) => {
  const found = forth(net, input, 0, unit(net.nodes[input].shapes[0], channel, place));
  return held(found[node][port], net.nodes[node].shapes[port]);
};
window.moves = (record, node, port, [channel, ...place]) => {
  const { maps, doubts } = influence(network(record), node, port, channel, place);
  return [maps.map((map) => [...map.data]), maps.map((map) => summary(map)), doubts.length > 0];
};
window.answers = (record, seeing, reaching) => {
  const net = network(record);
  return [seeing.map((asked) => sees(net, ...asked)), reaching.map((asked) => reaches(net, ...asked))];
};
"""


@pytest.fixture(scope="module")
def arithmetic(browser: Any) -> Any:
    page = browser.new_page()
    page.add_script_tag(content=assets.script("relations", "network", "influence") + HELD, type="module")
    page.wait_for_function("() => Boolean(window.answers)")
    yield page
    page.close()


def flat(found: Array) -> list[int]:
    return np.flatnonzero(found).tolist()  # type: ignore[no-any-return]


def test_what_units_see_and_reach(arithmetic: Any) -> None:
    @settings(max_examples=30, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(programs())
    def compared(program: Program) -> None:
        compare(arithmetic, program.text)

    compared()


@pytest.mark.slow
def test_what_units_of_many_programs_see_and_reach(arithmetic: Any) -> None:
    @settings(max_examples=300, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(programs())
    def compared(program: Program) -> None:
        compare(arithmetic, program.text)

    compared()


def test_influence(arithmetic: Any) -> None:
    @settings(max_examples=30, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(programs())
    def compared(program: Program) -> None:
        compare_influence(arithmetic, program.text)

    compared()


def compare_influence(arithmetic: Any, text: str) -> None:
    network = parse(text).net()
    value = next(iter(network.ir.outputs.values()))
    for at in units(value)[:2]:
        asked = [record(network), value.node.index, value.port, at]
        maps, summaries, doubtful = arithmetic.evaluate("(asked) => moves(...asked)", asked)
        known = influence(network.ir, value, sight.Unit(at[0], at[1:]))
        for found, said, one in zip(maps, summaries, known.values(), strict=True):
            total = one.map.sum(axis=0)
            np.testing.assert_allclose(np.reshape(found, total.shape), total, rtol=1e-9, atol=1e-15)
            assert doubtful == bool(one.approximate)
            if total.any():
                np.testing.assert_allclose(said["deviation"], one.deviation, rtol=1e-6, atol=1e-6)
            else:
                assert said is None


def compare(arithmetic: Any, text: str) -> None:
    network = parse(text).net()
    graph = network.ir
    value = next(iter(graph.outputs.values()))
    place = (value.node.index, value.port)
    seeing: list[Any] = [[*place, at] for at in units(value)]
    reaching: list[Any] = [[node.index, at, *place] for node in graph.inputs.values() for at in units(Value(node))]
    seen, reached = arithmetic.evaluate("(asked) => answers(...asked)", [record(network), seeing, reaching])
    for (_, _, at), found in zip(seeing, seen, strict=True):
        assert found == list(map(flat, sight.support(graph, value, sight.Unit(at[0], at[1:])).values()))
    for (index, at, _, _), found in zip(reaching, reached, strict=True):
        assert found == flat(sight.reached(graph, graph.nodes[index], sight.Unit(at[0], at[1:]), value))


def units(value: Value) -> list[tuple[int, ...]]:
    chosen = random.Random(0)
    return [tuple(chosen.randrange(n) for n in numbers(value.shape)) for _ in range(UNITS)]
