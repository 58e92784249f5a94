"""A layer's arguments to the constructor call of its class in torch.nn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..op import Call, Op

OURS = ("weight", "init", "bias_init")  # arguments that torch's classes do not have
EXTENTS = ("kernel_size", "stride", "padding", "dilation", "output_padding", "output_size")


def call(op: Op, name: str, positional: int = 0, first: Mapping[str, object] | None = None, **instead: object) -> Call:
    """The call of torch's class: `first` is what torch has before the op's own arguments, in-channels mostly.

    `instead` replaces values of arguments. What equals its default is left out, positional ones aside.
    """
    arguments = {**(first or {})}
    for field, info in type(op).model_fields.items():
        if field in OURS:
            continue
        value = instead.get(field, getattr(op, field))
        value = one_for_all(value) if field in EXTENTS else value
        if info.is_required() or value != info.default or len(arguments) < positional:
            arguments[field] = value
    return Call(name, arguments, positional)


def one_for_all(value: Any) -> Any:
    """One number where all axes have the same, as one writes it."""
    return value[0] if isinstance(value, tuple) and len(set(value)) == 1 else value
