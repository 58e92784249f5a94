"""The windows of all units of all layers at once: the input is 0 but before, or but from, a position, and who sees any of it?"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from ..graph import Node
from ..op import ChannelsLast, spatial
from ..reading import numbers
from ..sight import Windows
from ..verdict import Claim
from .emitted import Bench, Line, tensors
from .linear import Linear
from .sampling import Sampling

MOST = 4  # cuts of every axis
SHARE = 3  # a cut is made where it takes no more than one part in so many of the work


class Cut(NamedTuple):
    """An axis of an input is cut in front of a position; left is what stands before it, or what stands behind."""

    axis: int
    position: int
    before: bool


def swept(bench: Bench, model: nn.Module, sampling: Sampling, windows: Mapping[str, Mapping[Any, Windows]]) -> Iterator[Claim]:
    """For every value how many of its units see of a cut input what they should not, or do not see what they should."""
    chance = random.Random(0)
    for name, node in bench.graph.inputs.items():
        axes = range(len(spatial(node.io.output)))
        cost = 2 * len(axes) * sampling.costs[-1]
        for turn in range(min(MOST, bench.effort.work // (SHARE * cost)) if axes else 0):
            bench.tell(turn / MOST / 2)
            at = [chance.randint(1, n - 1) if n > 1 else 0 for n in numbers(node.io.output)[1:]]
            cuts = [Cut(axis, at[axis], before) for axis in axes for before in (True, False)]
            yield from sweep(bench, model, sampling, name, cuts, windows[name])


def sweep(
    bench: Bench, model: nn.Module, sampling: Sampling, name: str, cuts: list[Cut], windows: Mapping[Any, Windows]
) -> Iterator[Claim]:
    """One pass, a sample for each cut."""
    inputs = [torch.zeros(len(cuts), *numbers_as_stored(node), dtype=torch.float64) for node in bench.graph.inputs.values()]
    x = inputs[list(bench.graph.inputs).index(name)]
    for sample, (axis, position, before) in zip(x, cuts, strict=True):
        kept = slice(None, position) if before else slice(position, None)
        sample[(slice(None),) * (axis + 1) + (kept,)] = 1
    linear = Linear(bench.graph, inputs)
    what = f"units that see otherwise, {name} cut at {'×'.join(str(cut.position) for cut in cuts if cut.before)}"
    claims: list[Claim] = []

    def watch(node: Node, line: Line) -> Any:
        value = linear(node, line)
        if node.index not in sampling.behind:
            wrong = sum(
                otherwise(t, isinstance(node.io.outputs[port], ChannelsLast), cuts, windows.get((node.index, port)))
                for port, t in enumerate(tensors(value))
            )
            claims.append(Claim(what, 0, wrong, node))
        return value

    with torch.no_grad():
        bench.run(model, inputs, watch)
    yield from claims


def numbers_as_stored(node: Node) -> tuple[int, ...]:
    return tuple(map(int, node.io.output))  # type: ignore[arg-type]


def otherwise(t: Tensor, last: bool, cuts: list[Cut], windows: Windows | None) -> int:
    """How many units of a value see a cut input, though they should not, or the other way round."""
    sees = (t.movedim(-1, 1) if last else t) != 0
    wrong = 0
    for seen, (axis, position, before) in zip(sees, cuts, strict=True):
        if windows is None:
            wrong += int(seen.sum())
            continue
        said = windows.first[axis] < position if before else windows.last[axis] >= position
        wrong += int((seen != torch.from_numpy(said)).sum())
    return wrong
