"""Picture to DOT text."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from itertools import pairwise
from typing import Protocol

import graphviz

from ...graph import Value
from ...op import Shape, show
from . import captions, labels
from .colouring import Colouring
from .figures import Figures, flow
from .labels import BLANK, bold, cell, html, plain, safe, sized
from .layout import Plan
from .picture import Box, Cluster, Edge, Fork, Frame, Picture, Spot, boxes
from .scopes import inside
from .theme import Attributes, Theme

FRAMED = 14  # point sizes
SMALL = 11
TITLE = 20
FORMULA = 100  # characters of the totals, where sizes are open


class Canvas(Protocol):
    """What is used of graphviz.Digraph."""

    @property
    def source(self) -> str: ...
    def attr(self, kw: str | None = None, **attributes: str) -> None: ...
    def node(self, name: str, label: str | None = None, **attributes: str) -> None: ...
    def edge(self, tail_name: str, head_name: str, **attributes: str) -> None: ...
    def subgraph(self, graph: None = None, name: str | None = None) -> AbstractContextManager[Canvas]: ...


class Writer:
    """One picture as DOT. Names in it are numbers; text of the program stands in escaped labels only."""

    def __init__(self, figures: Figures, theme: Theme, plan: Plan, colouring: Colouring) -> None:
        self.figures = figures
        self.theme = theme
        self.colouring = colouring
        self.plan = plan
        self.forks: dict[Fork, str] = {}
        self.clusters: dict[Cluster, str] = {}
        self.cuts = {cut.edge: number for number, cut in enumerate(plan.cuts)}
        self.beside: dict[Spot, list[str]] = {}  # in a level of a U: the outputs after a box

    def write(self, picture: Picture, title: str, direction: str, legend: bool) -> str:
        dot: Canvas = graphviz.Digraph(plain(title))
        label = html(self.title(picture, title, legend))
        dot.attr("graph", **self.theme.graph, rankdir=direction, newrank="true" if self.cuts or self.plan.u else "false")
        dot.attr("graph", label=label, tooltip=plain(title))
        dot.attr("node", **self.theme.node)
        dot.attr("edge", **self.theme.edges)
        self.fill(dot, picture.children, 0)
        self.links(dot, None)
        for edge in picture.edges:
            self.edge(dot, edge, picture)
        for number, (name, value, box) in enumerate(picture.outputs):
            self.output(dot, f"out{number}", name, value, box)
        for row in self.plan.u.rows if self.plan.u else ():
            level(dot, [name for spot in row for name in (self.identity(spot), *self.beside.get(spot, []))])
        if self.cuts:
            self.columns(dot, picture)
        return dot.source

    def fill(self, dot: Canvas, children: Sequence[Box | Cluster], depth: int) -> None:
        for child in children:
            if isinstance(child, Box):
                self.box(dot, child)
            else:
                self.cluster(dot, child, depth)

    def cluster(self, dot: Canvas, cluster: Cluster, depth: int) -> None:
        self.clusters[cluster] = f"cluster{len(self.clusters)}"
        with dot.subgraph(name=self.clusters[cluster]) as frame:
            frame.attr("graph", **self.theme.cluster(depth), label=html(self.headline(cluster.frame)))
            for fork in cluster.forks:
                self.forks[fork] = f"f{len(self.forks)}"
                frame.node(self.forks[fork], "", **self.theme.fork)
            self.fill(frame, cluster.children, depth + 1)
            self.links(frame, cluster)

    def headline(self, frame: Frame) -> str:
        lines = [sized(captions.headline(frame), FRAMED, self.theme.text)]
        params = self.figures.of_scopes(frame.copies)
        return labels.stacked([*lines, self.small(params)] if params else lines, "LEFT")

    def links(self, dot: Canvas, cluster: Cluster | None) -> None:
        """At the foot of a column what comes next, at the head of the next one what was before."""
        here = (cluster,) if cluster else ()
        for number, cut in enumerate(self.plan.cuts):
            if cut.before.around[-1:] == here:
                dot.node(f"to{number}", html(safe(f"→ {captions.name(cut.after.part)}")), **self.theme.link)
            if cut.after.around[-1:] == here:
                dot.node(f"from{number}", html(safe(f"{captions.name(cut.before.part)} →")), **self.theme.link)
            if len(cut.after.around) > 1 and cut.after.around[:1] == here:
                dot.node(f"top{number}", shape="point", style="invis")

    def columns(self, dot: Canvas, picture: Picture) -> None:
        """The columns from left to right, by their heads; what is two clusters deep graphviz orders by a top outside."""
        opened = self.plan.cuts[0].before.around[:1]
        heads = [self.identity(next(boxes(opened or picture.children)))]
        for number, cut in enumerate(self.plan.cuts):
            nested = len(cut.after.around) > 1
            heads.append(f"top{number}" if nested else f"from{number}")
            if nested:
                dot.edge(f"top{number}", f"from{number}", style="invis", weight="8")
        level(dot, heads)
        for left, right in pairwise(heads):
            dot.edge(left, right, style="invis")

    def box(self, dot: Canvas, box: Box) -> None:
        node = box.node
        name = self.identity(box)
        about = {"id": f"node-{name}", "tooltip": plain(captions.tooltip(box))}
        if node is not None and node.is_input:
            label = f"{self.colouring.sign(box.rows[0])} {node.path[-1]}".removeprefix(" ")
            self.terminal(dot, name, label, show(node.io.output), about)
        elif node is not None and node.op.merge:
            sign, tint = captions.sign(node), self.colouring.tint(box.rows[0])
            mark = self.colouring.sign(box.rows[0])
            dot.node(name, plain(f"{mark} {sign}" if mark else sign), **self.theme.merge(sign, tint, mark), **about)
        else:
            dot.node(name, html(self.table(box)), **about)

    def table(self, box: Box) -> str:
        rows = [(self.theme.frame(1), captions.headline(frame)) for frame in box.frames if frame.copies]
        count = box.frames[-1].count if box.frames and not box.frames[-1].copies else 1
        rows += [(self.colouring.tint(row), captions.row(row, count, self.colouring.sign(row))) for row in box.rows]
        figures = self.figures.of_rows(box.rows)
        if figures:
            rows.append((self.theme.paper, self.small(safe(figures))))
        times = " ".join(captions.often(frame) for frame in box.frames if not frame.copies)
        return labels.box(rows, bold(safe(times)), self.theme.line, self.theme.paper)

    def terminal(self, dot: Canvas, name: str, label: str, shape: str, about: Attributes) -> None:
        text = labels.stacked([bold(safe(label, labels.NAME)), self.small(safe(shape))])
        dot.node(name, html(text), **self.theme.ends, **about)

    def output(self, dot: Canvas, name: str, label: str, value: Value, box: Box) -> None:
        """An output stands after its box: below it, on the way up of a U above it, in a level of one beside it."""
        self.terminal(dot, name, label, show(value.shape), {"id": name, "tooltip": plain(label)})
        style = {**self.words([value.shape], 1, self.theme.paper), "weight": "8"}
        u = self.plan.u
        if u and box in u.rising and not u.level:
            dot.edge(name, self.identity(box), dir="back", **style)
            return
        if u and u.level:
            self.beside.setdefault(box, []).append(name)
        dot.edge(self.identity(box), name, **style)

    def edge(self, dot: Canvas, edge: Edge, picture: Picture) -> None:
        """An edge into a cluster, to what is first in it, ends at the cluster's frame."""
        tail, head = self.identity(edge.tail), self.identity(edge.head)
        style = {"weight": "8" if edge in self.plan.straight else "2" if isinstance(edge.tail, Fork) else "1"}
        style |= {"style": "dashed"} if any(self.is_gone(spot) for spot in (edge.tail, edge.head)) else {}
        label = self.words(edge.shapes, edge.times, self.ground(edge, picture))
        number, u = self.cuts.get(edge), self.plan.u
        if number is not None:
            dot.edge(tail, f"to{number}", **style, **label)
            dot.edge(f"from{number}", head, **style, **self.end(picture, edge.head, self.plan.cuts[number].after.around))
            return
        end = self.end(picture, edge.head, picture.around[edge.tail])
        if u and edge in u.upward:
            dot.edge(head, tail, dir="none" if "arrowhead" in end else "back", **style, **label)
        elif u and edge in u.skips:
            self.skip(dot, tail, head, u.level, style | label)
        else:
            dot.edge(tail, head, **style, **label, **end)

    def is_gone(self, spot: Spot) -> bool:
        """Whether it is of the older of two versions only."""
        return isinstance(spot, Box) and all(self.colouring.is_gone(row) for row in spot.rows)

    def words(self, shapes: Sequence[Shape], times: int, ground: str) -> Attributes:
        """What an edge says, on the colour of what is behind it: no line strikes through."""
        return {"label": apart(flow(shapes, times), ground)} if shapes and self.figures.shapes else {}

    def ground(self, edge: Edge, picture: Picture) -> str:
        """The colour of the innermost frame that both ends stand in."""
        pairs = zip(picture.around[edge.tail], picture.around[edge.head], strict=False)
        shared = sum(1 for one, other in pairs if one is other)
        return self.theme.frame(shared - 1) if shared else self.theme.paper

    def end(self, picture: Picture, head: Spot, home: tuple[Cluster, ...]) -> Attributes:
        entered = picture.entered(head, home)
        return {"lhead": self.clusters[entered]} if entered else {"arrowhead": "none"} if isinstance(head, Fork) else {}

    def skip(self, dot: Canvas, tail: str, head: str, level: bool, style: Attributes) -> None:
        """A long level edge. In a row that has its order, graphviz draws it twice when it is written forwards."""
        if level:
            dot.edge(head, tail, dir="back", **style)
        else:
            dot.edge(tail, head, constraint="false", **style)

    def identity(self, spot: Spot) -> str:
        return self.forks[spot] if isinstance(spot, Fork) else f"n{next(inside(spot.rows[0][0])).index}"

    def title(self, picture: Picture, title: str, legend: bool) -> str:
        figures = sized(safe(self.figures.of_network(), FORMULA), FRAMED, self.theme.muted)
        lines = [sized(bold(safe(title)), TITLE, self.theme.text), figures]
        rows = [[cell(line)] for line in lines] + ([[cell(self.legend(picture))]] if legend else [])
        return labels.table(rows, border=0, cellborder=0, cellspacing=0, cellpadding=3)

    def legend(self, picture: Picture) -> str:
        rows = [row for box in boxes(picture.children) for row in box.rows]
        swatches = self.colouring.legend(rows)
        cells = [cell(self.small(safe(self.colouring.title)))] if self.colouring.title else []
        cells += [cell(sized(safe(text), SMALL, self.theme.text), bgcolor=colour) for colour, text in swatches]
        return labels.table([[cell(""), *cells, cell("")]], border=0, cellborder=0, cellspacing=4, cellpadding=4)

    def small(self, markup: str) -> str:
        return sized(markup, SMALL, self.theme.muted)


def level(dot: Canvas, names: Sequence[str]) -> None:
    """What stands at one height, in whatever clusters."""
    with dot.subgraph(name=f"level_{names[0]}") as row:
        row.attr("graph", rank="same")
        for name in names:
            row.node(name)


def apart(text: str, ground: str) -> str:
    """The text of an edge, a little away from it."""
    row = [cell(BLANK), cell(safe(text), bgcolor=ground), cell(BLANK)]
    return html(labels.table([row], border=0, cellborder=0, cellspacing=0, cellpadding=0))
