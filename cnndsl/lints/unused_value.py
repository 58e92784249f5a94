"""A layer whose value reaches no output, or an input that nothing reads.

It takes time and memory for nothing. Its weights are stored, never get a gradient, and make PyTorch's distributed training
stop and ask for `find_unused_parameters`.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..diagnostics import Diagnostic
from ..lint import Site, Subject, name, warning
from ..op import show

CODE = "L010"
TITLE = "a value that reaches no output"
QUIET = False
SOURCE = "PyTorch's documentation of DistributedDataParallel: find_unused_parameters"
EXAMPLE = """
net N {
  input image: 3x32x32
  conv: Conv(8, 3) -> ReLU
  image -> other: Conv(8, 3)
  image -> last: Conv(8, 5)
}
"""
BETTER = """
net N {
  input image: 3x32x32
  conv: Conv(8, 3) -> ReLU -> other: Conv(8, 3)
  image -> last: Conv(8, 5)
  output fine = last, coarse = other
}
"""


def find(subject: Subject) -> Iterator[Diagnostic]:
    """One for each place where a way ends, in every network that has it; inputs of a network one by one."""
    for network in subject.networks:
        for node in network.ir.inputs.values():
            if subject.within(node.span) and is_end(subject, Site(network, node)):
                text = f"no layer reads the input {node.key} ({show(node.io.output)})"
                yield warning(CODE, TITLE, node.span, text, "take it away, or read it by its name")
    for span, sites in subject.sites.items():
        node = sites[0].node
        if node.op.arity != 0 and all(is_end(subject, site) for site in sites):
            text = f"nothing reads {name(node)} ({show(node.io.output)}), and it is no output"
            yield warning(CODE, TITLE, span, text, "take it away, read it by its name, or give it out: `output name = …`")


def is_end(subject: Subject, site: Site) -> bool:
    """Whether no layer and no output reads a node; what only leads there is not told of again."""
    if subject.readers(site.network)[site.node.index]:
        return False
    return all(value.node is not site.node for value in site.network.ir.outputs.values())
