"""What stands beyond the borders where a unit's field reaches over them: the padding modes met on the way to an input."""

from __future__ import annotations

from ..fold import Step, Steps
from ..graph import Graph, Value
from ..relation import IDENTITY, Axis

WORDS = {"clamp": "replicate"}


def modes(graph: Graph, value: Value) -> list[str]:
    """The padding modes of the layers below a value that read beyond their input, each once, the first layer's first."""
    wanted = {(value.node.index, value.port)}
    found: list[str] = []
    steps = Steps()
    for node in reversed(graph.nodes[: value.node.index + 1]):
        for port in range(len(node.io.outputs)):
            if (node.index, port) not in wanted:
                continue
            for step in steps.of(node, port):
                wanted.add((step.value.node.index, step.value.port))
                found += beyond(step)
    return list(dict.fromkeys(reversed(found)))


def beyond(step: Step) -> list[str]:
    """The modes of a layer's axes that reach over a border."""
    reading = step.reading
    sizes = zip(reading.axes, reading.of[1:], reading.by[1:], strict=False)
    return [WORDS.get(axis.mode, axis.mode) for axis, n, m in sizes if axis not in (None, IDENTITY) and reaches(axis, n, m)]


def reaches(axis: Axis | None, n: int, m: int) -> bool:
    """Whether m units read a position outside of n."""
    if axis is None:
        return False
    return any(
        min(reads) < 0 or max(reads) + (m - 1 - phase) // axis.period * axis.jump >= n
        for phase, reads in enumerate(axis.reads)
        if len(reads) and phase < m
    )
