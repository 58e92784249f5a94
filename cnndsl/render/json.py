"""Diagnostics to a JSON list, for scripts; plain ASCII, whatever the program holds.

Lines and columns count from 1, in characters; `end_column` is the column after the last character. The first label
is the main one. `help` and `fix` are null where there is none; a fix is `certain` where `check --fix` applies it. Fields may
be added, never renamed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ..diagnostics import Diagnostic, Fix, Label
from ..source import Span


def render(diagnostics: Sequence[Diagnostic]) -> str:
    """A list with one object for each diagnostic, indented, with a line end after it."""
    return json.dumps([record(d) for d in diagnostics], indent=2) + "\n"


def record(d: Diagnostic) -> dict[str, Any]:
    return {
        "code": d.code,
        "severity": d.severity,
        "title": d.title,
        "labels": [marked(label) for label in d.labels],
        "notes": list(d.notes),
        "help": d.help,
        "fix": {**marked(d.fix), "certain": d.fix.certain} if d.fix else None,
    }


def marked(item: Label | Fix) -> dict[str, Any]:
    """A place, and what is said or to be written there."""
    return {**place(item.span), "text": item.text}


def place(span: Span) -> dict[str, Any]:
    line, column = span.source.position(span.start)
    end_line, end_column = span.source.position(span.end)
    return {"file": span.source.name, "line": line, "column": column, "end_line": end_line, "end_column": end_column}
