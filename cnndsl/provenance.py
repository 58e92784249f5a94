"""A value to where its shape comes from: the steps that led to it, in a line, and the place to point at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from .diagnostics import Label
from .graph import Instance, Node, Value
from .op import Op, Shape, rank, show, spatial
from .source import Span

STEPS = 8  # that are shown, the last ones
FAR = 10_000  # layers back, at most
ARMS = 6  # that are told one by one


def trail(value: Value, whole: bool = False) -> str | None:
    """32×32 → Conv 5×5 → 28×28 → MaxPool 2 → 14×14: the sizes on the way to a value, or with `whole` the shapes.

    None where nothing changed them, or a size is open.
    """
    parts = list(islice(steps(value, whole), STEPS + 1))
    if len(parts) < 1 or any(not isinstance(n, int) for before, _, _ in parts for n in before):
        return None
    if any(not isinstance(n, int) for n in value.shape):
        return None
    shown = parts[:STEPS]
    start = "…" if len(parts) > STEPS else said(shown[-1][0], whole)
    return " → ".join([start, *(f"{word} → {said(after, whole)}" for _, word, after in reversed(shown))])


def steps(value: Value, whole: bool) -> Iterator[tuple[Shape, str, Shape]]:
    """The layers that changed the size, from the last back: the shape before, the layer in a word, the shape after."""
    for _ in range(FAR):
        node = value.node
        if not node.inputs:
            return
        before, after = node.inputs[0].shape, value.shape
        if len(node.inputs) > 1 and before != after:
            return
        if before != after and (whole or rank(before) == 0 or spatial(before) != spatial(after)):
            yield before, word(node.op, rank(before)), after
        value = node.inputs[0]


def said(shape: Shape, whole: bool) -> str:
    """A shape without its channels, where it is a map."""
    return show(shape) if whole or rank(shape) == 0 else "×".join(map(str, spatial(shape)))


def word(op: Op, axes: int) -> str:
    """A layer and what its window is: Conv 5×5, Conv 3×3 stride 2, MaxPool 2."""
    kernel = getattr(op, "kernel_size", None)
    if kernel is None:
        return op.word()
    step, spread = getattr(op, "stride", None), getattr(op, "dilation", 1)
    pools = op.kind == "pooling"
    text = f"{op.word()} {extent(kernel, 1 if pools else axes)}"
    text += f" dilation {extent(spread, 1)}" if not is_one(spread) else ""
    apart = step is not None and step != kernel if pools else not is_one(step)
    return text + (f" stride {extent(step, 1)}" if apart else "")


def is_one(value: object) -> bool:
    return value in (1, None) or (isinstance(value, tuple) and set(value) == {1})


def extent(value: object, axes: int) -> str:
    """One number for all axes, or one for each."""
    numbers = value if isinstance(value, tuple) else (value,) * axes
    return str(numbers[0]) if axes == 1 and len(set(numbers)) == 1 else "×".join(map(str, numbers))


# ---- places --------------------------------------------------------------------------


def origin(node: Node, here: Instance | None) -> Span:
    """Where a node was made, as it is seen from a body: of one made in a block that is expanded there, the call."""
    around = list(ancestors(here))
    place = node.span
    for instance in ancestors(node.instance):
        if any(instance is one for one in around):
            break
        place = instance.span if instance.name else place
    return place


def ancestors(instance: Instance | None) -> Iterator[Instance]:
    """An instance and all around it."""
    while instance is not None:
        yield instance
        instance = instance.parent


def origins(values: Sequence[Value], at: Span, here: Instance | None) -> Iterator[Label]:
    """What gave each value, each place once."""
    seen = [(at.source, at.start)]
    for value in values:
        place = origin(value.node, here)
        if (place.source, place.start) not in seen:
            seen.append((place.source, place.start))
            yield Label(place, f"this gives {show(value.shape)}")


def arms(values: Sequence[Value]) -> Iterator[str]:
    """Each arm of a merge: its number, who gives it, and how it came to its shape."""
    for number, value in enumerate(values[:ARMS], start=1):
        key = value.node.key
        name = f"the input {key}" if value.node.is_input else f"layer {key}" if key.isdigit() else key
        yield f"arm {number}, {name}: {trail(value, whole=True) or show(value.shape)}"
    if len(values) > ARMS:
        yield f"and {len(values) - ARMS} more"
