"""A comment that switches a lint off where it finds nothing, or that names none.

It looks as if something were wrong there that was thought about. And it would hide what goes wrong at that place later.
Said only where the whole file was looked at.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..choices import UNUSED
from ..diagnostics import Diagnostic
from ..lint import Subject

CODE = UNUSED
TITLE = "a comment that switches nothing"
QUIET = False
SOURCE = "the habit of compilers and linters, such as ruff's RUF100"
EXAMPLE = """
net N {
  input image: 3x32x32
  conv: Conv(8, 3)  # cnndsl: ignore L019: kept for old weights
}
"""
BETTER = """
net N {
  input image: 3x32x32
  conv: Conv(8, 3)
}
"""


def find(subject: Subject) -> Iterable[Diagnostic]:
    """Nothing: whether a comment serves is known when all others have been heard (see `choices`)."""
    return ()
