"""Whether a body is a pipeline of modules, which nn.Sequential says without a forward of its own."""

from __future__ import annotations

from collections.abc import Iterator

from ....graph import Value
from ....ops.reshape import Permute
from ....trace import Event
from .lanes import is_value

Step = tuple[str, Event]  # key and turn


def steps(run: Event) -> Iterator[Step | None]:
    """The modules of a scope in order, each with its turn; None for what is no module of one value."""
    for event in run.events:
        match event.kind:
            case "item":
                yield from item_steps(event)
            case "loop" | "branch":
                for inner in branches(event):
                    yield from steps(inner)
            case "node":
                yield None


def branches(event: Event) -> Iterator[Event]:
    """The runs in a loop, or in the branch that was taken."""
    for inner in event.events:
        if inner.kind == "run":
            yield inner
        elif inner.kind == "branch":
            yield from branches(inner)


def item_steps(item: Event) -> Iterator[Step | None]:
    turns = item.of("turn")
    if item.tree.count is not None and item.tree.label is not None:
        path = turns[0].env.frame.path if turns and turns[0].env and turns[0].env.frame else ("",)
        yield (path[-1], item) if turns else None
        return
    if not turns and item.tree.count is None:
        yield None  # a value to start from
    for turn in turns:
        if len(turn.events) != 1:
            yield None
            continue
        yield from turn_steps(turn, turn.events[0])


def turn_steps(turn: Event, made: Event) -> Iterator[Step | None]:
    match made.kind:
        case "node" if made.node is not None:
            node = made.node
            form = node.io.torch
            is_module = (form.module is not None and form.forward == "{m}({0})") or isinstance(node.op, Permute)
            plain = is_module and node.call == 1 and isinstance(turn.before, Value)
            yield (node.path[-1], turn) if plain and is_value(turn.before, node.inputs[0]) else None
        case "expansion":
            path = made.run.env.frame.path if made.run.env and made.run.env.frame else ()
            yield (path[-1], turn) if is_value(made.given, turn.before) else None
        case "run" if made.env is not None and turn.env is not None and made.env.frame is not turn.env.frame:
            assert made.env.frame is not None
            yield made.env.frame.path[-1], turn
        case "run":
            yield from steps(made)
        case _:
            yield None


def sequence(run: Event) -> list[str] | None:
    """The keys of a body that is a pipeline of modules, each on the value of the one before; None where it is not."""
    keys: list[str] = []
    value = run.before
    for step in steps(run):
        if step is None or not is_value(step[1].before, value) or not isinstance(step[1].value, Value):
            return None
        keys.append(step[0])
        value = step[1].value
    if not keys or not is_value(value, run.value) or len(set(keys)) < len(keys):
        return None
    return keys


def numbered(keys: list[str]) -> bool:
    return keys == [str(place) for place in range(len(keys))]
