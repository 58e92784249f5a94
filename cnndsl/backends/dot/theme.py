"""How a picture looks: colours by kind of layer, fonts, lines, as attributes of graphviz.

The tints follow the palette of Okabe and Ito, which people with any kind of colour vision can tell apart, lightened until
dark text on them has a contrast of 10 to 1 or more; no colour says anything that the text does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Attributes = dict[str, str]


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours as #rrggbb. `frames`: the backgrounds of scopes, the outermost first, the last for all further in.

    `heat`: from nothing to most. `changes`: between two versions of a network, by what happened.
    """

    kinds: Mapping[str, str]
    other: str
    paper: str
    text: str
    muted: str
    line: str
    edge: str
    terminal: str
    frames: tuple[str, ...]
    heat: tuple[str, str]
    changes: Mapping[str, str]
    font: str = "Helvetica,Arial,sans-serif"

    def tint(self, kind: str) -> str:
        return self.kinds.get(kind, self.other)

    @property
    def graph(self) -> Attributes:
        font = {"fontname": self.font, "fontcolor": self.text}
        space = {"nodesep": "0.3", "ranksep": "0.3", "pad": "0.3"}
        return {**font, **space, "bgcolor": self.paper, "compound": "true", "labelloc": "t"}

    @property
    def node(self) -> Attributes:
        return {"shape": "plain", "fontname": self.font, "fontsize": "13", "fontcolor": self.text, "color": self.line}

    @property
    def edges(self) -> Attributes:
        return {"fontname": self.font, "fontsize": "11", "fontcolor": self.muted, "color": self.edge, "arrowsize": "0.7"}

    @property
    def ends(self) -> Attributes:
        """Inputs and outputs."""
        return {"shape": "box", "style": "rounded,filled", "fillcolor": self.terminal, "margin": "0.15,0.05"}

    @property
    def link(self) -> Attributes:
        """From the foot of a column to the head of the next."""
        return {"shape": "box", "style": "rounded,dashed", "margin": "0.12,0.04", "height": "0.3", "fontcolor": self.muted}

    @property
    def fork(self) -> Attributes:
        return {"shape": "point", "width": "0.07", "color": self.edge, "ordering": "out"}

    def merge(self, sign: str, tint: str, mark: str) -> Attributes:
        """A circle for a single sign, an ellipse around a word."""
        filled = {"style": "filled", "fillcolor": tint}
        if len(sign) == 1 and not mark:
            return filled | {"shape": "circle", "fixedsize": "true", "width": "0.36", "fontsize": "18"}
        return filled | {"shape": "ellipse", "margin": "0.03,0.02", "height": "0.36"}

    def cluster(self, level: int) -> Attributes:
        colours = {"bgcolor": self.frame(level), "color": self.line}
        return {**colours, "style": "rounded", "labeljust": "l", "fontsize": "14", "margin": "12"}

    def frame(self, level: int) -> str:
        return self.frames[min(level, len(self.frames) - 1)]


LIGHT = Theme(
    kinds={
        "convolution": "#cfe5f5",
        "linear": "#fbe3b5",
        "pooling": "#f8d3c0",
        "activation": "#cdebdc",
        "normalization": "#eedbe8",
        "regularization": "#ece9d5",
        "reshape": "#e6e6e6",
        "resize": "#d5eef0",
        "cut": "#dfdcf2",
        "merge": "#ffffff",
    },
    other="#f0f0f0",
    paper="#ffffff",
    text="#1b1b1b",
    muted="#565656",
    line="#7d8590",
    edge="#4a5058",
    terminal="#f4f4f4",
    frames=("#f6f8fa", "#edf0f3", "#e4e8ed"),
    heat=("#ffffff", "#f5ad6b"),
    changes={"added": "#b9dcf5", "removed": "#fbd0a6", "changed": "#f3e9a3", "moved": "#e3d3ea"},
)

DARK = Theme(
    kinds={
        "convolution": "#123a56",
        "linear": "#4d3800",
        "pooling": "#59270f",
        "activation": "#0d3f2f",
        "normalization": "#4a2340",
        "regularization": "#3c3a1e",
        "reshape": "#3a3d42",
        "resize": "#10404a",
        "cut": "#332e57",
        "merge": "#0d1117",
    },
    other="#30343a",
    paper="#0d1117",
    text="#f4f6f8",
    muted="#adb5bf",
    line="#8b949e",
    edge="#b8c0c9",
    terminal="#21262d",
    frames=("#161b22", "#1c222a", "#232a33"),
    heat=("#0d1117", "#9a4500"),
    changes={"added": "#12395c", "removed": "#5c2b08", "changed": "#453f05", "moved": "#41285a"},
)

PRINT = Theme(
    kinds={
        "convolution": "#d6d6d6",
        "linear": "#cccccc",
        "pooling": "#e3e3e3",
        "activation": "#fafafa",
        "normalization": "#f5f5f5",
        "regularization": "#f2f2f2",
        "reshape": "#eeeeee",
        "resize": "#dedede",
        "cut": "#e9e9e9",
        "merge": "#ffffff",
    },
    other="#f8f8f8",
    paper="#ffffff",
    text="#000000",
    muted="#333333",
    line="#000000",
    edge="#000000",
    terminal="#ffffff",
    frames=("#ffffff", "#ffffff", "#ffffff"),
    heat=("#ffffff", "#a8a8a8"),
    changes={"added": "#c4c4c4", "removed": "#e6e6e6", "changed": "#d5d5d5", "moved": "#f0f0f0"},
)

THEMES = {"light": LIGHT, "dark": DARK, "print": PRINT}
