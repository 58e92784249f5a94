"""What names mean at a place of a class: variables of `__init__`, labels of values, what the file defines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from .... import ops
from ....expressions import Attribute, Call, Constant, Entry, Expr, Here, Name
from ....functions import FUNCTIONS
from ....model import Declared, Module
from ....tree import Bind, Function
from .expressions import LOWEST, Names, Unreadable, builtin, parenthesised, python
from .lanes import Flowing


class Definitions(Protocol):
    """What a file defines beside classes, on demand: constants and functions, by the names that they have there."""

    def constant(self, declared: Declared) -> str: ...
    def function(self, declared: Declared) -> str: ...
    def layer(self, value: Any, scope: Scope) -> str: ...


class Scope:
    """A lexical scope; `texts` are variables by the program's name, `labels` values."""

    def __init__(self, module: Module, file: Definitions, parent: Scope | None = None) -> None:
        self.module = module
        self.file = file
        self.parent = parent
        self.texts: dict[str, str] = {}
        self.labels: dict[str, Flowing] = parent.labels if parent is not None else {}
        self.entry: Flowing | None = parent.entry if parent is not None else None
        self.here: Callable[[], Flowing] | None = parent.here if parent is not None else None

    def inner(self) -> Scope:
        return Scope(self.module, self.file, self)

    def text(self, name: str) -> str | None:
        scope: Scope | None = self
        while scope is not None:
            if name in scope.texts:
                return scope.texts[name]
            scope = scope.parent
        return None

    def variable(self, name: Name) -> str:
        found = self.text(name.name)
        if found is not None:
            return found
        declared = self.module.names.get(name.name)
        if declared is not None and isinstance(declared.tree, Bind) and name.name not in self.labels:
            return self.file.constant(declared)
        if declared is None and name.name not in self.labels and (op := ops.find(name.name)) is not None:
            return self.file.layer(op, self)
        raise Unreadable(f"the name {name.name}")

    def size(self, expr: Attribute) -> str:
        """`x.c`, as far as the channels have a text."""
        value = self.labelled(expr.value)
        if expr.name != "c" or value is None or value.channels is None:
            raise Unreadable(expr.span.text)
        return value.channels

    def labelled(self, expr: Expr) -> Flowing | None:
        if isinstance(expr, Entry):
            return self.entry
        if isinstance(expr, Here) and self.here is not None:
            return self.here()
        return self.labels.get(expr.name) if isinstance(expr, Name) else None

    def function(self, call: Call, names: Names) -> str:
        assert isinstance(call.callee, Name)
        name = call.callee.name
        declared = self.module.names.get(name)
        if declared is not None and isinstance(declared.tree, Function):
            given = (f"{a.name}=" * (a.name is not None) + python(a.value, names) for a in call.arguments)
            return f"{self.file.function(declared)}({', '.join(given)})"
        if declared is None and name in FUNCTIONS:
            return builtin(call, name, names)
        raise Unreadable(call.span.text)

    def python(self, expr: Expr, least: int = LOWEST) -> str:
        return python(expr, self, least)

    def attempt(self, expr: Expr | None) -> str | None:
        """The text of an expression, None where it has none."""
        try:
            return python(expr, self) if expr is not None else None
        except Unreadable:
            return None


def factor(text: str) -> str:
    """A text as a factor of a product."""
    return text if parenthesised(text)[1] > 5 else f"({text})"


def is_constant(expr: Expr | None) -> bool:
    """Whether an expression holds no names."""
    return expr is None or all(isinstance(part, Constant) or type(part) in (Constant,) or part.parts() for part in expr.walk())
