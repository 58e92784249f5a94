"""Columns of the analyses to the figures that stand in a box or above a frame, as text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf
from typing import Any

from ...diagnostics import Problem, did_you_mean
from ...field import Field
from ...graph import Node
from ...network import Network
from ...op import ChannelsLast, Shape, show
from ...symbols import Dim
from .folding import Copies
from .scopes import Scope, inside, scopes

SHAPE = "shape"  # stands on the edges, all else that is shown in the boxes
SHARED = "shared weights"
UNITS = ("B", "KiB", "MiB", "GiB", "TiB")


class Figures:
    """What is known of the nodes of a network, for boxes that stand for one or several of them.

    `names` says what is shown: of shape (on the edges), params, macs, memory (that its layers make) and rf.
    """

    def __init__(self, network: Network, names: Iterable[str]) -> None:
        wanted = tuple(names)
        for name in wanted:
            if name not in SHOWABLE:
                near = did_you_mean(name, SHOWABLE)
                raise Problem(
                    f"a diagram cannot show `{name}`",
                    code="E0001",
                    help=f"it shows {', '.join(SHOWABLE)}" + (f"; did you mean `{near}`?" if near else ""),
                )
        self.shapes = SHAPE in wanted
        self.names = [name for name in wanted if name != SHAPE]
        self.columns = network.findings.columns
        self.totals = network.totals

    def of_rows(self, rows: Sequence[Copies]) -> str:
        """The figures of a box: sums over its rows, the least and the most over the turns of a repeat; the last row's field."""
        turns = [[node for part in turn for node in inside(part)] for turn in zip(*rows, strict=True)]
        last = [tuple(inside(part))[-1] for part in rows[-1]]
        return " · ".join(filter(None, (SHOWN[name](self.columns, turns, last) for name in self.names)))

    def of_scopes(self, copies: Copies) -> str:
        """The parameters of a frame, over all its turns."""
        if "params" not in self.names:
            return ""
        if any(node.call > 1 and node.io.params for part in copies[:1] for node in inside(part)):
            return SHARED
        total = sum(self.columns["params"][node.index] for part in copies for node in inside(part))
        return f"{total:,} params" if total else ""

    def of_network(self) -> str:
        params, macs = self.totals["params"], self.totals["macs"]
        return f"{number(params)} params · {number(macs)} MACs"


Columns = Mapping[str, Sequence[Any]]
Turns = Sequence[Sequence[Node]]


def params(columns: Columns, turns: Turns, last: Sequence[Node]) -> str:
    if any(node.call > 1 and node.io.params for node in turns[0]):
        return SHARED
    found = extent([sum(columns["params"][node.index] for node in turn) for turn in turns])
    return "" if found == "0" else f"{found} params"


def macs(columns: Columns, turns: Turns, last: Sequence[Node]) -> str:
    found = extent([total(columns["macs"][node.index] for node in turn) for turn in turns])
    return "" if found == "0" else f"{found} MACs"


def memory(columns: Columns, turns: Turns, last: Sequence[Node]) -> str:
    sizes = [total(columns["memory"][node.index] for node in turn) for turn in turns]
    known = [size for size in sizes if isinstance(size, int)]
    if len(known) < len(sizes):
        return f"{extent(sizes)} bytes"
    return " to ".join(dict.fromkeys([binary(min(known)), binary(max(known))]))


def field(columns: Columns, turns: Turns, last: Sequence[Node]) -> str:
    found = [seen(columns["rf"][node.index]) for node in last]
    ends = dict.fromkeys([found[0], found[-1]])
    return " to ".join(f"rf {end}" if i == 0 else end for i, end in enumerate(ends)) if all(ends) else ""


SHOWN: dict[str, Callable[[Columns, Turns, Sequence[Node]], str]] = {
    "params": params,
    "macs": macs,
    "memory": memory,
    "rf": field,
}
SHOWABLE = (SHAPE, *SHOWN)


def seen(found: Field | Mapping[str, Field | None] | None) -> str:
    """A receptive field as people say it: 43, 43×21, 188–204 where it depends on the phase, all."""
    if found is None:
        return ""
    if isinstance(found, Field):
        return reach(found)
    texts = {name: reach(one) for name, one in found.items() if one is not None}
    if len(set(texts.values())) <= 1:
        return next(iter(texts.values()), "")
    return ", ".join(f"{text} of {name}" for name, text in texts.items())


def reach(found: Field) -> str:
    if not found.axes:
        return "all" if found.is_global else ""
    sizes = [span(low, high) for low, high in zip(found.size_min, found.size, strict=True)]
    return sizes[0] if len(set(sizes)) == 1 else "×".join(sizes)


def span(low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return "varies"
    if high == inf:
        return "all"
    return f"{high}" if low == high else f"{low}–{high}"


def extent(values: Sequence[Dim]) -> str:
    """A value, or the least and the most of several; formulas from the first to the last."""
    if all(isinstance(value, int) for value in values):
        values = sorted(values, key=lambda value: value if isinstance(value, int) else 0)
    return " to ".join(dict.fromkeys([number(values[0]), number(values[-1])]))


def number(value: Dim) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def total(values: Iterable[Dim]) -> Dim:
    whole: Dim = 0
    for value in values:
        whole = whole + value
    return whole


def binary(size: int) -> str:
    """Bytes in the largest unit that keeps one digit before the point."""
    amount = float(size)
    for unit in UNITS:
        if amount < 1024 or unit == UNITS[-1]:
            return f"{amount:.4g} {unit}"
        amount /= 1024
    raise AssertionError(size)


def flow(shapes: Sequence[Shape], times: int) -> str:
    """What stands on an edge: 64×56×56; 64…224×56×56 over the turns of a repeat; 4 × 64×56×56 of branches that are one."""
    first = shapes[0]
    text = show(first)
    if len(shapes) > 1 and len({len(shape) for shape in shapes}) == 1:
        axes = [
            sorted(set(axis), key=lambda n: (not isinstance(n, int), n if isinstance(n, int) else 0))
            for axis in zip(*shapes, strict=True)
        ]
        text = "×".join(str(axis[0]) if len(axis) == 1 else f"{axis[0]}…{axis[-1]}" for axis in axes)
        text += " (channels last)" if isinstance(first, ChannelsLast) else ""
    return text if times == 1 else f"{times} × ({text})"


def content(scope: Scope) -> str:
    """What a closed scope holds: the blocks, where it is a run of equal ones, else how many layers."""
    names = [child.name for child in scopes(scope)]
    if len(set(names)) == 1 and names[0] and len(names) == len(scope.children):
        return f"{len(names)} × {names[0]}"
    return layers_in(scope)


def layers_in(scope: Scope) -> str:
    number = sum(1 for node in inside(scope) if not node.op.merge)
    return f"{number} layer" if number == 1 else f"{number} layers"
