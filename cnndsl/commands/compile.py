"""Write a torch module that runs, as one Python file."""

from __future__ import annotations

from argparse import Namespace

from ..backends import torch
from ..backward import told as spared
from ..deployment import deployed
from ..diagnostics import Problem
from ..options import Parser, Usage, add_net, add_output, choice
from ..request import deliver, destination, network, traced
from ..terminal import Terminal

EXAMPLES = (
    "cnndsl compile net.cnn -o net.py && python net.py --batch 4",
    "cnndsl compile zoo:resnet18 --set classes=10",
    "cnndsl compile zoo:resnet -o resnet.py",
    "cnndsl compile zoo:resnet50 --optimize inference -o deployed.py",
)


def declare(parser: Parser) -> None:
    add_net(parser)
    add_output(parser)
    help = "layer by layer, in place of blocks as classes and loops as loops; one net a file"
    parser.add_argument("--flat", action="store_true", help=help)
    help = "layer by layer for inference: batch normalisation folded, in place, takes trained weights; or to train in less memory"
    parser.add_argument("--optimize", metavar="FOR", type=choice("--optimize", ("inference", "memory")), help=help)


def run(options: Namespace, terminal: Terminal) -> int:
    destination(options, (".py",))
    deliver(text(options, terminal), options, terminal)
    return 0


def text(options: Namespace, terminal: Terminal) -> str:
    if options.optimize and options.flat:
        raise Usage(f"--optimize {options.optimize} is written layer by layer as it is", "leave --flat out")
    if options.optimize:
        return optimized(options, terminal)
    return torch.source(network(options, terminal)) if options.flat else readable(options, terminal)


def optimized(options: Namespace, terminal: Terminal) -> str:
    """The file for inference, or for training in less memory; what was done for it is told."""
    net = network(options, terminal)
    if options.optimize == "memory":
        written, made = torch.recomputed(net)
        told = list(spared(made))
    else:
        deployment = deployed(net)
        written, told = torch.deployed(deployment), [*deployment.told(), *deployment.gained()]
    for line in told:
        terminal.say(line)
    return written


def readable(options: Namespace, terminal: Terminal) -> str:
    """The file as one writes it by hand; raises Problem where nets cannot stand in one."""
    text = torch.readable(traced(options, terminal))
    if text is None:
        raise Problem("these nets have no readable form in one file", code="E0004", help="choose one with --net")
    return text
