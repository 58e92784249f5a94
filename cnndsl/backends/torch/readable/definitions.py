"""What a file defines beside classes: the program's constants and functions, as far as they are read."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ....model import Declared
from ....tree import Bind, Function
from ..layout import INDENT, wrap
from .evaluate import Unknown, evaluate
from .expressions import Unreadable, python
from .scope import Scope


@dataclass
class Written:
    """A function of the program in Python; it notes the types of what it was called with, for its annotations."""

    name: str
    parameters: list[tuple[str, str | None]]
    where: list[tuple[str, str]]
    result: str
    known: dict[str, Any]
    seen: dict[str, set[str]] = field(default_factory=dict)

    def __call__(self, *values: Any, **named: Any) -> Any:
        found = dict(zip((name for name, _ in self.parameters), values, strict=False)) | named
        for name, default in self.parameters:
            if name not in found:
                if default is None:
                    raise Unknown(self.name)
                found[name] = evaluate(default, ChainMap(found, self.known))
            self.seen.setdefault(name, set()).add(kind(found[name]))
        for name, text in self.where:
            found[name] = evaluate(text, ChainMap(found, self.known))
        result = evaluate(self.result, ChainMap(found, self.known))
        self.seen.setdefault("return", set()).add(kind(result))
        return result

    def annotation(self, name: str) -> str:
        kinds = self.seen.get(name, {"int"})
        return "float" if kinds == {"int", "float"} else " | ".join(sorted(kinds))

    def lines(self) -> list[str]:
        parameters = [f"{n}: {self.annotation(n)}" + (f" = {d}" if d is not None else "") for n, d in self.parameters]
        lines = wrap("", f"def {self.name}", f"({', '.join(parameters)})", f" -> {self.annotation('return')}:")
        for name, text in self.where:
            lines += wrap(INDENT, f"{name} = ", text)
        return [*lines, *wrap(INDENT, "return ", self.result)]


class Definitions:
    """Constants and functions by name; `globals` are their values, for the evaluation of what reads them."""

    def __init__(self) -> None:
        self.constants: dict[str, str] = {}
        self.functions: dict[str, Written] = {}
        self.globals: dict[str, Any] = {}

    def constant(self, declared: Declared) -> str:
        assert isinstance(declared.tree, Bind)
        name = declared.name
        if name not in self.constants:
            text = python(declared.tree.value, Scope(declared.module, self))
            try:
                self.globals[name] = evaluate(text, self.globals)
            except Unknown:  # as of a range that goes from 1.0 on: what Python takes otherwise, or not at all
                raise Unreadable(f"the value of {name}") from None
            self.constants[name] = text
        return name

    def layer(self, value: Any, scope: Scope) -> str:
        raise NotImplementedError

    def function(self, declared: Declared) -> str:
        function = declared.tree
        assert isinstance(function, Function)
        name = declared.name
        if name in self.functions:
            return name
        scope = Scope(declared.module, self)
        scope.texts = {p.name: p.name for p in function.params} | {b.name: b.name for b in function.where}
        if name in scope.texts:
            raise Unreadable(f"the function {name}")
        parameters = [(p.name, scope.python(p.default) if p.default is not None else None) for p in function.params]
        where = [(b.name, scope.python(b.value)) for b in function.where]
        found = Written(name, parameters, where, "", self.globals)
        self.functions[name] = self.globals[name] = found
        found.result = scope.python(function.result)
        return name


def types(values: Iterable[Any]) -> str:
    """The annotation of what takes these values."""
    found = list(values)
    tuples = [value for value in found if isinstance(value, tuple)]
    kinds = {kind(value) for value in found if not isinstance(value, tuple)} | ({rows(tuples)} if tuples else set())
    return " | ".join(sorted(kinds, key=lambda text: (text == "None", text)))


def rows(tuples: list[tuple[Any, ...]]) -> str:
    """The type of tuples: of a row in which places differ, place by place."""
    lengths = {len(one) for one in tuples}
    if len(lengths) == 1 and lengths != {0}:
        columns = [types(column) for column in zip(*tuples, strict=True)]
        is_extent = lengths <= {1, 2, 3} and set(columns) == {"int"}  # as torch types them
        if len(set(columns)) > 1 or is_extent:
            return f"tuple[{', '.join(columns)}]"
    return f"tuple[{types(item for one in tuples for item in one) or 'int'}, ...]"


def kind(value: Any) -> str:
    if isinstance(value, tuple):
        return rows([value])
    if value is None:
        return "None"
    if isinstance(value, bool | int | float | str):
        return type(value).__name__
    return "Callable[..., nn.Module]"
