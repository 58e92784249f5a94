"""Picture to a plan of how it is laid out: what is held straight, and where a long picture goes on in a next column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import isqrt

import networkx as nx

from .extent import Extents, spots
from .picture import Box, Cluster, Edge, Picture, Spot
from .ushape import UShape, ushape

TALL = 1600  # points that a picture may be high in one column
FAR = 5000  # points that nobody looks at, where less can be shown
SHAPE = 1.4  # width by height that is aimed at
COLUMNS = 8  # at most
WORTH = 0.75  # of the height must be left, at most, for cuts to be worth it
PARALLEL = 1.5  # all parts one above the other, by the longest way: above this they stand side by side anyway

Part = Box | Cluster


@dataclass(frozen=True, slots=True)
class Vertebra:
    """One of the parts that a picture consists of, one after the other; `around`: its clusters, the outermost first."""

    part: Part
    around: tuple[Cluster, ...] = ()


@dataclass(frozen=True, slots=True)
class Cut:
    """Where a column ends: the one edge that leads on, from and to what."""

    edge: Edge
    before: Vertebra
    after: Vertebra


@dataclass(slots=True)
class Plan:
    """Hints for graphviz: `straight` edges are on the longest way; then a U, or cuts into columns, or neither."""

    straight: set[Edge] = field(default_factory=set)
    cuts: list[Cut] = field(default_factory=list)
    u: UShape | None = None


def plan(picture: Picture, down: bool = True) -> Plan:
    """`down`: the picture goes from top to bottom; a U is only found there."""
    way = longest_way(picture.edges)
    straight = {edge for edge in picture.edges if (edge.tail, edge.head) in way}
    u = ushape(picture.edges) if down else None
    return Plan(straight, [] if u else columns(picture), u)


def fitting(pictures: Iterable[Picture], down: bool) -> tuple[Picture, Plan]:
    """The first of some pictures that is not far too tall, else the last, with its plan."""
    for drawing in pictures:
        hints = plan(drawing, down)
        height = Extents(drawing.edges).along(drawing.children)
        if height / (2 if hints.u else len(hints.cuts) + 1) <= FAR:
            break
    return drawing, hints


def longest_way(edges: Sequence[Edge]) -> set[tuple[Spot, Spot]]:
    """The steps of the longest way; none where closed scopes feed each other in a circle."""
    graph: nx.DiGraph[Spot] = nx.DiGraph()
    graph.add_edges_from((edge.tail, edge.head) for edge in edges)
    return set(pairwise(nx.dag_longest_path(graph))) if nx.is_directed_acyclic_graph(graph) else set()


def columns(picture: Picture) -> list[Cut]:
    """Cuts that bring a tall picture near to the shape of a page, at places where a single edge leads on."""
    extents = Extents(picture.edges)
    whole = sum(map(extents.height, picture.children))
    longest = extents.along(picture.children)
    if longest <= TALL or whole > PARALLEL * longest:
        return []
    wide = max(map(extents.width, picture.children))
    spine = list(vertebrae(picture.children, extents, max(TALL, isqrt(int(whole * wide / SHAPE)))))
    heights = [extents.height(vertebra.part) for vertebra in spine]
    bridges = crossings(spine, picture.edges)
    due = {at for at in borders(spine) if at in bridges}
    choices = [balanced(heights, bridges, due, len(due) + more) for more in range(1, COLUMNS + 1)]
    best = min(choices, key=lambda cuts: misfit(wide * (len(cuts) + 1), tallest(heights, cuts)))
    if tallest(heights, best) > WORTH * whole:
        return []
    return [Cut(bridges[at], spine[at], spine[at + 1]) for at in best]


def vertebrae(children: Sequence[Part], extents: Extents, limit: int, around: tuple[Cluster, ...] = ()) -> Iterator[Vertebra]:
    """Parts and, in place of clusters taller than a limit, what is in them."""
    for child in children:
        if isinstance(child, Cluster) and child.frame.count == 1 and extents.height(child) > limit:
            yield from vertebrae(child.children, extents, limit, (*around, child))
        else:
            yield Vertebra(child, around)


def borders(spine: Sequence[Vertebra]) -> Iterator[int]:
    """The parts after which an opened cluster begins or ends; but what comes first of all may stand above such a cluster."""
    for at, (before, after) in enumerate(pairwise(spine)):
        if before.around != after.around and any(vertebra.around for vertebra in spine[: at + 1]):
            yield at


def crossings(spine: Sequence[Vertebra], edges: Sequence[Edge]) -> dict[int, Edge]:
    """By the number of a part, the edge that leads on after it, where that is one alone."""
    place: dict[Spot, int] = {}
    for number, vertebra in enumerate(spine):
        for spot in (*spots(vertebra.part), *(fork for cluster in vertebra.around for fork in cluster.forks)):
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


def balanced(heights: Sequence[int], allowed: Collection[int], due: Collection[int], count: int) -> list[int]:
    """The cuts that make the tallest of at most so many columns as short as can be."""
    low, high = max(heights), sum(heights)
    while low < high:
        middle = (low + high) // 2
        cuts = filled(heights, allowed, due, middle)
        if len(cuts) < count and tallest(heights, cuts) <= middle:
            high = middle
        else:
            low = middle + 1
    return filled(heights, allowed, due, high)


def filled(heights: Sequence[int], allowed: Collection[int], due: Collection[int], limit: int) -> list[int]:
    """The cuts that are due, and those that fill column after column up to a limit, as far as cuts are allowed."""
    cuts: list[int] = []
    here = since = 0
    last = -1
    for at, height in enumerate(heights):
        if here + height > limit and last >= 0:
            cuts.append(last)
            here, last = since, -1
        here += height
        since += height
        if at in due:
            cuts.append(at)
            here, last = 0, -1
        elif at in allowed:
            last, since = at, 0
    return cuts


def tallest(heights: Sequence[int], cuts: Sequence[int]) -> int:
    ends = [0, *(cut + 1 for cut in cuts), len(heights)]
    return max(sum(heights[start:end]) for start, end in pairwise(ends))


def misfit(width: int, height: int) -> float:
    """How far a page is from the shape that is aimed at, 1 where it has it."""
    ratio = width / height / SHAPE
    return max(ratio, 1 / ratio)
