"""Growth and sight to text for the terminal: aligned rows with a chart beside them, and a map of what a unit reads."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from math import inf
from typing import NamedTuple

import numpy as np

from ..cells import clean
from ..field import Field
from ..figures import GATED, STATISTICS, count, field_size, field_stride
from ..grid import Column, Grid
from ..network import Network
from ..op import show
from ..report import LEGEND, headline
from .growth import Growth
from .unit import Seen, Sight

BAR = 24  # cells of the chart
PROSE = 100
MAP = (72, 36)  # columns and rows of a map at most
COLUMNS = (
    Column("layer", least=12),
    Column("call", least=16, last=True, drop=2),
    Column("output", least=10, drop=3),
    Column("field", right=True),
    Column("stride", right=True),
    Column("start", right=True, drop=1),
    Column("of the input", right=True),
)
SHADES = " ░▒▓█"
PLAIN_SHADES = " .-+#"


class Looks(NamedTuple):
    """`width`: cells of a line, None for as many as it takes."""

    color: bool = False
    width: int | None = None
    ascii: bool = False


def growth_text(network: Network, found: Sequence[Growth], looks: Looks) -> str:
    lines = [f" {network.name}   {headline(network)}", ""]
    for growth in found:
        if len(found) > 1:
            lines += [f" in {growth.input}, {show((*growth.extent,))}", ""]
        lines += table(growth, looks)
    lines.append("")
    for sentence in [*(verdict(growth, len(found) > 1) for growth in found), *network.notes, *marks(found)]:
        lines += [f" {line}" for line in textwrap.wrap(sentence, min(PROSE, (looks.width or PROSE) - 2))]
    return page(lines, looks)


def table(growth: Growth, looks: Looks) -> list[str]:
    rows = [
        (row.path, row.words, show(row.output), field_size(field), field_stride(field), start_of(field), part(share))
        for row, field, share in growth
    ]
    room = None if looks.width is None else looks.width - BAR - 4
    grid = Grid(COLUMNS, rows, room, "~" if looks.ascii else "…")
    head, *body = grid.lines()
    shares = [share for _, _, share in growth]
    scale = max([1.0, *(share for share in shares if share is not None and share != inf)])
    rule = ("-" if looks.ascii else "─") * (grid.width + BAR + 4)
    bars = [bar(share, scale, looks) for share in shares]
    edge = max(round(BAR / scale), 1)
    title = f"{'input'.rjust(edge)}{'|' if looks.ascii else '▏'}"
    lines = [f" {head.ljust(grid.width)}  {title}", rule]
    lines += [f" {line.ljust(grid.width)}  {drawn}".rstrip() for line, drawn in zip(body, bars, strict=True)]
    return [*lines, rule]


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


def bar(share: float | None, scale: float, looks: Looks) -> str:
    """A bar as long as the field, and a mark where the input ends."""
    if share is None:
        return ""
    edge, length = max(round(BAR / scale), 1), round(BAR * min(share, scale) / scale)
    ink, mark = ("#", "|") if looks.ascii else ("█", "▏")
    filled = (ink * max(length, 1)).ljust(edge)
    return filled if length > edge else f"{filled}{mark}"


def verdict(growth: Growth, several: bool) -> str:
    """Which layer first covers the input, or how far the last map comes."""
    name = f"the input {growth.input}" if several else "the input"
    whole = "×".join(map(str, growth.extent))
    if growth.covering is not None:
        row, field, _ = growth.covering
        sizes = f"field {field_size(field)}" if not field.is_global else "everything"
        return f"{row.path} is the first whose units see as much as {name} has, {whole}: {sizes}."
    return f"No layer's field is as large as {name}, {whole}."


def marks(found: Sequence[Growth]) -> list[str]:
    sizes = [field_size(field) for growth in found for _, field, _ in growth]
    return [f"{mark} {LEGEND[mark]}" for mark in (GATED, STATISTICS) if any(mark in size for size in sizes)]


# One unit


def unit_text(found: Seen, looks: Looks) -> str:
    lines = [f" {found.name}", ""]
    for sight in found.sights:
        if len(found.sights) > 1:
            lines.append(f" in {sight.input}:")
        facts = list(unit_facts(sight))
        wide = max(len(name) for name, _ in facts)
        for name, text in facts:
            first, *more = textwrap.wrap(text, min(PROSE, (looks.width or PROSE) - wide - 4)) or [""]
            lines += [f" {name.ljust(wide)}   {first}", *(f" {' ' * wide}   {line}" for line in more)]
        lines += ["", *picture(sight, looks)]
    return page(lines, looks)


def unit_facts(sight: Sight) -> list[tuple[str, str]]:
    whole = "×".join(map(str, sight.extent))
    field = field_size(sight.field)
    where = ", ".join(span(pair) for pair in sight.cone if pair)
    facts = [("field", f"{field} ({where}), borders left aside" if where else field or "nothing of this input arrives")]
    if sight.window is None:
        return [*facts, ("window", f"reads nothing of the input's {whole}")]
    sizes = "×".join(str(last - first + 1) for first, last in sight.window)
    outside = beyond(sight)
    facts.append(("window", f"{sizes} of {whole} ({', '.join(map(span, sight.window))}){outside}"))
    touched = "×".join(map(str, sight.touched))
    places = int(sight.places.sum())
    missing = f"{count(sight.area - places)} of the window's {count(sight.area)} are not read"
    holes = "no holes" if places == sight.area else missing
    read = len(sight.channels)
    of = "all channels" if read == len(sight.support) else f"{read} of {len(sight.support)} channels"
    total, most = int(sight.paths.astype(object).sum()), int(sight.paths.max())
    facts.append(("support", f"{count(places)} places in {touched} rows and columns, {of}: {holes}"))
    facts.append(("paths", f"{large(total)} in all, {large(most)} at most from one number"))
    return [*facts, *influence_facts(sight)]


def influence_facts(sight: Sight) -> list[tuple[str, str]]:
    weights = sight.influence
    if not weights.map.any():
        return [("influence", "none at initialisation")]
    radius = "×".join(f"{2 * deviation:.1f}" for deviation in weights.deviation)
    core = f"{count(weights.core)} places hold 95% of it, {100 * weights.core / sight.area:.1f}% of the window"
    facts = [("influence", f"effective radius {radius} (two standard deviations); {core}")]
    return [*facts, *(("", f"approximate: {why}") for why in weights.approximate)]


def large(number: int) -> str:
    """1,234 or 2.5e+120"""
    return count(number) if number < 10**12 else f"{number:.2e}" if number < 10**300 else f"10^{len(str(number)) - 1}"


def span(pair: tuple[int, int]) -> str:
    return f"{pair[0]} to {pair[1]}"


def beyond(sight: Sight) -> str:
    """How much of the field lies outside the input."""
    before = [max(-pair[0], 0) if pair else 0 for pair in sight.cone]
    after = [max(pair[1] - n + 1, 0) if pair else 0 for pair, n in zip(sight.cone, sight.extent, strict=True)]
    if not any(before + after):
        return ""
    sides = ", ".join(f"{lo} before and {hi} after" for lo, hi in zip(before, after, strict=True))
    return f"; the field reaches over the border by {sides}"


def picture(sight: Sight, looks: Looks) -> list[str]:
    """The window as a map: shades of influence where it is read, blanks where it is not; small ones alone."""
    window = sight.window
    if window is None or len(sight.extent) > 2:
        return []
    crop = tuple(slice(first, last + 1) for first, last in window)
    weights, read = np.atleast_2d(sight.influence.places[crop]), np.atleast_2d(sight.places[crop])
    height, width = weights.shape
    if 2 * width > min(MAP[0], (looks.width or MAP[0]) - 2) or height > MAP[1]:
        return []
    shades = PLAIN_SHADES if looks.ascii else SHADES
    levels = np.ceil((len(shades) - 1) * np.sqrt(weights / (weights.max() or 1))).astype(int)
    shaded = np.where(read, np.maximum(levels, 1), 0)
    cells = [[shades[level] * 2 for level in row] for row in shaded]
    return [" " + "".join(row).rstrip() for row in cells] + [""]


def page(lines: list[str], looks: Looks) -> str:
    """Lines as the terminal can show them, the first one strong."""
    first, *rest = (clean(line, looks.ascii) for line in lines)
    head = f"\x1b[1m{first}\x1b[0m" if looks.color else first
    return "\n".join([head, *rest]).rstrip() + "\n"
