"""A network to a chart of where parameters, multiply–adds and memory are: a row of bars for each layer or block."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from ..backends.dot.colouring import mixed
from ..backends.dot.theme import THEMES, Theme
from ..figures import binary, count, percent
from ..network import Network
from ..report import headline, sentence
from ..rows import Row, rows
from ..sheet import Area, Sheet, Words, breadth
from ..symbols import Dim

ROWS = 44  # at most, where the depth is ours to choose
MARGIN, STEP, BAR = 24.0, 19.0, 12.0  # points: around all, from row to row, of a bar
PANEL, GAP = 190.0, 26.0  # points: of the longest bar with room for its figure, between panels
NAME, FIGURE, TITLE = 11.0, 10.0, 20.0  # sizes of letters
LONG = 36  # letters of a name, and of what it is


class Entry(NamedTuple):
    """A row: its name, what it is, its kind, and a figure for each panel."""

    name: str
    words: str
    kind: str
    figures: tuple[Dim, ...]


class Panel(NamedTuple):
    """What is measured, the whole of it, and how a figure is written."""

    title: str
    whole: Dim
    text: Callable[[Dim | None], str]


def chart(network: Network, depth: int | None = None, theme: str = "light") -> Sheet:
    """The rows of a depth; where None, of the greatest at which they are few enough. Raises Problem for a depth below 1."""
    return Drawing(network, list(entries(network, depth)), THEMES[theme]).sheet()


def entries(network: Network, depth: int | None) -> Iterator[Entry]:
    for row in folded(network, depth):
        call = f" (call {row.call})" if row.call > 1 else ""
        yield Entry(row.path + call, row.words, row.kind, (row.params, row.macs, row.memory))


def folded(network: Network, depth: int | None) -> list[Row]:
    """The rows of a depth; where it is ours to choose, of the greatest with few enough."""
    found = rows(network, depth)
    if depth is not None or len(found) <= ROWS:
        return found
    deepest = max(len(node.path) for node in network.ir.nodes)
    tried = [rows(network, level) for level in range(1, deepest)]
    return next((some for some in reversed(tried) if len(some) <= ROWS), tried[0] if tried else found)


def panels(network: Network) -> list[Panel]:
    totals = network.totals
    return [
        Panel("parameters", totals["params"], count),
        Panel("MACs", totals["macs"], count),
        Panel("memory of the outputs", totals["activation_bytes"], binary),
    ]


class Drawing:
    """Rows of bars, a panel for each figure, each panel with a scale of its own."""

    def __init__(self, network: Network, found: Sequence[Entry], theme: Theme) -> None:
        self.network, self.entries, self.panels, self.theme = network, found, panels(network), theme
        self.labels = max(breadth(shortened(entry.name, LONG), NAME) for entry in found) * 1.08 + 8
        self.names = self.labels + max(breadth(shortened(entry.words, LONG), NAME) for entry in found)
        self.top = MARGIN + TITLE + 3 * STEP

    def sheet(self) -> Sheet:
        title, below = self.network.name, headline(self.network)
        width = 2 * MARGIN + self.names + len(self.panels) * (PANEL + GAP)
        height = self.top + len(self.entries) * STEP + MARGIN + STEP
        page = Sheet(max(width, breadth(below) + 2 * MARGIN), height, title, self.told(), self.theme.paper)
        page.add(Words((MARGIN, MARGIN + TITLE * 0.8), title, self.theme.text, TITLE, bold=True))
        page.add(Words((MARGIN, MARGIN + TITLE + 14), below, self.theme.muted, 12))
        for place, entry in enumerate(self.entries):
            y = self.top + place * STEP
            page.add(*self.name(entry, y))
            for number, panel in enumerate(self.panels):
                page.add(*self.bar(entry, number, panel, y))
        for number, panel in enumerate(self.panels):
            page.add(*self.heading(number, panel))
        page.add(Words((MARGIN, height - MARGIN), "Bars are to scale, in each column by its longest.", self.theme.muted, FIGURE))
        return page

    def told(self) -> str:
        """What a chart shows, for those who do not see it: where most of each is."""
        most = []
        for number, panel in enumerate(self.panels):
            known = [(value, entry.name) for entry in self.entries if isinstance(value := entry.figures[number], int)]
            if known and (best := max(known, key=lambda each: each[0]))[0]:
                most.append(f"Most {panel.title}: {best[1]}, {panel.text(best[0])}.")
        return " ".join([sentence(self.network), *most])

    def name(self, entry: Entry, y: float) -> list[Words]:
        label = Words((MARGIN, y + BAR - 2), shortened(entry.name, LONG), self.theme.text, NAME, bold=True)
        return [label, Words((MARGIN + self.labels, y + BAR - 2), shortened(entry.words, LONG), self.theme.muted, NAME)]

    def left(self, number: int) -> float:
        return MARGIN + self.names + GAP + number * (PANEL + GAP)

    def bar(self, entry: Entry, number: int, panel: Panel, y: float) -> list[Area | Words]:
        """A bar and its figure; of nothing none, of what is open a question mark."""
        value = entry.figures[number]
        if value == 0:
            return []
        x, text = self.left(number), self.figure(value, panel)
        if not isinstance(value, int):
            return [Words((x, y + BAR - 2), text, self.theme.muted, FIGURE)]
        length = max(value / self.most(number) * (PANEL - self.room(number)), 0.75)
        corners = ((x, y), (x + length, y), (x + length, y + BAR), (x, y + BAR))
        about = f"{entry.name}: {text} {panel.title}"
        tint = self.theme.tint(entry.kind)
        fill = mixed(tint, self.theme.text, 0.25) if entry.kind == "scope" else tint
        return [
            Area(corners, fill, self.theme.line, 0.8, about),
            Words((x + length + 5, y + BAR - 2), text, self.theme.muted, FIGURE, about=about),
        ]

    def figure(self, value: Dim, panel: Panel) -> str:
        share = percent(value, panel.whole)
        return f"{panel.text(value)}  {share} %" if share and isinstance(value, int) else panel.text(value)

    def most(self, number: int) -> int:
        return max((value for entry in self.entries if isinstance(value := entry.figures[number], int)), default=1) or 1

    def room(self, number: int) -> float:
        """Beside the longest bar, for the longest figure."""
        texts = [self.figure(entry.figures[number], self.panels[number]) for entry in self.entries]
        return max(breadth(text, FIGURE) for text in texts) + 6

    def heading(self, number: int, panel: Panel) -> list[Words]:
        x, y = self.left(number), self.top - 12
        return [
            Words((x, y), panel.title, self.theme.text, 12, bold=True),
            Words((x + PANEL, y), panel.text(panel.whole), self.theme.muted, FIGURE, "end"),
        ]


def shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
