"""What a lint is: a program and its networks to warnings. Every file of `lints/` is one rule."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import import_module
from typing import NamedTuple, Protocol, cast

from . import lints
from .diagnostics import Diagnostic
from .model import Module
from .network import Network
from .scopes import Default


class Subject(NamedTuple):
    """What there is to look at: a file, networks of it, and the defaults they met; `whole`: they are all that it declares."""

    module: Module
    networks: Sequence[Network]
    defaults: Sequence[Default]
    whole: bool = True


class Lint(Protocol):
    """A module of `lints/`: its code, what it finds in a line, and where."""

    CODE: str
    TITLE: str

    def find(self, subject: Subject) -> Iterable[Diagnostic]: ...


@cache
def known() -> tuple[Lint, ...]:
    """All lints, found by folder, in the order of their codes."""
    modules = [cast(Lint, import_module(f"{lints.__name__}.{m.name}")) for m in pkgutil.iter_modules(lints.__path__)]
    return tuple(sorted(modules, key=lambda lint: lint.CODE))


def run(subject: Subject) -> list[Diagnostic]:
    """The warnings of all lints."""
    return [found for lint in known() for found in lint.find(subject)]
