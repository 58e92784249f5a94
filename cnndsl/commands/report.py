"""Write a page: what units see as you point at them, and the rest."""

from __future__ import annotations

from argparse import Namespace

from .. import pages
from ..backends import html
from ..options import Parser, add_depth, add_net, add_output
from ..request import deliver, destination, program
from ..terminal import Terminal

EXAMPLES = ("cnndsl report net.cnn -o net.html", "cnndsl report zoo:resnet152 -o resnet.html")


def declare(parser: Parser) -> None:
    add_net(parser)
    add_depth(parser, "diagram: one box for all that lies deeper than so many labels")
    add_output(parser, "the page, a .html file that needs nothing else; - is standard output, as if nothing were said")


def run(options: Namespace, terminal: Terminal) -> int:
    destination(options, (".html", ".htm"))
    source = program(options.file, terminal)
    found = pages.network(source, options, terminal)
    picture = pages.drawn(found, options.depth, terminal)
    with terminal.busy("writing the page"):
        page = html.source(found, pages.findings(source, found, options), picture, options.depth)
    deliver(page, options, terminal)
    return 0
