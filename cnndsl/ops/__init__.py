"""Every layer, one family a file; a family is loaded when a program first names one of its layers."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from pathlib import Path

from ..op import Op

# Without ^, for which each line would be tried: what begins with fixed words is searched for quickly.
CLASS = r"\nclass ([A-Z]\w*)\((\w+)"
SPELT = r'\n    spelt: ClassVar\[str\] = "(\w+)"'


@cache
def index() -> dict[str, str]:
    """Layer name to the module of its family, read off the files' text: no family is imported for it."""
    texts = {path.stem: path.read_text("utf-8") for path in sorted(Path(__file__).parent.glob("[a-z]*.py"))}
    classes = [(family, *match) for family, text in texts.items() for match in re.findall(CLASS, text)]
    bases = {base for _, _, base in classes}  # what others derive from is no layer itself
    found = {name: family for family, name, _ in classes if name not in bases}
    for family, text in texts.items():
        found |= dict.fromkeys(re.findall(SPELT, text), family)
    return found


@cache
def find(name: str) -> type[Op] | None:
    """The class of a layer by the name that programs use."""
    family = index().get(name)
    if family is None:
        return None
    module = import_module(f".{family}", __name__)
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, Op) and value.__module__ == module.__name__ and value.word() == name:
            return value
    return None


@cache
def names() -> tuple[str, ...]:
    """The names of all layers and merges, sorted; families that define only bases are not in it."""
    return tuple(sorted(name for name in index() if find(name)))
