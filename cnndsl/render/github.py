"""Diagnostics to GitHub's workflow commands, which put them beside the lines of a pull request."""

from __future__ import annotations

from collections.abc import Sequence

from ..cells import clean
from ..diagnostics import Diagnostic
from ..source import Span

COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def render(diagnostics: Sequence[Diagnostic]) -> str:
    """One command a line."""
    return "".join(f"{command(d)}\n" for d in diagnostics)


def command(d: Diagnostic) -> str:
    properties = {**(place(d.span) if d.labels else {}), "title": f"{d.code} {d.title}".strip()}
    written = ",".join(f"{key}={escaped(value, ':,')}" for key, value in properties.items())
    return f"::{COMMANDS[d.severity]} {written}::{escaped(message(d))}"


def message(d: Diagnostic) -> str:
    """What is said below the title; the title again where there is nothing else."""
    labels = [label.text if i == 0 else f"{label.span!r}: {label.text}" for i, label in enumerate(d.labels) if label.text]
    return "\n".join([*labels, *d.notes, *([f"help: {d.help}"] if d.help else [])]) or d.title


def place(span: Span) -> dict[str, str]:
    """Columns only where the span stays on its line: GitHub takes them for one line alone."""
    line, column = span.source.position(span.start)
    end_line, end_column = span.source.position(span.end)
    found = {"file": span.source.name, "line": str(line), "endLine": str(end_line)}
    return {**found, "col": str(column), "endColumn": str(end_column)} if line == end_line else found


def escaped(text: str, also: str = "") -> str:
    """A value as workflow commands want it; `also` are the characters that end a property."""
    shown = (
        "\n".join(clean(line) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
        .replace("%", "%25")
        .replace("\n", "%0A")
    )
    for char in also:
        shown = shown.replace(char, f"%{ord(char):02X}")
    return shown
