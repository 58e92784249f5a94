"""A misspelt word to the only known one that it can be, by a slip of the hand; where two are thinkable, to none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

SHORT = 4  # letters; of a shorter word too little is left to tell by
LONG = 8  # letters, from which two slips are forgiven
MARGIN = 2  # slips by which every other word must be farther


def slip(word: str, known: Iterable[str]) -> str | None:
    """The word that was meant beyond doubt.

    One that differs in case and underscores alone, of `Softmax` and `softmax` the one that begins alike; or by a letter too
    many, too few, wrong or swapped (two of these in a long word), if no other known word that begins in the same case is
    nearly as close. Numbers are never corrected: `enc4` may be any other.
    """
    words = dict.fromkeys(known)
    alike = [one for one in words if bare(one) == bare(word)]
    alike = [one for one in alike if same_case(one, word)] or alike
    if alike or len(word) < SHORT:
        return alike[0] if len(alike) == 1 else None
    reach = 1 + (len(word) >= LONG)
    near = sorted((slips(bare(word), bare(one), reach + MARGIN), one) for one in words if same_case(one, word))
    if not near or near[0][0] > reach or numbers(near[0][1]) != numbers(word):
        return None
    return near[0][1] if len(near) == 1 or near[1][0] >= near[0][0] + MARGIN else None


def bare(word: str) -> str:
    return word.lower().replace("_", "")


def same_case(one: str, other: str) -> bool:
    """Whether both begin with a capital, as layers do, or neither."""
    return one[:1].isupper() is other[:1].isupper()


def numbers(word: str) -> list[str]:
    return re.findall(r"\d+", word)


@lru_cache(4096)  # a loop says the same wrong word again and again
def slips(a: str, b: str, most: int) -> int:
    """How many letters were added, left out, changed or swapped with the next to make one of the other, up to `most`."""
    if abs(len(a) - len(b)) >= most:
        return most
    before, row = list(range(len(b) + 1)), list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        earlier, before, row = before, row, [i]
        for j, other in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
    return min(row[-1], most)
