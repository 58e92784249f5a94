"""A layer's relation on real sizes: backward from units to what they read, forward from positions to what reads them.

Arrays are (channels, *spatial), channels first whatever the layout. A first axis of length 1 says that all channels are
alike; going forward, so does any other axis of its places.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .op import ChannelsLast, Shape, channels, known, spatial
from .relation import IDENTITY, Axis, Channels, Relation
from .semiring import Array, Semiring

ABSENT = -1  # in place of a position that is not there


class Patch(NamedTuple):
    """What is carried at a part of a value: all channels, and on each axis the positions from `first` on."""

    values: Array
    first: tuple[int, ...]

    def filled(self, extent: tuple[int, ...], semiring: Semiring) -> Array:
        """The whole value: nothing outside the part."""
        if self.values.shape[1:] == extent:
            return self.values
        whole = semiring.empty((self.values.shape[0], *extent), self.values)
        whole[(slice(None), *map(stretch, self.first, self.values.shape[1:]))] = self.values
        return whole


def stretch(first: int, length: int) -> slice:
    return slice(first, first + length)


def together(a: Patch, b: Patch, semiring: Semiring) -> Patch:
    """What arrives at one value along two paths."""
    first, parts = aligned(a, b, semiring)
    return Patch(semiring.join(*(semiring.room(part, 2) for part in parts)), first)


def aligned(a: Patch, b: Patch, semiring: Semiring) -> tuple[tuple[int, ...], list[Array]]:
    """Two patches of a value, both filled to the part that holds them; and where it begins."""
    first = tuple(map(min, a.first, b.first))
    ends = zip(a.first, a.values.shape[1:], b.first, b.values.shape[1:], strict=True)
    extent = tuple(max(lo + n, other + m) - least for least, (lo, n, other, m) in zip(first, ends, strict=True))
    moved = (Patch(p.values, tuple(lo - least for lo, least in zip(p.first, first, strict=True))) for p in (a, b))
    return first, [patch.filled(extent, semiring) for patch in moved]


class Reading:
    """What one output of a layer reads of one input, on their sizes; raises Problem where these are open."""

    def __init__(self, relation: Relation, x: Shape, y: Shape) -> None:
        self.relation = relation
        self.channels = relation.channels
        self.of = numbers(x)
        self.by = numbers(y)
        self.layouts = isinstance(x, ChannelsLast), isinstance(y, ChannelsLast)
        kept = len(relation.axes) == len(self.by) - 1  # else places were joined or made anew, and everything is read
        self.axes = relation.axes if kept else (None,) * len(self.by[1:])

    @property
    def moves(self) -> bool:
        """Whether it only moves numbers, in ways that tie channels and places to one another."""
        return self.channels.kind in ("reshape", "shuffle", "unshuffle")

    def back(self, patch: Patch, semiring: Semiring) -> Patch | None:
        """What is carried at the output, at the input; None where nothing is read."""
        if self.moves:
            whole = np.broadcast_to(patch.filled(self.by[1:], semiring), self.by)
            return Patch(self.moved(whole, back=True), (0,) * (len(self.of) - 1))
        values = channels_back(patch.values, self.channels, self.of[0], self.by[0], semiring)
        if len(self.of) != len(self.by):
            values = semiring.room(values, values.size)
            total = semiring.join.reduce(values.reshape(len(values), -1), axis=1)
            wide = total.reshape(-1, *(1,) * (len(self.of) - 1))
            return Patch(np.broadcast_to(wide, (len(total), *self.of[1:])), (0,) * (len(self.of) - 1))
        first = []
        for place, (axis, n, start) in enumerate(zip(self.axes, self.of[1:], patch.first, strict=True), 1):
            found = pulled(values, place, axis, n, start, semiring)
            if found is None or not found[0].size:
                return None
            values, low = found
            first.append(low)
        return Patch(values, tuple(first))

    def forth(self, values: Array, semiring: Semiring) -> Array | None:
        """What is carried at the whole input, at the whole output; None where it reads nothing."""
        if self.moves:
            return self.moved(np.broadcast_to(values, self.of), back=False)
        passed = channels_forth(values, self.channels, self.of[0], self.by[0], semiring)
        if passed is None:
            return None
        if len(self.of) != len(self.by):
            total = semiring.join.reduce(passed.reshape(len(passed), -1), axis=1)
            return total.reshape(-1, *(1,) * (len(self.by) - 1))
        for place, (axis, n, m) in enumerate(zip(self.axes, self.of[1:], self.by[1:], strict=True), 1):
            passed = pushed(passed, place, axis, n, m, semiring)
        return passed

    def moved(self, values: Array, back: bool) -> Array:
        """The same numbers at their places in the input (`back`) or in the output."""
        r = self.channels.groups
        if self.channels.kind == "reshape":
            (here, there), shape = (self.layouts[::-1], self.of) if back else (self.layouts, self.by)
            stored = np.moveaxis(values, 0, -1) if here else values
            return np.moveaxis(stored.reshape(*shape[1:], shape[0]), -1, 0) if there else stored.reshape(shape)
        if back is (self.channels.kind == "shuffle"):  # from wide to deep
            c, h, w = values.shape
            return values.reshape(c, h // r, r, w // r, r).transpose(0, 2, 4, 1, 3).reshape(c * r * r, h // r, w // r)
        c, h, w = values.shape
        return values.reshape(c // (r * r), r, r, h, w).transpose(0, 3, 1, 4, 2).reshape(c // (r * r), h * r, w * r)


def numbers(shape: Shape) -> tuple[int, ...]:
    """Channels, then places; raises Problem where a size is open."""
    return tuple(known(size, "every size") for size in (channels(shape), *spatial(shape)))


# One axis


def resolved(axis: Axis, n: int, units: range) -> Array:
    """The positions that some units of an axis read of n: (units, taps), ABSENT where a tap reads nothing."""
    table = np.full((axis.period, max(map(len, axis.reads))), np.iinfo(np.int64).min)
    for phase, reads in enumerate(axis.reads):
        table[phase, : len(reads)] = reads
    turn, phase = np.divmod(np.arange(units.start, units.stop), axis.period)
    missing = table[phase] == np.iinfo(np.int64).min
    index = np.where(missing, 0, table[phase]) + (turn * axis.jump)[:, None]
    index = np.where(missing, ABSENT, inside(index, n, axis.mode))
    if axis.mode == "clamp":  # the nearest border unit is read once
        index[:, 1:][index[:, 1:] == index[:, :-1]] = ABSENT
    return index


def inside(index: Array, n: int, mode: str) -> Array:
    """What positions stand for, those outside of n among them."""
    if mode == "reflect":
        return np.where(index < 0, -index, np.where(index >= n, 2 * (n - 1) - index, index))
    if mode in ("replicate", "clamp"):
        return np.clip(index, 0, n - 1)
    return index % n if mode == "circular" else np.where((index < 0) | (index >= n), ABSENT, index)


def pulled(values: Array, place: int, axis: Axis | None, n: int, start: int, semiring: Semiring) -> tuple[Array, int] | None:
    """One axis back: what the units from `start` on carry, at the positions of n that they read, and the first of these."""
    if axis is IDENTITY:
        return values, start
    length = values.shape[place]
    if axis is None:
        total = semiring.join.reduce(semiring.room(values, length), axis=place, keepdims=True)
        return np.broadcast_to(total, (*values.shape[:place], n, *values.shape[place + 1 :])), 0
    index = resolved(axis, n, range(start, start + length))
    real = index[index != ABSENT]
    if not real.size:
        return None
    low, high = int(real.min()), int(real.max())
    values = semiring.room(values, index.size)
    found = semiring.empty((*values.shape[:place], high - low + 1, *values.shape[place + 1 :]), values)
    here, there = np.moveaxis(values, place, 0), np.moveaxis(found, place, 0)
    for tap in index.T:
        units = np.flatnonzero(tap != ABSENT)
        scatter(there, tap[units] - low, here[units], semiring)
    return found, low


def scatter(target: Array, positions: Array, values: Array, semiring: Semiring) -> None:
    """Joins values to those at some positions, which may come twice."""
    if (positions[1:] > positions[:-1]).all():
        target[positions] = semiring.join(target[positions], values)
    else:
        semiring.join.at(target, positions, values)


def pushed(values: Array, place: int, axis: Axis | None, n: int, m: int, semiring: Semiring) -> Array:
    """One axis forward: what n positions carry, at the m units that read them; of semirings that do not count."""
    if axis is IDENTITY:
        return values
    if axis is None:
        return semiring.join.reduce(values, axis=place, keepdims=True)
    index = resolved(axis, n, range(m))
    if values.shape[place] == 1:
        reads = (index != ABSENT).any(axis=1)
        if reads.all():
            return values
        return np.where(reads.reshape(-1, *(1,) * (values.ndim - 1 - place)), values, semiring.nothing)
    found: Array | None = None
    for tap in index.T:
        part = values.take(np.maximum(tap, 0), axis=place)
        absent = tap == ABSENT
        if absent.any():
            part[(slice(None),) * place + (absent,)] = semiring.nothing
        found = part if found is None else semiring.join(found, part)
    assert found is not None
    return found


# Channels


def channels_back(values: Array, by: Channels, c_in: int, c_out: int, semiring: Semiring) -> Array:
    """What the output's channels carry, at the input's."""
    alike = len(values) == 1 != c_out
    match by.kind:
        case "dense":
            if alike:
                return semiring.times(values, c_out)
            return semiring.join.reduce(semiring.room(values, c_out), axis=0, keepdims=True)
        case "groups":
            if alike:
                return semiring.times(values, c_out // by.groups)
            parts = semiring.room(values, c_out).reshape(by.groups, -1, *values.shape[1:])
            return np.repeat(semiring.join.reduce(parts, axis=1), c_in // by.groups, axis=0)
        case "select":
            return scattered(values, np.asarray(by.index), c_in, semiring)
        case "offset":
            return values if alike else values[by.offset : by.offset + c_in]
        case "window":
            taps = neighbours(by, c_in)
            parts = [scattered(np.broadcast_to(values, (c_out, *values.shape[1:])), tap, c_in, semiring) for tap in taps]
            return semiring.join.reduce([semiring.room(part, len(parts)) for part in parts])
    return values


def channels_forth(values: Array, by: Channels, c_in: int, c_out: int, semiring: Semiring) -> Array | None:
    """What the input's channels carry, at the output's; None where none is read. Of semirings that do not count."""
    alike = len(values) == 1
    match by.kind:
        case "dense":
            return semiring.join.reduce(values, axis=0, keepdims=True)
        case "groups" if not alike:
            parts = values.reshape(by.groups, -1, *values.shape[1:])
            return np.repeat(semiring.join.reduce(parts, axis=1), c_out // by.groups, axis=0)
        case "select" if not alike:
            return values[np.asarray(by.index)]
        case "offset":
            if by.offset >= c_out:
                return None
            found = semiring.empty((c_out, *values.shape[1:]), values)
            found[by.offset : by.offset + c_in] = values
            return found if c_in != c_out else values
        case "window" if not alike:
            parts = [np.where(present(tap, values), values[np.maximum(tap, 0)], semiring.nothing) for tap in neighbours(by, c_in)]
            return semiring.join.reduce(parts)
    return values


def scattered(values: Array, index: Array, c_in: int, semiring: Semiring) -> Array:
    """Output channel o carries to the input channel index[o]."""
    values = semiring.room(np.broadcast_to(values, (len(index), *values.shape[1:])), len(index))
    found = semiring.empty((c_in, *values.shape[1:]), values)
    real = index != ABSENT
    scatter(found, index[real], values[real], semiring)
    return found


def neighbours(by: Channels, c: int) -> Array:
    """The input channel of each tap of a window on the channel axis: (taps, channels); half, rounded down, stands before."""
    index = np.arange(c) - by.groups // 2 + np.arange(by.groups)[:, None]
    return inside(index, c, "zeros")


def present(tap: Array, values: Array) -> Array:
    return (tap != ABSENT).reshape(-1, *(1,) * (values.ndim - 1))
