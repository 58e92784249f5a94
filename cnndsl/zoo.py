"""The programs that ship in `specs/`: found by file or by net, read as text; nothing is parsed for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from . import specs
from .diagnostics import Problem, did_you_mean
from .elsewhere import LIBRARIES, NOTHING
from .source import Source

PREFIX = "zoo:"  # a name that begins with it stands for a program that ships


class Entry(NamedTuple):
    """A program: its name, its text, what its opening comment says (its source, mostly), and its nets."""

    name: str
    text: str
    about: str
    nets: tuple[str, ...]

    @property
    def source(self) -> Source:
        return Source(self.text, PREFIX + self.name)


@cache
def entries() -> dict[str, Entry]:
    """All of them by name, in the order of their names."""
    folder = Path(specs.__path__[0])  # type: ignore[attr-defined]  # its place is in pyproject.toml, which mypy does not read
    files = sorted(folder.glob("*.cnn"))
    return {file.stem: entry(file.stem, file.read_text("utf-8")) for file in files}


def entry(name: str, text: str) -> Entry:
    nets = re.findall(r"^[ \t]*(?:@.*[ \t])?net[ \t]+(\w+)", text, re.MULTILINE)
    return Entry(name, text, " ".join(opening(text)), tuple(nets))


def opening(text: str) -> Iterator[str]:
    """The comment lines at the top, without their signs and without the one that states the language's version."""
    for line in text.splitlines():
        if not line.startswith("#"):
            return
        if not re.match(r"#\s*cnndsl\s+\d", line):
            yield line.lstrip("#").strip()


def find(name: str) -> tuple[Entry, str | None]:
    """A program by a net in it, which is given too, or by its own name; raises Problem where there is none."""
    if not name:
        raise Problem("no program that ships is named", code="E0801", help="`cnndsl zoo` lists what ships")
    for one in entries().values():
        if name in one.nets:
            return one, name
    if name in entries():
        return entries()[name], None
    known = [word for one in entries().values() for word in (one.name, *one.nets)]
    raise absent(name, known, "`cnndsl zoo` lists what ships")


def ships(name: str) -> bool:
    """Whether a program or a net of that name ships."""
    return any(name == one.name or name in one.nets for one in entries().values())


def imported(name: str) -> Source:
    """What `from NAME import …` reads: a program by its own name alone; raises Problem."""
    if name in LIBRARIES:
        raise Problem(NOTHING[0], code="E0801", help=NOTHING[1])
    if name not in entries():
        raise absent(name, entries(), "`cnndsl zoo` lists what ships")
    return entries()[name].source


def absent(name: str, known: Iterable[str], otherwise: str) -> Problem:
    near = did_you_mean(name, known)
    return Problem(
        f"nothing called {name} ships with cnndsl", code="E0801", help=f"did you mean `{near}`?" if near else otherwise
    )
