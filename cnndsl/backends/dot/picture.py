"""Tree with repeats to a picture: boxes of stacked layers, clusters around them, and the edges between the boxes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ...graph import Graph, Node, Value
from ...op import Shape
from .folding import NO_MARKS, Block, Copies, Item, Marks, One, fold
from .scopes import Scope, inside, tree
from .stacking import leans


@dataclass(slots=True)
class Frame:
    """What a cluster or a box stands for: a scope with its copies, or (without copies) layers that repeat `count` times."""

    copies: Copies = ()
    count: int = 1
    abreast: bool = False


@dataclass(slots=True, eq=False)
class Box:
    """One drawn node. A row is a layer or a closed scope, with its copies in the turns of the repeats around it.

    `frames`: scopes and repeats, from the outermost, that hold nothing but this box.
    """

    rows: list[Copies]
    frames: list[Frame] = field(default_factory=list)

    @property
    def node(self) -> Node | None:
        """The layer of a box that holds nothing else."""
        only = self.rows[0][0]
        return only if len(self.rows) == 1 and isinstance(only, Node) else None

    @property
    def is_plain(self) -> bool:
        """Whether it is drawn as a box, as layers are, and not as an input or a merge."""
        return self.node is None or not (self.node.is_input or self.node.op.merge)


@dataclass(slots=True, eq=False)
class Fork:
    """Where a value that several parts of a cluster read comes into it, and is shared out."""


@dataclass(slots=True, eq=False)
class Cluster:
    """A frame with boxes in it."""

    frame: Frame
    children: list[Box | Cluster]
    forks: list[Fork] = field(default_factory=list)


Spot = Box | Fork
Flow = tuple[Box, int, tuple[Shape, ...]]  # the output of a box by its port, and its shapes


@dataclass(frozen=True, slots=True)
class Edge:
    """What flows from spot to spot: a shape, several where the turns of a repeat differ, none from a fork; `times`: as often."""

    tail: Spot
    head: Spot
    shapes: tuple[Shape, ...] = ()
    times: int = 1


@dataclass(slots=True)
class Picture:
    """All that is drawn; `outputs` are the network's, by name, each with the box that it comes from.

    `around`: the clusters that a spot stands in, the outermost first.
    """

    children: list[Box | Cluster]
    edges: list[Edge]
    outputs: list[tuple[str, Value, Box]]
    around: dict[Spot, tuple[Cluster, ...]]

    def entered(self, head: Spot, home: tuple[Cluster, ...]) -> Cluster | None:
        """The outermost cluster that an edge from some clusters leads into, where it leads to what is first in it."""
        return next((c for c in self.around[head] if c not in home and entrance(c) is head), None)


def picture(
    graph: Graph, depth: int | None = None, unfold: bool = False, level: str = "layer", marks: Marks = NO_MARKS
) -> Picture:
    """The network down to `depth` labels or to a level, repeats folded or not; what is marked differently stays apart."""
    children = Arranging(graph).arrange(fold(graph, tree(graph, depth, level), unfold, marks))
    drawn = list(boxes(children))
    home = {node.index: box for box in drawn for row in box.rows for copy in row for node in inside(copy)}
    flows: dict[Flow, Counter[Box]] = {}
    for box in drawn:
        for flow in arriving(box, home):
            flows.setdefault(flow, Counter())[box] += 1
    around: dict[Spot, tuple[Cluster, ...]] = dict(surroundings(children, ()))
    edges = [
        edge
        for (tail, _, shapes), heads in flows.items()
        for edge in Routing(tail, heads, around).edges(tail, list(heads), 0, shapes)
    ]
    outputs = [(name, value, home[value.node.index]) for name, value in graph.outputs.items()]
    return Picture(children, edges, outputs, around | dict(surroundings(children, ())))


def boxes(children: Sequence[Box | Cluster]) -> Iterator[Box]:
    for child in children:
        if isinstance(child, Cluster):
            yield from boxes(child.children)
        else:
            yield child


class Arranging:
    """What layers share a box."""

    def __init__(self, graph: Graph) -> None:
        self.reads = Counter(value.node.index for node in graph.nodes for value in node.inputs)
        self.reads.update(value.node.index for value in graph.outputs.values())

    def arrange(self, items: Sequence[Item]) -> list[Box | Cluster]:
        out: list[Box | Cluster] = []
        for item in items:
            last = out[-1] if out else None
            if isinstance(item, One):
                if isinstance(last, Box) and not last.frames and self.stacks(last.rows[-1], item.copies):
                    last.rows.append(item.copies)
                else:
                    out.append(Box([item.copies]))
            elif isinstance(item, Block):
                out.append(framed(Frame(item.copies), self.arrange(item.items)))
            else:
                out.append(repeated(self.arrange(item.items), item.count, item.abreast))
        return out

    def stacks(self, below: Copies, above: Copies) -> bool:
        """Whether a row goes on top of another, which nothing else may read."""
        if len(below) != len(above) or not all(leans(a, b) for a, b in zip(below, above, strict=True)):
            return False
        return all(self.reads[node.index] == 1 for part in below for node in inside(part))


def framed(frame: Frame, children: list[Box | Cluster]) -> Box | Cluster:
    """A frame around a single box becomes its headline."""
    only = children[0]
    if len(children) == 1 and isinstance(only, Box) and only.is_plain:
        only.frames.insert(0, frame)
        return only
    return Cluster(frame, children)


def repeated(children: list[Box | Cluster], count: int, abreast: bool) -> Box | Cluster:
    """A single scope carries the count itself."""
    only = children[0]
    frames = [only.frame] if isinstance(only, Cluster) else only.frames[:1]
    if len(children) > 1 or not frames or frames[0].count > 1:
        return framed(Frame((), count, abreast), children)
    frames[0].count, frames[0].abreast = count, abreast
    return only


def arriving(box: Box, home: dict[int, Box]) -> Iterator[Flow]:
    """What flows into a box: as its first copy reads it, with the shapes of all copies that read from the same place."""
    for row in box.rows:
        seen: set[tuple[int, int]] = set()
        for values in zip(*([value for node in inside(copy) for value in node.inputs] for copy in row), strict=True):
            tail = home[values[0].node.index]
            key = values[0].node.index, values[0].port
            if tail is box or (isinstance(row[0], Scope) and key in seen):
                continue
            seen.add(key)
            yield tail, values[0].port, tuple(dict.fromkeys(v.shape for v in values if home[v.node.index] is tail))


def entrance(cluster: Cluster) -> Spot:
    """What is first in a cluster."""
    first = cluster.forks[0] if cluster.forks else cluster.children[0]
    return entrance(first) if isinstance(first, Cluster) else first


def surroundings(children: Sequence[Box | Cluster], outside: tuple[Cluster, ...]) -> Iterator[tuple[Spot, tuple[Cluster, ...]]]:
    """Every box, and every fork that there is, with the clusters around it, the outermost first."""
    for child in children:
        if isinstance(child, Cluster):
            yield from ((fork, (*outside, child)) for fork in child.forks)
            yield from surroundings(child.children, (*outside, child))
        else:
            yield child, outside


@dataclass(frozen=True, slots=True)
class Routing:
    """The ways of one output to all that read it (`heads`, with how often); `around`: the clusters around every box."""

    tail: Box
    heads: Counter[Box]
    around: dict[Spot, tuple[Cluster, ...]]

    def edges(self, spot: Spot, heads: Sequence[Box], level: int, shapes: tuple[Shape, ...]) -> Iterator[Edge]:
        """Edges to boxes of one cluster; into a cluster inside it that holds several of them goes one, to a fork."""
        for group, inner in self.parts(heads, level).items():
            if isinstance(group, Box) or len(inner) == 1:
                yield Edge(spot, inner[0], shapes, self.heads[inner[0]])
            elif group in self.around[self.tail] or len(self.parts(inner, level + 1)) == 1:
                yield from self.edges(spot, inner, level + 1, shapes)
            else:
                fork = Fork()
                group.forks.append(fork)
                yield Edge(spot, fork, shapes)
                yield from self.edges(fork, inner, level + 1, ())

    def parts(self, heads: Sequence[Box], level: int) -> dict[Box | Cluster, list[Box]]:
        """Boxes by the cluster of a level that they stand in; those that stand in none, for themselves."""
        found: dict[Box | Cluster, list[Box]] = {}
        for head in heads:
            around = self.around[head]
            found.setdefault(around[level] if len(around) > level else head, []).append(head)
        return found
