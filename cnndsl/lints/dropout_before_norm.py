"""Dropout before a batch normalisation, which then normalises by statistics that it never meets again.

In training, dropout raises the variance of what arrives, and the normalisation gathers that variance. Afterwards there is
no dropout: the variance is smaller than the one that is divided by, and the whole network after it is off.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..diagnostics import Diagnostic, Label
from ..graph import Node, Value
from ..lint import Reader, Subject, name, of_value
from ..network import Network
from ..ops.norm import BatchNorm

CODE = "L022"
TITLE = "dropout before a batch normalisation"
QUIET = False
SOURCE = "Li et al., Understanding the Disharmony between Dropout and Batch Normalization by Variance Shift, CVPR 2019"
EXAMPLE = """
net N {
  input features: 512
  Linear(256, bias=false) -> Dropout(0.5) -> BatchNorm -> ReLU
}
"""
BETTER = """
net N {
  input features: 512
  Linear(256, bias=false) -> BatchNorm -> ReLU -> Dropout(0.5)
}
"""
DROPPING = ("Dropout", "Dropout2d", "AlphaDropout")
BETWEEN = ("activation", "regularization", "pooling", "reshape", "merge")  # kinds of layers that keep what dropout did


def find(subject: Subject) -> Iterator[Diagnostic]:
    """One for each dropout whose value arrives at a batch normalisation with no layer of weights between."""
    for network in subject.networks:
        for node in network.ir.nodes:
            p = getattr(node.op, "p", 0) if node.op.word() in DROPPING else 0
            if p > 0 and (span := subject.place(node)):
                norm = normalised(node, network, subject.readers(network))
                if norm is None:
                    continue
                factor = 1 / (1 - p) if p < 1 else 0
                shift = (
                    f"in training it makes the mean of squares {factor:.4g} times as large" if factor else "it drops everything"
                )
                labels = [Label(span, shift)]
                there = subject.place(norm)
                if there is not None and there != span:
                    labels.append(Label(there, f"{name(norm)} gathers statistics of that"))
                help = "put the dropout behind the last batch normalisation"
                yield Diagnostic(CODE, TITLE, tuple(labels), (), help, severity="warning")


def normalised(node: Node, network: Network, found: list[list[Reader]]) -> Node | None:
    """The first batch normalisation that reads a node, through layers that leave a value what it is."""
    met, ahead = {node.index}, [node]
    while ahead:
        for one in of_value(Value(ahead.pop(0)), found):
            if isinstance(one.node.op, BatchNorm) and one.node.op.track_running_stats:
                return one.node
            if one.node.op.kind in BETWEEN and not one.node.io.weights and one.node.index not in met:
                met.add(one.node.index)
                ahead.append(one.node)
    return None
