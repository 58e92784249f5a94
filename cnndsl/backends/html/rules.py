"""A layer to how its output's size and its reads follow from the input's size, for a page that changes layers itself."""

from __future__ import annotations

from typing import Any

from ...op import Applied, ChannelsLast, per_axis, rank, spatial
from ...ops.adaptive import Adaptive
from ...ops.border import Pad
from ...ops.conv import Conv, ConvTranspose
from ...ops.padding import Window, moves_with_size
from ...ops.pool import Sliding
from ...ops.resize import Upsample, ratio
from ...relation import EVERYTHING, IDENTITY, Relation

Record = dict[str, Any]


def rule(io: Applied) -> Record:
    """`is`: slide, spread, shares (adaptive pooling), places (each its own, sizes stay), one (a single place is left), flat,
    flatten, shuffle, unshuffle, scale; fixed: known for these sizes alone.
    """
    op, moved = io.op, [relation.channels.kind for relation in io.relations]
    if isinstance(op, Conv | Sliding):
        return sliding(io, op)
    if isinstance(op, Pad):
        return {"is": "slide", "windows": list(map(window, op.windows(io.input)))}
    if isinstance(op, ConvTranspose):
        placed = op.placed(io.input)
        return {"is": "spread", "windows": [window(w) for w, _ in placed], "room": [room for _, room in placed]}
    if isinstance(op, Adaptive):
        return {"is": "shares", "aims": list(op.aims(io.input))}
    if isinstance(op, Upsample) and op.scale_factor is not None and not op.align_corners:
        factors = (ratio(factor) for factor in per_axis(op.scale_factor, rank(io.input), "scale_factor"))
        return {"is": "scale", "by": [[factor.numerator, factor.denominator] for factor in factors]}
    if moved == ["reshape"]:
        return {"is": "flatten"} if rank(io.output) == 0 and not isinstance(io.input, ChannelsLast) else {"is": "fixed"}
    if moved in (["shuffle"], ["unshuffle"]):
        return {"is": moved[0], "by": io.relations[0].channels.groups}
    return by_axes(io)


def sliding(io: Applied, op: Conv | Sliding) -> Record:
    moving = op.windows(io.input)
    if moves_with_size(op.padding if isinstance(op, Conv) else op.moves()[3], moving):
        return {"is": "same", "windows": list(map(window, moving))}
    found: Record = {"is": "slide", "windows": list(map(window, moving))}
    return found | {"ceil": True} if getattr(op, "ceil_mode", False) else found


def window(w: Window) -> Record:
    return {"kernel": w.kernel, "stride": w.stride, "dilation": w.dilation, "before": w.before, "after": w.after}


def by_axes(io: Applied) -> Record:
    """What the relations alone tell."""
    if all(rank(shape) == 0 for shape in (*io.inputs, *io.outputs)):
        return {"is": "flat"}
    if all(map(whole, io.relations)) and all(n == 1 for shape in io.outputs for n in spatial(shape)):
        return {"is": "one"}
    alike = len({tuple(spatial(shape)) for shape in (*io.inputs, *io.outputs)}) == 1
    if alike and all(all(axis == IDENTITY for axis in relation.axes) and relation.axes for relation in io.relations):
        return {"is": "places"}
    return {"is": "fixed"}


def whole(relation: Relation) -> bool:
    return bool(relation.axes) and all(axis is EVERYTHING for axis in relation.axes)
