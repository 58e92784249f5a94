"""An input that fails to a smaller one that fails in the same way."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from ..language.test_properties import TOKEN
from .oracle import held

PATIENCE = 60.0  # seconds


def shrunk(given: str | bytes, mark: str) -> str | bytes:
    """Lines, then words, then characters left out as long as the mark of the failure stays."""
    end = time.monotonic() + PATIENCE
    if isinstance(given, bytes):
        try:
            given = given.decode()
        except UnicodeDecodeError:
            return given
    cuts: tuple[Callable[[str], list[str]], ...] = (lambda text: text.splitlines(keepends=True), TOKEN.findall, list)
    for cut in cuts:
        given = "".join(fewer(cut(given), mark, end))
    return given


def fewer(pieces: Sequence[str], mark: str, end: float) -> Sequence[str]:
    """Ever smaller runs of pieces are left out, until none can be."""
    size = len(pieces) // 2
    while size:
        at = 0
        while at < len(pieces) and time.monotonic() < end:
            rest = [*pieces[:at], *pieces[at + size :]]
            failure = held("".join(rest)).failure
            if failure is not None and failure.mark == mark:
                pieces = rest
            else:
                at += size
        size //= 2
    return pieces
