"""Cells of Jupyter to programs: the magic `%%cnn`, and our errors shown as what they are, not as tracebacks."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .compiler import Program, parse
from .diagnostics import CompileError, Diagnostic, Problem
from .render.text import render
from .terminal import unplaced

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

NAME = "<cell>"


def register(shell: InteractiveShell) -> None:
    """Make `%%cnn` known to a notebook, and our errors."""
    shell.register_magic_function(lambda line, cell: cnn(shell, line, cell), "cell", "cnn")
    shell.set_custom_exc((CompileError, Problem), told)


def cnn(shell: InteractiveShell, line: str, cell: str) -> Program:
    """A cell as a program: its findings are printed, and its networks shown; raises CompileError.

    `%%cnn NAME` binds the program to a name, also one with errors, so that the name never means an older cell.
    """
    name = line.strip()
    if name and not name.isidentifier():
        help = "`%%cnn lenet`: the program is then called so"
        raise Problem(f"%%cnn takes at most one name of Python, and not `{name}`", code="E0001", help=help)
    program = parse(cell, NAME)
    if name:
        shell.user_ns[name] = program
    found = program.check()
    if any(one.is_error for one in found):
        raise CompileError(found)
    report(found)
    return program


def told(shell: InteractiveShell, kind: type[BaseException], error: CompileError | Problem, trace: Any, **more: Any) -> None:
    """What a cell of Python has raised, as the command line would say it."""
    report(error.diagnostics if isinstance(error, CompileError) else [unplaced(error)])


def report(found: Sequence[Diagnostic]) -> None:
    """Findings to the output of the cell, in colours."""
    sys.stderr.write(render(found, color=True))
