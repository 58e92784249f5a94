"""Layers and merges in a class: the calls of their constructors with expressions for arguments, and their use in forward."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from ....expressions import Name
from ....graph import Node
from ....op import Call, Op, Torch
from ....ops.calls import EXTENTS, one_for_all
from ....ops.reshape import Permute
from ....trace import Event
from ....tree import Apply
from ..literals import literal
from ..names import identifier, is_plain
from .expressions import Unreadable
from .lanes import Flowing, Lane, Track, agreed, equal, fits, whole, width
from .places import Key
from .scope import factor, is_constant
from .state import State
from .suite import WORD

WIDTHS = ("in_channels", "in_features", "num_features", "num_channels", "normalized_shape", "num_parameters")


PERMUTE = '''
class Permute(nn.Module):
    """Another order of the axes."""

    def __init__(self, *dims: int) -> None:
        super().__init__()
        self.dims = dims

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(self.dims)
'''
NUMBER = re.compile(r"(?<![\w.])\d[\d.]*(?:e-?\d+)?")
CHAIN = 60  # columns of a chain of calls, which formatters break where it is longer


class Layers(State):
    """Writes what ops do."""

    file: Any
    helpers: dict[str, None]

    def layer(self, track: Track, core: Any, inputs: list[Flowing], key: Key, frozen: bool) -> Flowing:
        """One layer or merge, in all instances; each event is that of its node."""
        lanes = [lane for lane, _ in track]
        nodes = [event.node for _, event in track if event.node is not None]
        self.hold_inputs(lanes, nodes, inputs)
        forms = [node.io.torch for node in nodes]
        forward = agreed((form.forward for form in forms), "what forward does")
        self.need(forms)
        if ")." in forward and not self.place.inner:
            inputs = [self.held(flow) for flow in inputs]  # formatters break chains of calls
        reads = self.read(inputs, forward)
        reach = ""
        if agreed((form.parameter is not None for form in forms), "what is stored"):
            reach = self.tensor(lanes, forms, inputs, key, frozen)
            self.start(reach, nodes)
        elif agreed((form.module is not None for form in forms), "whether there is a module"):
            text = self.construction(track, core, inputs)
            made = text + ".requires_grad_(False)" * (frozen and any(node.io.params for node in nodes))
            if text == "nn.Flatten()" and not self.place.inner:
                forward = "torch.flatten({0}, 1)"
            else:
                stateless = not any(node.io.weights or form.imports for node, form in zip(nodes, forms, strict=True))
                reach = self.place.put(key, made, stateless)
                self.start(reach, nodes)
        elif self.place.inner:
            self.place.put(key, self.as_module(nodes), True)
        result = "" if self.place.inner else forward.format(*reads, m=reach, xs=", ".join(reads))
        return self.gives(track, nodes, inputs, result)

    def tensor(self, lanes: list[Lane], forms: Sequence[Torch], inputs: list[Flowing], key: Key, frozen: bool) -> str:
        """A tensor under the label itself; its sizes are numbers, or the channels that arrive."""
        if key.plain is None or not is_plain(key.plain):
            raise Unreadable("a tensor under a label that is no name")
        texts = [form.parameter or "" for form in forms]
        agreed((NUMBER.sub("0", text) for text in texts), "what is stored")
        channels = inputs[0].channels or ""
        columns = zip(*(NUMBER.findall(text) for text in texts), strict=True)
        numbers = [self.number(list(column), channels, lanes) for column in columns]
        made = NUMBER.sub(lambda match: numbers.pop(0), texts[0])
        made = made if made.startswith("nn.Parameter(") else f"nn.Parameter({made})"
        return self.place.put(key, made + ".requires_grad_(False)" * frozen, False)

    def number(self, column: list[str], channels: str, lanes: list[Lane]) -> str:
        if WORD.search(channels) and all(text.isdecimal() for text in column) and fits(channels, lanes, map(int, column)):
            return channels
        return str(agreed(column, "what is stored"))

    def as_module(self, nodes: Sequence[Node]) -> str:
        """A function in a sequence: a module that does no more."""
        if not isinstance(nodes[0].op, Permute):
            raise Unreadable("a function in a sequence")
        dims = agreed((node.op.dims for node in nodes if isinstance(node.op, Permute)), "the order of axes")
        self.helpers[PERMUTE.strip("\n")] = None
        return f"Permute({', '.join(map(str, dims))})"

    def held(self, flow: Flowing) -> Flowing:
        """A value in a variable of its own."""
        if not flow.ready:
            name = self.names.take(identifier(flow.hint, "arm"))
            self.forward.add(f"{name} = ", flow.text)
            flow.text, flow.ready = name, True
        return flow

    def hold_inputs(self, lanes: list[Lane], nodes: Sequence[Node], inputs: list[Flowing]) -> None:
        """Guard: the values are those that elaboration gave to the layer."""
        for lane, node in zip(lanes, nodes, strict=True):
            if len(inputs) != len(node.inputs):
                raise Unreadable("another number of values")
            for flow, value in zip(inputs, node.inputs, strict=True):
                self.same(flow, lane, value)

    def read(self, inputs: list[Flowing], forward: str) -> list[str]:
        """The texts of the inputs, as operands where the form is an operation."""
        signs = "+-*/" if " * " in forward else "+-" if " + " in forward or " - " in forward else ""
        return [f"({flow.text})" if loose(flow.text, signs) else flow.text for flow in inputs]

    def gives(self, track: Track, nodes: Sequence[Node], inputs: list[Flowing], text: str) -> Flowing:
        """What comes out, with a text for its channels."""
        lanes = [lane for lane, _ in track]
        if agreed((node.io.several for node in nodes), "the number of outputs"):
            return self.gives_several(track, nodes, inputs, text)
        values = {lane: event.value for lane, event in track}
        forms = [node.io.torch.module for node in nodes]
        own = list(self.out_texts) if any(forms) else []
        every = list(values.values())
        width = lambda: self.channels(lanes, every, own) if own else self.channels(lanes, every, self.joined(nodes, inputs))  # noqa: E731
        return Flowing(text, values, width)

    out_texts: list[str] = []  # noqa: RUF012  (set by each construction)

    def gives_several(self, track: Track, nodes: Sequence[Node], inputs: list[Flowing], text: str) -> Flowing:
        count = agreed((len(node.io.outputs) for node in nodes), "the number of outputs")
        lanes = [lane for lane, _ in track]
        stem = nodes[0].op.title().lower()
        names = [self.names.take(f"{stem}_{port}") for port in range(count)]
        whole, dot, rest = text.rpartition(".unbind(")
        if dot and len(text) > CHAIN:
            self.forward.add(f"{(stacked := self.names.take('stacked'))} = ", whole)
            text = f"{stacked}.unbind({rest}"
        self.forward.add(f"{', '.join(names)}{',' * (count == 1)} = ", text)
        parts = []
        for port, name in enumerate(names):
            values = {lane: event.value[port] for lane, event in track}
            width = inputs[0].channels
            share = [f"{factor(width)} // {count}", width] if width is not None else []
            parts.append(Flowing(name, values, self.channels(lanes, list(values.values()), share), ready=True))
        return Flowing("", {lane: event.value for lane, event in track}, parts=parts)

    def joined(self, nodes: Sequence[Node], inputs: list[Flowing]) -> list[str | None]:
        """Texts of channels that may come out: those of an input, their sum, for each element of a map of fixed size."""
        texts = [flow.channels for flow in inputs]
        found: list[str | None] = [*texts]
        if len(texts) > 1 and None not in texts:
            same = len(set(texts)) == 1
            found.append(f"{len(texts)} * {factor(str(texts[0]))}" if same else " + ".join(str(text) for text in texts))
        sizes = {node.io.input[1:] for node in nodes}
        if len(texts) == 1 and texts[0] is not None and len(sizes) == 1:
            (size,) = sizes
            found.append(" * ".join([factor(texts[0]), *map(str, size)]))
        return found

    # ---- constructors ------------------------------------------------------------
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

    # ---- what is said once -------------------------------------------------------
    def need(self, forms: Sequence[Any]) -> None:
        for form in forms:
            if form.helper:
                self.helpers[form.helper.strip("\n")] = None

    def start(self, reach: str, nodes: Sequence[Node]) -> None:
        """Statements that fill tensors."""
        form = nodes[0].io.torch.module
        if form is not None and form.name in self.file.uniform:
            return
        statements = agreed((node.io.torch.init for node in nodes), "how weights start")
        if statements and not reach.startswith("self."):
            raise Unreadable("weights in a sequence that start otherwise")
        for statement in statements:
            guarded = "{m}.bias" in statement and form is not None and form.name.startswith("nn.Conv")  # which has it or not
            suite = self.init.open("if ", f"{reach}.bias is not None") if guarded else self.init
            suite.add("", statement.format(m=reach))


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


def loose(text: str, signs: str) -> bool:
    """Whether a text is an operation of these signs, which needs parentheses as an operand of another."""
    depth = 0
    for char in text:
        depth += (char in "([{") - (char in ")]}")
        if depth == 0 and char in signs:
            return True
    return False


def flat_widths(values: list[Any]) -> list[int | None]:
    return [width(value) for value in values]
