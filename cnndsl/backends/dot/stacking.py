"""Which layers share a box with the layer that they follow."""

from __future__ import annotations

from ...graph import Node
from .scopes import Part

STACKED = ("activation", "normalization", "regularization")


def leans(before: Part, after: Part) -> bool:
    """Whether a layer does no more than work over, unit by unit, the output of the one before it."""
    if not isinstance(before, Node) or not isinstance(after, Node) or before.is_input or before.op.merge:
        return False
    if after.op.kind not in STACKED or len(after.inputs) != 1 or after.inputs[0].node is not before:
        return False
    return len(before.io.outputs) == 1 and after.io.outputs == before.io.outputs
