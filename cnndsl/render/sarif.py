"""Diagnostics to SARIF 2.1.0, the form that code scanning services and editors read.

Plain ASCII; columns count characters (`unicodeCodePoints`), the end is the column after the last.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from ..diagnostics import Diagnostic, Fix, Label
from ..source import Span

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def render(diagnostics: Sequence[Diagnostic]) -> str:
    """A log with one run, indented, with a line end after it."""
    rules = sorted({d.code for d in diagnostics if d.code})
    run = {
        "tool": {"driver": {"name": "cnndsl", "rules": [{"id": rule} for rule in rules]}},
        "columnKind": "unicodeCodePoints",
        "results": [result(d, rules) for d in diagnostics],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def result(d: Diagnostic, rules: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {"level": d.severity, "message": {"text": message(d)}}
    if d.code:
        found = {"ruleId": d.code, "ruleIndex": rules.index(d.code), **found}
    if d.labels:
        found["locations"] = [location(d.labels[0])]
    if d.labels[1:]:
        found["relatedLocations"] = [{"id": i, **location(label)} for i, label in enumerate(d.labels[1:], 1)]
    if d.fix:
        found["fixes"] = [fix(d.fix, d.help or d.title)]
    return found


def message(d: Diagnostic) -> str:
    """All that is said of it, a line each; services show this and little else."""
    main = [d.labels[0].text] if d.labels and d.labels[0].text else []
    return "\n".join([d.title, *main, *d.notes, *([f"help: {d.help}"] if d.help else [])])


def location(label: Label) -> dict[str, Any]:
    where: dict[str, Any] = {"physicalLocation": {"artifactLocation": artifact(label.span), "region": region(label.span)}}
    return {**where, "message": {"text": label.text}} if label.text else where


def artifact(span: Span) -> dict[str, str]:
    """A relative path stays relative to where the command ran; what is no path is escaped all the same."""
    path = PurePath(span.source.name)
    return {"uri": path.as_uri() if path.is_absolute() else quote(path.as_posix(), errors="replace")}


def region(span: Span) -> dict[str, int]:
    line, column = span.source.position(span.start)
    end_line, end_column = span.source.position(span.end)
    return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}


def fix(item: Fix, why: str) -> dict[str, Any]:
    replacement = {"deletedRegion": region(item.span), "insertedContent": {"text": item.text}}
    change = {"artifactLocation": artifact(item.span), "replacements": [replacement]}
    return {"description": {"text": why}, "artifactChanges": [change], "properties": {"certain": item.certain}}
