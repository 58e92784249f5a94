"""List the programs that ship, or print one."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from textwrap import wrap
from typing import NamedTuple

from .. import zoo
from ..cells import clean
from ..compiler import Program, load
from ..grid import Column, Grid
from ..network import Network
from ..options import Parser
from ..report import summary
from ..terminal import Terminal

EXAMPLES = ("cnndsl zoo", "cnndsl zoo resnet50 > mine.cnn", "cnndsl analyze zoo:resnet50")
TITLES = ("network", "input", "output", "params", "MACs")
DROP = {"output": 1, "input": 2}  # what goes first where a terminal is narrow


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
    cells = [[clean(cell, terminal.ascii) for cell in row.cells] for table in programs.values() for row in table]
    columns = [Column(title, title in TITLES[3:], drop=DROP.get(title, 0)) for title in TITLES]
    grid = Grid(columns, cells, terminal.width and terminal.width - 2)
    head, *lines = grid.lines()
    yield f"  {head}".rstrip()
    for name, table in programs.items():
        yield ""
        yield from broken(f"{name}: {clean(zoo.entries()[name].about, terminal.ascii)}", terminal, name)
        for row in table:
            line = lines.pop(0)
            yield f"  {line.ljust(grid.widths[0])}  needs {', '.join(row.needs)}" if row.needs else f"  {line}"
    yield ""
    if grid.left_out:
        yield f"no room for: {', '.join(grid.left_out)}"
    yield from broken("`cnndsl analyze zoo:NAME` takes programs and nets, `cnndsl zoo NAME` prints a program.", terminal)


def broken(words: str, terminal: Terminal, name: str = "") -> list[str]:
    """A paragraph, broken where a terminal ends; the name that it begins with is made to stand out."""
    lines = [words] if terminal.width is None else wrap(words, max(terminal.width, 40), subsequent_indent="  ")
    first = f"\x1b[1m{name}\x1b[0m" if name and terminal.color else name
    return [first + lines[0].removeprefix(name), *lines[1:]]


class Listed(NamedTuple):
    """A net: its cells under TITLES, and the parameters that a template needs, which has no figures."""

    cells: tuple[str, ...]
    needs: tuple[str, ...] = ()


def rows(program: Program) -> list[Listed]:
    """A row for each net."""
    found = []
    for name in program.nets:
        needs = program.needs(name)
        found.append(Listed((name, "", "", "", ""), needs) if needs else Listed(measured(program.net(name))))
    return found


def measured(network: Network) -> tuple[str, ...]:
    """Several inputs or outputs are counted: `analyze` shows each."""
    name, inputs, outputs, params, macs, *_ = summary(network)
    if len(network.inputs) > 1:
        inputs = f"{len(network.inputs)} inputs"
    if len(network.outputs) > 1:
        outputs = f"{len(network.outputs)} outputs"
    return name, inputs, outputs, params, macs
