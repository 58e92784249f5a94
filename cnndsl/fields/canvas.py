"""A drawing to the bytes of a picture: the one module that opens matplotlib, the same bytes for the same drawing."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any

from ..diagnostics import Problem

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("svg", "png", "pdf")
TITLE, LINE, MARGIN = 0.45, 0.21, 0.1  # inches: of the title, of a line under it, around them
DOTS = 160  # per inch, of what is not drawn as lines
UNDATED: dict[str, dict[str, Any]] = {
    "svg": {"Date": None},
    "png": {"Software": None},
    "pdf": {"CreationDate": None},
}
LOOK = {
    "svg.hashsalt": "cnndsl",  # else the names inside an SVG are drawn by lot
    "text.parse_math": False,  # a name may hold a dollar sign
    "font.size": 11,
    "axes.titlesize": 12,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "hatch.linewidth": 0.6,
}

# Okabe and Ito's palette, which the colour-blind tell apart
BLUE, ORANGE, GREEN, BLACK, GREY, PAPER = "#0072B2", "#D55E00", "#009E73", "#000000", "#767676", "#EDEDED"


@contextmanager
def looks() -> Iterator[None]:
    """matplotlib as it comes, whatever its user has set; raises Problem where it is missing (E0934)."""
    try:
        import matplotlib
    except ImportError:
        help = "pip install matplotlib, or pip install 'cnndsl[pictures]'"
        raise Problem(
            "matplotlib is not installed, and it draws the pictures of receptive fields", code="E0934", help=help
        ) from None
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(LOOK)
        yield


def figure(width: float, height: float, title: str, lines: Sequence[str]) -> Figure:
    """A page in inches, with a title and lines of numbers above the height that is left free."""
    from matplotlib.figure import Figure

    head = TITLE + LINE * len(lines) + MARGIN
    whole = height + head
    page = Figure(figsize=(width, whole), layout="constrained")
    page.get_layout_engine().set(rect=(0, 0, 1, height / whole))
    page.text(MARGIN / width, 1 - MARGIN / whole, title, va="top", fontsize=15, fontweight="bold")
    for number, line in enumerate(lines):
        page.text(MARGIN / width, 1 - (TITLE + number * LINE) / whole, line, va="top")
    return page


def saved(page: Figure, format: str) -> bytes:
    """The picture as one of FORMATS."""
    file = BytesIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")  # a frame stands in the letter's place
        page.savefig(file, format=format, dpi=DOTS, metadata=UNDATED[format], facecolor="white")
    return file.getvalue()
