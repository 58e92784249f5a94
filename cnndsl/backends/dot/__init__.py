"""A network to DOT text, the language of graphviz: blocks as frames, layers as boxes, shapes on the edges, repeats folded."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ...diagnostics import Problem
from ...network import Network
from .colouring import SCALES, colouring
from .figures import SHOWABLE, Figures
from .folding import NO_MARKS, Marks
from .layout import fitting
from .picture import boxes, picture
from .scopes import LEVELS
from .theme import THEMES
from .writer import Writer

__all__ = ["DIRECTIONS", "LEVELS", "SCALES", "SHOWABLE", "THEMES", "USUAL", "source"]

USUAL = ("shape", "params", "rf")  # what is shown where nothing else is asked for
DIRECTIONS = {"down": "TB", "right": "LR"}


def source(
    network: Network,
    depth: int | None = None,
    *,
    unfold: bool = False,
    level: str | None = None,
    show: Iterable[str] = USUAL,
    heat: str | None = None,
    theme: str = "light",
    direction: str = "down",
    legend: bool = False,
    marks: Marks | None = None,
) -> str:
    """The picture as DOT; the same network gives the same bytes.

    `depth`: scopes with so many labels in their path become one box, with the sums of what is in it; `level`: net, block
    or layer, the same by what scopes are; None: layer, or block where that would be far too tall. `unfold`: repeats are
    drawn out. `show`: shape, on the edges, and what stands under a layer, of params, macs, memory and rf, in this order.
    `heat`: colours go by one of these, not by the kind of layer. `marks`: by the number of a node what happened to it
    (added, removed, changed, moved); colours go by that. Raises Problem for a depth below 1, for unknown words, and for a
    heat map without numbers.
    """
    if depth is not None and depth < 1:
        raise Problem(
            f"a depth of {depth} shows nothing", code="E0001", help="1 draws the outermost scopes, 2 also what is in them"
        )
    known("theme", theme, THEMES)
    known("level", level or "layer", LEVELS)
    known("heat map of", heat or "params", SCALES)
    known("direction", direction, DIRECTIONS)
    levels = [level] if level else ["layer"] if unfold or depth else ["layer", "block"]
    drawing, hints = fitting(
        (picture(network.ir, depth, unfold, word, marks or NO_MARKS) for word in levels), direction == "down"
    )
    rows = [row for box in boxes(drawing.children) for row in box.rows]
    colours = colouring(THEMES[theme], network, heat, marks, rows)
    writer = Writer(Figures(network, show), THEMES[theme], hints, colours)
    return writer.write(drawing, network.name, DIRECTIONS[direction], legend)


def known(what: str, word: str, words: Collection[str]) -> None:
    if word not in words:
        raise Problem(f"a diagram knows no {what} `{word}`", code="E0001", help=f"choose one of {', '.join(words)}")
