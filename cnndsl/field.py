"""Relations to receptive fields: the interval of input positions that each unit reads, on an unbounded input.

Every layer's relation is periodic, so every field is: a few integers a spatial axis say all, exactly, in O(1) a layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import reduce
from math import gcd, inf, lcm
from typing import NamedTuple, TypeAlias

from .relation import IDENTITY, Axis, Relation
from .symbols import Dim

Exact: TypeAlias = int | Fraction

PHASES = 4096  # a field of more phases is given up as position-dependent: the sizes of a wild program may have no common factor


class Beyond(Enum):
    """What a field can be on an axis, other than an interval for each unit."""

    EVERYTHING = "everything"  # every unit reads every position
    VARIES = "varies"  # it depends on the position, without a period
    UNKNOWN = "unknown"  # it depends on sizes that the program leaves open


EVERYTHING = Beyond.EVERYTHING
VARIES = Beyond.VARIES
UNKNOWN = Beyond.UNKNOWN


class AxisField(NamedTuple):
    """Unit q·P + p reads the positions first[p] + q·jump to last[p] + q·jump, where P = len(first) is the period.

    A phase that reads nothing (between the taps of a transposed convolution) has None for both.
    """

    first: tuple[int | None, ...]
    last: tuple[int | None, ...]
    jump: int

    @property
    def sizes(self) -> list[int]:
        """How many positions each phase spans."""
        return [0 if lo is None or hi is None else hi - lo + 1 for lo, hi in zip(self.first, self.last, strict=True)]

    @property
    def stride(self) -> Exact:
        return exact(self.jump, len(self.first))

    @property
    def start(self) -> Exact | None:
        """Where unit 0 starts to read; with several phases the smallest, each moved back by its place. None: reads nothing."""
        period = len(self.first)
        starts = [lo * period - p * self.jump for p, lo in enumerate(self.first) if lo is not None]
        return exact(min(starts), period) if starts else None


OneAxis: TypeAlias = AxisField | Beyond
Sight: TypeAlias = tuple[Axis | None, OneAxis]  # what a layer reads on an axis, and the field of what it reads

ITSELF = AxisField((0,), (0,), 1)
NOTHING = AxisField((None,), (None,), 1)  # no unit reads anything


@dataclass(frozen=True, slots=True)
class Field:
    """The receptive field of the units of a value in one input: an entry for each spatial axis of that input.

    `gated`: there is a gate (one arm of a `mul` goes through a global reduction), through which everything is seen;
    `statistics`: there is normalisation by statistics of the whole input, likewise. Both are left out of `axes`.
    """

    axes: tuple[OneAxis, ...]
    gated: bool = False
    statistics: bool = False

    @property
    def size(self) -> tuple[int | float | None, ...]:
        """Positions from the first to the last that is read, the most over phases; inf: all, None: varies or unknown."""
        return tuple([max(axis.sizes) if isinstance(axis, AxisField) else BEYOND[axis] for axis in self.axes])

    @property
    def size_min(self) -> tuple[int | float | None, ...]:
        """The same, the least over phases."""
        return tuple([min(axis.sizes) if isinstance(axis, AxisField) else BEYOND[axis] for axis in self.axes])

    @property
    def stride(self) -> tuple[Exact | None, ...]:
        """How far the field moves from one unit to the next; None where everything is seen, or it varies."""
        return tuple([axis.stride if isinstance(axis, AxisField) else None for axis in self.axes])

    @property
    def start(self) -> tuple[Exact | None, ...]:
        """Where the field of unit 0 starts, the effective padding negated; None as for the stride."""
        return tuple([axis.start if isinstance(axis, AxisField) else None for axis in self.axes])

    @property
    def is_global(self) -> bool:
        """Whether every unit sees everything, also of a flat input."""
        return all(axis is EVERYTHING for axis in self.axes)

    @property
    def varies(self) -> bool:
        return VARIES in self.axes

    def to_json(self, extent: Sequence[Dim]) -> dict[str, object]:
        """The `rf` of the JSON contract; `extent` are the spatial sizes of the input, the size where all is seen."""
        whole = self.is_global
        found: dict[str, object] = {
            "size": plain(self.size, extent),
            "stride": None if whole else [number(s) for s in self.stride],
            "start": None if whole else [number(s) for s in self.start],
            "global": whole,
        }
        if self.size_min != self.size:
            found["size_min"] = plain(self.size_min, extent)
        flags = {"gated": self.gated, "statistics": self.statistics, "varies": self.varies}
        return found | {name: True for name, flag in flags.items() if flag}


BEYOND = {EVERYTHING: inf, VARIES: None, UNKNOWN: None}


def exact(top: int, bottom: int) -> Exact:
    """A quotient, an int where it is whole."""
    return Fraction(top, bottom) if top % bottom else top // bottom


def plain(sizes: Sequence[int | float | None], extent: Sequence[Dim]) -> list[object]:
    """Sizes as JSON has them; null where the input's own size, which is meant, is open."""
    return [size if size != inf else n if isinstance(n, int) else None for size, n in zip(sizes, extent, strict=True)]


def number(value: Exact | None) -> int | str | None:
    """A fraction as text: "1/2"."""
    return str(value) if isinstance(value, Fraction) else value


def passed(relation: Relation, field: Field) -> Field:
    """The field of a layer of one input."""
    axes: list[OneAxis] = []
    last: Sight | None = None
    for pair in zip(fitted(relation, field), field.axes, strict=True):
        axes.append(axes[-1] if pair == last else through(*pair))
        last = pair
    return Field(tuple(axes), field.gated, field.statistics or relation.statistics)


def merged(arms: Sequence[tuple[Relation, Field]], gating: bool) -> Field:
    """The field of a layer of several inputs, each as the layer reads it.

    With `gating`, arms that have gone through a global reduction beside others that have not are gates.
    """
    axes: list[OneAxis] = []
    gated = statistics = False
    for relation, field in arms:
        gated = gated or field.gated
        statistics = statistics or field.statistics or relation.statistics
    sights = [[*zip(fitted(relation, field), field.axes, strict=True)] for relation, field in arms]
    last: list[Sight] = []
    for place in range(len(sights[0])):
        seen = [sight[place] for sight in sights]
        if seen == last:
            axes.append(axes[-1])
            continue
        last = seen
        if gating:
            local = [sight for sight in seen if sight[1] is not EVERYTHING]
            if 0 < len(local) < len(seen):
                seen, gated = local, True
        axes.append(hull([through(*sight) for sight in seen]))
    return Field(tuple(axes), gated, statistics)


def joined(fields: Sequence[Field]) -> Field:
    """The field of units that read several values, each at the unit's own place."""
    axes: list[OneAxis] = []
    last: list[OneAxis] = []
    for place in range(len(fields[0].axes)):
        seen = [field.axes[place] for field in fields]
        axes.append(axes[-1] if seen == last else hull(seen))
        last = seen
    return Field(tuple(axes), True in [field.gated for field in fields], True in [field.statistics for field in fields])


def fitted(relation: Relation, field: Field) -> Sequence[Axis | None]:
    """The relation's axes for those of the field; where places were joined or made anew, everything is read."""
    return relation.axes if len(relation.axes) == len(field.axes) else (None,) * len(field.axes)


def through(axis: Axis | None, field: OneAxis) -> OneAxis:
    """The field of a layer's output on one axis, from the layer's relation and the field of its input.

    An output that reads one fixed place everywhere (jump 0: broadcasting) counts as seeing everything.
    """
    if axis is IDENTITY:
        return field
    if axis is None or field is EVERYTHING or not axis.jump:
        return EVERYTHING
    if not isinstance(field, AxisField):
        return field
    if len(axis.reads) == 1 and len(field.first) == 1:
        reads, lo, hi = axis.reads[0], field.first[0], field.last[0]
        if reads and lo is not None and hi is not None:
            jump = field.jump
            return AxisField((lo + reads[0] * jump,), (hi + reads[-1] * jump,), axis.jump * jump)
    return composed(axis, field)


def composed(axis: Axis, field: AxisField) -> OneAxis:
    """The same with phases: input unit Q·P + m is at Q·jump, so m times the layer's period brings a whole number of jumps."""
    period = len(field.first)
    repeats = period // gcd(period, axis.jump)
    if repeats * axis.period > PHASES:
        return VARIES
    bounds = [
        span([divmod(turn * axis.jump + tap, period) for tap in outer(reads, period)], field)
        for turn in range(repeats)
        for reads in axis.reads
    ]
    return reduced(bounds, repeats * axis.jump // period * field.jump)


def outer(reads: Sequence[int], period: int) -> Sequence[int]:
    """Those of many evenly spaced reads that can be first or last: the outermost of each phase."""
    if isinstance(reads, range) and len(reads) > 2 * period:
        return [*reads[:period], *reads[-period:]]
    return reads


Bounds: TypeAlias = tuple[int | None, int | None]


def span(units: Sequence[tuple[int, int]], field: AxisField) -> Bounds:
    """First and last position read by some units, each as (turn, phase) of a field."""
    lows = [lo + turn * field.jump for turn, phase in units if (lo := field.first[phase]) is not None]
    highs = [hi + turn * field.jump for turn, phase in units if (hi := field.last[phase]) is not None]
    return (min(lows), max(highs)) if lows else (None, None)


def reduced(bounds: list[Bounds], jump: int) -> AxisField:
    """A field in its smallest period."""
    if all(lo is None for lo, _ in bounds):
        return NOTHING
    phases = len(bounds)
    for period in range(1, phases):
        if phases % period == 0 and jump * period % phases == 0:
            step = jump * period // phases
            if all(follows(a, b, step) for a, b in zip(bounds, bounds[period:], strict=False)):
                bounds, jump = bounds[:period], step
                break
    return AxisField(tuple([lo for lo, _ in bounds]), tuple([hi for _, hi in bounds]), jump)


def follows(a: Bounds, b: Bounds, step: int) -> bool:
    """Whether b is a, moved on by a step."""
    if a[0] is None or a[1] is None:
        return b[0] is None
    return b == (a[0] + step, a[1] + step)


def hull(fields: Sequence[OneAxis]) -> OneAxis:
    """The field of units that read several values at their own places: from the first position to the last.

    Values that move at different strides drift apart: the field then varies with the position.
    """
    if EVERYTHING in fields:
        return EVERYTHING
    plain = [field for field in fields if isinstance(field, AxisField) and len(field.first) == 1 and field != NOTHING]
    if len(plain) == len(fields) and len({field.jump for field in plain}) == 1:
        lows, highs = [field.first[0] for field in plain], [field.last[0] for field in plain]
        return AxisField((min(lows),), (max(highs),), plain[0].jump)  # type: ignore[type-var]
    return reduce(hull_of_two, fields)


def hull_of_two(a: OneAxis, b: OneAxis) -> OneAxis:
    if a == b:
        return a
    if not isinstance(a, AxisField) or not isinstance(b, AxisField):
        return UNKNOWN if UNKNOWN in (a, b) else VARIES
    if NOTHING in (a, b):
        return b if a == NOTHING else a
    if apart(a, b):
        return VARIES
    period = lcm(len(a.first), len(b.first))
    if period > PHASES:
        return VARIES
    bounds = [join(unit(a, place), unit(b, place)) for place in range(period)]
    return reduced(bounds, a.jump * (period // len(a.first)))


def apart(a: AxisField, b: AxisField) -> bool:
    """Whether two fields move at different strides."""
    return a.jump * len(b.first) != b.jump * len(a.first)


def unit(field: AxisField, place: int) -> Bounds:
    """First and last position that the unit at a place reads."""
    return span([divmod(place, len(field.first))], field)


def join(a: Bounds, b: Bounds) -> Bounds:
    if a[0] is None or a[1] is None:
        return b
    if b[0] is None or b[1] is None:
        return a
    return min(a[0], b[0]), max(a[1], b[1])
