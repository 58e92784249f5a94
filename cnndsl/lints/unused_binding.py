"""A name that is bound in a net or block and never read: a layer so bound is made, and never applied."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .. import tree
from ..diagnostics import Diagnostic, Label
from ..expressions import Call
from ..lint import Subject

CODE = "L006"
TITLE = "a name that is never read"


def find(subject: Subject) -> Iterator[Diagnostic]:
    """One for each binding of the file's bodies whose name comes nowhere else in its net or block."""
    for declared in subject.module.names.values():
        if not isinstance(declared.tree, tree.Block) or declared.imported:
            continue
        text = declared.tree.span.text
        for bind in tree.bindings(declared.tree.body):
            if len(re.findall(rf"\b{bind.name}\b", text)) == 1:
                help = None
                if isinstance(bind.value, Call):
                    help = f"a layer is applied by a line of its own: `{bind.name}: {bind.value.span.text}`"
                yield Diagnostic(CODE, TITLE, (Label(bind.span, "nothing reads it"),), (), help, severity="warning")
