"""Text to graphviz' HTML-like labels: whatever a program calls its layers goes through `safe`, so that none of it is markup."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

import graphviz

from ...cells import clean

WIDTH = 48  # characters of a line in a box
LINES = 3  # of one layer's call
NAME = 60  # characters of a label
BLANK = "\u00a0"  # does not break; plain blanks at the ends of a text are dropped by what draws SVG
ENTITY = re.compile(r"&(?=#?\w+;)")


def safe(text: str, limit: int = 10_000) -> str:
    """Any text as text of a label: no markup, no control character, at most so long; blanks stay, in SVG too."""
    shown = legible(text).replace(" ", BLANK)
    return escape(shown if len(shown) <= limit else shown[: limit - 1] + "…")


def plain(text: str) -> str:
    """Any text as a plain attribute, in which graphviz finds neither markup nor escapes of its own."""
    escaped: str = graphviz.escape(legible(text))  # of a class of its own: what is no markup although it looks like it
    return escaped


def legible(text: str) -> str:
    """Text without control characters; what looks like an entity (&#0;) is broken up, for graphviz copies such into SVG."""
    return ENTITY.sub("&\u2060", clean(text))


def html(markup: str) -> str:
    """What graphviz reads as markup: made here, of safe pieces."""
    return f"<{markup}>"


def bold(markup: str) -> str:
    return f"<B>{markup}</B>" if markup else ""


def sized(markup: str, size: int, colour: str) -> str:
    return f'<FONT POINT-SIZE="{size}" COLOR="{colour}">{markup}</FONT>' if markup else ""


def left(lines: Sequence[str]) -> str:
    """Several lines, all starting at the left."""
    return "".join(f'{line}<BR ALIGN="LEFT"/>' for line in lines) if len(lines) > 1 else lines[0]


def stacked(lines: Sequence[str], align: str = "CENTER") -> str:
    """Lines of different sizes, with the room that each needs."""
    return table([[cell(line, align=align)] for line in lines], border=0, cellborder=0, cellspacing=0, cellpadding=1)


def cell(markup: str, **attributes: object) -> str:
    return f"<TD{written(attributes)}>{markup}</TD>"


def table(rows: Sequence[Sequence[str]], **attributes: object) -> str:
    lines = [f"<TR>{''.join(row)}</TR>" for row in rows]
    return f"<TABLE{written(attributes)}>{''.join(lines)}</TABLE>"


def written(attributes: dict[str, object]) -> str:
    return "".join(f' {name.upper()}="{value}"' for name, value in attributes.items())


def box(rows: Sequence[tuple[str, str]], side: str, line: str, paper: str) -> str:
    """A box of rows, each a colour and its markup, with something at their side."""
    cells = [[cell(markup, bgcolor=colour)] for colour, markup in rows]
    if side:
        cells[0].append(cell(side, rowspan=len(cells), bgcolor=paper, cellpadding=8))
    return table(cells, border=1, cellborder=0, cellspacing=0, cellpadding=5, color=line)


def layer(name: str, call: str) -> str:
    """A layer's row: its label, where it has one, and its call in as few lines as it needs."""
    lines = [safe(line) for line in wrapped(call, len(name))]
    if name:
        lines[0] = f"{bold(safe(name, NAME))}{BLANK}{lines[0]}"
    return left(lines)


def wrapped(text: str, indent: int = 0) -> list[str]:
    """A call broken after its commas; what takes more than a few lines ends in …"""
    lines = [""]
    for piece in pieces(text):
        if lines[-1] and len(lines[-1]) + len(piece.rstrip()) + indent > WIDTH:
            lines.append("   ")
            indent = 0
        lines[-1] += piece
    lines = [line.rstrip() for line in lines]
    if len(lines) > LINES:
        lines = [*lines[: LINES - 1], lines[LINES - 1] + " …"]
    return [line if len(line) <= 2 * WIDTH else line[: 2 * WIDTH - 1] + "…" for line in lines]


def pieces(text: str) -> list[str]:
    parts = text.split(", ")
    return [part + ", " for part in parts[:-1]] + parts[-1:]
