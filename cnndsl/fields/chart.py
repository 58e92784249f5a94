"""The growth of receptive fields to a chart: their size against the depth, beside the size of the input."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple

from ..diagnostics import Problem
from ..field import AxisField, Exact
from ..figures import count, field_size
from ..network import Network
from ..report import headline
from . import canvas
from .canvas import BLACK, BLUE, GREEN, GREY, ORANGE
from .growth import Growth, Step, alike
from .unread import runs

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDE, HIGH = 12.5, 5.2  # inches: the page, a chart
NAMED = 44  # so many rows have their names under the chart
COLOURS = (BLUE, GREEN, ORANGE)
AXES = {1: ("positions",), 2: ("rows", "columns"), 3: ("slices", "rows", "columns")}


class Curve(NamedTuple):
    """An axis of an input, or all that are alike: at each depth the least and the most that a unit spans, and its stride.

    None where everything is seen, where it varies, or is not known; `least` and `most` of a phase differ.
    """

    name: str
    size: int | None
    points: list[tuple[int, int, Exact] | None]


def drawn(network: Network, found: Sequence[Growth], format: str) -> bytes:
    """The chart as SVG, PNG or PDF: one for each input that has its own growth.

    Raises Problem: no input has spatial axes (E0935), or matplotlib is missing (E0934).
    """
    shown = [growth for growth in alike(found) if growth.extent]
    if not shown:
        raise Problem(f"no input of {network.name} has spatial axes", "there is no field that could grow", code="E0935")
    lines = [headline(network), *(words for growth in shown if (words := covered(growth, len(found) > 1)))]
    with canvas.looks():
        page = canvas.figure(WIDE, HIGH * len(shown), f"{network.name}: receptive field, layer by layer", lines)
        grid: Any = page.subplots(len(shown), 1, squeeze=False)
        for number, (growth, axes) in enumerate(zip(shown, grid[:, 0], strict=True)):
            chart(axes, growth, number)
            if len(found) > 1:
                axes.set_title(f"in {growth.input}")
        return canvas.saved(page, format)


def covered(growth: Growth, several: bool) -> str:
    """Which layer first covers the input."""
    whole = "×".join(map(str, growth.extent))
    name = f"{growth.input}, {whole}" if several else f"the input, {whole}"
    if growth.covering is None:
        return f"no layer's field is as large as {name}"
    row, field, _ = growth.covering
    return f"{row.path} is the first to see as much as {name}: field {field_size(field)}"


def curves(growth: Growth) -> list[Curve]:
    """One for all axes where they are alike, else one for each."""
    names = AXES[len(growth.extent)]
    found = [Curve(name, size_of(growth, axis), points(growth, axis)) for axis, name in enumerate(names)]
    same = all(curve[1:] == found[0][1:] for curve in found)
    return [found[0]._replace(name=" and ".join(names))] if same else found


def size_of(growth: Growth, axis: int) -> int | None:
    n = growth.extent[axis]
    return n if isinstance(n, int) else None


def points(growth: Growth, axis: int) -> list[tuple[int, int, Exact] | None]:
    sights = [step.field.axes[axis] for step in growth]
    return [(min(a.sizes), max(a.sizes), a.stride) if isinstance(a, AxisField) else None for a in sights]


def chart(axes: Axes, growth: Growth, number: int) -> None:
    found = curves(growth)
    for curve, style, colour in zip(found, ("-", "--", ":"), COLOURS, strict=False):
        draw(axes, curve, style, colour, f"{number}-{curve.name.split()[0]}")
    strides(axes, found, number)
    limits(axes, found)
    everything(axes, growth)
    cover(axes, growth, number)
    ticks(axes, growth)
    axes.set_ylabel("size of the field")
    axes.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))


def draw(axes: Axes, curve: Curve, style: str, colour: str, name: str) -> None:
    """The most as steps, a band down to the least, and the input's own size across."""
    at = [place for place, point in enumerate(curve.points) if point]
    least, most = [curve.points[place][0] for place in at], [curve.points[place][1] for place in at]  # type: ignore[index]
    (line,) = axes.plot(
        at, most, style, color=colour, linewidth=1.8, drawstyle="steps-mid", zorder=3, label=f"field, {curve.name}"
    )
    line.set_gid(f"field-{name}")
    if least != most:
        label = "between phases"
        band = axes.fill_between(at, least, most, step="mid", color=colour, alpha=0.3, linewidth=0, zorder=2, label=label)
        band.set_gid(f"phases-{name}")
    if curve.size is not None:
        label = f"the input's {curve.name}: {count(curve.size)}"
        across = axes.axhline(curve.size, color=BLACK, linestyle=style if style != "-" else "-.", linewidth=1.2, label=label)
        across.set_gid(f"input-{name}")


def strides(axes: Axes, found: list[Curve], number: int) -> None:
    """A dot on each layer, its colour the stride."""
    from matplotlib import colormaps

    known = sorted({point[2] for curve in found for point in curve.points if point})
    for order, stride in enumerate(known):
        dots = [(at, p[1]) for curve in found for at, p in enumerate(curve.points) if p and p[2] == stride]
        colour = colormaps["viridis"](order / max(len(known) - 1, 1))
        marks = axes.scatter(*zip(*dots, strict=True), s=34, color=[colour], edgecolor="white", linewidth=0.6, zorder=4)
        marks.set_label(f"stride {stride}")
        marks.set_gid(f"stride-{number}-{order}")


def limits(axes: Axes, found: list[Curve]) -> None:
    sizes = [curve.size for curve in found if curve.size] + [p[1] for curve in found for p in curve.points if p]
    axes.set_ylim(0, 1.08 * max(sizes, default=1))


def everything(axes: Axes, growth: Growth) -> None:
    """A shade where layers see all of the input."""
    seen = [at for at, step in enumerate(growth) if step.share == inf]
    for first, last in runs(seen):
        axes.axvspan(first - 0.5, last + 0.5, color=GREY, alpha=0.18, linewidth=0, zorder=0)
        label = "all" if first == last else "everything is seen"
        axes.text((first + last) / 2, 0.5 * axes.get_ylim()[1], label, rotation=90, ha="center", va="center", color=GREY)


def cover(axes: Axes, growth: Growth, number: int) -> None:
    """The first layer that covers the input, by name."""
    step: Step | None = growth.covering
    if step is None or step.share == inf:
        return
    at = growth.steps.index(step)
    high = max(size for size in step.field.size if size is not None)
    far = at > len(growth.steps) / 2
    note = axes.annotate(
        f"{step.row.path} covers the input",
        (at, high),
        xytext=(-14 if far else 14, 26),
        textcoords="offset points",
        ha="right" if far else "left",
        arrowprops={"arrowstyle": "->", "color": ORANGE},
        color=ORANGE,
        fontweight="bold",
        zorder=6,
    )
    note.set_gid(f"covering-{number}")


def ticks(axes: Axes, growth: Growth) -> None:
    """Names of layers where there is room, else their numbers."""
    last = len(growth.steps) - 1
    axes.set_xlim(-0.7, last + 0.7)
    axes.grid(axis="y", color=GREY, alpha=0.25, linewidth=0.6)
    axes.set_axisbelow(True)
    if last < NAMED:
        axes.set_xticks(range(last + 1), [step.row.path for step in growth], rotation=90, fontsize=9)
        return
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(12, integer=True))
    axes.set_xlabel("layer, in the order of the program")
