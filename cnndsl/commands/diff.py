"""Tell what differs between two networks: layers, shapes, figures."""

from __future__ import annotations

from argparse import Namespace

from ..backend import Options
from ..differences.changes import Difference
from ..differences.reports import FORMATS
from ..options import FILE, Parser, Usage, add_output, add_sizes, choice
from ..request import deliver, destination, network
from ..terminal import Terminal

EXAMPLES = (
    "cnndsl diff old.cnn new.cnn",
    "cnndsl diff zoo:resnet50 zoo:resnet101 --format markdown",
    "cnndsl diff net.cnn --net Small --net Big",
)
SUFFIXES = {".txt": "text", ".json": "json", ".md": "markdown"}


def declare(parser: Parser) -> None:
    parser.add_argument("old", metavar="OLD", help=FILE)
    parser.add_argument("new", metavar="NEW", nargs="?", help="the program that it became (the same, with two --net)")
    parser.add_argument("--net", metavar="NAME", action="append", help="one of the nets; a second --net is NEW's")
    add_sizes(parser)
    form = choice("--format", tuple(FORMATS))
    parser.add_argument("--format", type=form, metavar="FORMAT", help=f"{', '.join(FORMATS)} (else by the suffix of -o)")
    parser.add_argument("--unfold", action="store_true", help="a line for each layer, also where a whole block has one fate")
    add_output(parser)


def run(options: Namespace, terminal: Terminal) -> int:
    """Exit code 0 where nothing differs, 1 where anything does, as diff has it."""
    suffix = destination(options, tuple(SUFFIXES), stated=options.format is not None)
    form = options.format or SUFFIXES.get(suffix, "text")
    old, new = sides(options)
    difference = Difference(network(old, terminal), network(new, terminal))
    to_file = options.output != "-"
    looks = Options(
        color=terminal.color and not to_file,
        width=None if to_file else terminal.width,
        ascii=terminal.ascii and not to_file,
    )
    with terminal.busy("comparing them"):
        told = FORMATS[form](difference, looks, options.unfold)
    if to_file or form != "text":
        deliver(told, options, terminal)
    else:
        terminal.show(told)
    return 0 if difference.same else 1


def sides(options: Namespace) -> tuple[Namespace, Namespace]:
    """The options of the one side and of the other; raises Usage where there is but one network."""
    nets = options.net or [None]
    if len(nets) > 2:
        raise Usage("--net is given more than twice", "the first is OLD's, the second NEW's; one alone serves both")
    if options.new is None and len(nets) < 2:
        raise Usage("one network is named, and it takes two to differ", "name a second file, or two nets of this one with --net")
    shared = vars(options)
    return (
        Namespace(**shared | {"file": options.old, "net": nets[0]}),
        Namespace(**shared | {"file": options.new or options.old, "net": nets[-1]}),
    )
