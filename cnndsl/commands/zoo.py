"""List the programs that ship, or print one."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from textwrap import wrap

from .. import zoo
from ..cells import clean
from ..compiler import Program, load
from ..grid import Column, Grid
from ..options import Parser
from ..report import summary
from ..terminal import Terminal

EXAMPLES = ("cnndsl zoo", "cnndsl zoo resnet50 > mine.cnn", "cnndsl analyze zoo:resnet50")
TITLES = ("network", "input", "output", "params", "MACs")


def declare(parser: Parser) -> None:
    parser.add_argument("name", metavar="NAME", nargs="?", help="a program, or a net in one")


def run(options: Namespace, terminal: Terminal) -> int:
    if options.name is not None:
        terminal.emit(zoo.find(options.name.removeprefix(zoo.PREFIX))[0].text)
        return 0
    with terminal.busy("measuring all of them"):
        lines = list(listing(terminal))
    terminal.show("\n".join(lines) + "\n")
    return 0


def listing(terminal: Terminal) -> Iterator[str]:
    """Each program: its name and where its figures are from, then its nets with figures that are computed here."""
    programs = {name: rows(load(f"{zoo.PREFIX}{name}")) for name in zoo.entries()}
    cells = [[clean(cell, terminal.ascii) for cell in row] for table in programs.values() for row in table]
    grid = Grid([Column(title, title in TITLES[3:]) for title in TITLES], cells)
    head, *lines = grid.lines()
    yield f"  {head}".rstrip()
    for name, table in programs.items():
        yield ""
        yield from heading(name, clean(zoo.entries()[name].about, terminal.ascii), terminal)
        for _ in table:
            yield f"  {lines.pop(0)}"
    yield ""
    yield "`cnndsl analyze zoo:NAME` takes programs and nets, `cnndsl zoo NAME` prints a program."


def heading(name: str, about: str, terminal: Terminal) -> list[str]:
    """A program's name and what its opening comment says, broken where a terminal ends."""
    words = f"{name}: {about}"
    lines = [words] if terminal.width is None else wrap(words, max(terminal.width, 40), subsequent_indent="  ")
    first = f"\x1b[1m{name}\x1b[0m" if terminal.color else name
    return [first + lines[0].removeprefix(name), *lines[1:]]


def rows(program: Program) -> list[tuple[str, ...]]:
    """A row for each net; a template's only says what it needs."""
    found = []
    for name in program.nets:
        needs = program.needs(name)
        found.append((name, "needs " + ", ".join(needs), "", "", "") if needs else summary(program.net(name))[: len(TITLES)])
    return found
