"""Any text to what a terminal can show: no control character gets through, and every cell is counted.

C0 controls become their pictures (␛), whatever else is invisible or turns the reading direction becomes an escape
(`\\u202e`). With `ascii` all that is not ASCII is spelt out or escaped.
"""

from __future__ import annotations

import unicodedata
from functools import cache

TAB = 4  # cells; fixed, so that the same text is as wide in every column

# What our own messages are written with, as plain ASCII.
SPELT = str.maketrans(
    {
        "×": "x", "·": "*", "−": "-", "–": "-", "—": "-", "…": "...", "→": "->", "≤": "<=", "≥": ">=", "≠": "!=", "±": "+-",
        "⌊": "floor(", "⌋": ")", "⌈": "ceil(", "⌉": ")", "µ": "u", "²": "^2", "³": "^3", "∞": "inf",
        "“": '"', "”": '"', "‘": "'", "’": "'",
    }
)  # fmt: skip


def clean(text: str, ascii: bool = False) -> str:
    """One line of text as it may be printed; a line end inside it is shown as its picture."""
    if ascii:
        text = text.translate(SPELT)
    if text.isascii() and text.isprintable():
        return text
    return "".join([glyph(char, ascii) for char in text])


def width(text: str) -> int:
    """How many cells a clean text takes."""
    return len(text) if text.isascii() else sum(map(cells, text))


@cache
def glyph(char: str, ascii: bool = False) -> str:
    """What one character is shown as."""
    if char == "\t":
        return " " * TAB
    code = ord(char)
    if code < 0x20 and not ascii:
        return chr(0x2400 + code)
    if code < 0x7F and code >= 0x20:
        return char
    hidden = unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    return escape(code) if ascii or hidden else char


def escape(code: int) -> str:
    """As Python writes it: \\x1b, \\u202e, \\U000e0001."""
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


@cache
def cells(char: str) -> int:
    """0 for what combines with the character before it, 2 for the wide characters of East Asia and emoji, else 1."""
    if unicodedata.category(char) in ("Mn", "Me") or 0x1160 <= ord(char) <= 0x11FF:
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
