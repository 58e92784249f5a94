"""Calls to times in turn, and times to a ratio with an interval: what two shared cores leave certain."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from math import comb
from statistics import median
from typing import NamedTuple, Protocol

CONFIDENCE = 0.95
LEAST, MOST = 6, 200  # rounds; six are the fewest whose extremes hold the median with 95 %


class Ratio(NamedTuple):
    """The median of ratios, and an interval that holds the true median with 95 %, whatever their distribution."""

    middle: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.middle:.3f} ({self.low:.3f}–{self.high:.3f})"


class Place(Protocol):
    """Where calls run."""

    def settle(self) -> None:
        """Wait until what was begun is done."""


def in_turn(calls: Mapping[str, Callable[[], object]], seconds: float, place: Place) -> dict[str, list[float]]:
    """Seconds of each call, each round from another one on; at least six rounds, more while there is time."""
    for call in calls.values():
        call()
    place.settle()
    names = list(calls)
    found: dict[str, list[float]] = {name: [] for name in names}
    start, turn = time.perf_counter(), 0
    gc.collect()
    gc.disable()
    while turn < LEAST or (turn < MOST and time.perf_counter() - start < seconds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            found[name].append(timed(calls[name], place))
        turn += 1
    gc.enable()
    return found


def timed(call: Callable[[], object], place: Place) -> float:
    start = time.perf_counter()
    call()
    place.settle()
    return time.perf_counter() - start


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> Ratio:
    """Of times that were taken in turn: each pair saw the machine in the same state."""
    found = sorted(a / b for a, b in zip(ours, theirs, strict=True))
    cut = outside(len(found))
    return Ratio(median(found), found[cut], found[-1 - cut])


def outside(size: int) -> int:
    """How many sorted values may go at either end, the rest still holding the median: a sign test."""
    tails = list(accumulate(comb(size, place) for place in range(size // 2)))
    return max(len([tail for tail in tails if tail <= (1 - CONFIDENCE) / 2 * 2**size]) - 1, 0)
