"""A network to what no output of it reads: channels, rows and columns of its inputs that a floor, a stride or a cut drops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..figures import count
from ..network import Network
from ..op import Shape
from ..semiring import Array
from ..sight import MOST, excess, read
from .plane import NAMES

LISTED = 4  # runs that are written out


class Unread(NamedTuple):
    """How many `numbers` of an input are read by no output: whole `channels`, whole positions of each axis (`axes`), and
    how many `others` beside these.
    """

    input: str
    numbers: int
    whole: bool
    channels: tuple[int, ...]
    axes: tuple[tuple[int, ...], ...]
    others: int


def unread(network: Network) -> dict[str, Unread]:
    """By the name of each input whose sizes are known; empty where any size of the network is open, or too large."""
    if excess(network.ir.nodes) or not all(is_known(shape) for node in network.ir.nodes for shape in node.io.outputs):
        return {}
    return {name: told(name, ~found) for name, found in read(network.ir).items()}


def untold(network: Network) -> str:
    """Why it is not said what no output reads: of too large an image; else nothing."""
    found = excess(network.ir.nodes)
    if found is None:
        return ""
    node, numbers = found
    what = f"{node.key} has {count(numbers)} {'numbers' if node.is_input else 'places'}, and at most {count(MOST)} are followed"
    return f"What no output reads is not looked for: {what}. A smaller --input shows it."


def is_known(shape: Shape) -> bool:
    return all(isinstance(size, int) for size in shape)


def told(name: str, missing: Array) -> Unread:
    """What is missing, as few words as say it: channels first, then whole positions of what is left."""
    axes = range(missing.ndim)
    channels = whole(missing, 0)
    left = np.delete(missing, channels, axis=0)
    spatial = tuple(whole(left, axis) for axis in axes[1:]) if left.size else ((),) * (missing.ndim - 1)
    for axis, places in enumerate(spatial, 1):
        left = np.delete(left, places, axis=axis)
    return Unread(name, int(missing.sum()), bool(missing.all()), channels, spatial, int(left.sum()))


def whole(missing: Array, axis: int) -> tuple[int, ...]:
    """The positions of an axis at which everything is missing."""
    others = tuple(other for other in range(missing.ndim) if other != axis)
    return tuple(map(int, np.flatnonzero(missing.all(axis=others))))


def sentence(found: Unread) -> str:
    """Row 223 and column 223 of image are read by no output; nothing where all is read."""
    if not found.numbers:
        return ""
    if found.whole:
        return f"No output reads {found.input}."
    names = [("channel", found.channels), *zip(NAMES.get(len(found.axes), ()), found.axes, strict=True)]
    parts = [listed(name, places) for name, places in names if places]
    if found.others:
        parts.append(f"{count(found.others)} {'other ' * bool(parts)}number{'s' * (found.others > 1)}")
    verb = "is" if found.others + sum(len(places) for _, places in names) == 1 else "are"
    text = f"{' and '.join(parts)} of {found.input} {verb} read by no output."
    return text[0].upper() + text[1:]


def listed(name: str, places: tuple[int, ...]) -> str:
    """column 223, rows 220 to 223, 112 rows (1, 3, 5, 7, … 223)"""
    if len(places) == 1:
        return f"{name} {places[0]}"
    spans = runs(places)
    if len(spans) <= LISTED:
        return f"{name}s {', '.join(str(lo) if lo == hi else f'{lo} to {hi}' for lo, hi in spans)}"
    first = ", ".join(map(str, places[:LISTED]))
    return f"{count(len(places))} {name}s ({first}, … {places[-1]})"


def runs(places: Sequence[int]) -> list[tuple[int, int]]:
    """Ascending numbers as first and last of what follows one another."""
    found: list[tuple[int, int]] = []
    for place in places:
        if found and found[-1][1] == place - 1:
            found[-1] = (found[-1][0], place)
        else:
            found.append((place, place))
    return found


def record(found: Unread | None) -> dict[str, Any] | None:
    """As JSON has it; null where sizes are open, or too large."""
    if found is None:
        return None
    return {
        "numbers": found.numbers,
        "channels": list(found.channels),
        "axes": [list(places) for places in found.axes],
        "others": found.others,
    }
