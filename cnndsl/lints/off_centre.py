"""Paths that meet off-centre: what is added or joined at one place was seen at different places of the input.

Each path has a centre, that of what its unit sees. Where they differ by half a step of the map or more, the merge puts
features of different places together. It comes from unequal padding, an even kernel, or a crop. Paths that end at one
position are left alone, for causal layers are made so; and so are paths of which a part was enlarged, whose units see by turns.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import NamedTuple

from ..diagnostics import Diagnostic, Label, Problem
from ..field import AxisField, Field
from ..graph import Node
from ..lint import Subject, name
from ..network import Network
from ..op import Applied
from ..relation import IDENTITY
from ..source import Span

CODE = "L018"
TITLE = "paths that meet off-centre"
QUIET = False
SOURCE = "Araujo, Norris and Sim, Computing Receptive Fields of Convolutional Neural Networks, Distill 2019: alignment"
RESIZING = ("convolution", "resize", "reshape")  # kinds of layers that may enlarge
NAMES = {2: ("the height", "the width"), 3: ("the depth", "the height", "the width")}
EXAMPLE = """
net N {
  input image: 8x32x32
  add {
    | conv: Conv(8, 3, padding=[[0, 2], [0, 2]])
    | in
  }
}
"""
BETTER = """
net N {
  input image: 8x32x32
  add {
    | conv: Conv(8, 3, padding=1)
    | in
  }
}
"""


class Sight(NamedTuple):
    """One path on one axis, in positions of the input: what unit 0 sees, and how far the next one is."""

    size: int
    start: int
    centre: Fraction
    end: int
    stride: int


def find(subject: Subject) -> Iterator[Diagnostic]:
    """One for each merge of paths of one stride, at the first axis where they differ."""
    for network in subject.networks:
        plain: dict[int, bool] = {}
        enlarged: set[int] = set()  # nodes that were enlarged, or read what was
        for node in network.ir.nodes:
            merges = len(node.inputs) > 1 and node.op.merge
            if any(value.node.index in enlarged for value in node.inputs) or (not merges and enlarges(node)):
                enlarged.add(node.index)
            elif merges and is_plain(node.io, plain):
                yield from met(node, network, subject)


def enlarges(node: Node) -> bool:
    """Whether neighbours see by turns, as behind an upsampling."""
    if node.op.kind not in RESIZING:
        return False
    try:
        return any(axis is not None and axis.period > 1 for axis in node.io.relations[0].axes)
    except (Problem, IndexError):
        return False


def is_plain(io: Applied, known: dict[int, bool]) -> bool:
    """Whether a merge reads every arm at its own place."""
    if id(io) not in known:
        known[id(io)] = all(relation.axes.count(IDENTITY) == len(relation.axes) for relation in io.relations)
    return known[id(io)]


def met(node: Node, network: Network, subject: Subject) -> Iterator[Diagnostic]:
    rf = network.findings.columns["rf"]
    fields = [rf[value.node.index] for value in node.inputs]
    if any(isinstance(field, Mapping) for field in fields):
        found = (pair(node, [field.get(source) for field in fields]) for source in network.ir.inputs)
    else:
        found = (pair(node, fields) for _ in range(1))
    for apart in found:
        span = subject.place(node)
        if apart is not None and span is not None:
            yield told(node, *apart, span)
            return


def pair(node: Node, fields: list[Field | None]) -> tuple[int, tuple[int, Sight], tuple[int, Sight]] | None:
    """The axis, and the two arms with their sights, that are furthest apart where it is by half a step or more."""
    seen = [field for field in fields if field is not None]
    if len({len(field.axes) for field in seen}) != 1 or all(field.axes == seen[0].axes for field in seen):
        return None
    for axis in range(len(seen[0].axes)):
        sights = [(arm, s) for arm, field in enumerate(fields) if field is not None and (s := sight(field, axis)) is not None]
        if len(sights) < 2 or len({s.stride for _, s in sights}) > 1:
            continue
        low, high = min(sights, key=lambda one: one[1].centre), max(sights, key=lambda one: one[1].centre)
        if 2 * (high[1].centre - low[1].centre) >= low[1].stride and high[1].end != low[1].end:
            return axis, low, high
    return None


def sight(field: Field, axis: int) -> Sight | None:
    """None of what was enlarged before, whose units see by turns, and of what has no one field."""
    one = field.axes[axis]
    if not isinstance(one, AxisField) or len(one.first) > 1 or one.first[0] is None or one.last[0] is None:
        return None
    start, end = one.first[0], one.last[0]
    return Sight(end - start + 1, start, Fraction(start + end, 2), end, one.jump)


def told(node: Node, axis: int, low: tuple[int, Sight], high: tuple[int, Sight], span: Span) -> Diagnostic:
    (one, a), (other, b) = low, high
    apart = b.centre - a.centre
    names = NAMES.get(len(node.io.input) - 1, ())
    where = f" on {names[axis]}" if axis < len(names) else ""
    steps = apart / a.stride
    positions = f"{number(apart)} input position{'' if apart == 1 else 's'}"
    text = f"{arm(node, one)} and {arm(node, other)} are {positions} apart{where}, {number(steps)} of a step"
    notes = [f"{arm(node, place)} sees {s.size} from {s.start} on: centre {number(s.centre)}" for place, s in (low, high)]
    notes[0] += f"; one step is {a.stride}"
    help = "pad both alike: a kernel of k, dilated by d, stays in place with d·(k - 1)/2 on both sides"
    return Diagnostic(CODE, TITLE, (Label(span, text),), tuple(notes), help, severity="warning")


def arm(node: Node, place: int) -> str:
    return name(node.inputs[place].node)


def number(value: Fraction) -> str:
    return f"{float(value):g}"
