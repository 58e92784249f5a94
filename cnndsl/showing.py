"""Networks to what a notebook shows of them, by MIME type: picture and table, and both as plain text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from . import drawing
from .backend import Options, find
from .backends import dot
from .diagnostics import Problem
from .hypertext import paragraph
from .hypertext import render as hypertext

if TYPE_CHECKING:
    from .network import Network

WIDTH = 120  # cells of a line of plain text, which a notebook does not fold
READABLE = 0.7  # of its size is the smallest that a picture is shown at
FOLDED = 60  # layers above which blocks are one row and one box each


def bundle(networks: Sequence[Network], needing: Sequence[str] = ()) -> dict[str, str]:
    """What to show of networks; `needing` are nets that still need parameters.

    One network is shown with its picture, or where graphviz is missing with a word on that; several as a table of all.
    """
    looks = Options(depth=depth(networks), width=WIDTH, templates=tuple(needing))
    shown = {
        "text/plain": find("table").render(networks, looks),
        "text/markdown": find("markdown").render(networks, looks),
        "text/html": hypertext(networks, looks),
    }
    if len(networks) != 1:
        return shown
    try:
        picture = svg(networks[0], looks.depth)
    except Problem as problem:
        return shown | {"text/html": shown["text/html"] + paragraph(f"no picture: {problem.title}; {problem.help}") + "\n"}
    return shown | {"text/html": shown["text/html"] + fitted(picture), "image/svg+xml": picture}


def depth(networks: Sequence[Network]) -> int | None:
    """A large network is shown by its blocks."""
    return 1 if len(networks) == 1 and len(networks[0].layers) > FOLDED else None


def svg(network: Network, depth: int | None) -> str:
    """The picture as an element of a page: without the prologue of a file."""
    picture = drawing.render(dot.source(network, depth, direction="right")).decode()
    return picture[picture.index("<svg") :]


def fitted(picture: str) -> str:
    """A picture as wide as the page, within what can be read; beyond that it is moved."""
    found = re.search(r'<svg width="(\d+)pt"', picture)
    assert found is not None, "graphviz says how wide a picture is"
    wide = int(found[1])
    look = f"width: 100%; min-width: {READABLE * wide:.0f}pt; max-width: {wide}pt; height: auto"
    styled = picture.replace("<svg ", f'<svg style="{look}" ', 1)
    return f'<div style="overflow-x: auto">{styled}</div>\n'
