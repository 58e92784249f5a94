"""Draw the network: blocks framed, shapes on edges, repeats folded."""

from __future__ import annotations

from argparse import Namespace

from .. import drawing
from ..backends import dot
from ..options import Parser, add_depth, add_net, add_output, choice
from ..request import deliver, destination, network
from ..terminal import Terminal

EXAMPLES = ("cnndsl diagram net.cnn -o net.svg", "cnndsl diagram zoo:densenet121 --depth 2 -o densenet.pdf")
TEXT = (".dot", ".gv")


def declare(parser: Parser) -> None:
    add_net(parser)
    add_depth(parser, "one box for all that lies deeper than so many labels")
    direction = choice("--direction", tuple(dot.DIRECTIONS))
    parser.add_argument("--unfold", action="store_true", help="draw repeats out")
    parser.add_argument("--direction", type=direction, metavar="WAY", default="down", help=", ".join(dot.DIRECTIONS))
    parser.add_argument("--legend", action="store_true", help="say what the colours mean")
    add_output(parser, "a picture by its suffix: .svg, .png, .pdf, or .dot for the text, which is also what - gets")


def run(options: Namespace, terminal: Terminal) -> int:
    form = destination(options, (*(f".{form}" for form in drawing.FORMATS), *TEXT))
    found = network(options, terminal)
    text = dot.source(found, options.depth, unfold=options.unfold, direction=options.direction, legend=options.legend)
    if form in ("", *TEXT):
        deliver(text, options, terminal)
        return 0
    with terminal.busy(f"drawing {options.output}"):
        picture = drawing.render(text, form.removeprefix("."))
    deliver(picture, options, terminal)
    return 0
