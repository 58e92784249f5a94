"""Show receptive fields: of layers, of a unit, or of a pixel."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Callable
from typing import NamedTuple

from ..fields import canvas, chart, growth, picture, reach, reach_picture, text, unit, unit_text, unread
from ..network import Network
from ..options import Parser, Usage, add_depth, add_net, add_output, choice
from ..request import deliver, destination, network
from ..terminal import Terminal

EXAMPLES = (
    "cnndsl rf net.cnn",
    "cnndsl rf zoo:resnet50 --depth 2 -o growth.svg",
    "cnndsl rf net.cnn c3 --unit 4,4 -o c3.svg",
    "cnndsl rf net.cnn c3 --pixel 0,0",
)
FORMS = ("text", "json")
SUFFIXES = (".svg", ".png", ".pdf", ".txt", ".json")
SCHEMA = 1


class Pixel(NamedTuple):
    """A place in an input, "" the only one."""

    input: str
    place: tuple[int, ...]


def declare(parser: Parser) -> None:
    add_net(parser)
    parser.add_argument("layer", metavar="LAYER", nargs="?", help="the path of a layer, block or group: what one unit of it sees")
    parser.add_argument("--unit", metavar="Y,X", type=place("--unit"), help="which unit, by its place (the middle)")
    parser.add_argument("--pixel", metavar="[INPUT=]Y,X", type=pixel, help="instead: which units a number of an input reaches")
    parser.add_argument("--channel", metavar="C", type=channel, help="the channel of the unit, or of the number (0)")
    form = choice("--format", FORMS)
    parser.add_argument("--format", type=form, metavar="FORMAT", help="text or json (else by the suffix of -o)")
    add_depth(parser, "one row for all that lies deeper than so many labels")
    add_output(parser, "by its suffix a picture (.svg, .png, .pdf), text (.txt) or .json; - is standard output")


def run(options: Namespace, terminal: Terminal) -> int:
    guard(options)
    suffix = destination(options, SUFFIXES, stated=options.format is not None)
    found = network(options, terminal)
    form = options.format or suffix.removeprefix(".").replace("txt", "") or "text"
    answer = growing if options.layer is None else looking if options.pixel is None else reaching
    content = answer(found, form, options, terminal)
    if options.output == "-" and form == "text":
        terminal.show(str(content))
    else:
        deliver(content, options, terminal)
    return 0


def guard(options: Namespace) -> None:
    """Raises Usage where words do not go together."""
    said = [name for name in ("unit", "pixel", "channel") if getattr(options, name) is not None]
    if options.layer is None and said:
        what = " and ".join(f"--{name}" for name in said)
        raise Usage(
            f"{what} {'is' if len(said) == 1 else 'are'} about one layer, and none is named", "write its path after the file"
        )
    if options.unit is not None and options.pixel is not None:
        raise Usage("--unit asks what a unit sees, --pixel what a number of the input reaches", "leave one of them out")
    if options.layer is not None and options.depth is not None:
        raise Usage("--depth folds the rows of a network, and a unit of one layer is asked for", "leave one of them out")


def growing(found: Network, form: str, options: Namespace, terminal: Terminal) -> str | bytes:
    grown = growth.growths(found, options.depth)
    if form in canvas.FORMATS:
        return drawn(lambda: chart.drawn(found, grown, form), options, terminal)
    missing = unread.unread(found)
    if form == "json":
        inputs = [growth.record(each) | {"unread": unread.record(missing.get(each.input))} for each in grown]
        return dumped({"network": found.name, "inputs": inputs})
    dropped = [unread.sentence(each) for each in missing.values()] or [unread.untold(found)]
    return text.growth_text(found, grown, dropped, looks(options, terminal))


def looking(found: Network, form: str, options: Namespace, terminal: Terminal) -> str | bytes:
    with terminal.busy(f"following what {options.layer} reads"):
        seen = unit.seen(found, options.layer, options.channel or 0, options.unit)
    if form in canvas.FORMATS:
        return drawn(lambda: picture.drawn(seen, form), options, terminal)
    if form == "json":
        return dumped({"network": found.name, **unit.record(seen)})
    return unit_text.unit_text(seen, looks(options, terminal))


def reaching(found: Network, form: str, options: Namespace, terminal: Terminal) -> str | bytes:
    with terminal.busy(f"following what reads {options.pixel.input or 'the input'}"):
        reached = reach.reach(found, options.layer, options.pixel.input, options.channel or 0, options.pixel.place)
    if form in canvas.FORMATS:
        return drawn(lambda: reach_picture.drawn(reached, form), options, terminal)
    if form == "json":
        return dumped({"network": found.name, **reach.record(reached)})
    return unit_text.reach_text(reached, looks(options, terminal))


def drawn(draw: Callable[[], bytes], options: Namespace, terminal: Terminal) -> bytes:
    with terminal.busy(f"drawing {options.output}"):
        return draw()


def looks(options: Namespace, terminal: Terminal) -> text.Looks:
    if options.output != "-":
        return text.Looks()
    return text.Looks(terminal.color, terminal.width, terminal.ascii)


def dumped(record: dict[str, object]) -> str:
    return json.dumps({"schema": SCHEMA, **record}, ensure_ascii=False) + "\n"


def place(option: str) -> Callable[[str], tuple[int, ...]]:
    """`28,28`: a position on each spatial axis."""

    def read(word: str) -> tuple[int, ...]:
        parts = word.split(",")
        if not all(part.strip().isdecimal() and part.strip().isascii() and len(part) < 10 for part in parts):
            raise Usage(f"{option} cannot be {word or 'empty'}", f"write a position for each spatial axis, as in {option} 28,28")
        return tuple(map(int, parts))

    return read


def pixel(word: str) -> Pixel:
    """`5,5` or `left=5,5`; nothing after the sign for a flat input, of which the channel says all."""
    name, sign, where = word.rpartition("=")
    return Pixel(name.strip(), () if sign and not where.strip() else place("--pixel")(where))


def channel(word: str) -> int:
    if not (word.isdecimal() and word.isascii() and len(word) < 10):
        raise Usage(f"--channel cannot be {word or 'empty'}", "channels are counted from 0")
    return int(word)
