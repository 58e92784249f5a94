"""Numbers to the words that people read: counts, shares, bytes, shapes, receptive fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from .field import EVERYTHING, UNKNOWN, VARIES, AxisField, Field, OneAxis
from .symbols import Dim

Seen: TypeAlias = Field | Mapping[str, Field | None] | None

UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
OPEN = "?"  # what depends on sizes that the program leaves open
WORDS = {EVERYTHING: "all", VARIES: "varies", UNKNOWN: OPEN}
GATED, STATISTICS = "*", "~"  # behind a field's size, with a line beneath the table that says what they mean


def count(value: Dim | None) -> str:
    """1,234,567"""
    return f"{value:,}" if isinstance(value, int) else OPEN


def percent(part: Dim, whole: Dim) -> str:
    """28.2, <0.1, >99.9, or nothing for nothing: 0 and 100 are said of nothing else."""
    if not isinstance(part, int) or not isinstance(whole, int):
        return OPEN
    if not part:
        return ""
    share = 100 * part / whole
    if share < 0.05:
        return "<0.1"
    return f"{share:.1f}" if part >= whole or share < 99.95 else ">99.9"


def binary(size: Dim | None) -> str:
    """Bytes in the largest unit that leaves a digit before the point: 18.4 KiB."""
    if not isinstance(size, int):
        return OPEN
    if size < 1024:
        return f"{size} B"
    amount = float(size)
    for unit in UNITS:
        if amount < 1023.95 or unit == UNITS[-1]:  # what would be rounded to 1024.0 is one of the next
            break
        amount /= 1024
    return f"{amount:.1f} {unit}"


def field_size(found: Seen) -> str:
    """43, 43×21, 188–204 where it depends on the phase, all, varies; of several inputs one after the other."""
    return of_inputs(found, size)


def field_stride(found: Seen) -> str:
    """2, 2×1, 1/2; nothing where everything is seen."""
    return of_inputs(found, stride)


def of_inputs(found: Seen, words: Callable[[Field], str]) -> str:
    if found is None:
        return ""
    if isinstance(found, Field):
        return words(found)
    texts = [words(field) if field else "–" for field in found.values()]
    known = dict.fromkeys(text for text in texts if text != "–")
    return "/".join(texts) if len(known) > 1 else next(iter(known), "")


def size(field: Field) -> str:
    marks = GATED * field.gated + STATISTICS * field.statistics
    return alike(field.axes, extent) + marks if field.axes else "all"


def extent(axis: OneAxis) -> str:
    """How many positions are seen on an axis."""
    if not isinstance(axis, AxisField):
        return WORDS[axis]
    sizes = axis.sizes
    low, high = min(sizes), max(sizes)
    return f"{high}" if low == high else f"{low}–{high}"


def stride(field: Field) -> str:
    if not any(isinstance(axis, AxisField) for axis in field.axes):
        return ""
    return alike(field.axes, step)


def step(axis: OneAxis) -> str:
    return str(axis.stride) if isinstance(axis, AxisField) else "–"


def alike(axes: tuple[OneAxis, ...], words: Callable[[OneAxis], str]) -> str:
    """One text where all axes have the same."""
    texts = [words(axis) for axis in axes if axis is not axes[0]]
    first = words(axes[0])
    return first if all(text == first for text in texts) else "×".join([words(axis) for axis in axes])
