"""Which instances of a block are alike, and what tells one kind from the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ....graph import Graph
from ....trace import Event
from ..names import identifier
from .lanes import width

Kinds = list[list[Event]]


def likeness(events: list[Event], graphs: Mapping[int, Graph], exactly: bool) -> Kinds:
    """Instances by what one class can do for: layers of the same kinds, or the very same layers. The smallest come first."""
    groups: dict[Any, list[Event]] = {}
    for event in events:
        groups.setdefault(tuple(traits(event, graphs[id(event)], exactly)), []).append(event)
    return sorted(groups.values(), key=lambda group: group[0].last - group[0].first)


def traits(event: Event, graph: Graph, exactly: bool) -> Iterator[Any]:
    assert event.run.env is not None
    assert event.run.env.frame is not None
    depth = len(event.run.env.frame.path)
    for node in graph.nodes[event.first : event.last]:
        if node.is_input:
            continue
        form = node.io.torch
        inputs = tuple((v.node.index - event.first if v.node.index >= event.first else None, v.port) for v in node.inputs)
        if exactly:
            yield node.path[depth:], form.forward, str(form.module), form.parameter, form.init, inputs, node.frozen
        else:
            yield node.path[depth:], form.forward, form.module.name if form.module else "", form.parameter is None, form.init


def suffixes(groups: Kinds, graphs: Mapping[int, Graph]) -> list[str]:
    """What is added to the name of each kind's class: the parameter that tells them apart, else the channels."""
    env = groups[0][0].run.env
    for name in env.names if env is not None else ():
        if not all(simple(event, name) for group in groups for event in group):
            continue
        found = [{event.run.env.names[name] for event in group if event.run.env} for group in groups]
        texts = [worded(name, values.pop()) for values in found if len(values) == 1]
        if len(set(texts)) == len(groups):
            return texts
    return [channels(group[0]) for group in groups]


def simple(event: Event, name: str) -> bool:
    env = event.run.env
    return env is not None and isinstance(env.names.get(name), bool | int | str | type)


def worded(name: str, value: Any) -> str:
    """Part of a class's name: `Depth3` for a number, `Strided` or `NotStrided` for a truth, else the word."""
    if isinstance(value, bool):
        return ("" if value else "Not") + camel(name)
    if isinstance(value, int):
        return f"{camel(name)}{value}".replace("-", "Minus")
    return camel(value.__name__ if isinstance(value, type) else identifier(value, "It"))


def camel(text: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in text.split("_"))


def channels(event: Event) -> str:
    first = event.given[0] if isinstance(event.given, tuple) and event.given else event.given
    return f"{width(first) or ''}To{width(event.value) or ''}"
