"""Diagnostics to text, one form a file: pure functions, nothing is printed here. Every file with a `render` is one."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast

from ..diagnostics import Problem, did_you_mean


class Form(Protocol):
    """A module of this folder; the text ends with a line end. What is for people can be told how to look: see text.py."""

    @property
    def render(self) -> Callable[..., str]: ...


@cache
def names() -> tuple[str, ...]:
    """The forms, found by folder, read off the files' text: none is imported for it."""
    files = sorted(Path(__path__[0]).glob("*.py"))
    return tuple(file.stem for file in files if re.search(r"^def render\(", file.read_text("utf-8"), re.MULTILINE))


def find(name: str) -> Form:
    """A form, loaded when it is first asked for: most commands have nothing to say. Raises Problem where there is none."""
    if name not in names():
        near = did_you_mean(name, names())
        help = f"did you mean `{near}`?" if near else f"there are {', '.join(names())}"
        raise Problem(f"findings have no form {name}", code="E0001", help=help)
    return cast(Form, import_module(f"{__name__}.{name}"))
