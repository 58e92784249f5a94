"""Lines of a report for the terminal in the making: cleaned, painted, wrapped to its width."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from .backend import Options
from .cells import clean
from .grid import Grid

PROSE = 100  # cells that a line of prose takes at most
STRONG, QUIET = "1", "2"


class Page:
    """The lines so far, and what they are written with; `text` is the whole of them."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.lines: list[str] = []

    @property
    def text(self) -> str:
        """All lines; ends with a line end."""
        return "\n".join(self.lines) + "\n"

    @property
    def measure(self) -> int:
        """How long a line of prose may be."""
        return min(PROSE, (self.options.width or PROSE) - 2)

    @property
    def room(self) -> int | None:
        """How wide a table may be; None where nothing limits it."""
        return None if self.options.width is None else self.options.width - 2

    @property
    def ellipsis(self) -> str:
        return "~" if self.options.ascii else "…"

    def ruled(self, grid: Grid, head: str, body: Sequence[str]) -> None:
        """A table between rules, and the columns that there is no room for."""
        rule = self.paint(("-" if self.options.ascii else "─") * (grid.width + 2), QUIET)
        self.lines += [f" {head}", rule, *[f" {line}" for line in body], rule]
        if grid.left_out:
            self.lines.append(self.paint(f" no room for: {', '.join(dict.fromkeys(grid.left_out))}", QUIET))

    def prose(self, sentences: Sequence[str]) -> None:
        """Sentences after an empty line, each on lines of its own."""
        if sentences:
            self.lines.append("")
        for sentence in sentences:
            self.lines += [f" {line}" for line in wrapped(self.clean(sentence), self.measure)]

    def clean(self, text: str) -> str:
        return clean(text, self.options.ascii)

    def paint(self, text: str, style: str) -> str:
        """The text in a style; blanks at its end stay without."""
        inked = text.rstrip()
        if not (self.options.color and style and inked):
            return text
        return f"\x1b[{style}m{inked}\x1b[0m{text[len(inked) :]}"


def wrapped(text: str, width: int) -> list[str]:
    """The lines of a text; most are short, and `textwrap` is slow to find that out."""
    if len(text) <= width:
        return [text] if text else []
    return textwrap.wrap(text, width)
