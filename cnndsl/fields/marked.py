"""Numbers of a value that are marked (read, or reached) to where they are: places, channels, window."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..op import Shape, show
from ..semiring import Array
from ..sight import Unit

Span = tuple[int, int]


class Marked(NamedTuple):
    """Some numbers of a value: `mask` is True where they are, (channels, *spatial)."""

    mask: Array

    @property
    def total(self) -> int:
        """How many numbers there are."""
        return int(self.mask.sum())

    @property
    def places(self) -> Array:
        """The places of any channel, (*spatial)."""
        found: Array = self.mask.any(axis=0)
        return found

    @property
    def channels(self) -> Array:
        """The channels that have any, in order."""
        return np.flatnonzero(self.mask.reshape(len(self.mask), -1).any(axis=1))

    @property
    def axes(self) -> list[Array]:
        """The positions of each spatial axis, in order."""
        places = self.places
        rank = places.ndim
        return [np.flatnonzero(places.any(axis=tuple(other for other in range(rank) if other != axis))) for axis in range(rank)]

    @property
    def window(self) -> tuple[Span, ...] | None:
        """The first and last position on each axis; None where there is no number."""
        if not self.mask.any():
            return None
        return tuple((int(positions[0]), int(positions[-1])) for positions in self.axes)

    @property
    def touched(self) -> tuple[int, ...]:
        """How many positions of each axis there are."""
        return tuple(len(positions) for positions in self.axes)

    @property
    def area(self) -> int:
        """The places of the window."""
        return int(np.prod([last - first + 1 for first, last in self.window])) if self.window is not None else 0


def called(name: str, shape: Shape, at: Unit) -> str:
    """layer1.0 (256×56×56), channel 0 at 28,28"""
    place = ",".join(map(str, at.place))
    return f"{name} ({show(shape)}), channel {at.channel}" + (f" at {place}" if place else "")
