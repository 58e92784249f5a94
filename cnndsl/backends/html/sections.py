"""A network to the sections of its page: totals, explorer, diagram, layers, sources."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from ...diagnostics import Diagnostic, Problem
from ...network import Network
from ...op import counted
from ...report import facts, headline, remarks
from ...rows import rows
from ...source import Source
from . import svg
from .listing import listing
from .markup import tag, text
from .table import called, table

Drawing: TypeAlias = str | Problem | None

FEW = 1500  # rows of the table
LONG = 13  # characters of a total, as 1,234,567,890 has
KEYS = {"unit": "the unit", "sees": "what it sees", "reaches": "what it reaches", "padding": "padding"}
HEAT = "the expected squared gradient at initialisation: the effective receptive field of Luo, Li, Urtasun and Zemel (2016)"
HINT = "Point at a unit of a feature map, or tab to a map and use the arrow keys: what it sees lights up."


def header(network: Network, name: str | None = None) -> str:
    """Name, shapes, what the program says of itself, and the totals; `name` is a class."""
    title = tag("h1", text(network.name)) + tag("p", text(headline(network)), class_="shapes")
    doc = tag("p", text(network.ir.doc), class_="doc") if network.ir.doc else ""
    cells = "".join(
        tag("div", tag("dt", text(fact.name)) + tag("dd", total(fact.value) + tag("span", text(fact.remark))))
        for fact in facts(network)
    )
    return tag("header", title + doc + tag("dl", cells, class_="facts"), class_=name)


def total(value: str) -> str:
    return tag("b", text(value), class_="long" if len(value) > LONG else None)


def explorer() -> str:
    """The frame that the script fills."""
    legend = "".join(tag("span", tag("i", class_=name, aria_hidden="true") + words, class_="key") for name, words in KEYS.items())
    channel = tag("label", "channel " + tag("input", type="number", class_="channel", min=0, placeholder="all"))
    heat = tag("label", tag("input", type="checkbox", class_="heat") + " how much (influence)", title=HEAT)
    picture = tag("label", "your own picture … " + tag("input", type="file", class_="file", accept="image/*"), class_="pick")
    chosen = tag("h3", tag("span", class_="name") + " " + tag("code", class_="call")) + tag("p", class_="flow")
    panel = tag("div", chosen + tag("div", class_="sliders"), id="chosen", hidden=True)
    side = tag("div", tag("div", class_="inputs") + tag("div", text(HINT), class_="readout") + panel, class_="side")
    content = (
        tag("h2", "What units see")
        + tag("div", legend + channel + heat + picture, class_="controls")
        + tag("p", class_="changed", hidden=True, role="status")
        + tag("noscript", tag("p", "The explorer needs JavaScript."))
        + tag("div", side + tag("div", class_="board"), class_="stage")
        + tag("div", class_="live", aria_live="polite")
    )
    return tag("section", content, id="explorer", data_hint=HINT)


def unexplored(why: Problem) -> str:
    """In place of the explorer, where sizes are open."""
    said = tag("p", text(f"Nothing can be explored: {why.title}.")) + (tag("p", text(why.help)) if why.help else "")
    return tag("section", tag("h2", "What units see") + said, id="explorer")


def diagram(network: Network, drawing: Drawing) -> str:
    """The drawing, or in its place the layers as a list, and why."""
    if isinstance(drawing, str):
        fits = " fits" if svg.is_short(drawing) else ""
        content = tag("div", svg.inlined(drawing), class_=f"scrolls drawing{fits}", tabindex=0)
        content += tag("button", "full size", class_="zoom", aria_pressed="false")
    else:
        why = f"There is no drawing: {drawing.title}." if drawing else "There is no drawing."
        help = tag("p", text(drawing.help), class_="remark") if drawing and drawing.help else ""
        steps = (tag("li", tag("button", text(node.key), class_="choose", data_node=called(node))) for node in network.ir.layers)
        content = tag("p", text(why), class_="remark") + help + tag("ol", "".join(steps), class_="steps scrolls")
    return tag("section", tag("h2", "Diagram", id="diagram-title") + content, id="diagram")


def beside(drawing: Drawing) -> str:
    """How diagram and layers stand: side by side, or one above the other."""
    return "pair stacked" if isinstance(drawing, str) and svg.is_wide(drawing) else "pair"


def layers(network: Network) -> str:
    depth = folded(network)
    said = [f"Of so many layers, what lies deeper than {counted(depth, 'label')} is folded."] * bool(depth) + remarks(network, ())
    notes = "".join(tag("p", text(each), class_="remark") for each in said)
    shown = tag("div", table(network, depth or None), class_="scrolls", tabindex=0)
    return tag("section", tag("h2", "Layers") + shown + notes, id="layers")


def folded(network: Network) -> int:
    """The depth at which the table still has few rows; 0 where all of them are few."""
    deepest = max((len(node.path) for node in network.ir.layers), default=1)
    if len(network.ir.layers) <= FEW:
        return 0
    return next((depth for depth in range(deepest - 1, 1, -1) if len(rows(network, depth)) <= FEW), 1)


def source(sources: Sequence[Source], found: Sequence[Diagnostic]) -> str:
    several = len(sources) > 1
    parts = (tag("h3", text(each.name)) * several + listing(each, number, found) for number, each in enumerate(sources))
    return tag("section", tag("h2", "Source") + tag("div", "".join(parts), class_="scrolls", tabindex=0), id="source")
