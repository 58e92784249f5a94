"""What a check is: the emitted module on torch to claims that were compared. Every file of this folder with an ORDER is one.

torch is imported by the checks alone, which are loaded when they are run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, Protocol, cast

from ..diagnostics import Problem
from ..network import Network
from ..verdict import Claim, Unchecked, Verdict, Verification

Told = Callable[[str, float], None]  # takes what is being done, and how much of all is


class Effort(NamedTuple):
    """How much is spent: `units` windows of each map, `work` multiply–adds on all windows, `memory` bytes for real tensors.

    `memory` None: as much as the machine has free.
    """

    units: int = 2
    work: int = 100 * 10**9
    memory: int | None = None


class Bench(Protocol):
    """What a check works on: see `emitted.Bench`."""

    network: Network
    effort: Effort

    def tell(self, part: float) -> None: ...


class Check(Protocol):
    """A module of this folder: ORDER is its place, TITLE heads its column, METHOD says in a few words how it compares."""

    ORDER: int
    TITLE: str
    METHOD: str

    def verify(self, bench: Any) -> Iterator[Claim | Unchecked]: ...


@cache
def names() -> tuple[str, ...]:
    """All checks, found by folder, in their ORDER; read off the files' text, for torch may be missing."""
    texts = {file.stem: file.read_text("utf-8") for file in Path(__path__[0]).glob("*.py")}
    found = {name: re.search(r"^ORDER = (\d+)", text, re.MULTILINE) for name, text in texts.items()}
    return tuple(sorted([name for name in found if found[name]], key=lambda name: int(found[name][1])))  # type: ignore[index]


def find(name: str) -> Check:
    return cast(Check, import_module(f"{__name__}.{name}"))


def verify(network: Network, effort: Effort = Effort(), tell: Told = lambda doing, part: None) -> Verification:  # noqa: B008  (frozen)
    """Compares all that is said of a network with torch; raises Problem where torch or a package that it needs is missing."""
    try:
        import torch
    except ImportError:
        help = "pip install torch, or pip install 'cnndsl[torch]'"
        raise Problem("torch is not installed, and verifying runs the network on it", code="E0006", help=help) from None
    emitted = import_module(f"{__name__}.emitted")
    verdicts: list[Verdict] = []
    for place, name in enumerate(names()):
        check = find(name)
        start, title = place / len(names()), check.TITLE

        def progress(part: float, start: float = start, title: str = title) -> None:
            tell(title, start + part / len(names()))

        progress(0.0)
        verdicts.append(Verdict(name, check.TITLE, check.METHOD))
        bench = emitted.Bench(network, effort, progress)
        for found in emitted.guarded(check.verify(bench)):
            verdicts[-1].add(found)
    return Verification(network, torch.__version__, verdicts)
