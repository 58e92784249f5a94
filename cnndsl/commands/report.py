"""Write a page: what units see as you point at them, and all the rest."""

from __future__ import annotations

from argparse import Namespace

from .. import drawing
from ..backends import dot, html
from ..compiler import Program
from ..diagnostics import Problem
from ..network import Network
from ..options import Parser, add_depth, add_net, add_output, once
from ..request import chosen, deliver, destination, expanded, program, sound, wishes
from ..terminal import Terminal

EXAMPLES = ("cnndsl report net.cnn -o net.html", "cnndsl report zoo:resnet152 -o resnet.html")


def declare(parser: Parser) -> None:
    add_net(parser)
    add_depth(parser, "diagram: one box for all that lies deeper than so many labels")
    add_output(parser, "the page, a .html file, which needs nothing else; - is standard output")


def run(options: Namespace, terminal: Terminal) -> int:
    destination(options, (".html", ".htm"))
    source = sound(program(options.file, terminal))
    name = chosen(source, options) or source.main(once("--set", options.set))
    found = expanded(source, name, options, terminal)
    deliver(page(source, found, options, terminal), options, terminal)
    return 0


def page(source: Program, network: Network, options: Namespace, terminal: Terminal) -> str:
    given = wishes(options)
    with terminal.busy(f"drawing {network.name}"):
        picture = drawn(network, options.depth)
    with terminal.busy("writing the page"):
        return html.source(network, source.check(network.name, **given), picture, options.depth)


def drawn(network: Network, depth: int | None) -> str | Problem:
    """The diagram, or why there is none."""
    try:
        return drawing.render(dot.source(network, depth), "svg").decode()
    except Problem as problem:
        return problem
