"""A network to the form for deployment: batch normalisation folded into weights, nothing that only trains, work in place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from .figures import binary
from .graph import Node
from .network import Network
from .op import counted
from .rewrites.drop import drop, dropped
from .rewrites.fold import Fold, Left, fold, left
from .rewrites.in_place import in_place
from .rewriting import rebuilt

SHOWN = 2  # examples of what stays, for each reason


@dataclass(frozen=True, slots=True)
class Deployment:
    """The network for deployment, and what became of the one that trains.

    `folds` in the order in which they are to be made; `left`: normalisations that stay, and why; `dropped`: nodes that
    did nothing in evaluation; `overwriting`: nodes that work in place.
    """

    network: Network
    trained: Network
    folds: list[Fold]
    left: list[Left]
    dropped: list[Node]
    overwriting: list[Node]

    def told(self) -> Iterator[str]:
        """What was done, and what could not be, a line each."""
        whole = len({fold.norm.path for fold in self.folds} | {stays.norm.path for stays in self.left})
        if whole:
            folded = whole - len({stays.norm.path for stays in self.left})
            yield f"{folded} of {counted(whole, 'batch normalisation')} folded into the weights of the layers beside them"
        for reason, norms in by_reason(self.left).items():
            yield f"{len(norms)} left, as {reason}: {listed([stays.here for stays in norms])}"
        for verb, nodes in (("dropped", self.dropped), ("in place", self.overwriting)):
            kinds = Counter(node.op.title() for node in nodes)
            if kinds:
                yield f"{verb}: {', '.join(f'{times} {kind}' for kind, times in kinds.items())}"

    def gained(self) -> Iterator[str]:
        """What that is worth: parameters, and bytes alive at once; nothing where sizes are open."""
        before, after = self.trained.totals, self.network.totals
        if before["peak_bytes"] is not None:
            peak = f"peak memory {binary(before['peak_bytes'])} → {binary(after['peak_bytes'])}"
            yield f"parameters {before['params']:,} → {after['params']:,}, {peak}"


def deployed(network: Network) -> Deployment:
    """The form for deployment: the same outputs as in evaluation, but for rounding."""
    idle = dropped(network.ir)
    graph, folds = fold(drop(network.ir))
    stays = left(graph)
    graph = in_place(graph)
    overwriting = [node for node in graph.layers if getattr(node.op, "inplace", False)]
    graph = rebuilt(graph, {}, frozen=True)
    return Deployment(type(network)(graph, network.setting), network, folds, stays, idle, overwriting)


def by_reason(left: list[Left]) -> dict[str, list[Left]]:
    """The normalisations that stay, by what keeps them."""
    found: dict[str, list[Left]] = {}
    for stays in left:
        found.setdefault(stays.reason, []).append(stays)
    return found


def listed(places: list[str]) -> str:
    """The first few of many."""
    return ", ".join(places[:SHOWN]) + ", …" * (len(places) > SHOWN)
