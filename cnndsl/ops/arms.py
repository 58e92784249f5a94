"""Whether the arms of a merge go together: the shape that they share, or an error that shows all of them and a way out."""

from __future__ import annotations

from collections.abc import Sequence

from ..diagnostics import Problem
from ..op import ChannelsLast, Shape, channels, rank, show, spatial
from ..symbols import Dim, differ
from .dims import channel_place

AXES = ("depth", "height", "width")


def agreed(name: str, arms: Sequence[Shape], free: bool = False) -> Shape:
    """The shape that all arms have, numbers rather than formulas; with `free`, channels may differ. Raises Problem."""
    same_layout(name, arms)
    channel = channel_place(arms[0])
    for at in range(len(arms[0])):
        if free and at == channel:
            continue
        for arm in arms[1:]:
            if differ(arms[0][at], arm[at]):
                raise disagreement(name, arms, arms[0], arm, at)
    sizes = tuple(certain([arm[at] for arm in arms]) for at in range(len(arms[0])))
    return ChannelsLast(sizes) if isinstance(arms[0], ChannelsLast) else sizes


def certain(sizes: Sequence[Dim]) -> Dim:
    """Of sizes that are equal, one that is a number, if any is."""
    return next((size for size in sizes if isinstance(size, int)), sizes[0])


def same_layout(name: str, arms: Sequence[Shape]) -> None:
    """Guard: as many axes everywhere, and the channels at the same end."""
    first = arms[0]
    for arm in arms[1:]:
        if rank(arm) != rank(first) or isinstance(arm, ChannelsLast) != isinstance(first, ChannelsLast):
            raise Problem(
                f"{name} wants values of one kind, and gets {listed(arms)}",
                code="E0306",
                help=layout_help(name, first, arm),
            )


def disagreement(name: str, arms: Sequence[Shape], a: Shape, b: Shape, at: int) -> Problem:
    """The error where two arms differ at a place of their shapes."""
    axis = axis_name(a, at)
    return Problem(
        f"{name} wants equal {axis}, and gets {a[at]} and {b[at]}",
        f"the arms are {listed(arms)}",
        code="E0306",
        help=gate_help(a, b) if name == "mul" else crop_help(arms) or sizes_help(name, a, b),
    )


def crop_help(arms: Sequence[Shape]) -> str | None:
    """How arms of three sizes and more can all be cropped to the smallest."""
    found = dict.fromkeys(numbers(spatial(arm)) for arm in arms)
    sizes = [one for one in found if one is not None]
    if len(sizes) < 3 or len(sizes) < len(found):
        return None
    least = min(sizes)
    if set(least) == {1} or any(n < m for one in sizes for n, m in zip(one, least, strict=True)):
        return None
    *others, last = [by(one) for one in sizes if one != least]
    return f"`Crop({least[0] if len(set(least)) == 1 else list(least)})` on the arms of {', '.join(others)} and {last}"


def axis_name(shape: Shape, at: int) -> str:
    if rank(shape) == 0:
        return "features"
    channel = channel_place(shape)
    return "channels" if at == channel else AXES[-rank(shape) :][at - (channel == 0)]


def listed(arms: Sequence[Shape]) -> str:
    *others, last = map(show, arms)
    return f"{', '.join(others)} and {last}"


# What to do about it


def layout_help(name: str, a: Shape, b: Shape) -> str:
    if isinstance(a, ChannelsLast) != isinstance(b, ChannelsLast):
        return "`Permute` moves the channels of one of them to where the other has them"
    flat, mapped = (a, b) if rank(a) == 0 else (b, a)
    if rank(flat) == 0 and name == "mul":
        ones = ", ".join(["1"] * rank(mapped))
        return f"`Unflatten(1, [{flat[0]}, {ones}])` makes the flat value a gate"
    if rank(flat) == 0:
        return "`Flatten` makes the map flat, or `Unflatten` the flat value a map"
    return "one of them has a spatial axis more than the other; `Flatten(2)` joins the spatial axes"


def gate_help(a: Shape, b: Shape) -> str:
    if rank(a) == 0:
        return f"`Linear({a[0]})` on the value of {b[0]} makes them equal"
    gate, gated = (b, a) if set(spatial(b)) == {1} else (a, b)
    if set(spatial(gate)) == {1} != set(spatial(gated)) and channels(gate) != channels(gated) != 1:
        return f"a gate has as many channels as what it gates: {channels(gated)}, as `Conv({channels(gated)}, 1)` gives"
    letters = "dhw"[-rank(a) :]
    gates = f"c{'×1' * rank(a)} over all positions, 1×{'×'.join(letters)} over all channels"
    return f"only gates are spread: {gates}; `Upsample(size=[{', '.join(letters)}])` spreads others, and says so"


def sizes_help(name: str, a: Shape, b: Shape) -> str | None:
    """How the first arm and another can be made equal."""
    if rank(a) == 0:
        return f"`Linear({b[0]})` on the value of {a[0]} makes them equal"
    one, other = numbers(spatial(a)), numbers(spatial(b))
    if one is None or other is None:
        return "`[x, y] -> Crop` crops one value to the size of another"
    if one == other:
        few, many = sorted((channels(a), channels(b)), key=lambda c: c if isinstance(c, int) else 0)
        return f"`Conv({many}, 1)` on the arm of {few} channel{'s' * (few != 1)} makes them equal"
    large, small, wanted = (one, other, channels(b)) if sum(one) > sum(other) else (other, one, channels(a))
    if set(small) == {1}:
        return f"`{name}` spreads nothing: a gate of {by(small)} belongs in `mul`, `Upsample(size={list(large)})` makes it a map"
    factor = stride(large, small)
    if factor and name == "cat":
        return f"`MaxPool({factor})` makes {by(large)} smaller, or `Upsample(scale_factor={factor})` {by(small)} larger"
    if factor:
        return f"`Conv({wanted}, 1, stride={factor})` on the arm of {by(large)}, or a stride of 1 on that of {by(small)}"
    differing = f"; `Conv({wanted}, 1)` on it makes the channels equal" * (name != "cat" and channels(a) != channels(b))
    return closing_help(large, small) + differing


def numbers(sizes: Shape) -> tuple[int, ...] | None:
    """The sizes, if all are known."""
    found = tuple(size for size in sizes if isinstance(size, int))
    return found if len(found) == len(sizes) else None


def by(sizes: tuple[int, ...]) -> str:
    return "×".join(map(str, sizes))


def stride(large: tuple[int, ...], small: tuple[int, ...]) -> int | None:
    """The stride of a 1×1 kernel that makes the large size the small one."""
    factor = round(large[0] / small[0])
    fits = factor > 1 and all(-(-n // factor) == m for n, m in zip(large, small, strict=True))
    return factor if fits else None


def closing_help(large: tuple[int, ...], small: tuple[int, ...]) -> str:
    """Sizes that are apart by a few positions: borders that kernels without padding have cut off."""
    gaps = {n - m for n, m in zip(large, small, strict=True)}
    if min(gaps) < 0:
        return "`[x, y] -> Crop` crops one value to the size of another, `Pad` makes one larger"
    crop = f"`Crop({small[0] if len(set(small)) == 1 else list(small)})` on the arm of {by(large)}"
    gap = gaps.pop()
    if not gaps and gap % 2 == 0:
        return f"{crop}, or kernels with padding on the other: it lacks {gap // 2} on each side"
    return f"{crop}, or `Pad` on the other"
