"""A default that no layer ever took: misplaced, or left over.

It looks as if it held for the layers around it. A default serves what stands below it and leaves the argument away.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..diagnostics import Diagnostic, Label
from ..lint import Subject
from ..source import Span

CODE = "L002"
TITLE = "a default that is never used"
QUIET = False
SOURCE = "specs/language.md, Defaults"
EXAMPLE = """
default Conv(bias = false)

net N {
  input image: 3x32x32
  Flatten -> fc: Linear(10)
}
"""
BETTER = """
net N {
  input image: 3x32x32
  Flatten -> fc: Linear(10)
}
"""


def find(subject: Subject) -> Iterator[Diagnostic]:
    """One for each argument of a default that no network of the file takes; none where some were not looked at."""
    if not subject.whole:
        return
    used: dict[Span, bool] = {}
    for default in subject.defaults:
        used[default.span] = used.get(default.span, False) or default.used
    for span, was_used in used.items():
        if not was_used and span.source is subject.module.source:
            help = "a default serves the layers below it that leave the argument away"
            yield Diagnostic(CODE, TITLE, (Label(span, "no layer takes it"),), (), help, severity="warning")
