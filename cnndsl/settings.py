"""Texts from outside to arguments of a net: each is read as the language's own expression, in the scope of the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import ops, syntax
from .binding import Given
from .diagnostics import Located, TooLarge, did_you_mean
from .elaborate import Elaborator
from .expressions import Name
from .model import Module
from .scopes import Env, Poisoned
from .source import Source, Span

ORIGIN = "--set"  # what errors name as the file


def read(settings: Mapping[str, str], module: Module, elaborator: Elaborator) -> tuple[Given, ...]:
    """Values by name; what cannot be read is reported, and left out."""
    found = []
    for name, text in settings.items():
        try:
            found.append(value(name, text, elaborator.module_env(module)))
        except (Located, TooLarge) as error:
            elaborator.report.extend(error.diagnostics if isinstance(error, Located) else [error.diagnostic])
        except Poisoned:  # it speaks of something whose error is told already
            pass
    return tuple(found)


def value(name: str, text: str, scope: Env) -> Given:
    """One argument; raises Located. A word that names nothing, nor nearly a layer, is a text."""
    source = Source(f"{name}={text}", ORIGIN)
    place = Span(source, 0, len(source.text))
    expression = syntax.expression(source, len(name) + 1)
    return name, word(expression, scope) if isinstance(expression, Name) else expression.evaluate(scope), place


def word(expression: Name, scope: Env) -> Any:
    """What a bare word stands for."""
    try:
        return expression.evaluate(scope)
    except Located as error:
        if did_you_mean(expression.name, [*scope.visible(), *ops.names()]) is None:
            return expression.name
        note = f'a text that looks like a name stands in quotes: "{expression.name}"'
        raise Located(error.diagnostic._replace(notes=(*error.diagnostic.notes, note))) from None
