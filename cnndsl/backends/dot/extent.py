"""Parts of a picture to their size as graphviz will draw them, about, in points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import networkx as nx

from ...notation import notation
from .picture import Box, Cluster, Edge, Fork, Spot
from .scopes import Scope

ROW, FIGURES, GAP, HEADLINE, FORK = (
    24,
    20,
    56,
    70,
    30,
)  # heights: of a row, of the line under them, from box to box, of a cluster's frame
LETTER, MARGIN = 7, 24  # widths


class Extents:
    """Sizes of boxes and of clusters, by the ways through them."""

    def __init__(self, edges: Sequence[Edge]) -> None:
        self.graph: nx.DiGraph[Spot] = nx.DiGraph()
        self.graph.add_edges_from((edge.tail, edge.head) for edge in edges)

    def height(self, part: Box | Cluster) -> int:
        """Along the longest way through it, with the frames on this way."""
        return self.along([part])

    def along(self, parts: Sequence[Box | Cluster]) -> int:
        """Along the longest way through some parts."""
        way = set(self.way([spot for part in parts for spot in spots(part)]))
        frames = [cluster for part in parts for cluster in clusters(part) if not way.isdisjoint(spots(cluster))]
        return sum(map(tall, way)) + HEADLINE * len(frames)

    def way(self, found: Sequence[Spot]) -> Sequence[Spot]:
        """The longest way through some spots; all of them where they feed each other in a circle."""
        inner = self.graph.subgraph(found).copy()
        if len(found) < 2 or not inner or not nx.is_directed_acyclic_graph(inner):
            return found
        for tail, head in inner.edges:
            inner.edges[tail, head]["height"] = tall(head)
        return nx.dag_longest_path(inner, "height")  # type: ignore[no-any-return]

    def width(self, part: Box | Cluster) -> int:
        """Of all that stands side by side, where most does."""
        if isinstance(part, Box):
            return wide(part)
        inner = self.graph.subgraph(spots(part))
        if not nx.is_directed_acyclic_graph(inner):
            return max(map(wide, inner), default=0)
        return max((sum(map(wide, generation)) for generation in nx.topological_generations(inner)), default=0) + MARGIN


def spots(part: Box | Cluster) -> Iterator[Spot]:
    """Boxes and forks of a part."""
    if isinstance(part, Box):
        yield part
        return
    yield from part.forks
    for child in part.children:
        yield from spots(child)


def clusters(part: Box | Cluster) -> Iterator[Cluster]:
    if isinstance(part, Cluster):
        yield part
        for child in part.children:
            yield from clusters(child)


def tall(spot: Spot) -> int:
    if isinstance(spot, Fork):
        return FORK
    if not spot.is_plain:
        return GAP
    return (len(spot.rows) + len(spot.frames)) * ROW + FIGURES + GAP


def wide(spot: Spot) -> int:
    if isinstance(spot, Fork):
        return 0
    calls = ("" if isinstance(row[0], Scope) else f"{row[0].path[-1]} {notation(row[0].op)}" for row in spot.rows)
    return LETTER * min(48, max(map(len, calls))) + MARGIN
