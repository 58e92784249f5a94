"""The calls of constructors in a class: each argument an expression that is right in every instance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ....expressions import Name
from ....op import Call, Op
from ....ops.calls import EXTENTS, one_for_all
from ....trace import Event
from ....tree import Apply
from ..literals import literal
from .expressions import Unreadable
from .lanes import Flowing, Track, agreed, equal, fits, whole
from .scope import is_constant
from .state import State
from .suite import WORD

WIDTHS = ("in_channels", "in_features", "num_features", "num_channels", "normalized_shape", "num_parameters")


class Constructors(State):
    """Writes what makes a module."""

    file: Any

    def construction(self, track: Track, core: Any, inputs: list[Flowing]) -> str:
        """The constructor's call, each argument a text that is right in every instance."""
        calls = [form for _, event in track if event.node and (form := event.node.io.torch.module)]
        variable = self.scope.text(core.path.name) if isinstance(core, Apply) and isinstance(core.path, Name) else None
        if variable is not None:
            text = self.through(variable, calls, track, core, inputs)
            if text is not None:
                return text
        name = agreed((call.name for call in calls), "the class")
        order = list(dict.fromkeys(argument for call in calls for argument in call.arguments))
        texts = {}
        for argument in self.completed(order, track, core):
            text = self.argument(argument, calls, track, core, inputs)
            if text is not None:
                texts[argument] = text
        self.out_texts = [texts[a] for a in ("out_channels", "out_features") if a in texts]
        positional = max(call.positional for call in calls)
        ranks = {field: place for place, field in enumerate(type(track[0][1].node.op).model_fields)} if track[0][1].node else {}
        ahead = set(order[:positional])
        texts = dict(sorted(texts.items(), key=lambda one: -1 if one[0] in ahead else ranks.get(one[0], -1)))
        if any(argument not in texts for argument in order[:positional]):
            raise Unreadable("arguments by place")
        placed = ahead | self.placed(list(texts)[positional:], order[:positional], track[0][1], core)
        return f"{name}({', '.join(text if a in placed else f'{a}={text}' for a, text in texts.items())})"

    def through(self, variable: str, calls: list[Call], track: Track, core: Any, inputs: list[Flowing]) -> str | None:
        """A layer that a parameter stands for, called with what is known here; None where it is one and the same."""
        found = [(pair, call) for pair, call in zip(track, calls, strict=True) if call.name != "nn.Identity"]
        order = list(dict.fromkeys(argument for _, call in found for argument in call.arguments))
        here = [a for a in order if a in WIDTHS or self.spelt(a, track, core) is not None]
        made = [called(call.name, {a: v for a, v in call.arguments.items() if a not in here}) for call in calls]
        if len(set(made)) == 1:
            return None
        for (lane, _), text in zip(track, made, strict=True):
            self.file.make(lane.variables.get(variable), text)
        some = [pair for pair, _ in found]
        texts = {a: self.argument(a, [call for _, call in found], some, core, inputs) for a in here}
        self.out_texts = [text for a, text in texts.items() if text is not None and a in ("out_channels", "out_features")]
        ahead = order[: len(here)] == here
        given = [text if ahead else f"{a}={text}" for a, text in texts.items() if text is not None]
        return f"{variable}({', '.join(given)})"

    def placed(self, rest: list[str], ahead: list[str], event: Event, core: Any) -> set[str]:
        """The arguments after those that always go by place that the program gives by place, as far as torch has them next."""
        fields = list(type(event.node.op).model_fields) if event.node and event.node.io.weights else []
        given = {argument.span for argument in getattr(core, "arguments", None) or () if argument.name is None}
        found: set[str] = set()
        for place, argument in enumerate(rest, sum(one in fields for one in ahead)):
            if (
                place >= len(fields)
                or fields[place] != argument
                or argument not in event.bound
                or event.bound[argument][1] not in given
            ):
                break
            found.add(argument)
        return found

    def completed(self, order: list[str], track: Track, core: Any) -> list[str]:
        """The arguments in order, with those that are written as expressions but equal their defaults so far."""
        event = track[0][1]
        for argument, (_, span) in event.bound.items():
            source = self.said(core, span)
            if (
                argument not in order
                and source is not None
                and not is_constant(source)
                and argument in self.torch_arguments(event)
                and all(is_default(e.node.op, argument) for _, e in track if e.node)
            ):
                order.append(argument)
        return order

    def torch_arguments(self, event: Event) -> set[str]:
        """The op's arguments that torch's class has by the same name."""
        node = event.node
        if node is None or not node.io.weights:
            return set()
        return set(type(node.op).model_fields) - {"weight", "init", "bias_init"}

    def argument(self, name: str, calls: list[Call], track: Track, core: Any, inputs: list[Flowing]) -> str | None:
        lanes = [lane for lane, _ in track]
        wanted = [self.wanted(name, call, event) for call, (_, event) in zip(calls, track, strict=True)]
        source = self.spelt(name, track, core)
        said = any(name in call.arguments for call in calls)
        for candidate in self.candidates(name, source, inputs):
            text = whole(candidate, lanes, wanted)
            if text is None and name in EXTENTS and fits(candidate, lanes, wanted, for_each_axis):
                text = candidate
            if text is not None and (said or WORD.search(text)):
                return text
        if all(type(w) is type(wanted[0]) and w == wanted[0] for w in wanted):
            return literal(wanted[0]) if said else None
        raise Unreadable(f"the argument {name} of {calls[0].name}")

    def wanted(self, name: str, call: Call, event: Event) -> Any:
        """The value that torch is to get; the op's own where the call leaves it out."""
        if name in call.arguments:
            return call.arguments[name]
        op: Op | None = event.node.op if event.node else None
        if op is None or not hasattr(op, name):
            raise Unreadable(f"the argument {name} of {call.name}")
        value = getattr(op, name)
        return one_for_all(value) if name in EXTENTS else value

    def spelt(self, name: str, track: Track, core: Any) -> Any:
        """The expression in the program, where the layer is called there."""
        bound = track[0][1].bound.get(name)
        return self.said(core, bound[1]) if bound is not None else None

    def candidates(self, name: str, source: Any, inputs: list[Flowing]) -> Iterator[str]:
        text = self.scope.attempt(source)
        if text is not None:
            yield text
        if name in WIDTHS and inputs and inputs[0].channels is not None:
            yield inputs[0].channels


def is_default(op: Op, argument: str) -> bool:
    return bool(getattr(op, argument) == type(op).model_fields[argument].default)


def for_each_axis(found: Any, wanted: Any) -> bool:
    """Whether an extent is what is wanted, where that is one number for all axes too."""
    return equal(found, wanted) or equal(one_for_all(found), wanted)


def called(name: str, arguments: dict[str, Any]) -> str:
    """What makes a layer when it is called: a class, or one with some of its arguments."""
    if not arguments:
        return name
    return f"partial({name}, {', '.join(f'{a}={literal(v)}' for a, v in arguments.items())})"
