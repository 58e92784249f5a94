"""Boxes and the ways between them to ranks from left to right and lanes from top to bottom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import networkx as nx

from ..backends.dot.picture import Box, Edge, Fork, Spot


def ways(edges: Sequence[Edge]) -> list[tuple[Box, Box]]:
    """From box to box, once each, through the forks where a value is shared out."""
    heads: dict[Fork, list[Spot]] = {}
    for edge in edges:
        if isinstance(edge.tail, Fork):
            heads.setdefault(edge.tail, []).append(edge.head)

    def reached(spot: Spot) -> Iterator[Box]:
        if isinstance(spot, Box):
            yield spot
            return
        for head in heads.get(spot, []):
            yield from reached(head)

    found = [(edge.tail, box) for edge in edges if isinstance(edge.tail, Box) for box in reached(edge.head)]
    return list(dict.fromkeys(found))


def ranks(boxes: Sequence[Box], found: Sequence[tuple[Box, Box]]) -> dict[Box, int]:
    """How far from the inputs each stands, by the longest way; in their order where they feed each other in a circle."""
    graph: nx.DiGraph[Box] = nx.DiGraph()
    graph.add_nodes_from(boxes)
    graph.add_edges_from(found)
    if not nx.is_directed_acyclic_graph(graph):
        return {box: at for at, box in enumerate(boxes)}
    return {box: rank for rank, generation in enumerate(nx.topological_generations(graph)) for box in generation}


def lanes(boxes: Sequence[Box], found: Sequence[tuple[Box, Box]], rank: dict[Box, int]) -> dict[Box, float]:
    """A box stands amid those that it reads, and what reads one box is spread around it; at least one lane apart in a rank."""
    before: dict[Box, list[Box]] = {box: [] for box in boxes}
    after: dict[Box, list[Box]] = {box: [] for box in boxes}
    for tail, head in found:
        before[head].append(tail)
        after[tail].append(head)
    lane: dict[Box, float] = {}
    sources = [box for box in boxes if not before[box]]
    for number in range(max(rank.values(), default=0) + 1):
        row = [box for box in boxes if rank[box] == number]
        wished = {box: wish(box, before[box], after, rank, lane, sources) for box in row}
        lane |= apart(sorted(row, key=lambda box: wished[box]), wished)
    return lane


def wish(
    box: Box, tails: Sequence[Box], after: dict[Box, list[Box]], rank: dict[Box, int], lane: dict[Box, float], sources: list[Box]
) -> float:
    if not tails:
        return sources.index(box) - (len(sources) - 1) / 2
    near = max(rank[tail] for tail in tails)
    close = [tail for tail in tails if rank[tail] == near] if len(tails) == 2 else tails
    centre = sum(lane[tail] for tail in close) / len(close)
    siblings = [other for other in after[close[0]] if rank[other] == rank[box]] if len(close) == 1 else []
    return centre + (siblings.index(box) - (len(siblings) - 1) / 2 if len(siblings) > 1 else 0)


def apart(row: Sequence[Box], wished: dict[Box, float]) -> dict[Box, float]:
    """The wishes of one rank, kept a lane apart, around where they were."""
    found: list[float] = []
    for box in row:
        found.append(max(wished[box], found[-1] + 1) if found else wished[box])
    shift = sum(wished[box] - at for box, at in zip(row, found, strict=True)) / max(len(row), 1)
    return {box: at + shift for box, at in zip(row, found, strict=True)}
