"""A layer with weights is left unlabelled in a body that also has labels: its key moves when lines are added.

Where lines carry labels, the keys of the checkpoint are those labels. One layer without is stored under its number, which
counts every line before it: an activation that is put in between moves it, and old checkpoints no longer load.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..diagnostics import Diagnostic, Label
from ..graph import Graph, Node, Path
from ..lint import Subject

CODE = "L001"
TITLE = "a key that depends on the position"
QUIET = False
SOURCE = "PyTorch's nn.Sequential, whose keys are positions"
EXAMPLE = """
net N {
  input image: 3x32x32
  conv1: Conv(8, 3) -> ReLU
  Conv(8, 3)
}
"""
BETTER = """
net N {
  input image: 3x32x32
  conv1: Conv(8, 3) -> ReLU
  conv2: Conv(8, 3)
}
"""


def find(subject: Subject) -> Iterator[Diagnostic]:
    """One for each place in the file, however often it is expanded."""
    told = set()
    for network in subject.networks:
        labelled = scopes_with_labels(network.ir)
        for node, key in weighted_children(network.ir):
            scope, last = key[:-1], key[-1]
            span = network.ir.scopes[key].span if key in network.ir.scopes else node.span
            if not last.isdigit() or scope not in labelled or span in told or span.source is not subject.module.source:
                continue
            told.add(span)
            text = f"its weights are stored as {'.'.join(key)}"
            help = "give it a label, as its neighbours have"
            yield Diagnostic(CODE, TITLE, (Label(span, text),), (), help, severity="warning")


def scopes_with_labels(graph: Graph) -> set[Path]:
    """The scopes in which a child has a label."""
    paths: Iterable[Path] = [node.path for node in graph.layers if not node.op.merge] + list(graph.scopes)
    return {path[:-1] for path in paths if not path[-1].isdigit()}


def weighted_children(graph: Graph) -> Iterator[tuple[Node, Path]]:
    """Every layer with weights, with its own key and those of the scopes around it."""
    for node in graph.layers:
        if node.call == 1 and node.io.weights:
            for depth in range(1, len(node.path) + 1):
                yield node, node.path[:depth]
