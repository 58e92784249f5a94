"""What comes into a class: parameters of `__init__`, those that it needs alone, and the values of forward."""

from __future__ import annotations

from typing import Any

from ....binding import bind
from ....expressions import List, Name
from ....graph import Value
from ....model import Declared
from ....patterns import elements
from ....tree import Block, Input, Param
from ..names import identifier
from .blocks import Parameter
from .expressions import Unreadable
from .flows import Flows
from .lanes import Flowing, Lane, Track, fits, width
from .scope import is_constant


class Entering(Flows):
    """Writes the parameters of a class."""

    declared: Declared
    demanded: set[str]
    is_net: bool

    @property
    def body(self) -> Any:
        assert isinstance(self.declared.tree, Block)
        return self.declared.tree.body

    # ---- parameters ----------------------------------------------------------------
    def parameters(self, track: Track) -> None:
        """Parameters by the program's names, as far as the language's values are Python's."""
        for param in self.declared.params:
            if self.is_never_given(param, track):
                env = track[0][1].run.env
                assert env is not None
                self.scope.texts[param.name] = self.file.value(env.names[param.name], self.scope)
                continue
            name = self.locals.take(param.name, f"{param.name}_")
            self.scope.texts[param.name] = name
            self.known.add(name)
            values = [event.run.env.names[param.name] for _, event in track if event.run.env]
            for (lane, _), value in zip(track, values, strict=True):
                lane.variables[name] = value
            default = None
            if param.default is not None and is_constant(param.default):
                default = self.scope.attempt(param.default)
            elif isinstance(param.default, Name):
                default = self.file.default(param.default, self.declared.module)
            self.result.parameters.append(Parameter(name, param.name, default, self.file.annotation(values)))  # type: ignore[attr-defined]

    def is_never_given(self, param: Param, track: Track) -> bool:
        """Whether a parameter is a number or word that is written where it is read: no instance of the block sets it, or
        the class is right for this value alone."""
        values = [event.run.env.names[param.name] for _, event in track if event.run.env]
        fixed, plain = f"fixed {param.name}" in self.demanded, (bool, int, float, str)
        if any(type(value) not in ((*plain, tuple) if fixed else plain) or value != values[0] for value in values):
            return False
        if fixed:
            return True
        if self.is_net or param.default is None or not is_constant(param.default):
            return False
        names = [p.name for p in self.declared.params]
        return not any(param.name in bind(names, event.arguments, "").bound for _, event in track)

    # ---- inputs --------------------------------------------------------------------
    def enter(self, track: Track, runs: Track) -> Flowing:
        """The values that flow in, as parameters of forward."""
        inputs = [s for s in self.body.statements if isinstance(s, Input)]
        if any(statement.variadic or not isinstance(statement.name, Name) for statement in inputs):
            raise Unreadable("inputs of any number")
        names = [statement.name.name for statement in inputs if isinstance(statement.name, Name)]
        values: list[dict[Lane, Any]] = []
        if names:
            values += [{lane: run.env.frame.labels[name].value for lane, run in runs} for name in names]  # type: ignore[union-attr]
        else:
            values.append({lane: event.given for lane, event in track})
        flows = []
        for place, (name, held) in enumerate(zip(names or ["x"], values, strict=True)):
            if not all(isinstance(value, Value) for value in held.values()):
                raise Unreadable("a list that flows in")
            text = self.names.take(identifier(name, "x"), f"{name}_")
            flow = Flowing(text, held, ready=True)
            flow.width = self.entry_width(place, name if len(names) > 1 else "", flow, inputs)
            self.variables[text] = flow
            flows.append(flow)
            if names:
                self.scope.labels[name] = flow
        self.entries = [flow.text for flow in flows]
        self.pattern_names(inputs, flows, runs)
        if len(flows) > 1:
            return Flowing("", {lane: event.run.before for lane, event in track}, parts=flows)
        self.scope.entry = flows[0]
        return flows[0]

    def entry_width(self, place: int, name: str, flow: Flowing, inputs: list[Input]) -> str | None:
        """The text of an input's channels: an expression of the parameters, a number, or a parameter of its own."""
        lanes, widths = list(flow.values), [width(value) for value in flow.values.values()]
        own = [p.name for p in self.result.parameters]
        if self.is_net:
            part = elements(inputs[place].pattern)[0] if inputs else None
            text = self.scope.attempt(part) if isinstance(part, Name) else None
            return text if text and fits(text, lanes, widths) else self.channels(lanes, list(flow.values.values()), [])
        if "widths" not in self.demanded:
            found = next((text for text in own if fits(text, lanes, widths)), None)
            found = found or self.channels(lanes, list(flow.values.values()), own if len(set(widths)) > 1 else [])
            if found is not None:
                return found
        parameter = self.locals.take(f"{name}_channels" if name else "in_channels")
        self.result.widths[place] = parameter
        self.known.add(parameter)
        for lane, number in zip(lanes, widths, strict=True):
            lane.variables[parameter] = number
        return parameter

    def pattern_names(self, inputs: list[Input], flows: list[Flowing], runs: Track) -> None:
        """A name that a pattern binds to the channels has their text."""
        for statement, flow in zip(inputs, flows, strict=bool(inputs)):
            pattern = statement.pattern
            first = pattern.items[0] if isinstance(pattern, List) else None
            if isinstance(first, Name) and self.scope.text(first.name) is None and flow.channels is not None:
                self.scope.texts[first.name] = flow.channels
