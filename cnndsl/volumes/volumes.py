"""A network to a sheet of boxes: each the value that a layer, or a whole block, gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..backends.dot import LEVELS
from ..backends.dot.captions import kind_of, often, span, tooltip
from ..backends.dot.figures import content, flow
from ..backends.dot.picture import Box, Picture, boxes, picture
from ..backends.dot.scopes import Part, Scope, inside
from ..backends.dot.theme import THEMES, Theme
from ..figures import count
from ..graph import Node
from ..network import Network
from ..op import Shape, per_axis, rank, spatial
from ..report import headline, sentence
from ..sheet import Area, Sheet, Stroke, Words, breadth
from .places import lanes, ranks, ways
from .scale import Scale, scale
from .solid import Solid, solid

FEW = 24  # boxes that a picture has, at most, where one may choose how much it shows
GAP, MARGIN = 30.0, 24.0  # points: between columns, around all
TITLE, HEAD, LINE, SMALL = 20.0, 58.0, 13.0, 10.5
ARC = 12.0  # points from one long way to the next


@dataclass(frozen=True, slots=True)
class Volume:
    """A box of the picture with its solid and the lines of words below it, the first of them bold."""

    box: Box
    solid: Solid
    lines: tuple[str, ...]

    @property
    def width(self) -> float:
        return max(self.solid.width, breadth(self.lines[0], LINE), *(breadth(line, SMALL) for line in self.lines[1:]))

    @property
    def below(self) -> float:
        return len(self.lines) * LINE + 8


def sheet(
    network: Network, depth: int | None = None, level: str | None = None, unfold: bool = False, theme: str = "light"
) -> Sheet:
    """The boxes from left to right. `level`: where None, the finest that leaves few enough boxes.

    Raises Problem where sizes are open, and for a depth below 1.
    """
    drawing = drawn(network, depth, level, unfold)
    found = list(boxes(drawing.children))
    measure = scale([output(box) for box in found])
    named = {box: [label for label, _, end in drawing.outputs if end is box] for box in found}
    volumes = {box: Volume(box, solid(output(box), measure), tuple(words(box, named[box]))) for box in found}
    return Drawing(network, drawing, volumes, measure, THEMES[theme]).sheet()


def drawn(network: Network, depth: int | None, level: str | None, unfold: bool) -> Picture:
    tried = [level] if level else reversed(LEVELS)
    for word in tried:
        drawing = picture(network.ir, depth, unfold, word)
        if len(list(boxes(drawing.children))) <= FEW:
            break
    return drawing


def output(box: Box) -> Shape:
    """What comes out of a box: of its last layer, in the first turn of a repeat."""
    return last(box).io.output


def last(box: Box) -> Node:
    return tuple(inside(box.rows[-1][0]))[-1]


# ---- words ---------------------------------------------------------------------


def words(box: Box, outputs: Sequence[str]) -> list[str]:
    """The shape, then what makes it, then whose output it is."""
    turns = [tuple(inside(copy))[-1].io.output for copy in box.rows[-1]]
    times = [often(frame) for frame in box.frames if frame.count > 1]
    rows = [short(row[0]) for row in box.rows]
    return [flow(list(dict.fromkeys(turns)), 1), *label(box), *rows, *times, *(f"→ {label}" for label in outputs)]


def label(box: Box) -> list[str]:
    """What the program calls it: the path of a block, from the first to the last where it repeats, or the label of a layer."""
    frame = next((frame for frame in box.frames if frame.copies), None)
    copies, times = (frame.copies, frame.count) if frame else (box.rows[0], box.frames[-1].count if box.frames else 1)
    part = copies[0]
    if isinstance(part, Scope):
        outer = part.path[:-1] if part.path[-1].isdigit() else ()
        return [".".join([*outer, span(copies, times)])]
    return [] if part.path[-1].isdigit() or part.is_input or part.op.merge else [part.path[-1]]


def short(part: Part) -> str:
    """A layer as figures in papers have it: Conv 7×7 /2; the whole call is what pointing at it brings up."""
    if isinstance(part, Scope):
        return f"{part.name or part.path[-1]} ({content(part)})"
    if part.is_input:
        return part.path[-1]
    window = extents(part)
    stride = getattr(part.op, "stride", None)
    size = "×".join(map(str, window)) if window else ""
    step = stride if isinstance(stride, int) else max(stride) if isinstance(stride, tuple) else None
    return " ".join(filter(None, [part.op.title(), size, f"/{step}" if step not in (None, 1) else ""]))


def extents(node: Node) -> tuple[int, ...]:
    """The window of a convolution or pooling, an extent for each axis; nothing for other layers."""
    size = getattr(node.op, "kernel_size", None)
    axes = rank(node.io.input)
    return per_axis(size, axes, "kernel_size") if size is not None and axes else ()


# ---- places ----------------------------------------------------------------------


class Drawing:
    """The sheet in the making."""

    def __init__(self, network: Network, drawing: Picture, volumes: dict[Box, Volume], measure: Scale, theme: Theme) -> None:
        self.network, self.measure, self.theme = network, measure, theme
        self.ways = ways(drawing.edges)
        self.rank = ranks(list(volumes), self.ways)
        self.lane = lanes(list(volumes), self.ways, self.rank)
        self.volumes = volumes
        self.place()

    def place(self) -> None:
        """Every solid where it stands, the middle of each lane at one height."""
        columns = [[v for box, v in self.volumes.items() if self.rank[box] == at] for at in range(max(self.rank.values()) + 1)]
        widths = [max(volume.width for volume in column) for column in columns]
        self.lefts = [MARGIN + sum(widths[:at]) + GAP * at for at in range(len(widths))]
        self.width = self.lefts[-1] + widths[-1] + MARGIN
        above = max(v.solid.height for v in self.volumes.values())
        below = max(v.below for v in self.volumes.values())
        low = min(self.lane.values())
        self.levels = self.arcs()
        self.top = HEAD + MARGIN + ARC * (max(self.levels.values(), default=-1) + 1)
        for box, volume in self.volumes.items():
            x = self.lefts[self.rank[box]] + (widths[self.rank[box]] - volume.solid.width) / 2
            middle = self.top + above / 2 + (self.lane[box] - low) * (above + below + GAP)
            moved = replace(volume.solid, at=(x, middle + volume.solid.height / 2))
            self.volumes[box] = replace(volume, solid=moved)
        self.floor = max(v.solid.at[1] + v.below for v in self.volumes.values())

    def arcs(self) -> dict[tuple[Box, Box], int]:
        """Ways that would run through other boxes, each with its height above these, the shorter the lower."""
        found: dict[tuple[Box, Box], int] = {}
        long = [way for way in self.ways if self.runs_through(*way)]
        for tail, head in sorted(long, key=lambda way: self.rank[way[1]] - self.rank[way[0]]):
            taken = {level for way, level in found.items() if self.meet(way, (tail, head))}
            found[tail, head] = next(level for level in range(len(found) + 1) if level not in taken)
        return found

    def meet(self, one: tuple[Box, Box], other: tuple[Box, Box]) -> bool:
        """Whether two ways have ranks in common."""
        return self.rank[one[0]] < self.rank[other[1]] and self.rank[other[0]] < self.rank[one[1]]

    def runs_through(self, tail: Box, head: Box) -> bool:
        first, last = self.rank[tail], self.rank[head]
        low, high = sorted((self.lane[tail], self.lane[head]))
        return any(first < self.rank[box] < last and low - 0.9 < self.lane[box] < high + 0.9 for box in self.volumes)

    # ---- shapes ----

    def sheet(self) -> Sheet:
        legend = self.legend()
        notes = self.measure.words
        height = self.floor + MARGIN + (len(notes) + bool(legend)) * (LINE + 4) + MARGIN
        name = self.network.name
        title = f"{count(self.network.params)} params · {count(self.network.macs)} MACs · {headline(self.network)}"
        width = max(self.width, breadth(title, LINE) + 2 * MARGIN, *(breadth(note, SMALL) + 2 * MARGIN for note in notes))
        page = Sheet(width, height, name, f"{sentence(self.network)} {' '.join(notes)}", self.theme.paper)
        page.add(Words((MARGIN, MARGIN + TITLE * 0.8), name, self.theme.text, TITLE, bold=True))
        page.add(Words((MARGIN, MARGIN + TITLE + LINE), title, self.theme.muted, LINE))
        for volume in self.volumes.values():
            page.add(*volume.solid.faces(self.theme, kind_of(volume.box), tooltip(volume.box)))
        for way in self.ways:
            page.add(*self.way(*way))
        for volume in self.volumes.values():
            page.add(*self.label(volume))
        y = height - MARGIN - len(notes) * (LINE + 4)
        page.add(*self.swatches(legend, y))
        page.add(*(Words((MARGIN, y + (at + 1) * (LINE + 3)), note, self.theme.muted, SMALL) for at, note in enumerate(notes)))
        return page

    def label(self, volume: Volume) -> list[Words]:
        solid = volume.solid
        x, y = solid.at[0] + solid.width / 2, solid.at[1] + LINE
        found = [Words((x, y + 2), volume.lines[0], self.theme.text, LINE - 1, "middle", True)]
        for at, line in enumerate(volume.lines[1:], 1):
            found.append(Words((x, y + at * LINE + 2), line, self.theme.muted, SMALL, "middle"))
        return found

    def way(self, tail: Box, head: Box) -> list[Stroke]:
        """Above what it would run through; else the window that the head reads, or an arrow."""
        here, there = self.volumes[tail].solid, self.volumes[head].solid
        if (tail, head) in self.levels:
            y = self.top - 8 - ARC * self.levels[tail, head]
            (a, top), (b, other) = here.above(0.75), there.above(0.25)
            return [Stroke(((a, top), (a, y), (b, y), (b, other)), self.theme.edge, 1.0, arrow=True)]
        window = self.window(head)
        if window and here.shape == self.first(head).io.input:
            return here.window(*window, there.left, self.theme)
        return [Stroke((here.right, there.left), self.theme.edge, 1.0, arrow=True)]

    def first(self, box: Box) -> Node:
        return next(inside(box.rows[0][0]))

    def window(self, box: Box) -> tuple[float, float] | None:
        """Height and depth in points of what a unit of a box reads; None where it is no window."""
        part = box.rows[0][0]
        if isinstance(part, Scope) or not (sizes := extents(part)):
            return None
        sides = [min(size, n) if isinstance(n, int) else size for size, n in zip(sizes, spatial(part.io.input), strict=True)]
        high, deep = (sides[-2], sides[-1]) if len(sides) > 1 else (sides[0], 0)
        return max(high * self.measure.unit, 2.0), max(deep * self.measure.unit, 2.0) if deep else 0.0

    def legend(self) -> list[str]:
        kinds = dict.fromkeys(kind_of(box) for box in self.volumes)
        return [kind for kind in kinds if kind in self.theme.kinds and kind != "merge"]

    def swatches(self, kinds: Sequence[str], y: float) -> list[Area | Words]:
        found: list[Area | Words] = []
        x = MARGIN
        for kind in kinds:
            corners = ((x, y - 10), (x + 12, y - 10), (x + 12, y), (x, y))
            found.append(Area(corners, self.theme.tint(kind), self.theme.text, 0.8))
            found.append(Words((x + 17, y - 1), kind, self.theme.muted, SMALL))
            x += 17 + breadth(kind, SMALL) + 14
        return found
