"""An explanation to text for the terminal: each formula with names, with the numbers put in, and its value."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import NamedTuple

from ..cells import clean
from . import Explanation, Line
from .script import PLAIN, write

PROSE = 100


class Looks(NamedTuple):
    """`width`: cells of a line, None for as many as prose takes."""

    color: bool = False
    width: int | None = None
    ascii: bool = False

    @property
    def room(self) -> int:
        return max(min(self.width or PROSE, PROSE), 40)


def render(found: Explanation, looks: Looks) -> str:
    lines = [f"{found.path}   {found.text}   {found.place}", f"{found.shapes}"]
    out = [strong(clean(lines[0], looks.ascii), looks), clean(lines[1], looks.ascii)]
    for section in found.sections:
        out += ["", strong(clean(section.title, looks.ascii), looks)]
        for line in section.lines:
            out += [f"  {text}".rstrip() for text in written(line, looks)]
    if found.legend:
        out += ["", strong("where", looks), *(f"  {line}" for line in legend(found, looks))]
    return "\n".join(f" {line}".rstrip() for line in out) + "\n"


def strong(text: str, looks: Looks) -> str:
    return f"\x1b[1m{text}\x1b[0m" if looks.color else text


def written(line: Line, looks: Looks) -> Iterator[str]:
    """The name, then the formula; on a line of its own what does not fit."""
    room, head = looks.room - 2, f"{line.name}: " if line.name else ""
    if line.formula is None:
        yield from broken(head + line.words, room, "", looks)
        return
    steps = chain(line)
    whole = clean(head + " = ".join(steps), looks.ascii)
    if len(whole) <= room:
        yield whole
    else:
        yield from broken(head + steps[0], room, "  ", looks)
        for step in steps[1:]:
            yield from broken(f"= {step}", room, "  ", looks, first="  ")
    if line.words:
        yield from broken(line.words, room, "", looks, first="  ")


def broken(text: str, room: int, more: str, looks: Looks, first: str = "") -> list[str]:
    """Lines that fit, what goes on being set in by two."""
    return textwrap.wrap(clean(text, looks.ascii), room, initial_indent=first, subsequent_indent=f"  {more}")


def chain(line: Line) -> list[str]:
    """The formula with names, with numbers, and its value with its unit; what says the same is said once."""
    assert line.formula is not None
    value = line.formula.value
    result = PLAIN.number(value)
    names, numbers = write(line.formula, False, PLAIN), write(line.formula, True, PLAIN)
    steps = [names] + [numbers] * (numbers != names)
    if steps[-1] != result:
        steps.append(result)
    steps[-1] += f" {line.unit}" if line.unit else ""
    return steps + [line.figure] * bool(line.figure)


def legend(found: Explanation, looks: Looks) -> Iterator[str]:
    """Names and meanings, one a line."""
    wide = max(map(len, found.legend))
    for name, meaning in found.legend.items():
        text = f"{name.ljust(wide)}  {clean(meaning, looks.ascii)}"
        yield from textwrap.wrap(text, looks.room - 2, subsequent_indent=" " * (wide + 2))
