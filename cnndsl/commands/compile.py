"""Write a torch module that runs, as one Python file."""

from __future__ import annotations

from argparse import Namespace

from ..backends import torch
from ..options import Parser, add_net, add_output
from ..request import deliver, destination, network
from ..terminal import Terminal

EXAMPLES = ("cnndsl compile net.cnn -o net.py && python net.py --batch 4", "cnndsl compile zoo:resnet18 --set classes=10")


def declare(parser: Parser) -> None:
    add_net(parser)
    add_output(parser)


def run(options: Namespace, terminal: Terminal) -> int:
    destination(options, (".py",))
    deliver(torch.source(network(options, terminal)), options, terminal)
    return 0
