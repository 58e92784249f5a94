"""Finds a U in a picture: a way down to a coarse resolution and up again, with skips between equal resolutions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import networkx as nx

from ...graph import Node
from ...op import spatial
from .picture import Box, Edge, Fork, Spot
from .scopes import inside

STEP = 1.5  # resolutions whose ratio is at least this are different levels
DEPTH = 2  # resolutions that the way must go down, and up again
SKIPS = 2  # so many at least


@dataclass(frozen=True, slots=True)
class UShape:
    """A U: `rows` stand at one height, `upward` edges lead up, `skips` across, `rising` is its right arm, skips included.

    `level`: each row is all of one resolution, read from left to right; else it is the two ends of a skip.
    """

    rows: tuple[tuple[Spot, ...], ...]
    upward: frozenset[Edge]
    skips: frozenset[Edge]
    rising: frozenset[Spot]
    level: bool


def ushape(edges: Sequence[Edge]) -> UShape | None:
    """The U that a picture is; None where it is none, or where it could not be drawn as one."""
    graph: nx.DiGraph[Spot] = nx.DiGraph()
    graph.add_edges_from((edge.tail, edge.head) for edge in edges)
    if not graph or not nx.is_directed_acyclic_graph(graph):
        return None
    levels = levels_of(graph)
    if levels is None or max(levels.values()) < DEPTH:
        return None
    way = nx.dag_longest_path(graph)
    deepest = [spot for spot in way if levels[spot] == max(levels.values())]
    if not deepest or levels[way[-1]] > levels[deepest[-1]] - DEPTH:
        return None
    bottom = deepest[-1]
    rising = set(graph) - nx.ancestors(graph, bottom) - {bottom}
    skips = [edge for edge in edges if edge.tail not in rising and edge.head in rising and edge.tail is not bottom]
    if len(skips) < SKIPS or any(levels[edge.tail] != levels[edge.head] for edge in skips):
        return None
    return by_level(graph, edges, levels, rising, skips) or by_skip(edges, rising, skips)


def levels_of(graph: nx.DiGraph[Spot]) -> dict[Spot, int] | None:
    """How many times the resolution was lowered on the way to each spot; None where ways disagree, or there are no maps."""
    known = strides(sorted((node for spot in graph if isinstance(spot, Box) for node in nodes_of(spot)), key=lambda n: n.index))
    levels: dict[Spot, int] = {}
    found: dict[Spot, Fraction] = {}
    for spot in nx.topological_sort(graph):
        tails = list(graph.predecessors(spot))
        stride = found[tails[0]] if isinstance(spot, Fork) else known.get(tuple(inside(spot.rows[-1][0]))[-1].index)
        if stride is None:
            return None
        here = {levels[tail] + step(found[tail], stride) for tail in tails} or {0}
        if len(here) > 1:
            return None
        levels[spot], found[spot] = here.pop(), stride
    return levels


def nodes_of(box: Box) -> list[Node]:
    return [node for row in box.rows for part in row for node in inside(part)]


def strides(nodes: Sequence[Node]) -> dict[int, Fraction]:
    """How many rows of the input lie between two of each value, whatever borders were lost or cropped; of maps only."""
    found: dict[int, Fraction] = {}
    for node in nodes:
        if not spatial(node.io.output):
            continue
        if not node.inputs:
            found[node.index] = Fraction(1)
        for value, relation in zip(node.inputs, node.io.relations, strict=True):
            axis = relation.axes[0] if relation.axes else None
            if axis is not None and any(axis.reads) and value.node.index in found:
                found[node.index] = found[value.node.index] * Fraction(axis.jump, axis.period)
                break
    return found


def step(before: Fraction, after: Fraction) -> int:
    """One level down, one up, or none."""
    return int(after / before >= STEP) - int(before / after >= STEP)


def by_level(
    graph: nx.DiGraph[Spot], edges: Sequence[Edge], levels: dict[Spot, int], rising: set[Spot], skips: Sequence[Edge]
) -> UShape | None:
    """Each resolution a row, as in the figure of the U-Net paper; where the levels are simple chains."""
    moving = {spot for spot in graph if any(levels[tail] != levels[spot] for tail in graph.predecessors(spot))}
    sides = [(level, side) for level in sorted(set(levels.values())) for side in (False, True)]
    rows: dict[int, list[Spot]] = {level: [] for level, _ in sides}
    for level, side in sides:
        spots = [spot for spot in graph if levels[spot] == level and (spot in rising) is side and spot not in moving]
        if spots and not is_chain(graph.subgraph(spots)):
            return None
        rows[level] += spots
    if any(graph.in_degree(spot) != 1 for spot in moving):
        return None
    upward = {e for e in edges if (e.head in moving and e.head in rising) or (e.tail in moving and e.tail in rising)}
    return UShape(tuple(tuple(row) for row in rows.values() if row), frozenset(upward), frozenset(skips), frozenset(rising), True)


def is_chain(graph: nx.DiGraph[Spot]) -> bool:
    return graph.number_of_edges() == len(graph) - 1 and all(degree <= 1 for _, degree in (*graph.in_degree, *graph.out_degree))


def by_skip(edges: Sequence[Edge], rising: set[Spot], skips: Sequence[Edge]) -> UShape | None:
    """Down on the left, up on the right, the ends of every skip at one height; where such heights can be had."""
    upward = {edge for edge in edges if edge.head in rising and edge not in skips}
    joined: nx.Graph[Spot] = nx.Graph((edge.tail, edge.head) for edge in skips)
    rows = [tuple(spot for spot in joined if spot in row) for row in nx.connected_components(joined)]
    row_of: dict[Spot, object] = {spot: row for row in rows for spot in row}
    below = nx.DiGraph(heights(edges, upward, skips, row_of))
    if not nx.is_directed_acyclic_graph(below):
        return None
    return UShape(tuple(rows), frozenset(upward), frozenset(skips), frozenset(rising), False)


def heights(
    edges: Sequence[Edge], upward: set[Edge], skips: Sequence[Edge], row_of: dict[Spot, object]
) -> Iterable[tuple[object, object]]:
    """What must stand higher than what."""
    for edge in edges:
        if edge not in skips:
            ends = row_of.get(edge.tail, edge.tail), row_of.get(edge.head, edge.head)
            yield ends[::-1] if edge in upward else ends
