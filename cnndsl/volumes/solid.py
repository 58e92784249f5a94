"""One feature map to a box in oblique projection, with the windows on it that the next layer reads."""

from __future__ import annotations

from dataclasses import dataclass

from ..backends.dot.colouring import mixed
from ..backends.dot.theme import Theme
from ..op import Shape
from ..sheet import Area, Point, Stroke
from .scale import SLICES, Scale, is_flat, sides_of, slices_of, thickness_of

SLANT = (0.42, 0.30)  # how far one point of depth goes to the right, and up
APART = 7.0  # points from slice to slice
BAR = 8.0  # points that a flat value is wide


@dataclass(frozen=True, slots=True)
class Solid:
    """`thick`, `high` and `deep` in points; `slices` are drawn one behind the other. `at`: the lower left corner in front."""

    shape: Shape
    thick: float
    high: float
    deep: float
    slices: int = 1
    at: Point = (0.0, 0.0)

    @property
    def offset(self) -> Point:
        """From the front to the back."""
        return (self.deep * SLANT[0], self.deep * SLANT[1])

    @property
    def behind(self) -> float:
        """How far the last slice is moved, to the right and up."""
        return (self.slices - 1) * APART

    @property
    def width(self) -> float:
        return self.thick + self.offset[0] + self.behind

    @property
    def height(self) -> float:
        return self.high + self.offset[1] + self.behind

    @property
    def left(self) -> Point:
        """Where what flows in arrives: the middle of its front's left side."""
        return (self.at[0], self.at[1] - self.high / 2)

    @property
    def right(self) -> Point:
        """Where what flows out leaves: the middle of its right face."""
        x, y = self.offset
        return (self.at[0] + self.thick + x / 2, self.at[1] - (self.high + y) / 2)

    def above(self, share: float) -> Point:
        """A place a little above it, so far to the right."""
        return (self.at[0] + self.width * share, self.at[1] - self.height - 2)

    def point(self, across: float, up: float, back: float) -> Point:
        """A place in it: across its thickness, up, and back into the page."""
        x, y = self.at
        return (x + across + back * SLANT[0], y - up - back * SLANT[1])

    def faces(self, theme: Theme, kind: str, about: str) -> list[Area]:
        """From the back to the front."""
        tint = theme.tint(kind)
        fills = (mixed(tint, theme.paper, 0.45), mixed(tint, theme.text, 0.22), tint)
        sides = self.sides()
        turns = [turn * APART for turn in reversed(range(self.slices))]
        return [
            Area(tuple((x + far, y - far) for x, y in side), fill, theme.text, 0.8, about)
            for far in turns
            for side, fill in zip(sides, fills[-len(sides) :], strict=True)
        ]

    def sides(self) -> list[tuple[Point, ...]]:
        """Top, right and front; of what has no depth the front alone."""
        t, h, d = self.thick, self.high, self.deep
        corner = self.point
        front = (corner(0, 0, 0), corner(t, 0, 0), corner(t, h, 0), corner(0, h, 0))
        if not d:
            return [front]
        top = (corner(0, h, 0), corner(t, h, 0), corner(t, h, d), corner(0, h, d))
        side = (corner(t, 0, 0), corner(t, 0, d), corner(t, h, d), corner(t, h, 0))
        return [top, side, front]

    def window(self, high: float, deep: float, to: Point, theme: Theme) -> list[Stroke]:
        """A window in the middle of its right face, and lines from its corners to the unit that reads it."""
        low, near = (self.high - high) / 2, (self.deep - deep) / 2
        corners = [self.point(self.thick, low + up, near + back) for up, back in ((0, 0), (0, deep), (high, deep), (high, 0))]
        rays = [Stroke((corner, to), theme.muted, 0.6, True) for corner in corners[: 4 if deep else 3 : 1 if deep else 2]]
        return [*rays, Stroke((*corners, corners[0]), theme.text, 1.1)]


def solid(shape: Shape, scale: Scale) -> Solid:
    """The box of a value: a flat one is a bar, as high as its features are many."""
    if is_flat(shape):
        return Solid(shape, BAR, scale.thickness(thickness_of(shape)), 0)
    high, deep = sides_of(shape)
    slices = min(slices_of(shape), SLICES)
    return Solid(shape, scale.thickness(thickness_of(shape)), scale.extent(high), scale.extent(deep) if deep else 0, slices)
