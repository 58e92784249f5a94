"""What a unit sees, and what a number of an input reaches, to text for the terminal: facts in lines, and a small map."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np

from ..figures import count, field_size
from ..semiring import Array
from .marked import Marked, Span
from .reach import Reach
from .text import PROSE, Looks, cleaned, page
from .unit import Seen, Sight

MAP = (72, 36)  # columns and rows of a map at most
SHADES = " ░▒▓█"
PLAIN_SHADES = " .-+#"


def unit_text(found: Seen, looks: Looks) -> str:
    lines = [f" {found.name}", ""]
    for sight in found.sights:
        if len(found.sights) > 1:
            lines += [f" in {sight.input}", ""]
        lines += [*listed(unit_facts(sight), looks), ""]
        if sight.support.window is not None and sight.extent:
            lines += picture(sight.influence.places, sight.support.places, sight.support.window, looks)
    return page(cleaned(lines, looks), looks)


def reach_text(found: Reach, looks: Looks) -> str:
    lines = [f" {found.name}, reaches in {found.target}", ""]
    lines += [*listed(reach_facts(found), looks), ""]
    places, window = found.units.places, found.units.window
    if window:
        lines += picture(places, places, window, looks)
    return page(cleaned(lines, looks), looks)


def listed(facts: Sequence[tuple[str, str]], looks: Looks) -> list[str]:
    """Names in one column, what is said of them in another."""
    wide = max(len(name) for name, _ in facts)
    lines = []
    for name, text in facts:
        first, *more = textwrap.wrap(text, min(PROSE, (looks.width or PROSE) - wide - 4)) or [""]
        lines += [f" {name.ljust(wide)}   {first}", *(f" {' ' * wide}   {line}" for line in more)]
    return lines


def unit_facts(sight: Sight) -> list[tuple[str, str]]:
    whole = "×".join(map(str, sight.extent))
    where = ", ".join(span(pair) for pair in sight.cone if pair)
    field = field_size(sight.field)
    facts = [("field", f"{field} ({where}), borders left aside" if where else field or "nothing of this input arrives")]
    total, most = int(sight.paths.astype(object).sum()), int(sight.paths.max())
    ways = ("paths", f"{large(total)} in all, {large(most)} at most from one number")
    window = sight.support.window
    if window is None:
        return [*facts, ("window", f"nothing of the input's {whole or 'numbers'} is read")]
    if not sight.extent:
        return [*facts, ("support", f"{count(sight.support.total)} of {count(sight.support.mask.size)} numbers"), ways]
    facts.append(("window", f"{extent(window)} of {whole} ({', '.join(map(span, window))}){beyond(sight)}"))
    return [*facts, ("support", support(sight.support)), ways, *influence_facts(sight)]


def support(read: Marked) -> str:
    touched = "×".join(map(str, read.touched))
    places, area = int(read.places.sum()), read.area
    holes = "no holes" if places == area else f"{count(area - places)} of the window's {count(area)} are not read"
    what = {1: "positions", 2: "rows and columns", 3: "slices, rows and columns"}[len(read.touched)]
    return f"{many(places, 'place')} in {touched} {what}, {channels(read)}: {holes}"


def channels(marked: Marked) -> str:
    some, whole = len(marked.channels), len(marked.mask)
    return f"{some} of {whole} channels" if some < whole else "all channels" if whole > 1 else "the one channel"


def influence_facts(sight: Sight) -> list[tuple[str, str]]:
    weights = sight.influence
    if not weights.map.any():
        return [("influence", "none at initialisation")]
    radius = "×".join(f"{2 * deviation:.1f}" for deviation in weights.deviation)
    hold = "holds" if weights.core == 1 else "hold"
    core = f"{many(weights.core, 'place')} {hold} 95% of it, {100 * weights.core / sight.support.area:.1f}% of the window"
    facts = [("influence", f"effective radius {radius} (two standard deviations); {core}")]
    return [*facts, *(("", f"approximate: {why}") for why in weights.approximate)]


def reach_facts(found: Reach) -> list[tuple[str, str]]:
    units, total = found.units, count(found.units.mask.size)
    window = units.window
    if window is None:
        return [("units", f"none of {total}")]
    facts = [("units", f"{count(units.total)} of {total}, {channels(units)}")]
    if not window:
        return facts
    whole = "×".join(map(str, units.places.shape))
    places, area = int(units.places.sum()), units.area
    holes = "" if places == area else f"; {count(area - places)} of the window's {count(area)} are not reached"
    facts.append(("window", f"{extent(window)} of {whole} ({', '.join(map(span, window))})"))
    return [*facts, ("places", f"{count(places)}{holes}")]


def extent(window: tuple[Span, ...]) -> str:
    return "×".join(str(last - first + 1) for first, last in window)


def many(number: int, what: str) -> str:
    return f"{count(number)} {what}" if number == 1 else f"{count(number)} {what}s"


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


def picture(weights: Array, read: Array, window: tuple[tuple[int, int], ...], looks: Looks) -> list[str]:
    """A window as a map: shades of weight where it is read, blanks where it is not; many places to a cell where it is large."""
    if len(window) > 2:
        return []
    crop = tuple(slice(first, last + 1) for first, last in window)
    weights, read = np.atleast_2d(weights[crop]).astype(float), np.atleast_2d(read[crop])
    height, width = read.shape
    cells = max(min(MAP[0], (looks.width or MAP[0]) - 2) // 2, 1)
    block = max(-(-width // cells), -(-height // MAP[1]))
    weights, read = blocks(weights, block), blocks(read, block)
    shades = PLAIN_SHADES if looks.ascii else SHADES
    levels = np.ceil((len(shades) - 1) * np.sqrt(weights / (weights.max() or 1))).astype(int)
    shaded = np.where(read, np.maximum(levels, 1), 0)
    lines = [(" " + "".join(shades[level] * 2 for level in row)).rstrip() for row in shaded]
    size = "×".join([str(block)] * len(window))
    return [*([f" (a cell is {size} places)"] if block > 1 else []), *lines, ""]


def blocks(values: Array, size: int) -> Array:
    """The largest of each block."""
    if size == 1:
        return values
    height, width = values.shape
    padded = np.pad(values, ((0, -height % size), (0, -width % size)))
    found: Array = padded.reshape(len(padded) // size, size, -1, size).max(axis=(1, 3))
    return found
