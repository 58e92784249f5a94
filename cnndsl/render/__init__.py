"""Diagnostics to text, one form a file: pure functions, nothing is printed here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from ..diagnostics import Diagnostic
from . import github, json, sarif, text

Renderer = Callable[[Sequence[Diagnostic]], str]

RENDERERS: Mapping[str, Renderer] = MappingProxyType(
    {"text": text.render, "json": json.render, "sarif": sarif.render, "github": github.render}
)
