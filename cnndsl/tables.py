"""The grammar as data: tables to read by, made once by lark and kept in the user's cache."""

from __future__ import annotations

import marshal
import os
import sys
from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

from . import grammar


class Rule(NamedTuple):
    """A rule of the grammar: what it makes, of how many children, and what becomes of these.

    `method` of the builder takes those of `kept`, (place, whether it is a list to be spliced in, how many None before it),
    and so many None at the end; "" where they go on as a list. `single`: an only child stands for itself.
    """

    origin: str
    size: int
    method: str
    single: bool
    kept: tuple[tuple[int, bool, int], ...]
    missing: int


class Tables(NamedTuple):
    """What a text is read by.

    `states` give for each kind of token, and each origin, the state that follows, or where a rule is complete ~ its place
    in `rules`. `starts` by the rule that is read. `token` matches what is ignored and then a token, in a group named by
    its kind, or END; a name that stands in `words` is a word of the language, of that kind.
    """

    states: list[dict[str, int]]
    starts: dict[str, int]
    rules: list[Rule]
    token: str
    words: dict[str, str]


def text() -> str:
    """The grammar."""
    folder = Path(grammar.__path__[0])  # type: ignore[attr-defined]  # its place is in pyproject.toml, which mypy does not read
    return (folder / "cnn.lark").read_text("utf-8")


def cache(grammar: str, what: str) -> Path:
    """A file of the user's cache; one for each grammar: two versions of cnndsl do not overwrite each other's by turns."""
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cnndsl"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"grammar-{crc32(grammar.encode()):08x}-{what}"


def kept(grammar: str) -> Tables | None:
    """The tables of a grammar, if they were made before."""
    try:
        states, starts, rules, token, words = marshal.loads(cache(grammar, FORM).read_bytes())
        return Tables(states, starts, [Rule(*rule) for rule in rules], token, words)
    except (OSError, RuntimeError, EOFError, ValueError, TypeError):
        return None


def keep(grammar: str, tables: Tables) -> None:
    """Keep them, where that can be."""
    plain: Any = (*tables[:2], [tuple(rule) for rule in tables.rules], *tables[3:])
    try:
        file = cache(grammar, FORM)
        fresh = file.with_suffix(f".{os.getpid()}")
        fresh.write_bytes(marshal.dumps(plain))
        fresh.replace(file)  # whole or not at all: others may be reading
    except (OSError, RuntimeError):
        pass


FORM = f"tables-2-{sys.implementation.cache_tag}"
