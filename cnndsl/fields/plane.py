"""What a unit sees of an input to planes that can be drawn: a map as it is, a line as a strip, a volume by its middle slices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ..influence import SHARE
from ..semiring import Array
from .marked import Span
from .unit import Sight

NAMES = {1: ("position",), 2: ("row", "column"), 3: ("slice", "row", "column")}
TIED = 1e-9  # what differs by less is of one size


class Plane(NamedTuple):
    """Rows and columns of an input: for each of its places `read`, `share` (of the influence), and whether it is of the `core`,
    the places that hold 95 % of the influence.

    `field` and `window`: first and last row, and first and last column; None where there is none. `centre` and `deviation`
    of the influence likewise. A strip has one row. `cut` says where a volume is cut.
    """

    input: str
    axes: tuple[str, str]
    read: Array
    share: Array
    core: Array
    field: tuple[Span, Span] | None
    window: tuple[Span, Span] | None
    centre: tuple[float, float]
    deviation: tuple[float, float]
    cut: str = ""

    @property
    def extent(self) -> tuple[int, int]:
        height, width = self.read.shape
        return height, width

    @property
    def is_strip(self) -> bool:
        return not self.axes[0]


def planes(sight: Sight) -> Iterator[Plane]:
    """One of a map or a line, three of a volume; of flat numbers a strip of channels."""
    rank = len(sight.extent)
    if rank == 0:
        yield channels(sight)
    elif rank == 1:
        yield line(sight)
    else:
        middle = [sum(span) // 2 for span in sight.support.window] if sight.support.window else [n // 2 for n in sight.extent]
        for pair in [(0, 1)] if rank == 2 else [(1, 2), (0, 2), (0, 1)]:
            yield cut(sight, pair, middle)


def cut(sight: Sight, pair: tuple[int, int], middle: list[int]) -> Plane:
    """Two axes, all others at their middle."""
    rank = len(sight.extent)
    at = tuple(slice(None) if axis in pair else middle[axis] for axis in range(rank))
    others = [axis for axis in range(rank) if axis not in pair]
    names = NAMES[rank]
    return Plane(
        sight.input,
        (names[pair[0]], names[pair[1]]),
        sight.support.places[at],
        sight.influence.places[at],
        core(sight.influence.places)[at],
        both(sight.cone[pair[0]], sight.cone[pair[1]]),
        both(*(sight.support.window[axis] for axis in pair)) if sight.support.window else None,
        (sight.influence.centre[pair[0]], sight.influence.centre[pair[1]]),
        (sight.influence.deviation[pair[0]], sight.influence.deviation[pair[1]]),
        ", ".join(f"{names[axis]} {middle[axis]}" for axis in others),
    )


def line(sight: Sight) -> Plane:
    """One axis, as a strip."""
    row = (0, 0)
    return Plane(
        sight.input,
        ("", NAMES[1][0]),
        sight.support.places[None],
        sight.influence.places[None],
        core(sight.influence.places)[None],
        both(row, sight.cone[0]),
        both(row, sight.support.window[0]) if sight.support.window else None,
        (0.0, sight.influence.centre[0]),
        (0.0, sight.influence.deviation[0]),
    )


def channels(sight: Sight) -> Plane:
    """Numbers without places, as a strip of channels."""
    share = sight.influence.map
    total = share.sum()
    read = np.flatnonzero(sight.support.mask)
    window = ((0, 0), (int(read[0]), int(read[-1]))) if read.size else None
    nothing = (0.0, 0.0)
    strip = share[None] / total if total else share[None]
    return Plane(sight.input, ("", "channel"), sight.support.mask[None], strip, core(strip), None, window, nothing, nothing)


def both(rows: Span | None, columns: Span | None) -> tuple[Span, Span] | None:
    return (rows, columns) if rows and columns else None


def core(share: Array) -> Array:
    """The places that hold 95 % of the influence: the largest, and those that are as large as the last of these."""
    ordered = np.sort(share, axis=None)[::-1]
    last = min(int(np.searchsorted(ordered.cumsum(), SHARE * ordered.sum())), ordered.size - 1)
    found: Array = (share > 0) & (share >= ordered[last] * (1 - TIED))
    return found
