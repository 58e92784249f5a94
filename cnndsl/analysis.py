"""What an analysis is: a graph to columns (one value a node) and totals. Every file of `analyses/` is one."""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple, Protocol, cast

from . import analyses
from .graph import Graph

FLOATS = ("float64", "float32", "float16", "bfloat16")  # what a network may compute in
BYTES = {
    "float64": 8,
    "float32": 4,
    "float16": 2,
    "bfloat16": 2,
    "int64": 8,
    "int32": 4,
    "int16": 2,
    "int8": 1,
    "uint8": 1,
    "bool": 1,
    "complex64": 8,
    "complex128": 16,
}  # of one element of a stored tensor


class Setting(NamedTuple):
    """What the memory figures are for."""

    batch: int = 1
    dtype: str = "float32"

    @property
    def itemsize(self) -> int:
        return BYTES[self.dtype]


@dataclass(slots=True)
class Findings:
    """Columns by name, each as long as graph.nodes; totals of the network by name; notes in words."""

    columns: dict[str, list[Any]] = field(default_factory=dict)
    totals: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


class Analysis(Protocol):
    """A module of `analyses/`."""

    def analyse(self, graph: Graph, setting: Setting) -> Findings: ...


@cache
def known() -> tuple[Analysis, ...]:
    """All analyses, found by folder, in the order of their names."""
    found = sorted(module.name for module in pkgutil.iter_modules(analyses.__path__))
    return tuple(cast(Analysis, import_module(f"{analyses.__name__}.{name}")) for name in found)


def run(graph: Graph, setting: Setting) -> Findings:
    """All columns, totals and notes of a graph."""
    whole = Findings()
    for analysis in known():
        found = analysis.analyse(graph, setting)
        whole.columns |= found.columns
        whole.totals |= found.totals
        whole.notes += found.notes
    return whole
