"""Diagnostics to a list: what each says, where, and what helps."""

from __future__ import annotations

from collections.abc import Sequence

from ...diagnostics import Diagnostic
from .markup import tag, text


def findings(found: Sequence[Diagnostic]) -> str:
    items = "".join(map(item, found)) or tag("li", "Nothing to find fault with.", class_="none")
    return tag("section", tag("h2", "Findings") + tag("ul", items, class_="findings scrolls", tabindex=0), id="findings")


def item(found: Diagnostic) -> str:
    head = tag("b", text(f"{found.severity}[{found.code}]"), class_=found.severity) + " " + text(found.title)
    where = tag("p", text(repr(found.span)), class_="where") if found.labels else ""
    labels = "".join(tag("p", text(label.text)) for label in found.labels if label.text)
    notes = "".join(tag("p", text(f"note: {note}")) for note in found.notes)
    help = tag("p", text(f"help: {found.help}"), class_="help") if found.help else ""
    return tag("li", tag("p", head) + where + labels + notes + help)
