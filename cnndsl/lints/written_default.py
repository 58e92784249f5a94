"""An argument that says what is so without it.

What is written is taken for meant: a reader looks for what is special about `stride=1`. By position it may have to stand,
for the sake of what follows; that is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .. import ops, tree
from ..diagnostics import Diagnostic, Fix, Label
from ..expressions import Argument, Constant, Name
from ..lint import Subject
from ..op import Op
from ..source import Span
from .redundant_bias import is_redundant

CODE = "L011"
TITLE = "a default that is written out"
QUIET = False
SOURCE = "the house style of this language: what equals a default is not written"
EXAMPLE = """
net N {
  input image: 3x32x32
  Conv(8, 3, padding=1, dilation=1) -> ReLU(inplace=false)
}
"""
BETTER = """
net N {
  input image: 3x32x32
  Conv(8, 3, padding=1) -> ReLU
}
"""


def find(subject: Subject) -> Iterator[Diagnostic]:
    """One for each argument of a layer that is written by its name, equals the default, and overrides none."""
    declared = subject.module.names
    for _, body in subject.bodies:
        params = {param.name for param in body.params}
        for apply in tree.applied(body.body):
            name = apply.path.name if isinstance(apply.path, Name) else ""
            if not apply.arguments or name in declared or name in params:
                continue
            cls = ops.find(name)
            for place, argument in enumerate(apply.arguments if cls is not None else ()):
                assert cls is not None
                if (
                    is_default(argument, cls)
                    and (name, argument.name) not in overridden(subject)
                    and stays(subject, apply, argument)
                ):
                    yield told(apply, place, cls)


def is_default(argument: Argument, cls: type[Op]) -> bool:
    field = cls.model_fields.get(argument.name or "")
    if field is None or field.is_required() or not isinstance(argument.value, Constant):
        return False
    value: Any = argument.value.value
    return isinstance(value, bool) is isinstance(field.default, bool) and bool(value == field.default)


def stays(subject: Subject, apply: tree.Apply, argument: Argument) -> bool:
    """Whether no other lint wants the contrary: a bias before a normalisation is better switched off."""
    sites = subject.sites.get(apply.span, ())
    return argument.name != "bias" or not all(is_redundant(subject, site) for site in sites)


def overridden(subject: Subject) -> set[tuple[str, str | None]]:
    """Layers and arguments of which a `default` of the file speaks."""
    inside = (s for _, body in subject.bodies for s in tree.statements(body.body) if isinstance(s, tree.Default))
    return {(one.name.name, argument.name) for one in (*subject.module.defaults, *inside) for argument in one.arguments}


def told(apply: tree.Apply, place: int, cls: type[Op]) -> Diagnostic:
    assert apply.arguments is not None
    argument = apply.arguments[place]
    text = f"{argument.name} of {cls.word()} is {argument.value.span.text} anyway"
    fix = without(apply, place)
    return Diagnostic(CODE, TITLE, (Label(argument.span, text),), (), "leave it out", fix, "warning")


def without(apply: tree.Apply, place: int) -> Fix:
    """The call less one argument, with its comma; without arguments, less the parentheses."""
    assert apply.arguments is not None
    spans = [argument.span for argument in apply.arguments]
    if len(spans) == 1:
        return Fix(Span(apply.span.source, apply.path.span.end, apply.span.end), "")
    if place == 0:
        return Fix(Span(apply.span.source, spans[0].start, spans[1].start), "")
    return Fix(Span(apply.span.source, spans[place - 1].end, spans[place].end), "")
