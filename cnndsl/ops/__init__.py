"""Every layer, one family a file; a family is loaded when a program first names one of its layers."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from pathlib import Path

from ..op import Op


@cache
def index() -> dict[str, str]:
    """Layer name to the module of its family, read off the files' text: no family is imported for it."""
    found = {}
    for path in sorted(Path(__file__).parent.glob("[a-z]*.py")):
        for name in re.findall(r"^class ([A-Z]\w*)\(", path.read_text("utf-8"), re.MULTILINE):
            found[name] = path.stem
        for name in re.findall(r'^    spelt: ClassVar\[str\] = "(\w+)"', path.read_text("utf-8"), re.MULTILINE):
            found[name] = path.stem
    return found


@cache
def find(name: str) -> type[Op] | None:
    """The class of a layer by the name that programs use."""
    family = index().get(name)
    if family is None:
        return None
    module = import_module(f".{family}", __name__)
    classes = [value for value in vars(module).values() if isinstance(value, type) and issubclass(value, Op)]
    bases = {base for value in classes for base in value.__mro__[1:]}  # what others derive from is no layer itself
    for value in classes:
        if value.word() == name and value.__module__ == module.__name__ and value not in bases:
            return value
    return None


@cache
def names() -> tuple[str, ...]:
    """The names of all layers and merges, sorted; families that define only bases are not in it."""
    return tuple(sorted(name for name in index() if find(name)))
