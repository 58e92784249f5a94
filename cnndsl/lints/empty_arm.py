"""An arm that is nothing but an `if` that does not hold, where the value unchanged is hardly meant.

An `if` inside an arm is the value unchanged where it does not hold; an `if` around an arm is no arm at all. In a sum,
where it is the shortcut of a residual block, the first is what is wanted. It is told where the same value then comes twice,
or where it is put beside other channels.
"""

from __future__ import annotations

from collections.abc import Iterator

from .. import tree
from ..diagnostics import Diagnostic, Label
from ..graph import Instance, Node, Value
from ..lint import Subject, name
from ..source import Span

CODE = "L026"
TITLE = "an arm whose `if` does not hold"
QUIET = False
SOURCE = "specs/language.md, Merges and arms: an `if` inside an arm and an `if` around it"
EXAMPLE = """
net N(deep = false) {
  input image: 3x32x32
  cat {
    | a: Conv(8, 3, padding=1)
    | if deep { b: Conv(8, 5, padding=2) }
  }
}
"""
BETTER = """
net N(deep = false) {
  input image: 3x32x32
  cat {
    | a: Conv(8, 3, padding=1)
    if deep { | b: Conv(8, 5, padding=2) }
  }
}
"""


def find(subject: Subject) -> Iterator[Diagnostic]:
    """One for each such arm of a merge that is written with arms alone."""
    for _, body in subject.bodies:
        for apply in tree.applied(body.body):
            arms = plain(apply)
            for place, branch in enumerate(arms):
                if branch is None:
                    continue
                merges = [site.node for site in subject.sites.get(apply.path.span, ()) if site.node.op.merge]
                doubtful = [node for node in merges if len(node.inputs) == len(arms) and is_doubtful(node, place, branch.span)]
                if doubtful:
                    yield told(doubtful[0], place, branch)


def plain(apply: tree.Apply) -> list[tree.Branch | None]:
    """For each arm the lone `if` without `else` that it is, or None; nothing where arms are made by rule."""
    items = apply.arms.items if apply.arms is not None else ()
    if not all(isinstance(arm, tree.Arm) for arm in items):
        return []
    return [lone(arm) for arm in items if isinstance(arm, tree.Arm)]


def lone(arm: tree.Arm) -> tree.Branch | None:
    only = arm.statements[0] if len(arm.statements) == 1 else None
    return only if isinstance(only, tree.Branch) and only.otherwise is None else None


def is_doubtful(node: Node, place: int, span: Span) -> bool:
    """Whether the `if` made nothing, and the value is there twice or is not added."""
    value = node.inputs[place]
    if is_made_in(value.node, span):
        return False
    return node.op.word() != "add" or twin(node, place) is not None


def is_made_in(node: Node, span: Span) -> bool:
    at: Node | Instance | None = node
    while at is not None:
        inside = at.span
        if inside.source is span.source and span.start <= inside.start and inside.end <= span.end:
            return True
        at = node.instance if at is node else at.parent  # type: ignore[union-attr]
    return False


def twin(node: Node, place: int) -> int | None:
    """Another arm that gives the same value."""
    here = node.inputs[place]
    others = (other for other, value in enumerate(node.inputs) if other != place and same(value, here))
    return next(others, None)


def same(a: Value, b: Value) -> bool:
    return a.node is b.node and a.port == b.port


def told(node: Node, place: int, branch: tree.Branch) -> Diagnostic:
    value, other = node.inputs[place], twin(node, place)
    what = f"does not hold in {node.key}, so the arm is {name(value.node)} unchanged"
    twice = f"arm {other + 1} of {node.key} is the same value: it comes in twice" if other is not None else ""
    help = "an `if` around the arm leaves it out: `if … { | … }`; where the value is meant, write `else { _ }`"
    notes = (twice,) if twice else ()
    return Diagnostic(CODE, TITLE, (Label(branch.condition.span, what),), notes, help, severity="warning")
