"""A network to one page of HTML that needs nothing else: explorer, diagram, table, findings and sources, all linked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from ...diagnostics import Diagnostic, Problem
from ...graph import Node
from ...network import Network
from ...report import facts, headline, remarks
from ...source import Source, Span
from . import assets, svg
from .findings import findings
from .listing import listing, place
from .markup import data, tag, text
from .record import record
from .table import table

KEYS = {"unit": "the unit", "sees": "what it sees", "reaches": "what it reaches", "padding": "padding"}
HINT = "Point at a unit of a feature map, or tab to a map and use the arrow keys: what it sees lights up."


Drawing: TypeAlias = str | Problem | None


def source(network: Network, found: Sequence[Diagnostic] = (), drawing: Drawing = None, depth: int | None = None) -> str:
    """The page; the same network gives the same text. `found`: what is to be said of the program. `drawing`: the SVG of its
    diagram to this depth, or why there is none.
    """
    sources = every_source(network, found)
    style, script = assets.style(), assets.script()
    policy = (
        f"default-src 'none'; script-src {assets.digest(script)}; style-src {assets.digest(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    head = (
        tag("meta", charset="utf-8")
        + tag("meta", http_equiv="Content-Security-Policy", content=policy)
        + tag("meta", name="viewport", content="width=device-width, initial-scale=1")
        + tag("meta", name="color-scheme", content="light dark")
        + tag("meta", name="generator", content="cnndsl")
        + tag("title", text(f"{network.name}, {headline(network)}"))
        + f"<style>{style}</style>"
    )
    body = (
        tag("a", "to the explorer", class_="skip", href="#explorer")
        + header(network)
        + tag("main", explorer() + parts(network, found, drawing, depth, sources))
        + tag("footer", tag("p", text(f"made by cnndsl from {sources[0].name}")))
        + data("data", everything(network, drawing, depth, sources))
        + f'<script type="module">{script}</script>'
    )
    return f"<!doctype html>\n{tag('html', tag('head', head) + tag('body', body), lang='en')}\n"


def header(network: Network) -> str:
    """Name, shapes, what the program says of itself, and the totals."""
    tools = tag("button", "light or dark", class_="theme") + tag("button", "print", class_="print")
    title = tag("h1", text(network.name)) + tag("p", text(headline(network)), class_="shapes")
    doc = tag("p", text(network.ir.doc), class_="doc") if network.ir.doc else ""
    cells = "".join(
        tag("div", tag("dt", text(fact.name)) + tag("dd", tag("b", text(fact.value)) + tag("span", text(fact.remark))))
        for fact in facts(network)
    )
    ways = "".join(tag("a", name, href=f"#{name}") for name in ("explorer", "diagram", "layers", "findings", "source"))
    bar = tag("nav", ways, aria_label="parts of the page") + tag("div", tools, class_="tools")
    return tag("div", bar, class_="top") + tag("header", title + doc + tag("dl", cells, class_="facts"))


def explorer() -> str:
    """The frame that the script fills."""
    legend = "".join(tag("span", tag("i", class_=name, aria_hidden="true") + words, class_="key") for name, words in KEYS.items())
    channel = tag("label", "channel " + tag("input", type="number", class_="channel", min=0, placeholder="all"))
    picture = tag("label", "your own picture … " + tag("input", type="file", class_="file", accept="image/*"), class_="pick")
    told = tag("p", class_="changed", hidden=True, role="status")
    panel = tag(
        "div",
        tag("h3", tag("span", class_="name") + " " + tag("code", class_="call"))
        + tag("p", class_="flow")
        + tag("div", class_="sliders"),
        id="chosen",
        hidden=True,
    )
    side = tag("div", tag("div", class_="inputs") + tag("div", text(HINT), class_="readout") + panel, class_="side")
    content = (
        tag("h2", "Receptive fields")
        + tag("div", legend + channel + picture, class_="controls")
        + told
        + tag("noscript", tag("p", "The explorer needs JavaScript."))
        + tag("div", side + tag("div", class_="board"), class_="stage")
        + tag("div", class_="live", aria_live="polite")
    )
    return tag("section", content, id="explorer", data_hint=HINT)


def parts(network: Network, found: Sequence[Diagnostic], drawing: Drawing, depth: int | None, sources: list[Source]) -> str:
    notes = "".join(tag("p", text(each), class_="remark") for each in remarks(network, ()))
    layers = tag("section", tag("h2", "Layers") + tag("div", table(network), class_="scrolls", tabindex=0) + notes, id="layers")
    listings = "".join(
        tag("h3", text(each.name)) * (len(sources) > 1) + listing(each, number, found) for number, each in enumerate(sources)
    )
    text_of = tag("section", tag("h2", "Source") + tag("div", listings, class_="scrolls", tabindex=0), id="source")
    return tag("div", diagram(network, drawing) + layers, class_="pair") + tag("div", text_of + findings(found), class_="pair")


def diagram(network: Network, drawing: Drawing) -> str:
    """The drawing, or in its place the layers as a list, and why."""
    if isinstance(drawing, str):
        content = tag("div", svg.inlined(drawing), class_="scrolls drawing", tabindex=0)
    else:
        why = f"There is no drawing: {drawing.title}." if drawing else "There is no drawing."
        help = tag("p", text(drawing.help), class_="remark") if drawing and drawing.help else ""
        named = (tag("li", tag("button", text(node.key), class_="choose", data_node=called(node))) for node in network.ir.layers)
        content = tag("p", text(why), class_="remark") + help + tag("ol", "".join(named), class_="steps scrolls")
    return tag("section", tag("h2", "Diagram", id="diagram-title") + content, id="diagram")


def called(node: Node) -> str:
    return node.key if node.call == 1 else f"{node.key}@{node.call}"


def everything(network: Network, drawing: Drawing, depth: int | None, sources: list[Source]) -> dict[str, object]:
    """What the script works on: `places` by node the numbers of its `spans`, [source, first line, last line], its own first."""
    spans: dict[tuple[int, int, int], int] = {}
    places = [
        [spans.setdefault((sources.index(span.source), *place(span)), len(spans)) for span in trail(node)]
        for node in network.ir.nodes
    ]
    try:
        net = record(network)
    except Problem:
        net = None
    boxes = svg.drawn(network, depth) if isinstance(drawing, str) else {}
    return {"net": net, "boxes": boxes, "places": places, "spans": list(spans)}


def trail(node: Node) -> list[Span]:
    """Where a node is written, and the blocks that it came out of."""
    found, instance = [node.span], node.instance
    while instance is not None:
        found.append(instance.span)
        instance = instance.parent
    return found


def every_source(network: Network, found: Sequence[Diagnostic]) -> list[Source]:
    """The texts that layers and findings point into, the network's own first."""
    spans = [span for node in network.ir.nodes for span in trail(node)] + [label.span for each in found for label in each.labels]
    named = {span.source: None for span in spans}
    return sorted(named, key=lambda each: each.name != network.ir.source_name)
