"""Growth to text for the terminal: aligned rows with a chart beside them, and what follows from them in sentences."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from math import inf
from typing import NamedTuple

from ..cells import clean, width
from ..field import Field
from ..figures import GATED, STATISTICS, field_size, field_stride
from ..grid import Column, Grid
from ..network import Network
from ..op import Shape, show
from ..report import LEGEND, headline
from .growth import Growth, alike

BAR, SHORT, ROOMY = 24, 12, 100  # cells of the chart, where there is less room, and of a line that has room
BEFORE, BEYOND = 34, 35  # colours of a bar up to the input's edge, and over it
PROSE = 100
COLUMNS = (
    Column("layer", least=12),
    Column("call", least=16, last=True, drop=2),
    Column("output", least=10, drop=3),
    Column("field", right=True),
    Column("stride", right=True),
    Column("start", right=True, drop=1),
    Column("of the input", right=True),
)


class Looks(NamedTuple):
    """`width`: cells of a line, None for as many as it takes."""

    color: bool = False
    width: int | None = None
    ascii: bool = False


def growth_text(network: Network, found: Sequence[Growth], dropped: Iterable[str], looks: Looks) -> str:
    """The table, and sentences; `dropped` say what of the inputs no output reads."""
    lines = cleaned([f" {network.name}   {headline(network)}", ""], looks)
    shown = alike(found)
    for growth in shown:
        if len(found) > 1:
            lines += cleaned([f" in {growth.input}, {show((*growth.extent,)) or 'flat'}", ""], looks)
        lines += [*table(growth, looks), ""]
    verdicts = [verdict(growth, len(found) > 1) for growth in shown if growth.extent]
    for text in [*verdicts, *filter(None, dropped), *network.notes, *marks(found)]:
        wrapped = textwrap.wrap(clean(text, looks.ascii), min(PROSE, (looks.width or PROSE) - 2))
        lines += [f" {line}" for line in wrapped]
    return page(lines, looks)


def table(growth: Growth, looks: Looks) -> list[str]:
    rows = [
        cleaned([row.path, row.words, show(row.output), *of_field(field), part(share)], looks) for row, field, share in growth
    ]
    cells = BAR if looks.width is None or looks.width >= ROOMY else SHORT
    room = None if looks.width is None else looks.width - cells - 4
    grid = Grid(COLUMNS, rows, room, "~" if looks.ascii else "…")
    head, *body = grid.lines()
    spans = [(share, most(field, growth.extent)) for _, field, share in growth]
    scale = max([1.0, *(high for _, high in spans if high is not None and high != inf)])
    rule = ("-" if looks.ascii else "─") * (grid.width + cells + 4)
    edge = max(round(cells / scale), 1)
    title = f"{'input'.rjust(edge)}{'|' if looks.ascii else '▏'}" if edge >= len("input") and growth.extent else ""
    lines = [f" {head.ljust(grid.width)}  {title}".rstrip(), rule]
    for line, (share, high) in zip(body, spans, strict=True):
        blank = " " * (grid.width - width(line))
        lines.append(f" {line}{blank}  {bar(share, high, scale, cells, looks)}".rstrip())
    return [*lines, rule]


def of_field(field: Field) -> list[str]:
    return [field_size(field), field_stride(field), start_of(field)]


def start_of(field: Field) -> str:
    """Where the field of unit 0 starts."""
    if field.is_global:
        return ""
    starts = ["–" if start is None else str(start) for start in field.start]
    return starts[0] if len(set(starts)) == 1 else ",".join(starts)


def part(share: float | None) -> str:
    if share is None:
        return ""
    return "all" if share == inf else f"{100 * share:.1f}%"


def most(field: Field, extent: Shape) -> float | None:
    """The part of the input's extent that the largest phase has, by the axis where that is least."""
    pairs = [(size, n) for size, n in zip(field.size, extent, strict=True) if size is not None and isinstance(n, int)]
    return min(size / n for size, n in pairs) if len(pairs) == len(extent) and pairs else None


def bar(share: float | None, high: float | None, scale: float, cells: int, looks: Looks) -> str:
    """A bar as long as the field, lighter from the least phase to the most, and a mark where the input ends."""
    if share is None or high is None:
        return ""
    edge = max(round(cells / scale), 1)
    length, whole = (max(round(cells * min(one, scale) / scale), 1) for one in (share, high))
    ink, light, mark = ("#", "+", "|") if looks.ascii else ("█", "▒", "▏")
    drawn = ink * length + light * (whole - length)
    if whole <= edge:
        return colored(drawn, BEFORE, looks) + " " * (edge - whole) + mark
    return colored(drawn[:edge], BEFORE, looks) + colored(drawn[edge:], BEYOND, looks)


def colored(text: str, code: int, looks: Looks) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if looks.color and text else text


def verdict(growth: Growth, several: bool) -> str:
    """Which layer first covers the input, or all of the map that it reads."""
    name = growth.input if several else "the input"
    has = "have" if several and " and " in growth.input else "has"
    whole = "×".join(map(str, growth.extent))
    if growth.covering is not None:
        row, field, _ = growth.covering
        if field.is_global:  # a stride may have left most of the input out before
            return f"{row.path} is the first that sees all of the map below it, and so whatever that reads of {name}, {whole}."
        sizes = f"a field of {field_size(field)}"
        return f"{row.path} is the first whose field is as large as what {name} {has}, {whole}: {sizes}."
    if any(share is None for _, _, share in growth):
        return f"Whether a layer's field is as large as {name}, {whole}, is not known of all."
    return f"No layer's field is as large as {name}, {whole}."


def marks(found: Sequence[Growth]) -> list[str]:
    sizes = [field_size(field) for growth in found for _, field, _ in growth]
    return [f"{mark} {LEGEND[mark]}" for mark in (GATED, STATISTICS) if any(mark in size for size in sizes)]


def page(lines: list[str], looks: Looks) -> str:
    """Clean lines as a text, the first one strong."""
    first, *rest = lines
    head = f"\x1b[1m{first}\x1b[0m" if looks.color else first
    return "\n".join([head, *rest]).rstrip() + "\n"


def cleaned(lines: Iterable[str], looks: Looks) -> list[str]:
    """Lines as the terminal can show them."""
    return [clean(line, looks.ascii) for line in lines]
