"""What an input's number reaches to a picture: the number in its input, and beside it the units of the layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..figures import count
from ..op import known, spatial
from ..semiring import Array
from . import canvas
from .canvas import BLUE, GREY, ORANGE, PAPER
from .plane import NAMES
from .reach import Reach

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDE, HIGH, STRIP = 10.0, 4.6, 1.4  # inches: the page, maps, strips


def drawn(found: Reach, format: str) -> bytes:
    """The picture as SVG, PNG or PDF; volumes by the slice in which the number, or the middle of what it reaches, lies."""
    here, there = seen(pixel(found), found.number.place), seen(units(found), middle(found))
    strips = all(len(plane[0]) == 1 for plane in (here, there))
    with canvas.looks():
        page = canvas.figure(WIDE, STRIP if strips else HIGH, f"{found.name} reaches {found.target}", [caption(found)])
        grid: Any = page.subplots(1, 2)
        for axes, (plane, names, cut), what, colour in zip(grid, (here, there), ("input", "units"), (ORANGE, BLUE), strict=True):
            panel(axes, plane, names, colour, what)
            axes.set_title(" at ".join(filter(None, [found.input.key if what == "input" else found.path, cut])))
        return canvas.saved(page, format)


def caption(found: Reach) -> str:
    units = found.units
    share = f"{count(units.total)} of {count(units.mask.size)} units"
    if units.mask.ndim == 1:
        return share
    places = units.places
    return f"{share}: at {count(int(places.sum()))} of {count(places.size)} places, in {len(units.channels)} channels"


def pixel(found: Reach) -> Array:
    """Where the number is: of flat inputs along the channels."""
    shape = tuple(known(n, "every size") for n in spatial(found.input.io.output))
    here = np.zeros(shape or (known(found.input.io.output[0], "every size"),), np.bool_)
    here[found.number.place or (found.number.channel,)] = True
    return here


def units(found: Reach) -> Array:
    return found.units.places if found.units.mask.ndim > 1 else found.units.mask


def middle(found: Reach) -> tuple[int, ...]:
    window = found.units.window
    return tuple((lo + hi) // 2 for lo, hi in window) if window else (0,) * (found.units.mask.ndim - 1)


def seen(places: Array, at: tuple[int, ...]) -> tuple[Array, tuple[str, str], str]:
    """Places as rows and columns, the names of these, and where a volume is cut."""
    if places.ndim == 1:
        return places[None], ("", "position" if at else "channel"), ""
    if places.ndim == 2:
        return places, ("row", "column"), ""
    return places[at[0]], ("row", "column"), f"{NAMES[3][0]} {at[0]}"


def panel(axes: Axes, plane: Array, names: tuple[str, str], colour: str, name: str) -> None:
    from matplotlib.colors import to_rgba
    from matplotlib.ticker import MaxNLocator

    height, width = plane.shape
    shown = np.full((height, width, 4), to_rgba(PAPER))
    shown[plane] = to_rgba(colour)
    axes.imshow(shown, interpolation="nearest", aspect="auto" if height == 1 and not names[0] else "equal").set_gid(name)
    for spine in axes.spines.values():
        spine.set(visible=True, color=GREY)
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    axes.set_xlabel(names[1])
    axes.set_ylabel(names[0])
    if names[0]:
        axes.yaxis.set_major_locator(MaxNLocator(8, integer=True))
    else:
        axes.set_yticks([])
