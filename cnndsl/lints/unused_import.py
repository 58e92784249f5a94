"""A name that is imported and never used.

The other file is read for it, and whoever reads this one looks for where it matters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..diagnostics import Diagnostic
from ..lint import Subject, bare, mentions, warning
from ..source import Span

CODE = "L009"
TITLE = "an import that is never used"
QUIET = False
SOURCE = "the habit of linters: pyflakes' F401"
IMPORT = re.compile(r'^[ \t]*from\s+(?:"[^"\n]*"|[\w-]+)\s+import\s+(?P<names>\w+(?:\s*,\s*\w+)*)', re.MULTILINE)
EXAMPLE = """
from std import SE

net N {
  input image: 3x32x32
  conv: Conv(8, 3)
}
"""
BETTER = """
from std import SE

net N {
  input image: 3x32x32
  conv: Conv(8, 3) -> gate: SE(2)
}
"""


def find(subject: Subject) -> Iterator[Diagnostic]:
    """One for each name; none in a file that declares nothing, which only hands on what it imports."""
    module = subject.module
    if all(declared.imported for declared in module.names.values()):
        return
    read = mentions(module.source.text)
    for statement in IMPORT.finditer(bare(module.source.text)):
        for word in re.finditer(r"\w+", statement["names"]):
            if read[word[0]] == 1:
                start = statement.start("names") + word.start()
                span = Span(module.source, start, start + len(word[0]))
                yield warning(CODE, TITLE, span, "nothing in the file uses it", "take it away")
