"""Check programs: all errors, warnings and notes."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence

from .. import render
from ..compiler import Program
from ..diagnostics import Diagnostic, Problem
from ..elaborate import MAX_LAYERS
from ..options import FILE, Parser, add_limit, choice
from ..render.text import tally
from ..request import program
from ..terminal import Terminal, unplaced

EXAMPLES = ("cnndsl check net.cnn", "cnndsl check models/*.cnn --format github", "cnndsl check - < net.cnn")


def declare(parser: Parser) -> None:
    form = choice("--format", render.names())
    parser.add_argument("files", metavar="FILE", nargs="+", help=FILE)
    parser.add_argument("--format", type=form, metavar="FORMAT", default="text", help=", ".join(render.names()))
    add_limit(parser)


def run(options: Namespace, terminal: Terminal) -> int:
    """Findings as text go to standard error, in a form for machines to standard output; all files are read."""
    found: list[Diagnostic] = []
    unread = 0
    for word in options.files:
        try:
            source = program(word, terminal)
        except Problem as problem:
            found.append(unplaced(problem))
            unread += 1
            continue
        with terminal.busy(f"checking {word}"):
            found += source.check(options.max_layers or MAX_LAYERS)
        unchecked(source, terminal)
    if options.format == "text":
        terminal.tell(found)
        terminal.say(closing(found, len(options.files)))
    else:
        terminal.emit(render.find(options.format).render(found))
    if unread:
        return 2
    return 1 if any(d.severity != "note" for d in found) else 0


def unchecked(source: Program, terminal: Terminal) -> None:
    """Say what no net expands: of that, only the syntax was looked at."""
    if source.module is None:
        return
    complete = [name for name in source.nets if not source.needs(name)]
    reached = {one.tree for name in complete for one in source.find(name).chain()}
    for name in source.nets:
        if source.needs(name) and source.find(name).tree not in reached:
            terminal.say(f"not expanded: {name}, which needs {', '.join(source.needs(name))}")
    if not source.nets:
        terminal.say(f"not expanded: {source.source.name}, which declares no net")


def closing(found: Sequence[Diagnostic], files: int) -> str:
    where = f"in {files} files" if files > 1 else "in 1 file"
    return f"{tally(found) or 'no findings'} {where}"
