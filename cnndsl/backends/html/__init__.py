"""A network to one page of HTML that needs nothing else: explorer, diagram, table, findings and sources, all linked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...diagnostics import Diagnostic, Problem
from ...graph import Node
from ...network import Network
from ...report import headline
from ...source import Source, Span
from . import sections, svg
from .findings import findings
from .frame import whole
from .listing import lines
from .markup import tag, text
from .record import record
from .sections import Drawing


def source(
    network: Network | None,
    found: Sequence[Diagnostic] = (),
    drawing: Drawing = None,
    depth: int | None = None,
    *,
    revision: str | None = None,
    trouble: Source | None = None,
) -> str:
    """The page; the same network gives the same text.

    `found`: what is to be said of the program. `drawing`: the SVG of its diagram to this depth, or why there is none.
    `revision`: of a page that follows its file. `trouble`: the text that could not be read; then the network is the last one
    before it, if there was any.
    """
    texts = [trouble, *others(trouble, found)] if trouble else sources(network, found) if network else []
    last = tag("footer", tag("p", text(f"made by cnndsl from {texts[0].name}" if texts else "made by cnndsl")))
    said = tag("div", sections.source(texts, found) + findings(found), class_="pair texts")
    if network is None:
        head = tag("header", tag("h1", text(texts[0].name)) + tag("p", "There is no network yet.", class_="shapes"))
        return whole(texts[0].name, head + main(said) + last, {"net": None, "boxes": {}, "places": [], "spans": []}, revision)
    try:
        net, explorer = record(network), sections.explorer()
    except Problem as why:
        net, explorer = None, sections.unexplored(why)
    pair = tag("div", sections.diagram(network, drawing) + sections.layers(network), class_=sections.beside(drawing))
    content = main(said + stale(explorer + pair)) if trouble else main(explorer + pair + said)
    title = f"{network.name}, {headline(network)}"
    header = sections.header(network, "stale" if trouble else None)
    boxes = svg.drawn(network, depth) if isinstance(drawing, str) else {}
    return whole(title, header + content + last, {"net": net, "boxes": boxes, **places(network, texts)}, revision)


def main(content: str) -> str:
    return tag("main", content, id="content")


def stale(content: str) -> str:
    told = tag("p", "The file has errors. Below is the network as it last was.", role="status")
    return tag("div", told + content, class_="stale")


def places(network: Network, texts: list[Source]) -> dict[str, Any]:
    """Where nodes are written: `places` by node the numbers of `spans`, [source, first line, last line], its own first."""
    spans: dict[tuple[int, int, int], int] = {}
    numbers = {id(each): number for number, each in enumerate(texts)}
    found = []
    for node in network.ir.nodes:
        known = [span for span in trail(node) if id(span.source) in numbers]
        found.append([spans.setdefault((numbers[id(span.source)], *lines(span)), len(spans)) for span in known])
    return {"places": found, "spans": list(spans)}


def trail(node: Node) -> list[Span]:
    """Where a node is written, and the blocks that it came out of."""
    found, instance = [node.span], node.instance
    while instance is not None:
        found.append(instance.span)
        instance = instance.parent
    return found


def sources(network: Network, found: Sequence[Diagnostic]) -> list[Source]:
    """The texts that layers and findings point into, the network's own first."""
    spans = [span for node in network.ir.nodes for span in trail(node)] + [label.span for each in found for label in each.labels]
    named = {id(span.source): span.source for span in spans}
    return sorted(named.values(), key=lambda each: each.name != network.ir.source_name)


def others(source: Source, found: Sequence[Diagnostic]) -> list[Source]:
    """The other texts that findings point into."""
    named = {id(label.span.source): label.span.source for each in found for label in each.labels}
    return [each for key, each in named.items() if key != id(source)]
