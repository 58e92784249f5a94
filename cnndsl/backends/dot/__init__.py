"""A network to DOT text, the language of graphviz: blocks as frames, layers as boxes, shapes on the edges, repeats folded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ...diagnostics import Problem
from ...network import Network
from .figures import Figures
from .layout import plan
from .picture import picture
from .theme import THEMES
from .writer import Writer

DIRECTIONS = {"down": "TB", "right": "LR"}


def source(
    network: Network,
    depth: int | None = None,
    *,
    unfold: bool = False,
    show: Iterable[str] = ("params", "rf"),
    theme: str = "light",
    direction: str = "down",
    legend: bool = False,
) -> str:
    """The picture as DOT; the same network gives the same bytes.

    `depth`: scopes with so many labels in their path become one box, with the sums of what is in it. `unfold`: repeats
    are drawn out. `show`: what stands under a layer, of params, macs, memory and rf, in this order. `direction`: down or
    right. Raises Problem for a depth below 1 and for unknown words.
    """
    if depth is not None and depth < 1:
        raise Problem(
            f"a depth of {depth} shows nothing", code="E0001", help="1 draws the outermost scopes, 2 also what is in them"
        )
    known("theme", theme, THEMES)
    known("direction", direction, DIRECTIONS)
    drawing = picture(network.ir, depth, unfold)
    writer = Writer(Figures(network, show), THEMES[theme], plan(drawing, direction == "down"))
    return writer.write(drawing, network.name, DIRECTIONS[direction], legend)


def known(what: str, word: str, words: Mapping[str, object]) -> None:
    if word not in words:
        raise Problem(f"a diagram knows no {what} `{word}`", code="E0001", help=f"choose one of {', '.join(words)}")
