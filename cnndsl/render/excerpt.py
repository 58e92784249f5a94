"""Labels in one source to the lines they stand on, with every label drawn under its place.

4 |   c5: Conv(120, 7) -> Tanh
  |       ----      ^ 7×7 kernel on 16×5×5
  |       |
  |       this convolution
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from ..cells import cells, clean, glyph
from ..cells import width as width_of
from ..diagnostics import Label
from ..source import Source
from .row import Row

Piece = tuple[int, str, str]  # column, text, style
WHOLE = 6  # a span of so many lines is shown in full; of a longer one its two first and two last


@dataclass(frozen=True, slots=True, eq=False)
class Mark:
    """A label in lines: from character `start` of line `first` to before character `end` of line `last`."""

    first: int
    start: int
    last: int
    end: int
    text: str
    style: str
    sign: str

    @property
    def is_long(self) -> bool:
        return self.last > self.first

    @property
    def lines(self) -> Iterable[int]:
        if self.last - self.first < WHOLE:
            return range(self.first, self.last + 1)
        return (self.first, self.first + 1, self.last - 1, self.last)


def mark(label: Label, style: str, main: bool, ascii: bool) -> Mark:
    """Where a label stands; a span that ends in line ends is drawn without them."""
    source, start, end = label.span
    size = len(source.text)
    start = min(max(start, 0), size)
    end = min(max(end, start), size)
    while end > start and source.text[end - 1] in "\r\n":
        end -= 1
    first, left = source.position(start)
    last, right = source.position(end)
    text = clean(label.text.replace("\n", " "), ascii)
    return Mark(first, left - 1, last, right - 1, text, style if main else "second", "^" if main else "-")


class View:
    """A source line as shown: cleaned, and cut to `room` cells around what is marked on it."""

    def __init__(self, line: str, wanted: Sequence[tuple[int, int]], room: int, ascii: bool) -> None:
        spots = [(min(lo, len(line)), min(max(hi, lo + 1), len(line))) for lo, hi in wanted] or [(0, 0)]
        self.base, end = crop(spots, room, len(line))
        self.chars = line[self.base : end]
        glyphs = [glyph(char, ascii) for char in self.chars]
        self.starts = [0, *accumulate(map(width_of, glyphs))]
        self.dots = "..." if ascii else "…"
        self.left, self.right = self.cut(spots, room) if self.starts[-1] > room else (0, len(self.chars))
        before = self.dots if self.base + self.left else ""
        after = self.dots if self.base + self.right < len(line) else ""
        self.shift = width_of(before) - self.starts[self.left]
        self.text = before + "".join(glyphs[self.left : self.right]) + after

    def cut(self, spots: Sequence[tuple[int, int]], room: int) -> tuple[int, int]:
        """The characters to show: all marks in the middle if they fit, else the first one from its start on."""
        inner = room - 2 * len(self.dots)
        starts, size = self.starts, len(self.chars)
        local = [(max(lo - self.base, 0), min(max(hi - self.base, 0), size)) for lo, hi in spots]
        low, high = min(lo for lo, _ in local), max(hi for _, hi in local)
        if starts[high] - starts[low] > inner:
            low, high = local[0]
        spare = max(0, inner - (starts[high] - starts[low]))
        edge = max(0, min(starts[low] - spare // 2, starts[-1] - inner))
        left = next(i for i in range(size + 1) if starts[i] >= edge)
        right = next(i for i in range(size, -1, -1) if starts[i] <= starts[left] + inner)
        return left, right

    def at(self, offset: int) -> int:
        """The column of a character of the line, or of the dots that stand for it."""
        index = offset - self.base
        if index < self.left:
            return 0
        if index > self.right:
            return self.starts[self.right] + self.shift
        while 0 < index < len(self.chars) and cells(self.chars[index]) == 0 and self.starts[index + 1] == self.starts[index]:
            index -= 1  # a combining character stands where its base does
        return self.starts[index] + self.shift

    def range(self, start: int, end: int) -> tuple[int, int]:
        """The columns of some characters; one at least."""
        low, last = self.at(start), end - self.base
        high = self.starts[last] + self.shift if self.left <= last <= self.right else self.at(end)
        return low, max(high, low + 1)


def crop(spots: Sequence[tuple[int, int]], room: int, size: int) -> tuple[int, int]:
    """The characters of a line that can matter at all: a line of a megabyte is not measured to its end."""
    low, high = min(lo for lo, _ in spots), max(hi for _, hi in spots)
    if high - low > room:
        low, high = spots[0][0], min(spots[0][1], spots[0][0] + room)
    return max(0, low - room), min(size, high + room)


class Excerpt:
    """The rows of one source; `gutter` is the width of its line numbers."""

    def __init__(self, source: Source, marks: Sequence[Mark], gutter: int, width: int, ascii: bool) -> None:
        self.source = source
        self.marks = marks
        self.gutter = gutter
        self.ascii = ascii
        self.depths = depths(marks)
        margin = max(self.depths.values(), default=-1) + 1
        self.code = gutter + 3 + (margin + 1 if margin else 0)
        self.room = max(width - self.code, 20)
        self.open: dict[int, Mark] = {}  # long marks that run here, by depth

    def rows(self) -> Iterator[Row]:
        before = None
        for number in shown_lines(self.marks):
            if before is not None and number > before + 1:
                yield self.barred(Row().put(0, "...", "frame"))
            yield from self.line(number)
            before = number

    def line(self, number: int) -> Iterator[Row]:
        """A source line and what is drawn under it."""
        here = [m for m in self.marks if number in (m.first, m.last)]
        text = self.source.line(number)
        view = View(text, [extent(m, number, len(text)) for m in here], self.room, self.ascii)
        row = self.barred(Row().put(0, f"{number:>{self.gutter}} |", "frame"))
        starting = [m for m in here if m.is_long and m.first == number]
        early = [m for m in starting if not text[: m.start].strip()]
        for m in early:
            self.open[self.depths[m]] = m
            row.put(self.bar(m), "/", m.style)
        yield row.put(self.code, view.text)
        for pieces in under([m for m in here if not m.is_long], view):
            yield self.drawn(pieces)
        for m in sorted((m for m in here if m.is_long and m.last == number), key=self.depths.__getitem__, reverse=True):
            yield self.turn(m, view.range(max(m.end - 1, 0), m.end)[0], m.text)
            del self.open[self.depths[m]]
        for m in starting:
            if m not in early:
                yield self.turn(m, view.at(m.start), "")
                self.open[self.depths[m]] = m

    def turn(self, m: Mark, column: int, text: str) -> Row:
        """The row in which a long mark leaves its place for its bar, or comes back from it."""
        row = self.drawn([(column, m.sign, m.style), *([(column + 2, text, m.style)] if text else [])])
        for at in range(self.bar(m) + 1, self.code + column):
            if row.is_blank(at):
                row.put(at, "_", m.style)
        return row

    def drawn(self, pieces: Iterable[Piece]) -> Row:
        """A row below a source line."""
        row = self.barred(Row().put(self.gutter + 1, "|", "frame"))
        for column, text, style in pieces:
            row.put(self.code + column, text, style)
        return row

    def barred(self, row: Row) -> Row:
        for m in self.open.values():
            row.put(self.bar(m), "|", m.style)
        return row

    def bar(self, m: Mark) -> int:
        return self.gutter + 3 + self.depths[m]


def extent(m: Mark, number: int, size: int) -> tuple[int, int]:
    """The characters of a line that a mark wants seen."""
    if not m.is_long:
        return m.start, m.end
    return (m.start, min(m.start + 1, size)) if number == m.first else (max(m.end - 1, 0), m.end)


def shown_lines(marks: Iterable[Mark]) -> list[int]:
    """The lines that marks ask for; a single line between two of them is shown rather than dots."""
    lines = {line for m in marks for line in m.lines}
    return sorted(lines | {line + 1 for line in lines if line + 2 in lines})


def depths(marks: Iterable[Mark]) -> dict[Mark, int]:
    """A column of the margin for each long mark, the outermost leftmost."""
    taken: list[int] = []  # for each column the line to which it is taken
    found = {}
    for m in sorted((m for m in marks if m.is_long), key=lambda m: (m.first, -m.last)):
        free = next((depth for depth, last in enumerate(taken) if last < m.first), len(taken))
        taken[free:] = [m.last, *taken[free + 1 :]]
        found[m] = free
    return found


def under(marks: Sequence[Mark], view: View) -> Iterator[list[Piece]]:
    """What is drawn under a line: signs, the last text beside them, the others hanging below, rightmost first."""
    if not marks:
        return
    spots = sorted(((*view.range(m.start, m.end), m) for m in marks), key=lambda spot: spot[:2])
    signs = sorted(spots, key=lambda spot: spot[2].sign == "^")
    first = [(low, m.sign * (high - low), m.style) for low, high, m in signs]
    low, high, m = spots[-1]
    hanging = [(low, m) for low, _, m in spots if m.text]
    if m.text and high >= max(high for _, high, _ in spots):
        first.append((high + 1, m.text, m.style))
        hanging.pop()
    yield first
    bars = [(low, "|", m.style) for low, m in hanging]
    if bars:
        yield bars
    while hanging:
        low, m = hanging.pop()
        yield [*bars[: len(hanging)], (low, m.text, m.style)]
