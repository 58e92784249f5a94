"""A layer that works in place on a value that something else reads: that one gets what was overwritten.

`inplace=true` writes the result over the input. Whoever reads the same storage later, through a view too, reads the
result in place of the value; and where one that came before keeps it for the backward pass, autograd stops with an error.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..diagnostics import Diagnostic, Label
from ..graph import Node, Value
from ..lint import Reader, Subject, name, of_value
from ..network import Network

CODE = "L025"
TITLE = "a value that is overwritten is read again"
QUIET = False
SOURCE = "PyTorch's documentation, Autograd mechanics: in-place correctness checks"
EXAMPLE = """
net N {
  input image: 3x32x32
  conv: Conv(8, 3) -> ReLU(inplace=true) as active
  sub(active, conv)
}
"""
BETTER = """
net N {
  input image: 3x32x32
  conv: Conv(8, 3) -> ReLU as active
  sub(active, conv)
}
"""


def find(subject: Subject) -> Iterator[Diagnostic]:
    """One for each layer that works in place."""
    for network in subject.networks:
        for node in network.ir.nodes:
            if "inplace" not in type(node.op).model_fields or not getattr(node.op, "inplace", False):
                continue
            span, again = subject.place(node), read_again(node, network, subject.readers(network))
            if span is None or again is None:
                continue
            labels = [Label(span, f"{name(node)} writes over {name(node.inputs[0].node)}")]
            what = f"{name(again)} reads it" if isinstance(again, Node) else f"it leaves as the output {again}"
            notes: tuple[str, ...] = (what,)
            if isinstance(again, Node) and (there := subject.place(again)) not in (None, span):
                assert there is not None
                labels, notes = [*labels, Label(there, what)], ()
            yield Diagnostic(CODE, TITLE, tuple(labels), notes, "leave `inplace` out", severity="warning")


def read_again(node: Node, network: Network, found: list[list[Reader]]) -> Node | str | None:
    """Another that reads the storage, or the name of the output that it is."""
    before = sharing(node.inputs[0], node, found)
    for value in before:
        for one in of_value(value, found):
            if one.node is not node and (one.node.index > node.index or keeps(one)) and not is_view(one, before):
                return one.node
    for output, value in network.ir.outputs.items():
        if any(value.node is one.node and value.port == one.port for one in before):
            return output
    return None


def sharing(value: Value, writer: Node, found: list[list[Reader]]) -> list[Value]:
    """All values in the storage of one, as far as they are not made by the writer: what it is a view of, and views."""
    root = value
    while root.node.inputs and aliases(root.node) and root.node is not writer:
        root = root.node.inputs[0]
    values = [root]
    for one in values:
        for reader in of_value(one, found):
            if reader.slot == 0 and reader.node is not writer and aliases(reader.node):
                values += [Value(reader.node, port) for port in range(len(reader.node.io.outputs))]
    return values


def aliases(node: Node) -> bool:
    return node.op.aliases(node.io, True)


def is_view(one: Reader, values: list[Value]) -> bool:
    """Whether a reader only gives the storage another shape: those that read it then are looked at themselves."""
    inside = any(value.node is one.node for value in values)
    return inside and one.slot == 0 and not getattr(one.node.op, "inplace", False)


def keeps(one: Reader) -> bool:
    """Whether autograd keeps what a layer reads."""
    saved = one.node.io.saved
    return one.slot in saved.inputs or any(slot == one.slot for slot, _ in saved.guarded)
