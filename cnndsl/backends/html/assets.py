"""Files of this folder to the text of a page's style and script."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files

MODULES = ("relations", "network", "influence", "changes", "cards", "drawing", "explorer", "page")
IMPORT = re.compile(r"^import [^;]*;\n", re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?function|const|class)", re.MULTILINE)


@cache
def style() -> str:
    return read("page.css")


@cache
def script(*modules: str) -> str:
    """Modules as one, in the order of their imports, by default all: a page from the disk can import nothing."""
    return "\n".join(EXPORT.sub("", IMPORT.sub("", read(f"{name}.js"))) for name in modules or MODULES)


def read(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


def digest(content: str) -> str:
    """What a content security policy knows a script or a style by."""
    return f"'sha256-{b64encode(sha256(content.encode()).digest()).decode()}'"
