"""Text and parts to markup: whatever a program says goes through `text`, so that none of it is a tag."""

from __future__ import annotations

import json
import re
from html import escape
from typing import Any

from ...cells import clean

EMPTY = frozenset({"meta", "link", "input"})


def text(words: str) -> str:
    """Any text as text of a page or as an attribute's value: no markup, no control character."""
    return escape(clean(words))


def tag(name: str, content: str = "", /, **attributes: str | int | bool | None) -> str:
    """An element around markup. `class_` is class, `data_path` data-path; true stands alone, None and false are left out."""
    written = "".join(attribute(key, value) for key, value in attributes.items() if value is not None and value is not False)
    return f"<{name}{written}>" if name in EMPTY else f"<{name}{written}>{content}</{name}>"


def attribute(key: str, value: str | int | bool) -> str:
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{text(str(value))}"'


def data(identity: str, record: dict[str, Any]) -> str:
    """JSON for the page's own script; `<` is spelt out, so that nothing in it ends the element."""
    content = json.dumps(record, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json" id="{identity}">{lines(content)}</script>'


def lines(content: str) -> str:
    """Without the separators of lines that JSON allows and editors stumble over."""
    return re.sub("[\u2028\u2029]", lambda found: f"\\u{ord(found[0]):04x}", content)
