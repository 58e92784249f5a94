"""Sizes of feature maps to lengths in points, and in words how these are to be read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, log2

from ..diagnostics import Problem
from ..op import ChannelsLast, Shape, channels, spatial

HIGH, LEAST = 180.0, 4.0  # points: the largest extent of a map, the least that is drawn
THICK, THIN = 66.0, 2.5  # points: of the channels
SLICES = 4  # of three-dimensional maps, at most
RANGE = 150  # so many times the fewest channels may be, and the scale is even


@dataclass(frozen=True, slots=True)
class Scale:
    """`unit`: points for one position of a map; `most`: the most channels. `even`: channels by number, else by logarithm.

    `small` and `few`: what is less is drawn as so much; 0 where nothing is.
    """

    unit: float
    most: int
    even: bool
    small: int
    few: int
    axes: frozenset[int] = frozenset()  # how many the maps have

    def extent(self, size: int) -> float:
        return max(size * self.unit, LEAST)

    def thickness(self, number: int) -> float:
        if self.even:
            return max(THICK * number / self.most, THIN)
        return max(THICK * log2(1 + number) / log2(1 + self.most), THIN)

    @property
    def words(self) -> list[str]:
        """How to read it: what is to scale, and what is not."""
        small = f", where less than {self.small} is drawn as {self.small}" if self.small else ""
        few = f", where fewer than {self.few} are drawn as {self.few}" if self.few else ""
        how = f"to scale{few}" if self.even else "by their logarithm"
        sides = "Height of a map: its positions" if self.axes <= {0, 1} else "Height and depth of a map: its rows and columns"
        slices = f" Its slices stand one behind the other, {SLICES} at most." if 3 in self.axes else ""
        flat = " A flat value is a bar: its features, on the scale of the channels." if 0 in self.axes else ""
        return [f"{sides}, to scale{small}.{slices}", f"Thickness: its channels, {how}.{flat}"]


def scale(shapes: Iterable[Shape]) -> Scale:
    """One scale for all values of a network; raises Problem where sizes are open."""
    maps = list(shapes)
    if not all(isinstance(size, int) for shape in maps for size in shape):
        raise Problem(
            "boxes to scale need numbers, and here sizes are open",
            code="E0001",
            help="say the input's size, as in --input 3x224x224",
        )
    sides = [size for shape in maps for size in sides_of(shape)]
    numbers = [thickness_of(shape) for shape in maps]
    unit = HIGH / max(sides, default=1)
    most, fewest = max(numbers, default=1), min(numbers, default=1)
    even = most <= RANGE * fewest
    small = ceil(LEAST / unit) if any(0 < size * unit < LEAST for size in sides) else 0
    few = ceil(THIN * most / THICK) if even and THICK * fewest / most < THIN else 0
    return Scale(unit, most, even, small, few, frozenset(len(spatial(shape)) for shape in maps))


def sides_of(shape: Shape) -> tuple[int, int]:
    """Height and depth in positions; of one axis the depth is 0, of three the last two."""
    axes = [int(size) for size in spatial(shape) if isinstance(size, int)]
    if len(axes) < 2:
        return (axes[0] if axes else 0, 0)
    return (axes[-2], axes[-1])


def thickness_of(shape: Shape) -> int:
    size = channels(shape)
    return size if isinstance(size, int) else 1


def is_flat(shape: Shape) -> bool:
    return len(shape) == 1 and not isinstance(shape, ChannelsLast)


def slices_of(shape: Shape) -> int:
    """How many maps stand one behind the other."""
    axes = spatial(shape)
    return int(axes[0]) if len(axes) == 3 and isinstance(axes[0], int) else 1
