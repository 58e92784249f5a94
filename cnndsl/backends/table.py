"""Networks to a table for the terminal: a row for each layer or block, totals, and what they mean; or a line for each network."""

from __future__ import annotations

from collections.abc import Sequence

from ..backend import Options
from ..grid import Column, Grid
from ..network import Network
from ..page import QUIET, STRONG, Page, wrapped
from ..report import SUMMARY, TITLES, Cells, Fact, facts, headline, remarks, summary, templates
from ..rows import Row, outline

INDENT = 2
RIGHT = {"params", "%", "MACs", "field", "stride", "memory", "peak memory"}
LEAST = {"call": 16, "layer": 12, "output": 12, "input": 10, "network": 10}  # how narrow these columns may get
DROP = {"%": 1, "peak memory": 1, "memory": 2, "input": 2, "stride": 3, "call": 4}  # the order in which these go

STYLES = {"convolution": "34", "linear": "35", "pooling": "36", "merge": "33", "extern": "31"}  # of calls, by kind of layer


def render(networks: Sequence[Network], options: Options) -> str:
    page = Sheet(options)
    if options.overview(networks):
        page.summary(networks)
    else:
        page.full(networks)
    return page.text


class Sheet(Page):
    """Networks in full, or a line for each."""

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self.calls: dict[str, str] = {}  # calls as they are shown

    def full(self, networks: Sequence[Network]) -> None:
        """Each network in full."""
        for network in networks:
            self.lines += [""] * bool(self.lines)
            self.network(network)
        self.prose(self.templates())

    def network(self, network: Network) -> None:
        rows = outline(network, self.options.depth)
        cells = Cells(network.totals)
        table = [cells.of(row, " " * INDENT * row.level + row.name) for row in rows]
        self.title(network)
        self.table(TITLES, table, [self.style(row) for row in rows])
        self.facts(facts(network))
        self.prose(remarks(network, table))

    def summary(self, networks: Sequence[Network]) -> None:
        """A line for each network."""
        self.table(SUMMARY, [summary(network) for network in networks], [("", "")] * len(networks))
        self.prose(self.templates())

    def templates(self) -> list[str]:
        return [templates(self.options.templates)] if self.options.templates else []

    def title(self, network: Network) -> None:
        name, shapes = self.clean(network.name), self.clean(headline(network))
        first, *more = wrapped(f"{name}   {shapes}", (self.options.width or len(name) + len(shapes) + 7) - 4)
        self.lines += [f" {self.paint(name, STRONG)}{first.removeprefix(name)}", *[f"    {line}" for line in more]]
        self.lines += [self.paint(f" {line}", QUIET) for line in wrapped(self.clean(network.ir.doc), self.measure)]
        self.lines.append("")

    def table(self, titles: Sequence[str], table: list[tuple[str, ...]], styles: list[tuple[str, str]]) -> None:
        """Rows between rules; the styles of a row are of its first cell and of its second."""
        grid = self.grid(titles, table)
        head, *body = grid.lines() if not self.options.color else map(self.painted, grid.padded(), [(STRONG, STRONG), *styles])
        self.ruled(grid, head, list(body))

    def grid(self, titles: Sequence[str], table: list[tuple[str, ...]]) -> Grid:
        columns = [Column(title, title in RIGHT, LEAST.get(title, 0), title == "call", DROP.get(title, 0)) for title in titles]
        return Grid(columns, [self.cleaned(row) for row in table], self.room, self.ellipsis)

    def cleaned(self, row: tuple[str, ...]) -> tuple[str, ...]:
        """What is from the program, name and text, in characters that a terminal can show; in ASCII all of it."""
        if self.options.ascii:
            return tuple(map(self.clean, row))
        text = self.calls.get(row[1])
        if text is None:
            text = self.calls[row[1]] = self.clean(row[1])
        return (self.clean(row[0]), text, *row[2:])

    def style(self, row: Row) -> tuple[str, str]:
        if not row.layers:
            return STRONG, QUIET
        return "", STYLES.get(row.kind, "")

    def painted(self, cells: list[str], styles: tuple[str, str]) -> str:
        name, text, *figures = cells
        return "  ".join([self.paint(name, styles[0]), self.paint(text, styles[1]), *figures]).rstrip()

    def facts(self, found: list[Fact]) -> None:
        """Totals in three columns."""
        names = max(len(fact.name) for fact in found)
        values = max(len(fact.value) for fact in found)
        for name, value, remark in found:
            known = f" {name.ljust(names)}  {self.paint(value.rjust(values), STRONG)}"
            first, *more = wrapped(self.clean(remark), max(self.measure - names - values - 5, 20)) or [""]
            self.lines.append(f"{known}   {self.paint(first, QUIET)}".rstrip())
            self.lines += [" " * (names + values + 6) + self.paint(line, QUIET) for line in more]
