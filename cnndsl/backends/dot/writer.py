"""Picture to DOT text."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from itertools import pairwise
from typing import Protocol

import graphviz

from ...graph import Node
from ...notation import notation
from ...op import show
from . import labels
from .figures import Figures, flow, layers_in
from .labels import bold, cell, html, plain, safe, sized
from .layout import Plan
from .picture import Box, Cluster, Edge, Fork, Frame, Picture, Spot, boxes
from .scopes import Part, Scope, inside
from .theme import Theme

SIGNS = {"add": "+", "sub": "−", "mul": "×", "maximum": "max"}
FRAMED = 14  # point sizes
SMALL = 11
TITLE = 20


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

    def __init__(self, figures: Figures, theme: Theme, plan: Plan) -> None:
        self.figures = figures
        self.theme = theme
        self.plan = plan
        self.forks: dict[Fork, str] = {}
        self.cuts = {cut.edge: number for number, cut in enumerate(plan.cuts)}

    def write(self, picture: Picture, title: str, direction: str, legend: bool) -> str:
        dot: Canvas = graphviz.Digraph("network")
        dot.attr(
            "graph", **self.theme.graph, rankdir=direction, tooltip=plain(title), label=html(self.title(picture, title, legend))
        )
        dot.attr("node", **self.theme.node)
        dot.attr("edge", **self.theme.edges)
        self.fill(dot, picture.children, 0)
        self.links(dot, None)
        for edge in picture.edges:
            self.edge(dot, edge)
        for number, (name, value, box) in enumerate(picture.outputs):
            self.terminal(dot, f"out{number}", name, show(value.shape))
            dot.edge(self.identity(box), f"out{number}", label=beside(show(value.shape)), weight="8")
        return dot.source

    def fill(self, dot: Canvas, children: Sequence[Box | Cluster], level: int) -> None:
        for child in children:
            if isinstance(child, Box):
                self.box(dot, child)
            else:
                self.cluster(dot, child, level)

    def cluster(self, dot: Canvas, cluster: Cluster, level: int) -> None:
        with dot.subgraph(name=f"cluster_{level}_{self.identity(next(boxes([cluster])))}") as frame:
            frame.attr("graph", **self.theme.cluster(level), label=html(self.headline(cluster.frame)))
            for fork in cluster.forks:
                self.forks[fork] = f"f{len(self.forks)}"
                frame.node(self.forks[fork], "", **self.theme.fork)
            self.fill(frame, cluster.children, level + 1)
            self.links(frame, cluster)

    def links(self, dot: Canvas, cluster: Cluster | None) -> None:
        """At the foot of a column what comes next, at the head of the next one what was before; columns stand from left to right."""
        here = [(number, cut) for number, cut in enumerate(self.plan.cuts) if cut.cluster is cluster]
        for number, cut in here:
            dot.node(f"to{number}", html(bold(safe(f"→ {name_of(cut.after)}"))), **self.theme.link)
            dot.node(f"from{number}", html(bold(safe(f"{name_of(cut.before)} →"))), **self.theme.link)
        heads = [f"from{number}" for number, _ in here]
        if heads:
            with dot.subgraph(name=f"heads_{heads[0]}") as row:
                row.attr("graph", rank="same")
                row.node("start", style="invis")
                for left, right in pairwise(["start", *heads]):
                    row.edge(left, right, style="invis")

    def headline(self, frame: Frame) -> str:
        """What stands above a frame: its label, what it is an instance of, how often; under it its parameters."""
        lines = [sized(headline(frame), FRAMED, self.theme.text)]
        params = self.figures.of_scopes(frame.copies)
        return labels.left([*lines, self.small(params)] if params else lines)

    def box(self, dot: Canvas, box: Box) -> None:
        node = box.node
        name = self.identity(box)
        about = {"id": f"node-{name}", "tooltip": plain(tooltip(box))}
        if node is not None and node.is_input:
            self.terminal(dot, name, node.path[-1], show(node.io.output), **about)
        elif node is not None and node.op.merge:
            sign = SIGNS.get(node.op.title(), node.op.title())
            dot.node(name, plain(sign), **self.theme.merge(sign), **about)
        else:
            dot.node(name, html(self.table(box)), **about)

    def table(self, box: Box) -> str:
        rows = [(self.theme.frame(1), headline(frame)) for frame in box.frames if frame.copies]
        rows += [(self.theme.tint(kind_of(row[0])), row_of(row[0])) for row in box.rows]
        figures = self.figures.of_rows(box.rows)
        if figures:
            rows.append((self.theme.paper, self.small(safe(figures))))
        times = " ".join(often(frame) for frame in box.frames if not frame.copies)
        return labels.box(rows, bold(safe(times)), self.theme.line)

    def terminal(self, dot: Canvas, name: str, label: str, shape: str, **about: str) -> None:
        text = f"{bold(safe(label, labels.NAME))}<BR/>{self.small(safe(shape))}"
        dot.node(name, html(text), **self.theme.ends, **about)

    def edge(self, dot: Canvas, edge: Edge) -> None:
        weight = {"weight": "8"} if edge in self.plan.straight else {"weight": "2"} if isinstance(edge.tail, Fork) else {}
        label = {"label": beside(flow(edge.shapes, edge.times))} if edge.shapes else {}
        arrow = {"arrowhead": "none"} if isinstance(edge.head, Fork) else {}
        tail, head = self.identity(edge.tail), self.identity(edge.head)
        number = self.cuts.get(edge)
        if number is None:
            dot.edge(tail, head, **label, **weight, **arrow)
        else:
            dot.edge(tail, f"to{number}", **label, **weight)
            dot.edge(f"from{number}", head, **weight, **arrow)

    def identity(self, spot: Spot) -> str:
        return self.forks[spot] if isinstance(spot, Fork) else f"n{next(inside(spot.rows[0][0])).index}"

    def title(self, picture: Picture, title: str, legend: bool) -> str:
        lines = [
            sized(bold(safe(title)), TITLE, self.theme.text),
            sized(safe(self.figures.of_network()), FRAMED, self.theme.muted),
        ]
        rows = [[cell(line)] for line in lines] + ([[cell(self.legend(picture))]] if legend else [])
        return labels.table(rows, border=0, cellborder=0, cellspacing=0, cellpadding=3)

    def legend(self, picture: Picture) -> str:
        kinds = dict.fromkeys(kind_of(row[0]) for box in boxes(picture.children) for row in box.rows)
        shown = [kind for kind in kinds if kind in self.theme.kinds and kind != "merge"]
        cells = [cell(sized(kind, SMALL, self.theme.text), bgcolor=self.theme.tint(kind)) for kind in shown]
        return labels.table([cells or [cell("")]], border=0, cellborder=0, cellspacing=4, cellpadding=4)

    def small(self, markup: str) -> str:
        return sized(markup, SMALL, self.theme.muted)


def headline(frame: Frame) -> str:
    """The label of a scope (of the first and the last where it repeats), what it is an instance of, how often."""
    name = next((part.name for part in frame.copies if isinstance(part, Scope)), "")
    key = bold(safe(span(frame), labels.NAME)) if frame.copies else ""
    times = bold(safe(often(frame))) if frame.count > 1 else ""
    return "  ".join(filter(None, (key, safe(name, labels.NAME), times)))


def span(frame: Frame) -> str:
    first, last = frame.copies[0].path[-1], frame.copies[frame.count - 1].path[-1]
    return first if frame.count == 1 else f"{first}, {last}" if frame.count == 2 else f"{first} … {last}"


def often(frame: Frame) -> str:
    return f"× {frame.count} side by side" if frame.abreast else f"× {frame.count}"


def row_of(part: Part) -> str:
    label = part.path[-1]
    if isinstance(part, Scope):
        return labels.layer(label, f"{part.name or '{ … }'}  ({layers_in(part)})")
    return labels.layer("" if label.isdigit() else label, notation(part.op))


def kind_of(part: Part) -> str:
    return "scope" if isinstance(part, Scope) else part.op.kind


def name_of(part: Box | Cluster) -> str:
    """A part's label, or what it is."""
    frame = part.frame if isinstance(part, Cluster) else next(iter(part.frames), None)
    first = frame.copies[0] if frame and frame.copies else next(boxes([part])).rows[0][0]
    label = first.path[-1]
    return notation(first.op) if label.isdigit() and isinstance(first, Node) else label


def beside(text: str) -> str:
    """The text of an edge, a little away from it."""
    return html(f" {safe(text)} ")


def tooltip(box: Box) -> str:
    """The keys and calls of a box in full."""
    return " → ".join(told(row[0]) for row in box.rows)


def told(part: Part) -> str:
    key = ".".join(part.path)
    return f"{key}: {notation(part.op)}" if isinstance(part, Node) and not part.is_input else key
