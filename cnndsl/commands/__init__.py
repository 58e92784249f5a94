"""What a command is: options declared, then run. Every file of this folder with a `run` is one."""

from __future__ import annotations

import ast
import re
from argparse import Namespace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from ..diagnostics import did_you_mean
from ..options import Parser, Usage
from ..terminal import Terminal


class Command(Protocol):
    """A module of this folder; its docstring's first line is what `--help` says of it, EXAMPLES are shown there too.

    `run` gives the exit code: 0 clean, 1 findings in a program. It may raise Problem and CompileError.
    """

    __doc__: str
    EXAMPLES: tuple[str, ...]

    def declare(self, parser: Parser) -> None: ...
    def run(self, options: Namespace, terminal: Terminal) -> int: ...


@cache
def texts() -> dict[str, str]:
    """The text of each command's file: none is imported to be listed."""
    files = sorted(Path(__path__[0]).glob("*.py"))
    found = {file.stem: file.read_text("utf-8") for file in files}
    return {name: text for name, text in found.items() if re.search(r"^def run\(", text, re.MULTILINE)}


def summary(name: str) -> str:
    """What a command does, in a line."""
    doc = ast.get_docstring(ast.parse(texts()[name])) or ""
    return doc.partition("\n")[0].rstrip(".")


def find(name: str) -> Command:
    """A command; raises Usage where there is none."""
    if name not in texts():
        near = did_you_mean(name, texts())
        raise Usage(f"there is no command {name}", f"did you mean `{near}`?" if near else f"there are {', '.join(texts())}")
    return cast(Command, import_module(f"{__name__}.{name}"))
