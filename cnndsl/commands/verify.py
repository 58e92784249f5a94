"""Build the network on torch and compare every claim with it."""

from __future__ import annotations

from argparse import Namespace

from .. import verified
from ..backend import Options
from ..compiler import Program
from ..diagnostics import CompileError
from ..options import Parser, add_net, add_output, choice, count
from ..request import deliver, destination, expanded, program, sound, wanted
from ..terminal import Terminal
from ..verdict import Verification
from ..verification import Effort, verify

EXAMPLES = (
    "cnndsl verify net.cnn",
    "cnndsl verify zoo:resnet50 --input 3x64x64 --units 5",
    "cnndsl verify net.cnn --work 1000 --format json",
)
SUFFIXES = {".txt": "table", ".json": "json"}
GIGA = 10**9


def declare(parser: Parser) -> None:
    usual = Effort()
    add_net(parser)
    form = choice("--format", verified.FORMATS)
    parser.add_argument("--format", type=form, metavar="FORMAT", help=f"{', '.join(verified.FORMATS)} (else by the suffix of -o)")
    parser.add_argument("--batch", metavar="B", type=count("--batch"), default=1, help="samples at once (1; 2 for training)")
    units = f"windows of each map ({usual.units})"
    parser.add_argument("--units", metavar="N", type=count("--units"), default=usual.units, help=units)
    work = f"multiply-adds to spend on windows, in billions ({usual.work // GIGA})"
    parser.add_argument("--work", metavar="G", type=count("--work"), default=usual.work // GIGA, help=work)
    add_output(parser)


def run(options: Namespace, terminal: Terminal) -> int:
    """Exit code 1 where anything differs; what could not be compared is said, and is no difference."""
    suffix = destination(options, tuple(SUFFIXES), stated=options.format is not None)
    form = options.format or SUFFIXES.get(suffix, "table")
    source = sound(program(options.file, terminal))
    names = wanted(source, options, terminal)
    found = []
    for name in names:
        try:
            found.append(verification(source, name, options, terminal))
        except CompileError as error:
            terminal.report(error.diagnostics)
    if found:
        report(found, form, options, terminal)
    return 0 if len(found) == len(names) and all(each.holds for each in found) else 1


def verification(source: Program, name: str, options: Namespace, terminal: Terminal) -> Verification:
    network = expanded(source, name, options, terminal, batch=options.batch)
    terminal.mention(network.diagnostics)
    with terminal.progress(f"verifying {name}") as tell:
        return verify(network, Effort(options.units, options.work * GIGA), tell)


def report(found: list[Verification], form: str, options: Namespace, terminal: Terminal) -> None:
    to_file = options.output != "-"
    looks = Options(
        color=terminal.color and not to_file,
        width=None if to_file else terminal.width,
        ascii=terminal.ascii and not to_file,
    )
    text = verified.render(found, form, looks)
    if to_file or form != "table":
        deliver(text, options, terminal)
    else:
        terminal.show(text)
