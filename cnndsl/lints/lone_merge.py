"""A merge that is written with a single arm or value: it passes that on, and what was to be joined is missing.

A forgotten bar, or an arm that was taken away: one way is no branch.
"""

from __future__ import annotations

from collections.abc import Iterator

from .. import tree
from ..diagnostics import Diagnostic, Label
from ..lint import Subject
from ..model import Declared
from ..source import Span

CODE = "L003"
TITLE = "a merge of a single value"
QUIET = False
SOURCE = "specs/language.md, Merges and arms"
EXAMPLE = """
net N {
  input image: 8x32x32
  add { | conv: Conv(8, 3, padding=1) }
}
"""
BETTER = """
net N {
  input image: 8x32x32
  add { | | conv: Conv(8, 3, padding=1) }
}
"""


def find(subject: Subject) -> Iterator[Diagnostic]:
    """One for each merge of the file that is written with one arm or one value, and never gets more."""
    lone = {span: second for declared in subject.module.names.values() for span, second in written(declared)}
    counts: dict[Span, int] = {}
    for network in subject.networks:
        for node in network.ir.layers:
            if node.op.merge and node.span in lone:
                counts[node.span] = max(counts.get(node.span, 0), len(node.inputs))
    for span, count in counts.items():
        if count == 1 and span.source is subject.module.source:
            help = "an empty arm is the value before it: `add { | | Conv(64, 3, padding=1) }`"
            labels = [Label(span, "it passes the value on as it is")]
            if second := lone[span]:
                labels.append(Label(second, "still of the same arm"))
                help = f"each arm begins with a bar: `| {second.text.splitlines()[0]}`"
            yield Diagnostic(CODE, TITLE, tuple(labels), (), help, severity="warning")


def written(declared: Declared) -> Iterator[tuple[Span, Span | None]]:
    """Where nodes of what may be a merge of one are placed, in a block or net; and the second line of its arm, if it has one."""
    if isinstance(declared.tree, tree.Block) and not declared.imported:
        for apply in tree.applied(declared.tree.body):
            if apply.arms is not None and len(apply.arms.items) == 1 and isinstance(apply.arms.items[0], tree.Arm):
                lines = [line for line in apply.arms.items[0].statements if isinstance(line, tree.Flow)]
                yield apply.path.span, lines[1].span if len(lines) > 1 else None
            elif apply.arms is None and apply.arguments is not None and len(apply.arguments) == 1:
                yield apply.span, None
