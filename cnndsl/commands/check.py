"""Check programs: errors, warnings and notes; fix what is certain."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Sequence
from pathlib import Path

from .. import lint, render
from ..cells import clean
from ..choices import Choice
from ..compiler import Program
from ..compiler import program as parsed
from ..diagnostics import Diagnostic, Located, Problem
from ..files import STDIN, encoded, rewrite
from ..fixing import Fixing, fixed
from ..op import counted
from ..options import FILE, Parser, Usage, add_choice, choice
from ..project import settings
from ..render.text import tally
from ..request import hold, program, wanted, wishes
from ..terminal import Terminal, unplaced
from ..zoo import PREFIX

EXAMPLES = (
    "cnndsl check net.cnn",
    "cnndsl check net.cnn --diff",
    "cnndsl check net.cnn --fix",
    "cnndsl check models/*.cnn --format github",
    "cnndsl check net.cnn --net Base --set width=8 --input 3x224x224",
    "cnndsl check - < net.cnn",
)
INKS = {"+": "\x1b[32m", "-": "\x1b[31m", "@": "\x1b[36m"}  # of a diff's lines
ROOM = 40  # characters of what a fix took away or wrote that are shown


def declare(parser: Parser) -> None:
    form = choice("--format", render.names())
    parser.add_argument("files", metavar="FILE", nargs="+", help=FILE)
    add_choice(parser)
    parser.add_argument("--format", type=form, metavar="FORMAT", default="text", help=", ".join(render.names()))
    parser.add_argument("--fix", action="store_true", help="put right what can only be meant one way")
    parser.add_argument("--diff", action="store_true", help="show what --fix would change, and change nothing")


def run(options: Namespace, terminal: Terminal) -> int:
    """Findings as text go to standard error, in a form for machines to standard output; all files are read."""
    fixing = options.fix or options.diff
    if fixing:
        guard(options)
    found: list[Diagnostic] = []
    done: list[Fixing] = []
    unread = 0
    for word in options.files:
        try:
            if fixing:
                done.append(corrected(word, options, terminal))
                found += done[-1].found
            else:
                found += checked(word, options, terminal)
        except Problem as problem:
            found.append(unplaced(problem))
            unread += 1
        except Located as error:  # in pyproject.toml, which is told once for all files
            found += [one for one in error.diagnostics if all((one.title, one.code) != (d.title, d.code) for d in found)]
            unread += 1
    tell(found, done, options, terminal)
    if unread:
        return 2
    changed = options.diff and any(one.applied for one in done)
    return 1 if changed or any(d.severity != "note" for d in found) else 0


def tell(found: Sequence[Diagnostic], done: Sequence[Fixing], options: Namespace, terminal: Terminal) -> None:
    """What was found, in the form that is asked for; with --diff only what has no place in a program."""
    if options.format != "text":
        terminal.emit(render.find(options.format).render(found))
    else:
        terminal.tell([one for one in found if not options.diff or not one.labels])
    for one in done:
        for line in remarks(one, options.diff):
            terminal.say(line)
    if options.format == "text":
        fixing = options.fix or options.diff
        terminal.say(outcome(found, done, options) if fixing else closing(found, options.files))


def checked(word: str, options: Namespace, terminal: Terminal) -> Sequence[Diagnostic]:
    """The findings of one file; raises Problem where it cannot be read, or has no net as the options want it, Located where
    the project's settings are wrong.
    """
    given = wishes(options)
    source = program(word, terminal)
    if source.module is None:
        return source.check(max_layers=given["max_layers"])
    names = wanted(source, Namespace(**vars(options), file=word), terminal) if is_restricted(options) else []
    for name in names:
        hold(source, name, given["settings"])
    with terminal.busy(f"checking {word}"):
        found = source.check(*names, **given, lints=project(word))
    if not names:
        unchecked(source, terminal)
    return found


def is_restricted(options: Namespace) -> bool:
    """Whether not all of a file is looked at."""
    return bool(options.net or options.set or options.input)


def project(word: str) -> Choice:
    """What the project of a file says of lints; standard input belongs to the working directory, what ships to none."""
    if word.startswith(PREFIX):
        return Choice()
    start = Path.cwd() if word == "-" else Path(word).resolve().parent
    return settings(start, lint.codes())


def unchecked(source: Program, terminal: Terminal) -> None:
    """Say what no net expands: of that, only the syntax was looked at."""
    if source.module is None:
        return
    for name in source.unreached():
        terminal.say(f"not expanded: {name}, which needs {', '.join(source.needs(name))}")
    if not source.nets:
        terminal.say(f"not expanded: {source.source.name}, which declares no net")


def closing(found: Sequence[Diagnostic], files: Sequence[str]) -> str:
    where = f"in {counted(len(files), 'file')}"
    ours = {STDIN if word == "-" else word for word in files if not word.startswith(PREFIX)}
    fixable = sum(one.fix is not None and one.fix.certain and one.fix.span.source.name in ours for one in found)
    return f"{tally(found) or 'no findings'} {where}" + (
        f"; of {fixable} --fix knows the fix, --diff shows it" if fixable else ""
    )


# ---- putting right ---------------------------------------------------------------


def guard(options: Namespace) -> None:
    """Raises Usage for what cannot be fixed, or said beside it."""
    word = "--diff" if options.diff else "--fix"
    if is_restricted(options):
        raise Usage(f"{word} looks at all nets of a file", "leave --net, --set and --input away")
    if options.format != "text" and (options.diff or "-" in options.files):
        raise Usage(f"{word} writes to standard output itself", "leave --format away")
    ships = next((file for file in options.files if file.startswith(PREFIX)), None)
    if ships:
        name = ships.removeprefix(PREFIX)
        raise Usage(f"{ships} ships with cnndsl, and is not changed", f"`cnndsl zoo {name} > mine.cnn` makes it yours")


def corrected(word: str, options: Namespace, terminal: Terminal) -> Fixing:
    """One file with its certain fixes, written or shown; raises Problem where it cannot be read or written, and is then as
    it was.
    """
    choice, limit = project(word), wishes(options)["max_layers"]
    read = program(word, terminal)
    source = read.source
    with terminal.busy(f"checking {word}"):
        done = fixed(source, lambda text: parsed(text).check(max_layers=limit, lints=choice))
    unchecked(read, terminal)
    if options.diff:
        is_seen = terminal.color or terminal.width is not None
        terminal.emit(painted(done.diff, terminal.color) if is_seen else done.diff)
    elif source.name == STDIN:
        terminal.emit(encoded(source, done.text).decode())
    elif done.applied:
        rewrite(source, done.text)
    return done


def painted(diff: str, color: bool) -> str:
    """A diff for a terminal: what that would take for more than text is spelt out."""
    lines = [clean(line) for line in diff.removesuffix("\n").split("\n") if line]
    return "".join(f"{INKS[line[0]]}{line}\x1b[0m\n" if color and line[:1] in INKS else f"{line}\n" for line in lines)


def remarks(done: Fixing, only_shown: bool) -> Iterable[str]:
    """A line for each fix, at its place in the file as it was."""
    for one in () if only_shown else sorted(done.applied, key=lambda one: one.place.start):
        yield f"{one.place!r}: fixed {one.finding.code}: {change(one.before, one.after)}"
    for out in done.refused:
        yield f"{out.place!r}: not fixed {out.finding.code}: with it, {out.error.title}"


def change(before: str, after: str) -> str:
    old, new = (short(text) for text in (before, after))
    if not before:
        return f"`{new}` written"
    return f"`{old}` is `{new}`" if after else f"`{old}` taken away"


def short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= ROOM else f"{line[: ROOM - 1]}…"


def outcome(found: Sequence[Diagnostic], done: Sequence[Fixing], options: Namespace) -> str:
    """How much was or would be fixed, and what is left."""
    fixes, files = sum(len(one.applied) for one in done), sum(bool(one.applied) for one in done)
    does = "would fix" if options.diff else "fixed"
    what = f"{counted(fixes, 'place')} in {counted(files, 'file')}" if fixes else "nothing"
    return f"{does} {what}; {tally(found) or 'nothing'} left"
