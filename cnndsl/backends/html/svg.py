"""The picture that graphviz drew to markup of a page: its colours become the page's, its boxes know their layers."""

from __future__ import annotations

import re

from ...network import Network
from ..dot.picture import boxes, picture
from ..dot.scopes import inside
from ..dot.theme import LIGHT

WIDE = 700  # points
SHORT = 1100
PROLOGUE = re.compile(r"\A.*?(?=<svg)", re.DOTALL)
COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
SIZE = re.compile(r'(<svg) width="([\d.]+)pt" height="([\d.]+)pt"')


def inlined(drawing: str) -> str:
    """An SVG file of a diagram in the light theme as an element, its colours by name."""
    found = COMMENT.sub("", PROLOGUE.sub("", drawing))
    found = SIZE.sub(r'\1 width="\2" height="\3" role="img" aria-labelledby="diagram-title"', found, count=1)
    for colour, name in colours().items():
        found = re.sub(rf'(fill|stroke)="{colour}"', rf'\1="var(--{name})"', found)
    return found


def is_wide(drawing: str) -> bool:
    """Whether a drawing wants the whole width of a page."""
    found = SIZE.search(drawing)
    return found is not None and float(found[2]) > WIDE


def is_short(drawing: str) -> bool:
    """Whether a drawing may be made as low as a window, and its words are still read."""
    found = SIZE.search(drawing)
    return found is not None and float(found[3]) < SHORT


def colours() -> dict[str, str]:
    """The light theme's colours to the page's own names for them; what several share goes by the first."""
    named = {
        "black": "d-text",
        "white": "d-paper",
        LIGHT.paper: "d-paper",
        LIGHT.text: "d-text",
        LIGHT.muted: "d-muted",
        LIGHT.line: "d-line",
        LIGHT.edge: "d-edge",
        LIGHT.terminal: "d-terminal",
    }
    for place, frame in enumerate(LIGHT.frames):
        named.setdefault(frame, f"d-frame{place}")
    for kind, colour in LIGHT.kinds.items():
        named.setdefault(colour, f"k-{kind}")
    named.setdefault(LIGHT.other, "k-other")
    return named


def drawn(network: Network, depth: int | None) -> dict[str, list[int]]:
    """By the id of each box of the picture, the nodes that it stands for."""
    found = {}
    for box in boxes(picture(network.ir, depth).children):
        nodes = [node.index for row in box.rows for copy in row for node in inside(copy)]
        found[f"node-n{next(inside(box.rows[0][0])).index}"] = nodes
    return found
