"""Layers and merges in a class: the calls of their constructors with expressions for arguments, and their use in forward."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from ....graph import Node
from ....op import Torch
from ....ops.reshape import Permute
from ..names import identifier, is_plain
from .constructors import Constructors
from .expressions import Unreadable
from .lanes import Flowing, Lane, Track, agreed, fits, width
from .places import Key
from .scope import factor
from .suite import WORD

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


class Layers(Constructors):
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
