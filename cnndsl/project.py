"""The `[tool.cnndsl]` of the pyproject.toml above a file, to what it switches."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any

from .choices import Choice, meant
from .diagnostics import Diagnostic, Label, Located, Problem, did_you_mean
from .source import Source, Span

FILE = "pyproject.toml"
KEYS = ("ignore", "select")


def settings(start: Path, codes: Collection[str]) -> Choice:
    """What the nearest pyproject.toml with a [tool.cnndsl] says, from a folder upward; none: nothing is switched.

    `codes` are the lints that there are. Raises Problem for a file that cannot be read, Located for what is wrong in it.
    """
    for folder in (start, *start.parents):
        path = folder / FILE
        if path.is_file():
            source = Source(text_of(path), shown(path))
            table = ours(source)
            if table is not None:
                return choice(table, source, codes)
    return Choice()


def shown(path: Path) -> str:
    """As people would name it from where they are."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def text_of(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(f"{path} cannot be read", str(error), code="E0903") from None


def ours(source: Source) -> dict[str, Any] | None:
    """The table, None where there is none; a file that is no TOML is an error only if it speaks of us."""
    if "cnndsl" not in source.text:
        return None
    try:
        tool = tomllib.loads(source.text).get("tool", {})
    except tomllib.TOMLDecodeError as error:
        raise fault(source, "tool.cnndsl", f"{source.name} is no TOML: {error}", "", "put it right, and check again") from None
    if not isinstance(tool, dict) or "cnndsl" not in tool:
        return None
    if not isinstance(tool["cnndsl"], dict):
        raise fault(source, "cnndsl", "[tool.cnndsl] is no table", "", EXAMPLE)
    return tool["cnndsl"]


EXAMPLE = 'write `[tool.cnndsl]`, and below it `ignore = ["L013"]`'


def choice(table: dict[str, Any], source: Source, codes: Collection[str]) -> Choice:
    for key, value in table.items():
        if key not in KEYS:
            near = did_you_mean(key, KEYS)
            help = f"did you mean `{near}`?" if near else f"there are {' and '.join(KEYS)}, lists of codes"
            raise fault(source, key, f"[tool.cnndsl] has no setting {key}", "it means nothing here", help)
        if not isinstance(value, list) or not all(isinstance(code, str) for code in value):
            raise fault(source, key, f"{key} is a list of codes", "this is none", f'write `{key} = ["L013"]`')
        for code in value:
            if code not in codes:
                raise fault(source, code, f"there is no lint {code}", "", meant(code, codes))
    return Choice(*(frozenset(table.get(key, ())) for key in KEYS))


def fault(source: Source, word: str, title: str, text: str, help: str) -> Located:
    """What is wrong, at the first place after the table's head where the word stands."""
    head = source.text.find("tool.cnndsl")
    found = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)").search(source.text, max(head, 0))
    span = Span(source, found.start(), found.end()) if found else Span(source, 0, 0)
    return Located(Diagnostic("E0924", title, (Label(span, text),), (), help))
