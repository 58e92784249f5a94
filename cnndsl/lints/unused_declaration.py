"""A block, function, extern or binding that nothing in the file uses, although the file has nets of its own.

It is checked by nobody: of a block that is never applied only the syntax is known. A file without nets is a library, and
left alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from .. import tree
from ..diagnostics import Diagnostic
from ..lint import Subject, mentions, warning

CODE = "L008"
TITLE = "a declaration that is never used"
QUIET = False
SOURCE = "the habit of compilers: rustc's dead_code"
EXAMPLE = """
block Old(c) { conv: Conv(c, 3) -> ReLU }

net N {
  input image: 3x32x32
  conv: Conv(8, 3)
}
"""
BETTER = """
net N {
  input image: 3x32x32
  conv: Conv(8, 3)
}
"""


def find(subject: Subject) -> Iterator[Diagnostic]:
    """One for each declaration but nets."""
    module = subject.module
    own = [declared for declared in module.names.values() if not declared.imported]
    if not any(declared.is_net for declared in own):
        return
    read = mentions(module.source.text)
    for declared in own:
        inside = mentions(declared.tree.span.text)[declared.name]  # its head, and where it applies itself
        if not declared.is_net and read[declared.name] <= inside:
            what = "binding" if isinstance(declared.tree, tree.Bind) else declared.described
            help = "take it away; what other files use stands best in a file without nets"
            yield warning(CODE, TITLE, declared.span, f"no net of the file uses the {what.removeprefix('the ')}", help)
