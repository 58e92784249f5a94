"""What a unit sees to a picture: where it reads, with field, window and border, and beside that how much each place counts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..figures import count, field_size, field_stride
from ..semiring import Array
from . import canvas
from .canvas import BLACK, BLUE, GREY, ORANGE, PAPER
from .marked import Span
from .plane import Plane, planes
from .unit import Seen, Sight

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HATCHES = {"zeros": "///", "reflect": "\\\\\\", "replicate": "---", "circular": "..."}
MIXED = "xxx"
WIDE, HIGH, STRIP, FOOT = 11.0, 4.7, 1.6, 0.4  # inches: the page, a row of maps, a row of strips, the legend
LETTERS = 135  # of a line of numbers
NARROW = 0.4  # a window of less than this part of what is drawn is connected with its enlargement


def drawn(found: Seen, format: str) -> bytes:
    """The picture as SVG, PNG or PDF: a row for each input, for each of a volume's middle slices; raises Problem (E0934)."""
    several = len(found.sights) > 1
    rows = [plane for sight in found.sights for plane in planes(sight)]
    heights = [STRIP if plane.is_strip else HIGH for plane in rows]
    numbers = [line for sight in found.sights for line in wrapped(caption(sight, several))]
    with canvas.looks():
        page = canvas.figure(WIDE, sum(heights) + FOOT, found.name, numbers)
        grid: Any = page.subplots(len(rows), 2, squeeze=False, height_ratios=heights)
        for number, (plane, pair) in enumerate(zip(rows, grid, strict=True)):
            places(pair[0], plane, number, found.borders)
            shares(page, pair[1], plane, number, found.borders)
            titles(pair, plane, several)
            connected(page, pair, plane)
        legend(page, rows, found.borders)
        return canvas.saved(page, format)


def titles(pair: tuple[Axes, Axes], plane: Plane, several: bool) -> None:
    where = " at ".join(filter(None, [plane.input if several or plane.cut else "", plane.cut]))
    for axes, what in zip(pair, ("what it reads", "influence, at initialisation"), strict=True):
        axes.set_title(f"{where}: {what}" if where else what)


def caption(sight: Sight, several: bool) -> list[str]:
    """The numbers, in pieces."""
    whole = "×".join(map(str, sight.extent)) or str(len(sight.support.mask))
    parts = [f"input {sight.input} {whole}" if several else f"input {whole}"]
    if sight.field is not None:
        stride = field_stride(sight.field)
        parts += [f"field {field_size(sight.field)}" + (f", stride {stride}" if stride else "")]
    window, places = sight.support.window, int(sight.support.places.sum())
    if window is None:
        return [*parts, "nothing of it is read"]
    if sight.extent:
        holes = sight.support.area - places
        parts.append(f"window {'×'.join(str(last - first + 1) for first, last in window)}")
        parts.append(f"{count(places)} places read" + (f", {count(holes)} holes" if holes else ", no holes"))
    if sight.influence.map.any() and sight.extent:
        radius = "×".join(f"{2 * deviation:.1f}" for deviation in sight.influence.deviation)
        parts.append(f"95% of the influence on {count(sight.influence.core)} places, effective radius {radius}")
        parts[-1] += " (approximate)" * bool(sight.influence.approximate)
    return parts


def wrapped(pieces: list[str]) -> list[str]:
    """Pieces on as many lines as they need."""
    lines = [pieces[0]]
    for piece in pieces[1:]:
        if len(lines[-1]) + len(piece) > LETTERS:
            lines.append(piece)
        else:
            lines[-1] += f" · {piece}"
    return lines


# ---- the two panels ----------------------------------------------------------------


def places(axes: Axes, plane: Plane, number: int, borders: list[str]) -> None:
    """The whole input to scale: what is read of it, the window around that, and the field, which may reach over its border."""
    ground(axes, plane, number, borders)
    colours = np.zeros((*plane.extent, 4))
    if plane.window is not None:
        (top, bottom), (left, right) = plane.window
        colours[top : bottom + 1, left : right + 1] = 1.0  # holes are white
        colours[plane.read] = rgba(BLUE)
        axes.imshow(colours, interpolation="nearest", zorder=2).set_gid(f"support-{number}")
        box(axes, plane.window, f"window-{number}", edgecolor=ORANGE, linewidth=2.0, zorder=4)
    spans = [
        ((0, n - 1), *([field] if field else [])) for n, field in zip(plane.extent, plane.field or (None, None), strict=True)
    ]
    frame(axes, plane, [(min(lo for lo, _ in all), max(hi for _, hi in all)) for all in spans])


def shares(page: Figure, axes: Axes, plane: Plane, number: int, borders: list[str]) -> None:
    """The window enlarged: the influence of each place, the least places that hold 95 % of it, and the effective radius."""
    ground(axes, plane, number, borders, "near")
    if plane.window is None:
        frame(axes, plane, [(0, n - 1) for n in plane.extent])
        return
    from matplotlib.colors import PowerNorm

    (top, bottom), (left, right) = plane.window
    white = np.ones((bottom - top + 1, right - left + 1, 3))
    outline = (left - 0.5, right + 0.5, bottom + 0.5, top - 0.5)
    axes.imshow(white, extent=outline, interpolation="nearest", zorder=2)
    crop = (slice(top, bottom + 1), slice(left, right + 1))
    shown = np.ma.masked_where(~plane.read[crop], plane.share[crop])
    by_root = PowerNorm(0.5, vmin=0.0)  # of squared gradients: the colour goes by the size of the gradient
    image = axes.imshow(shown, cmap="viridis", norm=by_root, extent=outline, interpolation="nearest", zorder=3)
    image.set_gid(f"influence-{number}")
    scale(page, axes, image, 2 if plane.is_strip else 5)
    contour(axes, plane, number)
    box(axes, plane.window, f"enlarged-{number}", edgecolor=ORANGE, linewidth=2.0, zorder=4)
    frame(axes, plane, list(plane.window))


def ground(axes: Axes, plane: Plane, number: int, borders: list[str], place: str = "far") -> None:
    """The input, and under it the field: hatched where it shows, as its padding."""
    height, width = plane.extent
    if plane.field is not None:
        box(axes, plane.field, f"padding-{place}-{number}", edgecolor=GREY, hatch=hatch(borders), linewidth=0.0, zorder=0)
        box(axes, plane.field, f"field-{place}-{number}", edgecolor=BLACK, linestyle="--", linewidth=1.6, zorder=5)
    whole = ((0, height - 1), (0, width - 1))
    box(axes, whole, f"input-{place}-{number}", facecolor=PAPER, edgecolor=GREY, linewidth=1.2, zorder=1)


def contour(axes: Axes, plane: Plane, number: int) -> None:
    """The edges between places of the core and others, and the effective radius around the centre."""
    if not plane.core.any():
        return
    from matplotlib.patches import Ellipse, PathPatch
    from matplotlib.path import Path

    edges = [*outline(plane.core)]
    path = Path([end for edge in edges for end in edge], [Path.MOVETO, Path.LINETO] * len(edges))
    axes.add_patch(
        PathPatch(path, fill=False, edgecolor="white", linewidth=1.3, path_effects=halo(), zorder=6, gid=f"core-{number}")
    )
    if plane.is_strip or not any(plane.deviation):
        return
    size = [4 * deviation for deviation in plane.deviation]
    ellipse = Ellipse(plane.centre[::-1], size[1], size[0], fill=False, edgecolor=ORANGE, linestyle=":", linewidth=2.0, zorder=7)
    ellipse.set_gid(f"radius-{number}")
    axes.add_patch(ellipse)


def outline(inside: Array) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """The edges of cells that part those inside from those outside."""
    padded = np.pad(inside, 1)
    for y, x in zip(*np.nonzero(padded[1:, 1:-1] != padded[:-1, 1:-1]), strict=True):
        yield (x - 0.5, y - 0.5), (x + 0.5, y - 0.5)
    for y, x in zip(*np.nonzero(padded[1:-1, 1:] != padded[1:-1, :-1]), strict=True):
        yield (x - 0.5, y - 0.5), (x - 0.5, y + 0.5)


def scale(page: Figure, axes: Axes, image: Any, steps: int) -> None:
    from matplotlib.ticker import MaxNLocator, PercentFormatter

    bar = page.colorbar(image, ax=axes, shrink=0.85, pad=0.02, format=PercentFormatter(1.0), ticks=MaxNLocator(steps))
    bar.outline.set_visible(False)
    bar.set_label("share of a place")


# ---- shapes ----------------------------------------------------------------


def box(axes: Axes, spans: tuple[Span, Span], name: str, **look: Any) -> None:
    """A rectangle around places, by its first and last row and column."""
    from matplotlib.patches import Rectangle

    (top, bottom), (left, right) = spans
    fill = "facecolor" in look
    patch = Rectangle((left - 0.5, top - 0.5), right - left + 1, bottom - top + 1, fill=fill, **look)
    patch.set_gid(name)
    axes.add_patch(patch)


def frame(axes: Axes, plane: Plane, spans: list[Span]) -> None:
    """Limits around what is to be seen, rows downward, whole numbers at the ticks."""
    from matplotlib.ticker import MaxNLocator

    (top, bottom), (left, right) = spans
    margin = 0.5 + 0.03 * max(bottom - top + 1, right - left + 1)
    axes.set_xlim(left - margin, right + margin)
    axes.set_ylim(bottom + (0.6 if plane.is_strip else margin), top - (0.6 if plane.is_strip else margin))
    axes.set_aspect("auto" if plane.is_strip else "equal")
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    axes.set_xlabel(plane.axes[1])
    if plane.is_strip:
        axes.set_yticks([])
    else:
        axes.yaxis.set_major_locator(MaxNLocator(8, integer=True))
        axes.set_ylabel(plane.axes[0])


def connected(page: Figure, pair: tuple[Axes, Axes], plane: Plane) -> None:
    """Thin lines from a small window to its enlargement."""
    from matplotlib.patches import ConnectionPatch

    left, right = pair
    if plane.window is None or plane.is_strip:
        return
    (top, bottom), (first, last) = plane.window
    low, high = left.get_xlim()
    if (last - first + 1) > NARROW * (high - low):
        return
    for y in (top - 0.5, bottom + 0.5):
        line = ConnectionPatch(
            (last + 0.5, y), (first - 0.5, y), "data", "data", axesA=left, axesB=right, color=ORANGE, lw=0.8, alpha=0.6
        )
        line.set_in_layout(False)
        page.add_artist(line)


def legend(page: Figure, drawn: list[Plane], borders: list[str]) -> None:
    """What the lines and colours mean, of those that are there."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    signs: list[Any] = [Line2D([], [], color=ORANGE, linewidth=2.0, label="window"), Patch(facecolor=BLUE, label="read")]
    if any(plane.field for plane in drawn):
        signs.insert(0, Line2D([], [], color=BLACK, linestyle="--", linewidth=1.6, label="field"))
    if any(overhangs(plane) for plane in drawn):
        words = f"beyond the border ({', '.join(borders)})" if borders else "beyond the border"
        signs.append(Patch(facecolor="white", edgecolor=GREY, hatch=hatch(borders), label=words))
    if any(plane.share.any() for plane in drawn):
        signs.append(Line2D([], [], color="white", linewidth=1.3, path_effects=halo(), label="95% of the influence"))
    if any(any(plane.deviation) and not plane.is_strip for plane in drawn):
        signs.append(Line2D([], [], color=ORANGE, linestyle=":", linewidth=2.0, label="effective radius"))
    page.legend(handles=signs, loc="outside lower left", ncols=len(signs), handlelength=1.6, columnspacing=1.4)


def overhangs(plane: Plane) -> bool:
    """Whether the field reaches over a border."""
    return plane.field is not None and any(lo < 0 or hi >= n for (lo, hi), n in zip(plane.field, plane.extent, strict=True))


def hatch(borders: list[str]) -> str:
    return HATCHES.get(borders[0], MIXED) if len(borders) == 1 else MIXED


def halo() -> list[Any]:
    """A dark rim, so that a white line shows on white too."""
    from matplotlib.patheffects import Normal, Stroke

    return [Stroke(linewidth=2.6, foreground=BLACK), Normal()]


def rgba(colour: str) -> tuple[float, float, float, float]:
    from matplotlib.colors import to_rgba

    red, green, blue, alpha = to_rgba(colour)
    return red, green, blue, alpha
