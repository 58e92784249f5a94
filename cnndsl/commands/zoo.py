"""List the programs that ship, or print one."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap
from typing import NamedTuple

from .. import zoo
from ..cells import clean
from ..compiler import Program, load
from ..diagnostics import Problem
from ..grid import Column, Grid
from ..network import Network
from ..options import Parser, Usage
from ..report import summary
from ..terminal import Terminal

EXAMPLES = ("cnndsl zoo", "cnndsl zoo --filter residual", "cnndsl zoo resnet50 > mine.cnn", "cnndsl analyze zoo:resnet50")
TITLES = ("network", "input", "output", "params", "MACs")
DROP = {"output": 1, "input": 2}  # what goes first where a terminal is narrow


def declare(parser: Parser) -> None:
    parser.add_argument("name", metavar="NAME", nargs="?", help="a program, or a net in one: its text")
    parser.add_argument("--filter", metavar="WORD", help="list what has this in its name, or in what is said of it")


def run(options: Namespace, terminal: Terminal) -> int:
    if options.name is not None:
        if options.filter is not None:
            raise Usage("--filter is for the list, and a name asks for a text", "leave one of them out")
        terminal.emit(zoo.find(options.name.removeprefix(zoo.PREFIX))[0].text)
        return 0
    chosen = matching(options.filter or "")
    terminal.show("\n".join(listing(measuring(chosen, terminal), terminal)) + "\n")
    return 0


def matching(word: str) -> dict[str, tuple[str, ...]]:
    """The nets to list of each program: all of one that has the word in it, else those of that name; raises Problem."""
    found: dict[str, tuple[str, ...]] = {}
    for name, entry in zoo.entries().items():
        is_whole = any(word.lower() in text.lower() for text in (name, entry.about))
        nets = entry.nets if is_whole else tuple(net for net in entry.nets if word.lower() in net.lower())
        if is_whole or nets:
            found[name] = nets
    if not found:
        raise Problem(f"nothing that ships has {word} in its name", code="E0801", help="`cnndsl zoo` lists all of it")
    return found


def measuring(chosen: Mapping[str, Sequence[str]], terminal: Terminal) -> dict[str, list[Listed]]:
    """The rows of each program."""
    found: dict[str, list[Listed]] = {}
    todo, done = sum(map(len, chosen.values())), 0
    with terminal.progress("measuring") as tell:
        for name, nets in chosen.items():
            program = load(f"{zoo.PREFIX}{name}")
            found[name] = []
            for net in nets:
                tell(net, done / todo)
                found[name].append(listed(program, net))
                done += 1
    return found


def listing(programs: Mapping[str, Sequence[Listed]], terminal: Terminal) -> Iterator[str]:
    """Each program: its name and where its figures are from, then its nets with figures that are computed here."""
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


def listed(program: Program, name: str) -> Listed:
    """The row of a net."""
    needs = program.needs(name)
    return Listed((name, "", "", "", ""), needs) if needs else Listed(measured(program.net(name)))


def measured(network: Network) -> tuple[str, ...]:
    """Several inputs or outputs are counted: `analyze` shows each."""
    name, inputs, outputs, params, macs, *_ = summary(network)
    if len(network.inputs) > 1:
        inputs = f"{len(network.inputs)} inputs"
    if len(network.outputs) > 1:
        outputs = f"{len(network.outputs)} outputs"
    return name, inputs, outputs, params, macs
