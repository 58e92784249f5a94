"""Keys, values and sizes to the words of the language that mean them."""

from __future__ import annotations

import re
from collections.abc import Container

from ...diagnostics import Problem
from ...graph import Path
from ...notation import quoted
from ...op import Shape
from ...symbols import Symbolic

KEYWORDS = frozenset(
    {"and", "as", "assert", "block", "default", "else", "extern", "false", "fn", "for", "from", "if", "import", "in", "input"}
    | {"net", "none", "not", "or", "output", "true", "where", "_"}
)


def is_name(word: str) -> bool:
    """Whether a word can stand for a label or a value by itself."""
    return re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", word) is not None and word not in KEYWORDS


def label(path: Path) -> str:
    """A key as a label; the dots of a quoted one open its scopes."""
    key = ".".join(path)
    if is_name(key):
        return key
    if re.search(r"\$[A-Za-z_{]", key):
        raise Problem(f"the label {key} cannot be written out", "a dollar in a label reads a name", help="choose another label")
    return quoted(key)


def reference(path: Path) -> str:
    """A label read as a member of its scopes, layer1.0.conv1; in quotes where a key is no name."""
    if is_name(path[0]) and all(is_name(key) or re.fullmatch(r"[0-9]+", key) for key in path[1:]):
        return ".".join(path)
    return label(path)


def shape(sizes: Shape, owner: str) -> str:
    """The shape of the input called `owner`: 3x224x224, or [3, ?, W] where sizes are open."""
    if len(sizes) > 1 and all(isinstance(size, int) for size in sizes):
        return "x".join(map(str, sizes))
    return "[" + ", ".join(str(size) if isinstance(size, int) else opened(size, owner) for size in sizes) + "]"


def opened(size: Symbolic, owner: str) -> str:
    """An open size by its name; `?` where the program gave it none."""
    name = str(size)
    if is_name(name):
        return name
    if name.startswith(f"{owner}.") and is_name(name.removeprefix(f"{owner}.")):
        return "?"
    raise Problem(f"the flat form cannot declare a size of {name}", help="say the input's size with --input")


def unused(stem: str, taken: Container[str]) -> str:
    """A name that begins with the stem and is not taken."""
    number = 1
    while f"{stem}_{number}" in taken:
        number += 1
    return f"{stem}_{number}"
