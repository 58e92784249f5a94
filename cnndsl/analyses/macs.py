"""How many multiply–adds a network takes for one sample: convolution and linear layers, one each, bias not counted."""

from __future__ import annotations

from collections import Counter

from ..analysis import Findings, Setting
from ..graph import Graph
from ..symbols import Dim


def analyse(graph: Graph, setting: Setting) -> Findings:
    """Column and total `macs`; a shared layer counts at every call. Open sizes give formulas."""
    column = [node.io.macs for node in graph.nodes]
    total: Dim = 0
    for io, times in Counter(node.io for node in graph.nodes).items():
        total = total + io.macs * times
    return Findings({"macs": column}, {"macs": total})
