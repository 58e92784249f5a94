"""Layers as values: what makes one when it is called, in torch."""

from __future__ import annotations

from typing import Any

from .... import ops
from ....binding import bind, bind_layer, make
from ....expressions import Name
from ....model import Declared, Module
from ....op import Applied, Call, Op
from ....scopes import Layer
from ....trace import Event
from ..literals import call, literal
from .blocks import Class
from .definitions import Definitions, types
from .expressions import Unreadable
from .lanes import layer_key
from .scope import Scope


class Callables(Definitions):
    """Knows layers as values; `made` are those of torch, found where blocks call what a parameter stands for."""

    made: dict[Any, str]
    groups: dict[int, list[Event]]
    roots: list[Event]

    def written(self, event: Event) -> Class:
        raise NotImplementedError

    def layer(self, value: Any, scope: Scope) -> str:
        """A layer as a callable that makes it."""
        target, arguments = (value.target, value.arguments) if isinstance(value, Layer) else (value, ())
        made = self.made.get(layer_key(value))
        if made is not None:
            return made
        if isinstance(target, type):
            form = self.form(value)
            return form.name if not form.arguments else f"partial({form.name}, {call(form).partition('(')[2]}"
        found = self.class_of(target)
        bound = bind([p.name for p in target.params], arguments, "").bound
        known = {p.source: p.name for p in found.parameters}
        words = [f"{known[name]}={literal(one)}" for name, (one, _) in bound.items() if name in known]
        return f"partial({found.name}, {', '.join(words)})" if words else found.name

    def make(self, value: Any, text: str) -> None:
        """Note what a layer as a value is in torch; raises Unreadable where it is one thing here and another there."""
        if value is None or self.made.setdefault(layer_key(value), text) != text:
            raise Unreadable("a layer that is not the same everywhere")
        self.globals[text] = value

    def form(self, value: Any) -> Call:
        """The call of a layer that needs to know nothing of what arrives."""
        target, arguments = (value.target, value.arguments) if isinstance(value, Layer) else (value, ())
        if not (isinstance(target, type) and issubclass(target, Op) and target.kind == "activation"):
            raise Unreadable("a layer as an argument")
        op = make(target, bind_layer(target, arguments).bound, arguments[0][2] if arguments else self.roots[0].declared.span)  # type: ignore[union-attr]
        module = Applied(op, ((1, 1, 1),)).torch.module
        if module is None:
            raise Unreadable("a layer as an argument")
        return module

    def class_of(self, declared: Declared) -> Class:
        events = self.groups.get(id(declared.tree))
        if not events:
            raise Unreadable(f"{declared.name} as an argument")
        found = {self.written(event).name: self.written(event) for event in events}
        if len(found) > 1:
            raise Unreadable(f"{declared.name} as an argument")
        return next(iter(found.values()))

    def default(self, name: Name, module: Module) -> str | None:
        """A default that is a layer."""
        declared = module.names.get(name.name)
        if declared is None and (op := ops.find(name.name)) is not None:
            return self.made.get(layer_key(op))
        try:
            return self.class_of(declared).name if declared is not None and declared.params else None
        except Unreadable:
            return None

    def annotation(self, values: list[Any]) -> str:
        blocks = [value.target if isinstance(value, Layer) else value for value in values]
        if blocks and all(isinstance(one, Declared) for one in blocks):
            names = list(dict.fromkeys(self.class_of(one).name for one in blocks if isinstance(one, Declared)))
            return f"Callable[..., {' | '.join(names)}]"
        return types(values)

    def declared(self, events: list[Event]) -> Declared:
        declared = events[0].declared
        assert declared is not None
        return declared

    def literals(self, event: Event, found: Class) -> dict[str, str]:
        """The arguments for an instance, written out, but for those that equal their defaults."""
        assert event.run.env is not None
        scope = Scope(self.declared([event]).module, self)
        texts = {p.name: self.value(event.run.env.names[p.source], scope) for p in found.parameters}
        return {p.name: texts[p.name] for p in found.parameters if p.default != texts[p.name]}

    def settings(self, event: Event) -> dict[str, str]:
        """The parameters that an instance was made with, as far as they are numbers and words."""
        assert event.run.env is not None
        values = {p.name: event.run.env.names[p.name] for p in self.declared([event]).params}
        return {
            name: literal(value) for name, value in values.items() if value is None or isinstance(value, bool | int | float | str)
        }

    def value(self, value: Any, scope: Scope) -> str:
        if isinstance(value, tuple):
            items = [self.value(item, scope) for item in value]
            return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
        if value is None or isinstance(value, bool | int | float | str):
            return literal(value)
        return self.layer(value, scope)
