"""Blocks within a class: their construction with the arguments that they use, and what comes out of them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ....binding import bind
from ....expressions import Expr, Name
from ....model import Module
from ....scopes import Record
from ....trace import Event
from ..names import identifier
from .evaluate import FUNCTIONS
from .expressions import Unreadable
from .lanes import Flowing, Lane, Track, equal, fits, whole, width
from .layers import Layers
from .places import Items, Key
from .scope import Scope, factor, is_constant
from .suite import Line, Suite


@dataclass(frozen=True)
class Parameter:
    """A parameter of a class: its name, what the program calls it, its default and its type as texts."""

    name: str
    source: str
    default: str | None
    annotation: str


@dataclass
class Class:
    """A class that was written: `widths` are its parameters for the channels of inputs, by the input's place.

    `settled` are parameters that decide what no instance has both ways: the class is right for their values alone.
    """

    name: str
    widths: dict[int, str] = field(default_factory=dict)
    parameters: list[Parameter] = field(default_factory=list)
    out: str | None = None
    settled: set[str] = field(default_factory=set)
    places: bool = False  # whether it takes `device` and `dtype`
    lines: list[str] = field(default_factory=list)


class File(Protocol):
    """What a class asks of the file that it stands in."""

    globals: dict[str, Any]
    tuples: Mapping[str, Any]

    def written(self, event: Event) -> Class: ...
    def demand(self, what: str, event: Event) -> None: ...
    def value(self, value: Any, scope: Scope) -> str: ...
    def make(self, value: Any, text: str) -> None: ...
    def default(self, name: Name, module: Module) -> str | None: ...


class Blocks(Layers):
    """Writes the blocks in a class."""

    file: File
    result: Class

    def block(self, track: Track, core: Any, inputs: list[Flowing], key: Key, frozen: bool) -> Flowing:
        """A block, in all instances; each event is that of its expansion."""
        lanes = [lane for lane, _ in track]
        for lane, event in track:
            given = tuple(flattened(event.given))
            if isinstance(event.value, tuple):
                raise Unreadable("a list out of a block")
            if len(given) != len(inputs):
                raise Unreadable("another number of values")
            for flow, value in zip(inputs, given, strict=True):
                self.same(flow, lane, value)
        classes = self.classes(track)
        variable = self.scope.text(core.path.name) if isinstance(core.path, Name) else None
        if variable is None and len(classes) > 1:
            raise Unreadable("a block of several forms")
        arguments, known = self.arguments(track, core, inputs, classes, variable is not None)
        text = f"{variable or classes[0].name}({', '.join(arguments)})"
        reach = self.place.put(key, text + ".requires_grad_(False)" * frozen, False)
        result = "" if self.place.inner else f"{reach}({', '.join(flow.text for flow in inputs)})"
        values = {lane: event.value for lane, event in track}
        if all(isinstance(value, Record) for value in values.values()) and not self.place.inner:
            return self.members(values, self.file.tuples[classes[0].name].names, key, result)
        ask = self.asking(track, lanes, list(values.values()), classes, known, reach, variable is not None, text)
        return Flowing(result, values, ask, module=reach)

    def members(self, values: dict[Lane, Any], fields: dict[str, str], key: Key, text: str) -> Flowing:
        """The outputs of a net, as attributes of what it returns."""
        name = self.names.take(identifier(key.plain or "", "found"))
        self.forward.add(f"{name} = ", text)
        parts = {}
        for output, one in fields.items():
            here = {lane: value.values[output] for lane, value in values.items()}
            parts[output] = Flowing(f"{name}.{one}", here, self.channels([*here], [*here.values()], []), ready=True)
        return Flowing("", values, parts=[*parts.values()], members=parts)

    def classes(self, track: Track) -> list[Class]:
        found: list[Class] = []
        for _, event in track:
            one = self.file.written(event)
            if one not in found:
                found.append(one)
        if any(bool(one.widths) != bool(found[0].widths) for one in found):
            for _, event in track:
                self.file.demand("widths", event)
        return found

    # ---- arguments ---------------------------------------------------------------
    def arguments(
        self, track: Track, core: Any, inputs: list[Flowing], classes: list[Class], loose: bool
    ) -> tuple[list[str], dict[str, str]]:
        """The arguments as texts, and the text of each parameter of the class."""
        arguments: list[str] = []
        known: dict[str, str] = {}
        if any(one.widths != classes[0].widths for one in classes):
            raise Unreadable("blocks of several kinds that take other channels")
        for place, name in classes[0].widths.items():
            text = inputs[place].channels if place < len(inputs) else None
            if text is None or not fits(text, [lane for lane, _ in track], [width(inputs[place].at(lane)) for lane, _ in track]):
                raise Unreadable(f"the channels that {classes[0].name} gets")
            known[name] = text
            arguments.append(text)
        parameters = list({p.name: p for one in classes for p in one.parameters}.values())
        by_place = all(one.parameters[:1] == parameters[:1] for one in classes)
        for place, parameter in enumerate(parameters):
            by_place = by_place and all(
                [p.name for p in one.parameters[: place + 1]][place:] == [parameter.name] for one in classes
            )
            text = self.given(parameter, track, core, loose)
            by_place = by_place and not self.by_name(parameter.source, track[0][1])
            if text is None:
                by_place = False
                if parameter.default is not None:
                    known[parameter.name] = parameter.default
                continue
            known[parameter.name] = text
            if any(parameter.name not in {p.name for p in one.parameters} for one in classes):
                raise Unreadable("blocks of several kinds that take other arguments")
            if any(parameter.name in one.settled for one in classes):
                self.settle_words(text)
            arguments.append(text if by_place else f"{parameter.name}={text}")
        for name in {name for one in classes for name in one.settled}:
            self.settle_words(self.scope.attempt(self.argument_source(name, track[0][1], core)) or "")
        return arguments, known

    def settle_words(self, text: str) -> None:
        """Note the parameters in a text that decides what is always decided in one way."""
        self.result.settled |= set(re.findall(r"[A-Za-z_]\w*", text)) & self.known

    def settle_expression(self, expr: Expr | None) -> None:
        """The same for what an expression reads."""
        for part in expr.walk() if expr is not None else ():
            if isinstance(part, Name):
                self.settle_words(self.scope.text(part.name) or "")

    def by_name(self, name: str, event: Event) -> bool:
        """Whether the program gives an argument by its name."""
        return any(given == name for given, _, _ in event.arguments)

    def given(self, parameter: Parameter, track: Track, core: Any, loose: bool) -> str | None:
        """The text of an argument; None where the default does, or where the variable that is called has it already."""
        lanes = [lane for lane, _ in track]
        wanted = [event.run.env.names.get(parameter.source, self) if event.run.env else self for _, event in track]
        sources = [self.argument_source(parameter.source, event, core) for _, event in track]
        expression = next((one for one in sources if one is not None), None)
        if expression is None and loose:
            return None
        text = self.scope.attempt(expression)
        if text is not None:
            text = whole(text, lanes, wanted)
        if text is not None and (text != parameter.default or expression is None or not is_constant(expression)):
            return text
        if parameter.default is not None and fits(parameter.default, lanes, wanted):
            return None
        return text or self.alike(wanted, parameter.name)

    def alike(self, wanted: list[Any], what: str) -> str:
        """One value for all instances, written out."""
        first = wanted[0]
        if not all(equal(value, first) for value in wanted):
            raise Unreadable(f"the argument {what} differs between instances")
        return self.file.value(first, self.scope)

    def argument_source(self, name: str, event: Event, core: Any) -> Expr | None:
        if event.declared is None:
            return None
        bound = bind([p.name for p in event.declared.params], event.arguments, "").bound
        return self.said(core, bound[name][1]) if name in bound else None

    # ---- what comes out ------------------------------------------------------------
    def asking(
        self,
        track: Track,
        lanes: list[Lane],
        values: list[Any],
        classes: list[Class],
        known: dict[str, str],
        reach: str,
        variable: bool,
        made: str,
    ) -> Any:
        """How to find the channels that come out: by the class's own text, else by an attribute of the module."""
        widths = [width(value) for value in values]
        place, suite = self.place, self.init
        at, lines = (len(place.parts) - 1, len(suite.lines)) if isinstance(place, Items) else (-1, 0)
        line = None if isinstance(place, Items) else place.last  # type: ignore[attr-defined]

        opaque = variable or any(is_local(one, self.file.globals) for one in classes)

        def ask() -> str | None:
            if None in widths:
                return None
            text = translated(classes, known, self.file.globals)
            if text is not None and fits(text, lanes, widths):
                return text if re.search(r"[A-Za-z_]", text) else str(widths[0])
            if len(set(widths)) == 1 and not opaque:
                return str(widths[0])
            owner = self.hoisted(place, at, suite, lines) if isinstance(place, Items) else reach
            if line is not None and (not owner or "(" in owner):
                owner = self.lifted(line, suite, made)
            if not owner or "(" in owner:
                return None
            for _, event in track:
                self.file.demand("out", event)
            for lane, number in zip(lanes, widths, strict=True):
                lane.variables[f"{owner}.out_channels"] = number
            return f"{owner}.out_channels"

        return ask

    def lifted(self, line: Line, suite: Suite, text: str) -> str:
        """A local variable for a module that is kept under a key."""
        name = self.locals.take("block")
        suite.lines.insert(suite.lines.index(line), Line(f"{name} = ", text))
        line.expression = line.expression.replace(text, name)
        self.locals.give_back(name)
        return name

    def hoisted(self, place: Items, at: int, suite: Suite, lines: int) -> str:
        """A local variable for a module of a sequence that is still to be listed."""
        if at >= len(place.parts) or place.parts[at].startswith("*"):
            return ""
        name = self.locals.take("first" if at == 0 else "block")
        suite.lines.insert(lines, Suite().add(f"{name} = ", place.parts[at]))
        place.parts[at] = name
        return name


def translated(classes: Iterable[Class], known: dict[str, str], defined: Collection[str]) -> str | None:
    """The channels that come out, by the texts of the arguments; None where the classes differ in it."""
    texts = set()
    for one in classes:
        if one.out is None or is_local(one, defined):
            return None
        names = set(re.findall(r"[A-Za-z_]\w*", one.out))
        own = {*one.widths.values(), *(p.name for p in one.parameters)}
        if (names & own) - set(known):
            return None
        texts.add(substituted(one.out, known))
    return texts.pop() if len(texts) == 1 else None


def substituted(text: str, known: dict[str, str]) -> str:
    """A text with the texts of arguments put in for parameters."""
    return re.sub(r"[A-Za-z_]\w*", lambda match: within(known.get(match[0], match[0]), text), text)


def is_local(one: Class, defined: Collection[str]) -> bool:
    """Whether the channels that come out are told by what the class alone knows."""
    own = {*one.widths.values(), *(p.name for p in one.parameters), *defined, *FUNCTIONS}
    return one.out is not None and ("." in one.out or not set(re.findall(r"[A-Za-z_]\w*", one.out)) <= own)


def within(text: str, whole: str) -> str:
    """A text put in for a name."""
    return text if re.fullmatch(r"\w+", whole) else factor(text)


def flattened(given: Any) -> Iterable[Any]:
    if isinstance(given, tuple):
        for one in given:
            yield from flattened(one)
    else:
        yield given
