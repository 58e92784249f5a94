"""Parts of a picture to colours and signs: by kind of layer, by a figure as a heat map, or by what changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, NamedTuple

from ...diagnostics import Problem
from ...field import Field
from ...figures import binary
from ...network import Network
from .folding import Copies, Marks
from .scopes import Part, Scope, inside
from .theme import Theme

STEPS = 4  # of the scale in a legend, besides nothing
SIGNS = {"added": "+", "removed": "−", "changed": "≠", "moved": "↕"}


class Swatch(NamedTuple):
    """One entry of a legend."""

    colour: str
    text: str


class Colouring:
    """By kind of layer."""

    title = ""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme

    def tint(self, copies: Copies) -> str:
        """The colour behind a row, of all that its copies are."""
        return self.theme.tint(kind(copies[0]))

    def sign(self, copies: Copies) -> str:
        """What stands before a row, so that colour is not all that tells."""
        return ""

    def is_gone(self, copies: Copies) -> bool:
        """Whether it is of the older of two versions only."""
        return False

    def legend(self, rows: Iterable[Copies]) -> Iterator[Swatch]:
        kinds = dict.fromkeys(kind(row[0]) for row in rows)
        return (Swatch(self.theme.tint(kind), kind) for kind in kinds if kind in self.theme.kinds and kind != "merge")


def kind(part: Part) -> str:
    return "scope" if isinstance(part, Scope) else part.op.kind


@dataclass(frozen=True, slots=True)
class Scale:
    """A figure of each node as a number; how those of a box are taken together, and how it is written."""

    title: str
    values: Callable[[Network], list[float]]
    together: Callable[[Iterable[float]], float]
    text: Callable[[int], str]


class Heat(Colouring):
    """By a figure: the shade goes with the square root of its share of the largest that is drawn."""

    def __init__(self, theme: Theme, network: Network, name: str, drawn: Iterable[Copies]) -> None:
        super().__init__(theme)
        self.scale = SCALES[name]
        self.title = self.scale.title
        self.values = self.scale.values(network)
        found = [self.value(row) for row in drawn]
        self.most = max((value for value in found if value != inf), default=0)
        self.all = inf in found

    def value(self, copies: Copies) -> float:
        """Of the turn of a repeat that has most."""
        return max(self.scale.together(self.values[node.index] for node in inside(part)) for part in copies)

    def tint(self, copies: Copies) -> str:
        value = self.value(copies)
        return self.shade(1 if value == inf else value / self.most if self.most else 0)

    def shade(self, share: float) -> str:
        return mixed(*self.theme.heat, share**0.5)

    def legend(self, rows: Iterable[Copies]) -> Iterator[Swatch]:
        for step in range(STEPS + 1):
            share = (step / STEPS) ** 2
            yield Swatch(self.shade(share), self.scale.text(round(share * self.most)))
        if self.all:
            yield Swatch(self.shade(1), "all")


class Changes(Colouring):
    """By what happened between two versions of a network."""

    def __init__(self, theme: Theme, marks: Marks) -> None:
        super().__init__(theme)
        self.marks = marks

    def tint(self, copies: Copies) -> str:
        return self.theme.changes.get(self.mark(copies), self.theme.paper)

    def sign(self, copies: Copies) -> str:
        return SIGNS.get(self.mark(copies), "")

    def is_gone(self, copies: Copies) -> bool:
        return self.mark(copies) == "removed"

    def mark(self, copies: Copies) -> str:
        """What happened to a part; to a closed scope what happened to all of it, else that it changed."""
        found = {self.marks.get(node.index, "") for part in copies for node in inside(part)}
        return found.pop() if len(found) == 1 else "changed"

    def legend(self, rows: Iterable[Copies]) -> Iterator[Swatch]:
        met = {self.mark(row) for row in rows}
        return (Swatch(colour, f"{SIGNS[name]} {name}") for name, colour in self.theme.changes.items() if name in met)


def colouring(theme: Theme, network: Network, heat: str | None, marks: Marks | None, rows: Sequence[Copies]) -> Colouring:
    """What is asked for. Raises Problem where a heat map has no numbers, as sizes are open."""
    if marks is not None:
        return Changes(theme, marks)
    return Heat(theme, network, heat, rows) if heat else Colouring(theme)


def mixed(low: str, high: str, share: float) -> str:
    """A colour between two, #rrggbb."""
    pairs = [(int(low[at : at + 2], 16), int(high[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


# ---- figures as numbers ------------------------------------------------------


def column(name: str) -> Callable[[Network], list[float]]:
    return lambda network: [number(value) for value in network.findings.columns[name]]


def number(value: Any) -> float:
    if isinstance(value, int):
        return value
    raise Problem(
        "a heat map needs numbers, and here sizes are open",
        code="E0001",
        help="say the input's size, as in --input 3x224x224",
    )


def fields(network: Network) -> list[float]:
    """The largest extent of what each node sees, of any input, infinite where that is everything."""
    return [max(map(extent, several(found)), default=0) for found in network.findings.columns["rf"]]


def several(found: Any) -> list[Field]:
    return [field for field in found.values() if field] if isinstance(found, dict) else [found] if found else []


def extent(field: Field) -> float:
    return max((size for size in field.size if size is not None), default=inf if field.is_global else 0)


def last(values: Iterable[float]) -> float:
    return list(values)[-1]


SCALES = {
    "params": Scale("params", column("params"), sum, lambda value: f"{value:,}"),
    "macs": Scale("MACs", column("macs"), sum, lambda value: f"{value:,}"),
    "memory": Scale("memory of the outputs", column("memory"), sum, binary),
    "rf": Scale("receptive field", fields, last, lambda value: f"{value:,}"),
}
