"""Pieces of styled text to one line of a terminal, addressed by cell."""

from __future__ import annotations

from itertools import groupby

from ..cells import cells

SGR = {
    "error": "1;31",
    "warning": "1;33",
    "note": "1;32",
    "second": "1;34",  # places besides the main one
    "frame": "1;34",
    "strong": "1",
    "plain": "",
}


class Row:
    """One line; what is put later covers what was there."""

    def __init__(self) -> None:
        self._cells: list[tuple[str, str]] = []  # glyph and style; the second cell of a wide glyph is ("", style)

    def put(self, column: int, text: str, style: str = "plain") -> Row:
        """Clean text from a column on, counted in cells from 0."""
        row = self._cells
        row.extend([(" ", "plain")] * (column - len(row)))
        at = column
        for char in text:
            wide = cells(char)
            if wide == 0 and at > 0:  # joins the glyph before it, which stands two cells back where that is wide
                base = at - 1 if row[at - 1][0] else at - 2
                row[base] = (row[base][0] + char, row[base][1])
                continue
            row[at : at + wide] = [(char, style), ("", style)][:wide]
            at += wide
        return self

    def is_blank(self, column: int) -> bool:
        """Whether nothing is at a column yet."""
        return column >= len(self._cells) or self._cells[column][0] == " "

    def paint(self, color: bool) -> str:
        """The line as a string, without blanks at its end."""
        if not color:
            return "".join(glyph for glyph, _ in self._cells).rstrip()
        end = len(self._cells)
        while end and self._cells[end - 1][0] == " ":
            end -= 1
        runs = groupby(self._cells[:end], key=lambda cell: cell[1])
        return "".join(styled("".join(glyph for glyph, _ in run), style, color) for style, run in runs)


def styled(text: str, style: str, color: bool) -> str:
    """Text between the sequences that set and reset a style."""
    return f"\x1b[{SGR[style]}m{text}\x1b[0m" if color and SGR[style] else text
