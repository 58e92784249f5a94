"""Codes of errors, notes and lints to their pages: what each means, an example, its report, why, and the program mended."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from . import specs
from .cells import clean
from .diagnostics import Problem, did_you_mean

CODE = re.compile(r"[eln]\d{1,6}", re.IGNORECASE)
FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Fence(NamedTuple):
    """A piece of code on a page: its language, what is said of it (`file=parts.cnn`, `unrun`), and its text."""

    language: str
    words: str
    text: str


class Page(NamedTuple):
    """`text` is Markdown; the sections are found by their headings."""

    code: str
    text: str

    @property
    def title(self) -> str:
        return self.text.partition("\n")[0].partition(": ")[2]

    @property
    def example(self) -> list[Fence]:
        """The files and the program, or the commands, that give the code; the report is none of them."""
        return [fence for fence in fences(self.section("For example")) if fence.language != "text"]

    @property
    def report(self) -> str:
        """What cnndsl says of the example; "" where it cannot be run everywhere."""
        return next((fence.text for fence in fences(self.section("For example")) if fence.language == "text"), "")

    @property
    def mended(self) -> list[Fence]:
        return list(fences(self.section("Mended")))

    def section(self, title: str) -> str:
        """The text below a heading."""
        return self.text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def fences(text: str) -> Iterator[Fence]:
    for match in FENCE.finditer(text):
        yield Fence(match[1], match[2].strip(), match[3])


@cache
def folder() -> Path:
    return Path(specs.__path__[0]) / "codes"  # type: ignore[attr-defined]  # its place is in pyproject.toml


@cache
def known() -> tuple[str, ...]:
    """All codes, errors first."""
    return tuple(sorted(file.stem for file in folder().glob("[ELN]*.md")))


def is_code(word: str) -> bool:
    """Whether a word looks like a code."""
    return CODE.fullmatch(word) is not None


def find(word: str) -> Page:
    """The page of a code, in letters of any case; raises Problem where there is none."""
    code = word.upper()
    if code in known():
        return Page(code, (folder() / f"{code}.md").read_text("utf-8"))
    near = did_you_mean(code, known())
    help = f"did you mean `{near}`?" if near else f"codes go from {known()[0]} to {known()[-1]}"
    raise Problem(f"there is no code {code}", code="E0001", help=help)


def shown(page: Page, ascii: bool = False, color: bool = False) -> str:
    """A page for the terminal: code is set in, signs of Markdown are gone, headings stand out."""
    lines: list[str] = []
    inside = False
    for line in page.text.splitlines():
        if line.startswith("```"):
            inside = not inside
        elif inside:
            lines.append(clean(f"    {line}".rstrip(), ascii))
        else:
            lines.append(prose(line, ascii, color))
    return "\n".join(lines) + "\n"


def prose(line: str, ascii: bool, color: bool) -> str:
    """A line outside of code; links keep their words."""
    text = clean(re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", line.lstrip("# ") if line.startswith("#") else line), ascii)
    return f"\x1b[1m{text}\x1b[0m" if color and line.startswith("#") else text
