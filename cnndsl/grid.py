"""Cells of text to aligned lines, no wider than a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .cells import cells, width

GAP = 2


class Column(NamedTuple):
    """`least`: how narrow it may be made where there is no room (0: not at all), `last`: whether others are widened before it
    again; `drop`: whether it goes first (1), second, … or stays (0); those of one number go together.
    """

    title: str
    right: bool = False
    least: int = 0
    last: bool = False
    drop: int = 0


class Grid:
    """Rows of cells, laid out: `columns` those that are shown, `left_out` the titles of those that are not."""

    def __init__(
        self, columns: Sequence[Column], rows: Iterable[Sequence[str]], limit: int | None = None, more: str = "…"
    ) -> None:
        self.more = more
        self.rows = [[column.title for column in columns], *rows]
        self.widths = [max(map(width, set(column))) for column in zip(*self.rows, strict=True)]
        self.shown = list(range(len(columns)))
        self.columns = columns
        if limit is not None:
            self.fit(limit)

    @property
    def width(self) -> int:
        return sum(self.widths[place] for place in self.shown) + GAP * (len(self.shown) - 1)

    @property
    def left_out(self) -> list[str]:
        shown = set(self.shown)
        return [column.title for place, column in enumerate(self.columns) if place not in shown]

    def fit(self, limit: int) -> None:
        """Narrows what may be narrowed; where that is not enough, leaves columns out; what room is left then is given back."""
        natural = self.widths.copy()
        for place, column in enumerate(self.columns):
            self.widths[place] = min(natural[place], column.least or natural[place])
        for turn in sorted({column.drop for column in self.columns} - {0}):
            if self.width > limit:
                self.shown = [place for place in self.shown if self.columns[place].drop != turn]
        for place in sorted(self.shown, key=lambda place: self.columns[place].last):
            self.widths[place] = max(self.widths[place], min(natural[place], self.widths[place] + limit - self.width))

    def padded(self) -> list[list[str]]:
        """All rows, the titles first: the cells that are shown, each as wide as its column."""
        columns = [self.column(place) for place in self.shown]
        return [list(row) for row in zip(*columns, strict=True)]

    def column(self, place: int) -> list[str]:
        """One column, padded; equal cells once."""
        room, right = self.widths[place], self.columns[place].right
        known = {text: pad(text, room, right, self.more) for text in {row[place] for row in self.rows}}
        return [known[row[place]] for row in self.rows]

    def lines(self) -> list[str]:
        """All rows as lines, the titles first."""
        gap = " " * GAP
        return [gap.join(row).rstrip() for row in zip(*map(self.column, self.shown), strict=True)]


def pad(text: str, room: int, right: bool, more: str = "…") -> str:
    """Text of just that many cells; what is too long ends with a sign that it goes on."""
    taken = width(text)
    if taken > room:
        text = cut(text, room - len(more)) + more
        taken = width(text)
    blank = " " * (room - taken)
    return blank + text if right else text + blank


def cut(text: str, room: int) -> str:
    """The beginning of a text, of so many cells at most."""
    taken = 0
    for place, char in enumerate(text):
        taken += cells(char)
        if taken > room:
            return text[:place]
    return text
