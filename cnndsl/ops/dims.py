"""PyTorch's axes, the batch being 0, to places in a shape and back."""

from __future__ import annotations

from math import gcd

from ..diagnostics import Problem
from ..op import ChannelsLast, Shape, counted, rank, show
from ..symbols import Dim


def place(dim: int, shape: Shape, name: str, argument: str = "dim") -> int:
    """The place in the shape of PyTorch's axis `dim`, which may count from the end; raises Problem."""
    axes = len(shape) + 1
    if not -axes <= dim < axes:
        raise Problem(
            f"there is no axis {dim}: the value has {counted(axes, 'axis').replace('axiss', 'axes')}, the batch among them",
            f"{name} on {show(shape)}",
            argument=argument,
            code="E0405",
            help=f"axes count from 0, the batch, to {axes - 1}; {channel_dim(shape)} is the channels",
        )
    if dim % axes == 0:
        raise Problem(
            f"axis {dim} is the batch: {name} would mix the samples",
            argument=argument,
            code="E0405",
            help=f"axes count from the batch, 0; {channel_dim(shape)} is the channels",
        )
    return dim % axes - 1


def channel_place(shape: Shape) -> int:
    """Where the channels stand in the shape."""
    return rank(shape) if isinstance(shape, ChannelsLast) else 0


def channel_dim(shape: Shape) -> int:
    """PyTorch's axis of the channels."""
    return -1 if isinstance(shape, ChannelsLast) else 1


def with_channels(shape: Shape, size: Dim) -> Shape:
    """The shape with another number of channels."""
    if isinstance(shape, ChannelsLast):
        return ChannelsLast((*shape[:-1], size))
    return (size, *shape[1:])


def channel_slice(shape: Shape, text: str) -> str:
    """The index of some channels of {0}: [:, 16:48]."""
    return f"{{0}}[..., {text}]" if isinstance(shape, ChannelsLast) else f"{{0}}[:, {text}]"


PHASES = 50_000  # units in a row that read differently, or what one of them reads: each is looked at by itself


def hold_phases(count: int, name: str, argument: str | None = None) -> None:
    """Guard: what a layer reads can be written down."""
    if count > PHASES:
        title = f"{name} follows {count:,} positions one by one, which are too many"
        raise Problem(title, f"at most {PHASES:,}", argument=argument, code="E0701")


FOLLOWED = 1_000_000  # channels that a layer may move about: each is followed by itself


def hold_width(width: int, name: str) -> None:
    """Guard: so many channels can be followed one by one."""
    if width > FOLLOWED:
        raise Problem(f"{name} follows every channel, and {width:,} are too many", f"at most {FOLLOWED:,}", code="E0701")


def divisors(*numbers: Dim) -> str:
    """What divides all of them, up to a thousand: 1, 2 or 4."""
    common = gcd(*(n for n in numbers if isinstance(n, int)))
    found = [d for d in range(1, min(common, 1000) + 1) if common % d == 0]
    return ", ".join(map(str, found[:-1])) + f" or {found[-1]}" if len(found) > 1 else "1"
