"""Explain the arithmetic behind a layer's figures, or a code."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from .. import codes
from ..explanations import block, latex, markdown, text
from ..options import Parser, Usage, add_choice, add_output, choice
from ..request import deliver, destination, network
from ..terminal import Terminal

EXAMPLES = (
    "cnndsl explain net.cnn c1",
    "cnndsl explain zoo:resnet50 layer1.0",
    "cnndsl explain net.cnn c1 --format latex -o c1.tex",
    "cnndsl explain E0301",
)
FORMS = ("text", "markdown", "latex")
SUFFIXES = {".txt": "text", ".md": "markdown", ".tex": "latex"}


def declare(parser: Parser) -> None:
    parser.add_argument("file", metavar="FILE|CODE", help="a program, or a code of an error, note or lint")
    parser.add_argument("layer", metavar="LAYER", nargs="?", help="the path of a layer, block, group or input (all of the net)")
    add_choice(parser)
    form = choice("--format", FORMS)
    parser.add_argument("--format", type=form, metavar="FORMAT", help=f"{', '.join(FORMS)} (else by the suffix of -o)")
    add_output(parser)


def run(options: Namespace, terminal: Terminal) -> int:
    suffix = destination(options, tuple(SUFFIXES), stated=options.format is not None)
    form = options.format or SUFFIXES.get(suffix, "text")
    if codes.is_code(options.file) and not Path(options.file).exists():
        return page(options, form, terminal)
    found = block.find(network(options, terminal), options.layer or "")
    to_file = options.output != "-"
    if form != "text":
        deliver(latex.render(found) if form == "latex" else markdown.render(found), options, terminal)
    elif to_file:
        deliver(text.render(found, text.Looks()), options, terminal)
    else:
        terminal.show(text.render(found, text.Looks(terminal.color, terminal.width, terminal.ascii)))
    return 0


def page(options: Namespace, form: str, terminal: Terminal) -> int:
    """The page of a code."""
    if options.layer or options.net or options.set or options.input:
        raise Usage(f"{options.file} is a code, of which no layer and no net is asked", "write the code alone")
    if form == "latex":
        raise Usage("pages of codes are text or Markdown", "leave --format latex out")
    found = codes.find(options.file)
    if form == "markdown" or options.output != "-":
        deliver(found.text if form == "markdown" else codes.shown(found), options, terminal)
    else:
        terminal.show(codes.shown(found, terminal.ascii, terminal.color))
    return 0
