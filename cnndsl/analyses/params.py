"""How many parameters a network has, how many train, and the bytes of all that it stores."""

from __future__ import annotations

from collections import Counter

from ..analysis import BYTES, Findings, Setting
from ..graph import Graph
from ..op import Applied, count


def analyse(graph: Graph, setting: Setting) -> Findings:
    """Columns `params` and `trainable` (of shared weights: at the first call), totals of them and `weight_bytes`."""
    params = [node.io.params if node.call == 1 else 0 for node in graph.nodes]
    trainable = [0 if node.frozen or node.call > 1 else node.io.trainable for node in graph.nodes]
    stored = Counter(node.io for node in graph.nodes if node.call == 1)
    totals = {
        "params": sum(params),
        "trainable": sum(trainable),
        "weight_bytes": sum(number * weight_bytes(io, setting) for io, number in stored.items()),
    }
    return Findings({"params": params, "trainable": trainable}, totals)


def weight_bytes(io: Applied, setting: Setting) -> int:
    """Bytes of all stored tensors of a layer, buffers too, each in its own dtype."""
    listed = sum(count(w.shape) * BYTES[w.dtype or setting.dtype] for w in io.weights)
    return listed + io.op.unlisted(io) * setting.itemsize
