"""A name that is imported and never used.

The other file is read for it, and whoever reads this one looks for where it matters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..diagnostics import Diagnostic, Fix
from ..lint import Subject, bare, mentions, warning
from ..source import Source, Span

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
    certain = any(declared.is_net and not declared.imported for declared in module.names.values())  # no library
    for statement in IMPORT.finditer(bare(module.source.text)):
        for word in re.finditer(r"\w+", statement["names"]):
            if read[word[0]] == 1:
                start = statement.start("names") + word.start()
                span = Span(module.source, start, start + len(word[0]))
                found = warning(CODE, TITLE, span, "nothing in the file uses it", "take it away")
                yield found._replace(fix=without(module.source, statement, word.start(), len(word[0]), certain))


def without(source: Source, statement: re.Match[str], at: int, size: int, certain: bool) -> Fix:
    """The statement less one name, with its comma; of the only name, the line less the statement, all of it if that is empty."""
    names, start = statement["names"], statement.start("names") + at
    if "," not in names:
        line_end = source.text.find("\n", statement.end()) + 1 or len(source.text)
        is_all = not source.text[statement.end() : line_end].strip()
        return Fix(Span(source, statement.start(), line_end if is_all else statement.end()), "", certain)
    after = re.compile(r"\w+\s*,\s*").match(source.text, start)
    if after is not None and after.end() <= statement.end():
        return Fix(Span(source, start, after.end()), "", certain)
    before = len(names[: names.rindex(",", 0, at)].rstrip())
    return Fix(Span(source, statement.start("names") + before, start + size), "", certain)
