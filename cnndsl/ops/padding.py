"""Windows that slide over an axis: their padding and how many there are, for convolution and pooling alike."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple

from ..diagnostics import Problem
from ..formula import AXES, Expr, ceiled, floored, largest, named
from ..op import Shape, known, per_axis, rank, show, spatial
from ..symbols import Dim, below

Pair = tuple[int, int]
SAME_PADS = "padding=same keeps ⌈n/s⌉: what the windows need beyond the input is halved, the odd one after it"


class Window(NamedTuple):
    """How a window moves along one axis, and how many positions are added before and after it."""

    kernel: int
    stride: int
    dilation: int = 1
    before: int = 0
    after: int = 0

    @property
    def reach(self) -> int:
        """The positions from the first tap to the last."""
        return self.dilation * (self.kernel - 1) + 1


@lru_cache(1024)
def windows(x: Shape, kernel: Any, stride: Any, dilation: Any, padding: Any) -> list[Window]:
    """The window of each axis, out of the arguments as they were written; `same` may need the size."""
    axes = rank(x)
    named = (("kernel_size", kernel), ("stride", stride), ("dilation", dilation))
    sizes = zip(*(per_axis(value, axes, name) for name, value in named), strict=True)
    if padding == "same":
        return [Window(k, s, d, *same_pads(n, k, s, d)) for n, (k, s, d) in zip(spatial(x), sizes, strict=True)]
    return [Window(k, s, d, *pads) for (k, s, d), pads in zip(sizes, pairs(padding, axes), strict=True)]


def pairs(padding: Any, axes: int) -> list[Pair]:
    """Padding before and after each axis: one number serves for all axes, one of an axis for both its sides."""
    return [pad if isinstance(pad, tuple) else (pad, pad) for pad in per_axis(padding, axes, "padding")]


def same_pads(size: Dim, kernel: int, stride: int, dilation: int) -> Pair:
    """TensorFlow's rule: ⌈size / stride⌉ windows, and what they need beyond the input is halved, the odd one after it."""
    reach = dilation * (kernel - 1) + 1
    if stride == 1:
        total = reach - 1
    else:
        n = known(size, "the size that padding=same is to keep")
        total = max((-(-n // stride) - 1) * stride + reach - n, 0)
    return total // 2, total - total // 2


def same_size(size: Dim, stride: int) -> Dim:
    """⌈size / stride⌉"""
    return (size + stride - 1) // stride


def sliding_size(size: Dim, window: Window, ceil_mode: bool = False) -> Dim:
    """How many windows there are on an axis.

    With `ceil_mode` the last may run over the end, but has to start inside the input or the padding before it:
    the smaller of ⌈(size + before + after - reach) / stride⌉ + 1 and ⌈(size + before) / stride⌉.
    """
    if not ceil_mode:
        return (size + window.before + window.after - window.reach) // window.stride + 1
    short = max(window.reach - window.stride - window.after, 0)
    return same_size(size + window.before - short, window.stride)


def sliding_formula(size: Dim, window: Window, ceil_mode: bool = False, dilated: bool = True) -> Expr:
    """The same as an expression; without `dilated`, a window that has no holes is called by its size alone."""
    n = named("n", size, "size of the input on the axis")
    k, s = named("k", window.kernel, "kernel_size"), named("s", window.stride, "stride")
    p = named("p", window.before, "padding on each side")
    both = 2 * p
    if window.before != window.after:
        p = named("p_1", window.before, "padding before")
        both = p + named("p_2", window.after, "padding after")
    reach = named("d", window.dilation, "dilation") * (k - 1) + 1 if dilated or window.dilation > 1 else k
    if not ceil_mode:
        return floored(less_each(n + both, reach), s) + 1
    last = p if window.before == window.after else both.parts[1]
    return ceiled(n + p - largest(less_each(reach - s, last), 0), s)


def less_each(number: Expr, taken: Expr) -> Expr:
    """number - taken, term by term: n - d·(k - 1) - 1, as PyTorch writes it."""
    for part in taken.parts if taken.kind == "sum" else (taken,):
        number = number + part.parts[0] if part.kind == "negative" else number - part
    return number


def same_formulas(size: Dim, kernel: int, stride: int, dilation: int) -> tuple[Expr, Expr | None]:
    """How many windows `same` gives, and what it pads on both sides together; None where that is not known."""
    n, s = named("n", size, "size of the input on the axis"), named("s", stride, "stride")
    reach = named("d", dilation, "dilation") * (named("k", kernel, "kernel_size") - 1) + 1
    count = ceiled(n, s)
    if stride > 1 and not isinstance(size, int):
        return count, None
    return count, largest((count - 1) * s + reach - n, 0) if stride > 1 else reach - 1


def slid(x: Shape, kernel: Any, stride: Any, dilation: Any, padding: Any, ceil_mode: bool = False) -> tuple[Dim, ...]:
    """How many windows there are on each axis; `same` gives ⌈size / stride⌉ and needs no size for it."""
    if padding == "same":
        moving = windows(x, kernel, stride, dilation, 0)
        return tuple(same_size(n, w.stride) for n, w in zip(spatial(x), moving, strict=True))
    moving = windows(x, kernel, stride, dilation, padding)
    counts = tuple(sliding_size(n, w, ceil_mode) for n, w in zip(spatial(x), moving, strict=True))
    for axis, number in enumerate(counts):
        if below(number, 1):
            raise too_large(x, moving, axis)
    return counts


def slid_formulas(
    x: Shape, kernel: Any, stride: Any, dilation: Any, padding: Any, ceil_mode: bool = False, dilated: bool = True
) -> tuple[tuple[Expr, ...], tuple[tuple[str, Expr], ...]]:
    """The same as formulas, with those of the padding where `same` settles it."""
    if padding != "same":
        moving = windows(x, kernel, stride, dilation, padding)
        return tuple(sliding_formula(n, w, ceil_mode, dilated) for n, w in zip(spatial(x), moving, strict=True)), ()
    moving = windows(x, kernel, stride, dilation, 0)
    found = [same_formulas(n, w.kernel, w.stride, w.dilation) for n, w in zip(spatial(x), moving, strict=True)]
    pads = zip(AXES[rank(x)], (pad for _, pad in found), strict=True)
    return tuple(size for size, _ in found), tuple((f"padding of the {axis}", pad) for axis, pad in pads if pad is not None)


def too_large(x: Shape, moving: list[Window], axis: int) -> Problem:
    """The window does not fit into the padded input."""
    w = moving[axis]
    n = known(spatial(x)[axis], "the size")
    total = n + w.before + w.after
    span = f" + padding {w.before} + {w.after} = {total}" if w.before or w.after else ""
    room = (total - 1) // w.dilation + 1
    enough = f"padding={-(-(w.reach - n) // 2)} makes room"
    help = f"a kernel of {room} fits here at most; {enough}" if room > 0 else enough
    if total == 1:
        help = "nothing is left to slide over: leave this layer out, or a stride before it"
    reach = f"dilation {w.dilation}·({w.kernel} - 1) + 1 = {w.reach}"
    parts = [f"size {n}{span}"] * bool(span) + [reach] * (w.dilation > 1)
    return Problem(
        f"the kernel does not fit: it spans {w.reach}, the input only {total}",
        f"{'×'.join(str(each.kernel) for each in moving)} kernel on {show(x)}",
        argument="kernel_size",
        code="E0301",
        notes=[f"axis {axis}: {'; '.join(parts)}"] * bool(parts),
        help=help,
    )


def check_half(moving: Iterable[Window]) -> None:
    """Guard: pooling pads by half of its window at most, so that no window lies in padding alone."""
    for axis, w in enumerate(moving):
        worst = max(w.before, w.after)
        if worst > w.reach // 2:
            raise Problem(
                f"padding of {worst} is more than half of the window, which spans {w.reach}",
                argument="padding",
                code="E0302",
                notes=[f"on axis {axis}; a window that lies in the padding alone would have nothing to pool"],
                help=f"pad by {w.reach // 2} at most, or put a `Pad({worst})` before it and leave padding out",
            )


def moves_with_size(padding: Any, moving: Iterable[Window]) -> bool:
    """Whether another size of the input would be padded otherwise: a layer that is applied again may meet it."""
    return padding == "same" and any(w.stride > 1 for w in moving) and any(w.before or w.after for w in moving)


def symmetric(moving: Iterable[Window]) -> bool:
    return all(w.before == w.after for w in moving)


def explicit_pad(x: str, moving: Iterable[Window], mode: str = "zeros", value: str = "") -> str:
    """F.pad as an expression; torch counts axes from the last, and leaves out leading ones only where it pads by a constant."""
    sides = [(w.before, w.after) for w in moving]
    while mode == "zeros" and len(sides) > 1 and sides[0] == (0, 0):
        sides.pop(0)
    numbers = ", ".join(f"{lo}, {hi}" for lo, hi in reversed(sides))
    more = f', mode="{mode}"' if mode != "zeros" else f", value={value}" if value else ""
    return f"F.pad({x}, ({numbers}){more})"
