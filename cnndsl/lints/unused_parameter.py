"""A parameter that its block, net or function never reads: whatever is given for it, nothing changes.

Somebody will set it, and believe that it does something.
"""

from __future__ import annotations

from collections.abc import Iterator

from .. import tree
from ..diagnostics import Diagnostic
from ..lint import Subject, mentions, warning

CODE = "L007"
TITLE = "a parameter that is never read"
QUIET = False
SOURCE = "the habit of compilers: rustc's unused_variables, pylint's W0613"
EXAMPLE = """
block Down(c, stride = 2) { conv: Conv(c, 3, padding=1) -> ReLU }

net N {
  input image: 3x32x32
  down: Down(8, stride=1)
}
"""
BETTER = """
block Down(c, stride = 2) { conv: Conv(c, 3, stride, padding=1) -> ReLU }

net N {
  input image: 3x32x32
  down: Down(8, stride=1)
}
"""


def find(subject: Subject) -> Iterator[Diagnostic]:
    """One for each parameter of the file's declarations."""
    for declared in subject.module.names.values():
        if declared.imported or not declared.params or isinstance(declared.tree, tree.Extern):
            continue
        read = mentions(declared.tree.span.text)
        for param in declared.params:
            if read[param.name] == (param.default is None):  # itself, where no `=` follows
                help = "take it away, or use it"
                yield warning(CODE, TITLE, param.span, f"nothing in {declared.described} reads it", help)
