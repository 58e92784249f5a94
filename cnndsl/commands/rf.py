"""Show receptive fields: of every layer, or what one unit sees."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import PurePath

from ..fields import growth, text, unit
from ..network import Network
from ..options import Parser, Usage, add_depth, add_net, add_output, choice
from ..request import deliver, destination, network
from ..terminal import Terminal

EXAMPLES = (
    "cnndsl rf net.cnn",
    "cnndsl rf zoo:resnet50 --depth 2",
    "cnndsl rf net.cnn c3 --unit 4,4 -o c3.svg",
)
FORMS = ("text", "json")
SCHEMA = 1


def declare(parser: Parser) -> None:
    add_net(parser)
    parser.add_argument("layer", metavar="LAYER", nargs="?", help="the path of a layer, block or group: what one unit of it sees")
    parser.add_argument("--unit", metavar="Y,X", type=place, help="which unit, by its place (the middle)")
    parser.add_argument("--channel", metavar="C", type=channel, help="and by its channel (0)")
    form = choice("--format", FORMS)
    parser.add_argument("--format", type=form, metavar="FORMAT", help="text or json (else by the suffix of -o)")
    add_depth(parser, "one row for all that lies deeper than so many labels")
    add_output(parser)


def run(options: Namespace, terminal: Terminal) -> int:
    if options.layer is None and (options.unit is not None or options.channel is not None):
        raise Usage("--unit and --channel say a unit of a layer, and no layer is named", "write its path after the file")
    if options.layer is not None and options.depth is not None:
        raise Usage("--depth folds the rows of a network, and a unit of one layer is asked for", "leave one of them out")
    destination(options, (".txt", ".json"), stated=options.format is not None)
    found = network(options, terminal)
    content = growing(found, options, terminal) if options.layer is None else looking(found, options, terminal)
    if options.output == "-" and form_of(options) == "text":
        terminal.show(content)
    else:
        deliver(content, options, terminal)
    return 0


def growing(found: Network, options: Namespace, terminal: Terminal) -> str:
    grown = growth.growths(found, options.depth)
    if form_of(options) == "json":
        return dumped({"network": found.name, "inputs": [growth.record(each) for each in grown]})
    return text.growth_text(found, grown, looks(options, terminal))


def looking(found: Network, options: Namespace, terminal: Terminal) -> str:
    with terminal.busy(f"following what {options.layer} reads"):
        seen = unit.seen(found, options.layer, options.channel or 0, options.unit)
    if form_of(options) == "json":
        return dumped({"network": found.name, **unit.record(seen)})
    return text.unit_text(seen, looks(options, terminal))


def form_of(options: Namespace) -> str:
    if options.format:
        return str(options.format)
    return "json" if PurePath(options.output).suffix.lower() == ".json" else "text"


def looks(options: Namespace, terminal: Terminal) -> text.Looks:
    if options.output != "-":
        return text.Looks()
    return text.Looks(terminal.color, terminal.width, terminal.ascii)


def dumped(record: dict[str, object]) -> str:
    return json.dumps({"schema": SCHEMA, **record}, ensure_ascii=False) + "\n"


def place(word: str) -> tuple[int, ...]:
    """`28,28`: a position on each spatial axis."""
    parts = word.split(",")
    if not all(part.strip().isdecimal() and part.strip().isascii() and len(part) < 10 for part in parts):
        raise Usage(f"--unit cannot be {word}", "write a position for each spatial axis, as in --unit 28,28")
    return tuple(map(int, parts))


def channel(word: str) -> int:
    if not (word.isdecimal() and word.isascii() and len(word) < 10):
        raise Usage(f"--channel cannot be {word}", "channels are counted from 0")
    return int(word)
