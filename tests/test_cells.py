"""What a terminal is shown of any text."""

import sys
import unicodedata

import pytest

from cnndsl.cells import clean, width


@pytest.mark.parametrize(
    ("text", "shown", "ascii"),
    [
        ("Conv(64, 3)", "Conv(64, 3)", "Conv(64, 3)"),
        ("a\tb", "a    b", "a    b"),
        ("\x1b[31mred", "␛[31mred", "\\x1b[31mred"),
        ("one\r\ntwo", "one␍␊two", "one\\x0d\\x0atwo"),
        ("\x00\x7f\x9b", "␀\\x7f\\x9b", "\\x00\\x7f\\x9b"),
        ("abc\u202egnp.exe", "abc\\u202egnp.exe", "abc\\u202egnp.exe"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff", "zero\\u200bwidth\\ufeff"),
        ("line\u2028sep\u2029", "line\\u2028sep\\u2029", "line\\u2028sep\\u2029"),
        ("lone \ud800 surrogate", "lone \\ud800 surrogate", "lone \\ud800 surrogate"),
        ("\U000e0041", "\\U000e0041", "\\U000e0041"),
        ("3×32×32 → ⌊(H - 1)/2⌋", "3×32×32 → ⌊(H - 1)/2⌋", "3x32x32 -> floor((H - 1)/2)"),
        ("名前 é 🙂", "名前 é 🙂", "\\u540d\\u524d \\xe9 \\U0001f642"),
    ],
)
def test_clean(text: str, shown: str, ascii: str) -> None:
    assert clean(text) == shown
    assert clean(text, ascii=True) == ascii


def test_no_character_at_all_gets_through_that_moves_the_cursor() -> None:
    everything = "".join(map(chr, [*range(0x20000), *range(0xE0000, 0xE0200), sys.maxunicode]))
    assert not {unicodedata.category(char) for char in clean(everything)} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert clean(everything, ascii=True).isascii()
    assert clean(everything, ascii=True).isprintable()


@pytest.mark.parametrize(
    ("text", "cells"),
    [("", 0), ("abc", 3), ("é", 1), ("e\u0301", 1), ("名前", 4), ("ﾊﾝ", 2), ("🙂", 2), ("×⌊", 2), ("\u1112\u1161\u11ab", 2)],
)
def test_width(text: str, cells: int) -> None:
    assert width(text) == cells
