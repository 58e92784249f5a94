"""The command line: words to a command, what it gives to an exit code, and what goes wrong to words."""

from __future__ import annotations

import os
import sys
import traceback
from argparse import Namespace
from collections.abc import Sequence
from itertools import pairwise

from . import __version__, commands
from .diagnostics import CompileError, Diagnostic, Problem
from .options import COLORS, VARIABLE, Help, Parser, Usage
from .terminal import Closed, Terminal

ABOUT = "The type checker, linter and compiler for convolutional networks."
EXAMPLES = ("cnndsl analyze net.cnn", "cnndsl analyze zoo:resnet50 --depth 1", "cnndsl COMMAND --help")
EXITS = """\
exit codes:
  0    done, and nothing to find fault with; notes are no fault
  1    errors in a program; with check warnings, with verify or diff differences
  2    the words or files cannot be used, or a mistake of ours
  130  interrupted
  141  whoever read the output has gone"""
CLEAN, FINDINGS, FAILED, INTERRUPTED, UNREAD = 0, 1, 2, 130, 141


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code: 0 clean, 1 findings in a program, 2 usage or internal."""
    # Plugins of pydantic serve nothing here, and looking for them costs a tenth of the start.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    words = list(sys.argv[1:] if argv is None else argv)
    terminal = Terminal(color(words))
    try:
        code = guarded(words, terminal)
        terminal.flush()
        return code
    except Closed:
        return UNREAD
    except KeyboardInterrupt:
        return INTERRUPTED
    except Problem as problem:  # the last of the output could not be written
        terminal.problem(problem)
        return FAILED


def guarded(words: list[str], terminal: Terminal) -> int:
    """Run, and tell what goes wrong."""
    try:
        return run(words, terminal)
    except CompileError as error:
        terminal.report(error.diagnostics)
        return FINDINGS
    except Problem as problem:
        terminal.problem(problem)
        return FAILED
    except Help as help:
        terminal.show(str(help))
        return CLEAN
    except Closed:
        raise
    except Exception as error:
        if os.environ.get("CNNDSL_DEBUG"):
            traceback.print_exc()
        terminal.tell([internal(error)])
        return FAILED


def run(words: list[str], terminal: Terminal) -> int:
    if os.environ.get(VARIABLE):  # a shell asks what may be typed
        return commands.find("completion").run(Namespace(words=words), terminal)
    before, name, after = split(words)
    options = top(before).read(before)
    if options.version:
        terminal.show(f"cnndsl {__version__}\n")
        return CLEAN
    if name is None:
        raise Usage("no command is given", f"there are {', '.join(commands.texts())}; `cnndsl --help` says more")
    command = commands.find(name)
    parser = Parser(f"cnndsl {name}", command.__doc__, command.EXAMPLES, after=EXITS)
    command.declare(parser)
    parser.set_defaults(command=name)
    return command.run(parser.read(after), terminal)


def split(words: list[str]) -> tuple[list[str], str | None, list[str]]:
    """The options before the command, the command, and what is for it."""
    for place, word in enumerate(words):
        if not word.startswith("-") and (place == 0 or words[place - 1] != "--color"):
            return words[:place], word, words[place + 1 :]
    return words, None, []


def top(words: list[str]) -> Parser:
    """The options that stand before a command; its help lists the commands."""
    about = [ABOUT]
    if "-h" in words or "--help" in words:
        names = [f"  {name:<12}{commands.summary(name)}" for name in commands.texts()]
        about += ["", "commands:", *names]
    parser = Parser("cnndsl", "\n".join(about), EXAMPLES, "cnndsl [--color WHEN] COMMAND ...", EXITS)
    parser.add_argument("--version", action="store_true", help="show the version")
    return parser


def color(words: list[str]) -> str:
    """What --color says, wherever it stands: errors in the other words are coloured too, or not."""
    said = [word.removeprefix("--color=") for word in words if word.startswith("--color=")]
    said += [word for before, word in pairwise(words) if before == "--color"]
    return said[-1] if said and said[-1] in COLORS else "auto"


def internal(error: Exception) -> Diagnostic:
    """A mistake of ours."""
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    help = "please report it, with the program and the command; CNNDSL_DEBUG=1 shows where it happened"
    return Diagnostic("E0999", f"internal error: {what}", (), (), help)
