"""Labels to Python's names: valid, apart from each other, and none that hides what the file needs."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable

AMBIGUOUS = frozenset("lIO")  # letters that look like digits
BUILTIN = frozenset(dir(builtins)) | frozenset(keyword.kwlist) | frozenset(keyword.softkwlist) | AMBIGUOUS


def is_plain(text: str) -> bool:
    """Whether a label can stand after a dot: in a class, two leading underscores would be read as another name."""
    return text.isascii() and text.isidentifier() and not keyword.iskeyword(text) and not text.startswith("__")


def identifier(text: str, fallback: str) -> str:
    """The text with what no identifier may hold replaced by underscores; the fallback stands where nothing is left."""
    name = re.sub(r"[^A-Za-z0-9_]+", "_", text).strip("_")
    if not name:
        return fallback
    return f"{fallback}_{name}" if name[0].isdigit() else name


class Names:
    """The names in use in one place; a name can be given back."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken = set(taken) | BUILTIN
        self.lowest: dict[str, int] = {}  # by stem: no number below is free

    def take(self, *candidates: str) -> str:
        """The first candidate that is free, else the last with a number after it."""
        name = next((name for name in candidates if name not in self.taken), None) or self.numbered(candidates[-1])
        self.taken.add(name)
        return name

    def numbered(self, stem: str) -> str:
        number = self.lowest.get(stem, 2)
        while f"{stem}_{number}" in self.taken:
            number += 1
        self.lowest[stem] = number + 1
        return f"{stem}_{number}"

    def give_back(self, name: str) -> None:
        self.taken.discard(name)
        stem, _, number = name.rpartition("_")
        if stem in self.lowest and number.isdecimal():
            self.lowest[stem] = min(self.lowest[stem], int(number))
