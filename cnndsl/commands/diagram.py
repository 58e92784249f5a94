"""Draw the network: blocks framed, shapes on edges, repeats folded."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable

from .. import drawing
from ..backends import dot
from ..charts.costs import chart
from ..diagnostics import did_you_mean
from ..differences.changes import Difference
from ..differences.union import Union, union
from ..options import Parser, Usage, add_depth, add_net, add_output, choice
from ..report import sentence
from ..request import deliver, destination, network
from ..sheet import Sheet
from ..terminal import Terminal
from ..volumes.volumes import sheet
from ..zoo import PREFIX

EXAMPLES = (
    "cnndsl diagram net.cnn -o net.svg",
    "cnndsl diagram zoo:resnet50 --level block -o resnet.svg",
    "cnndsl diagram zoo:vgg16 --heat params --theme dark -o vgg.png",
    "cnndsl diagram zoo:alexnet --style volumes -o alexnet.svg",
    "cnndsl diagram zoo:resnet50 --diff zoo:resnet101 --level block -o deeper.svg",
)
TEXT = (".dot", ".gv")
STYLES = ("graph", "volumes", "costs")
IDLE = {
    "volumes": ("show", "heat", "direction", "diff", "no_legend"),
    "costs": ("show", "heat", "direction", "diff", "no_legend", "level", "unfold"),
}  # what says nothing about a style


def declare(parser: Parser) -> None:
    add_net(parser)
    word(parser, "--style", STYLES, "graph", "graph of layers, volumes: maps to scale, costs: where params, MACs and memory are")
    add_depth(parser, "one box for all that lies deeper than so many labels")
    word(parser, "--level", dot.LEVELS, None, "net: its outermost blocks, block: blocks as boxes, layer: all (what fits a page)")
    help = f"of {', '.join(dot.SHOWABLE)}; '' for none"
    parser.add_argument("--show", type=several("--show", dot.SHOWABLE), metavar="WHAT,...", help=help)
    word(parser, "--heat", tuple(dot.SCALES), None, f"colours by {', '.join(dot.SCALES)}, instead of by kind of layer")
    parser.add_argument(
        "--diff", metavar="NEW", help="colours by what is added, removed and changed in a program that came of FILE"
    )
    word(parser, "--theme", tuple(dot.THEMES), "light", ", ".join(dot.THEMES))
    word(parser, "--direction", tuple(dot.DIRECTIONS), None, ", ".join(dot.DIRECTIONS))
    parser.add_argument("--unfold", action="store_true", help="draw repeats out")
    parser.add_argument("--no-legend", action="store_true", help="do not say what the colours mean")
    add_output(parser, "a picture by its suffix: .svg, .png, .pdf, or .dot for the text, which is also what - gets")


def word(parser: Parser, option: str, words: tuple[str, ...], default: str | None, help: str) -> None:
    """An option that is one of a few words."""
    parser.add_argument(option, type=choice(option, words), metavar="WORD", default=default, help=help)


def several(option: str, words: tuple[str, ...]) -> Callable[[str], tuple[str, ...]]:
    """Some of a few words, comma-separated, in the order in which they are given; none for nothing."""

    def read(given: str) -> tuple[str, ...]:
        found = tuple(each.strip() for each in given.split(",") if each.strip())
        for each in found:
            if each not in words:
                near = did_you_mean(each, words)
                help = f"did you mean `{near}`?" if near else f"some of {', '.join(words)}, with commas between them"
                raise Usage(f"{option} cannot be {each}", help)
        return found

    return read


def became(options: Namespace) -> Namespace:
    """The same options for the network that FILE's became; a zoo's name is its net's."""
    if options.heat is not None:
        raise Usage("--diff and --heat both say what the colours mean", "leave one of them out")
    net = None if options.diff.startswith(PREFIX) else options.net
    return Namespace(**vars(options) | {"file": options.diff, "net": net})


def run(options: Namespace, terminal: Terminal) -> int:
    form = destination(options, (*(f".{form}" for form in drawing.FORMATS), *TEXT))
    if options.style != "graph":
        return own(options, form, terminal)
    found = network(options, terminal)
    if options.diff is not None:
        found = union(Difference(found, network(became(options), terminal)))
    text = dot.source(
        found,
        options.depth,
        unfold=options.unfold,
        level=options.level,
        show=shown(options),
        heat=options.heat,
        marks=found.marks if isinstance(found, Union) else None,
        theme=options.theme,
        direction=options.direction or "down",
        legend=not options.no_legend,
    )
    if form in ("", *TEXT):
        deliver(text, options, terminal)
        return 0
    with terminal.busy(f"drawing {options.output}"):
        picture = drawing.render(text, form.removeprefix("."))
    deliver(drawing.described(picture, sentence(found)) if form == ".svg" else picture, options, terminal)
    return 0


def shown(options: Namespace) -> tuple[str, ...]:
    """The figures that are asked for, else the usual ones and what the colours go by."""
    if options.show is not None:
        return tuple(options.show)
    return tuple(dict.fromkeys([*dot.USUAL, *([options.heat] if options.heat else [])]))


def own(options: Namespace, form: str, terminal: Terminal) -> int:
    """A style that is not laid out by graphviz: SVG is ours, and graphviz makes the other pictures of it."""
    given = [name for name in IDLE[options.style] if getattr(options, name)]
    if given:
        raise Usage(f"--{given[0].replace('_', '-')} says nothing about {options.style}", "leave it out, or --style")
    found = network(options, terminal)
    with terminal.busy("drawing"):
        if options.style == "costs":
            drawn = chart(found, options.depth, options.theme)
        else:
            drawn = sheet(found, options.depth, options.level, options.unfold, options.theme)
        picture = pictured(drawn, form)
    deliver(picture, options, terminal)
    return 0


def pictured(drawn: Sheet, form: str) -> str | bytes:
    if form == ".svg":
        return drawn.svg()
    return drawn.dot() if form in ("", *TEXT) else drawing.render(drawn.dot(), form.removeprefix("."))
