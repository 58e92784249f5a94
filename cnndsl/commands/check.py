"""Check programs: all errors, warnings and notes."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from .. import lint, render
from ..choices import Choice
from ..compiler import Program
from ..diagnostics import Diagnostic, Located, Problem
from ..options import FILE, Parser, add_choice, choice
from ..project import settings
from ..render.text import tally
from ..request import hold, program, wanted, wishes
from ..terminal import Terminal, unplaced
from ..zoo import PREFIX

EXAMPLES = (
    "cnndsl check net.cnn",
    "cnndsl check models/*.cnn --format github",
    "cnndsl check net.cnn --net Base --set width=8 --input 3x224x224",
    "cnndsl check - < net.cnn",
)


def declare(parser: Parser) -> None:
    form = choice("--format", render.names())
    parser.add_argument("files", metavar="FILE", nargs="+", help=FILE)
    add_choice(parser)
    parser.add_argument("--format", type=form, metavar="FORMAT", default="text", help=", ".join(render.names()))


def run(options: Namespace, terminal: Terminal) -> int:
    """Findings as text go to standard error, in a form for machines to standard output; all files are read."""
    found: list[Diagnostic] = []
    unread = 0
    for word in options.files:
        try:
            found += checked(word, options, terminal)
        except Problem as problem:
            found.append(unplaced(problem))
            unread += 1
        except Located as error:  # in pyproject.toml, which is told once for all files
            found += [one for one in error.diagnostics if all((one.title, one.code) != (d.title, d.code) for d in found)]
            unread += 1
    if options.format == "text":
        terminal.tell(found)
        terminal.say(closing(found, len(options.files)))
    else:
        terminal.emit(render.find(options.format).render(found))
    if unread:
        return 2
    return 1 if any(d.severity != "note" for d in found) else 0


def checked(word: str, options: Namespace, terminal: Terminal) -> Sequence[Diagnostic]:
    """The findings of one file; raises Problem where it cannot be read, or has no net as the options want it, Located where
    the project's settings are wrong.
    """
    given = wishes(options)
    source = program(word, terminal)
    if source.module is None:
        return source.diagnostics
    restricted = options.net or options.set or options.input
    names = wanted(source, Namespace(**vars(options), file=word), terminal) if restricted else []
    for name in names:
        hold(source, name, given["settings"])
    with terminal.busy(f"checking {word}"):
        found = source.check(*names, **given, lints=project(word))
    if not names:
        unchecked(source, terminal)
    return found


def project(word: str) -> Choice:
    """What the project of a file says of lints; standard input belongs to the working directory, what ships to none."""
    if word.startswith(PREFIX):
        return Choice()
    start = Path.cwd() if word == "-" else Path(word).resolve().parent
    return settings(start, lint.codes())


def unchecked(source: Program, terminal: Terminal) -> None:
    """Say what no net expands: of that, only the syntax was looked at."""
    for name in source.unreached():
        terminal.say(f"not expanded: {name}, which needs {', '.join(source.needs(name))}")
    if not source.nets:
        terminal.say(f"not expanded: {source.source.name}, which declares no net")


def closing(found: Sequence[Diagnostic], files: int) -> str:
    where = f"in {files} files" if files > 1 else "in 1 file"
    return f"{tally(found) or 'no findings'} {where}"
