"""Write the flat form: the same network, one line a layer."""

from __future__ import annotations

from argparse import Namespace

from ..backends import cnn
from ..options import Parser, add_net, add_output
from ..request import deliver, destination, network
from ..terminal import Terminal

EXAMPLES = ("cnndsl expand net.cnn", "cnndsl expand zoo:resnet50 -o flat.cnn")


def declare(parser: Parser) -> None:
    add_net(parser)
    add_output(parser)


def run(options: Namespace, terminal: Terminal) -> int:
    destination(options, (".cnn",))
    deliver(cnn.source(network(options, terminal)), options, terminal)
    return 0
