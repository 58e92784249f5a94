"""A name that is bound in a net or block and never read: a layer so bound is made, and never applied.

Where a layer is bound, `conv = Conv(8, 3)`, it is a value and not in the network: `conv: Conv(8, 3)` was meant. A name that
is given with `as` and never read says that something was forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .. import tree
from ..diagnostics import Diagnostic
from ..expressions import Call, Name
from ..lint import Subject, bare, warning

CODE = "L006"
TITLE = "a name that is never read"
QUIET = False
SOURCE = "the habit of compilers: rustc's unused_variables"
EXAMPLE = """
net N {
  input image: 3x32x32
  conv = Conv(8, 3)
  ReLU
}
"""
BETTER = """
net N {
  input image: 3x32x32
  conv: Conv(8, 3)
  ReLU
}
"""


def find(subject: Subject) -> Iterator[Diagnostic]:
    """One for each binding and `as` name of the file's bodies whose name comes nowhere else."""
    for declared, body in subject.bodies:
        text = bare(body.span.text)
        for bind in tree.bindings(body.body):
            if occurs(bind.name, text) == 1:
                applied = f"a layer is applied by a line of its own: `{bind.name}: {bind.value.span.text}`"
                help = applied if isinstance(bind.value, Call) else None
                yield warning(CODE, TITLE, bind.span, "nothing reads it", help)
        for name in given(body.body):
            if occurs(name.name, text) == 1 and not reads_by_rule(body.body, name.name):
                text_there = f"nothing in {declared.described} reads this value by its name"
                yield warning(CODE, TITLE, name.span, text_there, "take the `as` away, or read it")


def occurs(name: str, text: str) -> int:
    return len(re.findall(rf"\b{re.escape(name)}\b", text))


def given(body: tree.Body) -> Iterator[Name]:
    """The names that `as` gives to one value, but that of what leaves: `Linear(10) as logits` says what it is."""
    last = body.statements[-1].items[-1] if body.statements and isinstance(body.statements[-1], tree.Flow) else None
    for statement in tree.statements(body):
        for item in statement.items if isinstance(statement, tree.Flow) else ():
            if item is not last and len(item.names) == 1 and isinstance(item.names[0], Name):
                yield item.names[0]


def reads_by_rule(body: tree.Body, name: str) -> bool:
    """Whether a template of the body, such as `m$i`, may read a name."""
    stem = name.rstrip("0123456789")
    return stem != name and re.search(rf"\b{re.escape(stem)}\$", body.span.text) is not None
