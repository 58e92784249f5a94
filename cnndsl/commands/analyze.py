"""Show shapes, parameters, MACs, memory and receptive fields."""

from __future__ import annotations

from argparse import Namespace

from .. import backend
from ..analysis import FLOATS
from ..compiler import Program
from ..diagnostics import CompileError, Diagnostic, Report
from ..network import Network
from ..options import Parser, add_depth, add_net, add_output, choice, count
from ..request import chosen, deliver, destination, expanded, program, sound, wanted
from ..terminal import Terminal

EXAMPLES = (
    "cnndsl analyze net.cnn",
    "cnndsl analyze net.cnn --net Big --set classes=10 --input 3x320x320 --depth 1",
    "cnndsl analyze zoo:resnet50 --format json",
)
SUFFIXES = {".txt": "table", ".json": "json", ".csv": "csv", ".md": "markdown"}


def declare(parser: Parser) -> None:
    add_net(parser)
    form, dtype = choice("--format", backend.names()), choice("--dtype", FLOATS)
    parser.add_argument("--format", type=form, metavar="FORMAT", help=f"{', '.join(backend.names())} (else by the suffix of -o)")
    add_depth(parser, "fold what lies deeper than so many labels into one row a block")
    parser.add_argument("--batch", metavar="B", type=count("--batch"), default=1, help="samples at once, for the memory (1)")
    parser.add_argument("--dtype", type=dtype, metavar="TYPE", default="float32", help=f"for the memory: {', '.join(FLOATS)}")
    add_output(parser)


def run(options: Namespace, terminal: Terminal) -> int:
    """The net that is named, or all that need no parameters: a line each where there are several."""
    suffix = destination(options, tuple(SUFFIXES), stated=options.format is not None)
    form = options.format or SUFFIXES.get(suffix, "table")
    source = sound(program(options.file, terminal))
    names = wanted(source, options, terminal)
    networks, found = every(source, names, options, terminal)
    terminal.report(found)
    if networks:
        report(networks, form, source, names, options, terminal)
    return 0 if len(networks) == len(names) else 1


def every(source: Program, names: list[str], options: Namespace, terminal: Terminal) -> tuple[list[Network], list[Diagnostic]]:
    """The networks that can be had, and what is to be said of all, once each."""
    networks, told = [], Report()
    for name in names:
        try:
            networks.append(expanded(source, name, options, terminal, batch=options.batch, dtype=options.dtype))
            told.extend(networks[-1].diagnostics)
        except CompileError as error:
            told.extend(error.diagnostics)
    return networks, told.sorted()


def report(networks: list[Network], form: str, source: Program, names: list[str], options: Namespace, terminal: Terminal) -> None:
    others = [] if chosen(source, options) else [net for net in source.nets if net not in names and source.needs(net)]
    templates = tuple(f"{net}({', '.join(source.needs(net))})" for net in others)
    to_file = options.output != "-"
    looks = backend.Options(
        depth=options.depth,
        color=terminal.color and not to_file,
        width=None if to_file else terminal.width,
        ascii=terminal.ascii and not to_file,
        summary=len(names) > 1,
        templates=templates,
    )
    with terminal.busy("writing the report"):
        text = backend.find(form).render(networks, looks)
    if to_file or form != "table":
        deliver(text, options, terminal)
    else:
        terminal.show(text)
