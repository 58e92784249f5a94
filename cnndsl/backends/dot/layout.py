"""Picture to a plan of how it is laid out: what is held straight, and where a long picture goes on in a next column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import networkx as nx

from .extent import Extents, spots
from .picture import Box, Cluster, Edge, Picture, Spot
from .ushape import UShape, ushape

TALL = 1600  # points that a picture may be high in one column
SHAPE = 1.4  # width by height that is aimed at
COLUMNS = 8  # at most
MOST = 0.5  # of the height: a cluster that has so much of it may itself be broken into columns

Part = Box | Cluster


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a column ends: the one edge that leads on, what it leads from and to, and the cluster (None: the network) around both."""

    edge: Edge
    before: Part
    after: Part
    cluster: Cluster | None


@dataclass(slots=True)
class Plan:
    """Hints for graphviz: `straight` edges are on the longest way through the picture; then a U, or cuts into columns, or neither."""

    straight: set[Edge] = field(default_factory=set)
    cuts: list[Cut] = field(default_factory=list)
    u: UShape | None = None


def plan(picture: Picture) -> Plan:
    way = longest_way(picture.edges)
    straight = {edge for edge in picture.edges if (edge.tail, edge.head) in way}
    u = ushape(picture.edges)
    return Plan(straight, [] if u else columns(picture), u)


def longest_way(edges: Sequence[Edge]) -> set[tuple[Spot, Spot]]:
    """The steps of the longest way; none where closed scopes feed each other in a circle."""
    graph: nx.DiGraph[Spot] = nx.DiGraph()
    graph.add_edges_from((edge.tail, edge.head) for edge in edges)
    return set(pairwise(nx.dag_longest_path(graph))) if nx.is_directed_acyclic_graph(graph) else set()


def columns(picture: Picture) -> list[Cut]:
    """Cuts that bring a tall picture near to the shape of a page, at places where a single edge leads on."""
    extents = Extents(picture.edges)
    spine = list(vertebrae(picture.children, extents))
    heights = [extents.height(part) for part, _ in spine]
    if sum(heights) <= TALL:
        return []
    bridges = crossings(spine, picture.edges)
    wide = max(extents.width(part) for part, _ in spine)
    choices = [balanced(heights, bridges, count) for count in range(1, COLUMNS + 1)]
    best = min(choices, key=lambda cuts: misfit(wide * (len(cuts) + 1), tallest(heights, cuts)))
    return [Cut(bridges[at], spine[at][0], spine[at + 1][0], common(spine[at][1], spine[at + 1][1])) for at in best]


def vertebrae(
    children: Sequence[Part], extents: Extents, around: tuple[Cluster, ...] = ()
) -> Iterator[tuple[Part, tuple[Cluster, ...]]]:
    """The parts that a picture consists of, one after the other, each with the clusters around it; a cluster that is most of it is opened."""
    whole = sum(map(extents.height, children))
    for child in children:
        if isinstance(child, Cluster) and child.frame.count == 1 and extents.height(child) > max(MOST * whole, TALL):
            yield from vertebrae(child.children, extents, (*around, child))
        else:
            yield child, around


def crossings(spine: Sequence[tuple[Part, tuple[Cluster, ...]]], edges: Sequence[Edge]) -> dict[int, Edge]:
    """By the number of a part, the edge that leads on after it, where that is one alone."""
    place: dict[Spot, int] = {}
    for number, (part, around) in enumerate(spine):
        for spot in (*spots(part), *(fork for cluster in around for fork in cluster.forks)):
            place.setdefault(spot, number)
    crossing: Counter[int] = Counter()
    leading: dict[int, Edge] = {}
    for edge in edges:
        first, last = sorted((place[edge.tail], place[edge.head]))
        for at in range(first, last):
            crossing[at] += 1
            leading[at] = edge
    return {
        at: edge for at, edge in leading.items() if crossing[at] == 1 and place[edge.tail] == at and place[edge.head] == at + 1
    }


def balanced(heights: Sequence[int], allowed: Collection[int], count: int) -> list[int]:
    """The cuts that make the tallest of at most so many columns as short as can be."""
    low, high = max(heights), sum(heights)
    while low < high:
        middle = (low + high) // 2
        cuts = filled(heights, allowed, middle)
        if len(cuts) < count and tallest(heights, cuts) <= middle:
            high = middle
        else:
            low = middle + 1
    return filled(heights, allowed, high)


def filled(heights: Sequence[int], allowed: Collection[int], limit: int) -> list[int]:
    """The cuts that fill column after column up to a limit, as far as cuts are allowed."""
    cuts: list[int] = []
    here = since = 0
    last = -1
    for at, height in enumerate(heights):
        if here + height > limit and last >= 0:
            cuts.append(last)
            here, last = since, -1
        here += height
        since += height
        if at in allowed:
            last, since = at, 0
    return cuts


def tallest(heights: Sequence[int], cuts: Sequence[int]) -> int:
    ends = [0, *(cut + 1 for cut in cuts), len(heights)]
    return max(sum(heights[start:end]) for start, end in pairwise(ends))


def misfit(width: int, height: int) -> float:
    """How far a page is from the shape that is aimed at, 1 where it has it."""
    ratio = width / height / SHAPE
    return max(ratio, 1 / ratio)


def common(first: tuple[Cluster, ...], second: tuple[Cluster, ...]) -> Cluster | None:
    """The innermost cluster around both."""
    shared = [a for a, b in zip(first, second, strict=False) if a is b]
    return shared[-1] if shared else None
