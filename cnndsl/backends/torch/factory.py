"""Where a network's tensors are made: the arguments `device` and `dtype` of its class."""

from __future__ import annotations

from .layout import INDENT

ARGUMENTS = ("*", "device: torch.device | str | None = None", "dtype: torch.dtype | None = None")
CONTEXT = "with torch.device(device or torch.get_default_device())"
CONVERTED = "self.to(dtype=dtype)"
INSIDE = INDENT * 3  # of the context, in __init__


def on_device(lines: list[str]) -> list[str]:
    """The statements that make a network's modules, under the context of its device."""
    return [f"{INDENT * 2}{CONTEXT}:", *lines, f"{INDENT * 2}{CONVERTED}"] if lines else []
