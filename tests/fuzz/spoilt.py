"""Programs to programs that are nearly the same: words and bytes left out, doubled, swapped, put in; numbers without bounds."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from ..language.test_properties import TOKEN

ROOT = Path(__file__).parents[2]
FOLDERS = ("examples", "specs", "tests/language/samples", "tests/language/errors", "tests/benchmarks/programs")
SMALL = 900  # characters: what is longer is cut, so that many go through
NUMBERS = (
    *("0", "1", "2", "7", "-1", "1.5", "0.0", "1e999", "1e-999", "1e30", "1e15", "10**30", "2**10**9", "9999999999", "1_000_000"),
    *("9" * 40, "3K", "0.1G", "18446744073709551616", "2147483648", "1x1", "1x2x3x4x5", "0x0", "999999999x999999999", "20_000"),
)
CHARACTERS = (
    *("\u202e", "\u200b", "\u2028", "\u0000", "\x1b[31m", "\ud800", "é", "名", "🙂", "𝒳", "\ufeff", "\r", "\t", "\x0b", "\xa0"),
    *("\\", '"', "'", "`", "$", "${", "}", "{", "#", "%", "&", "<", ">", ";", "|", "~", "×", "–", "“", "İ", "ß", "ﬁ", "١"),
)
BYTES = (b"\xff", b"\x00", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xef\xbb\xbf", b"\x80", b"\xfe\xff", b"\r\n", b"\x1b")
WORDS = (
    *("->", "::", "|", "{", "}", "(", ")", "[", "]", "..", ",", ":", ";", "\n", "=", "==", "*", "**", "/", "//", "%", "+", "-"),
    *("_", "in", "as", "for", "if", "else", "not", "and", "or", "true", "none", "?", "@frozen", "@torch", "input", "output"),
    *("assert", "net", "block", "fn", "extern", "preset", "default", "from", "import", "where", "x", '""', '"a b"', "$i", "${1}"),
    *("add", "cat", "mul", "list", "softmax", "len", "sum", "range", "int", "Conv", "ReLU", "same", "params", "macs", ".c", ".h"),
    *("# cnndsl: ignore L001", "# cnndsl: ignore", "cnndsl 2", "[i for i in 1..3]", "{ }", "{ | _ | _ }", "* 3", "as a, b"),
)


@cache
def seeds() -> tuple[str, ...]:
    """The programs that this repository holds, and the examples of its reference."""
    files = [path for folder in FOLDERS for path in sorted((ROOT / folder).glob("*.cnn"))]
    pages = [ROOT / "specs/language.md", *sorted((ROOT / "specs/codes").glob("*.md"))]
    blocks = [block for page in pages for block in re.findall(r"```cnn[^\n]*\n(.*?)```", page.read_text("utf-8"), re.DOTALL)]
    return tuple(path.read_text("utf-8") for path in files) + tuple(blocks)


def spoilt(chance: random.Random, texts: Sequence[str] | None = None) -> str | bytes:
    """One of these programs, or a piece of it, a little damaged."""
    texts = texts or seeds()
    text = chance.choice(texts)
    if len(text) > SMALL and chance.random() < 0.9:
        text = piece(text, chance)
    words = TOKEN.findall(text)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        chance.choice(WAYS)(words, chance, texts)
    found = "".join(words)
    return in_bytes(found, chance) if chance.random() < 0.1 else found


def piece(text: str, chance: random.Random) -> str:
    """One declaration of a long program, or some lines of it."""
    parts = re.split(r"\n(?=(?:net|block|fn|extern|from|default|@)\b)", text)
    small = [part for part in parts if len(part) < SMALL]
    if small and chance.random() < 0.8:
        return "\n".join(chance.sample(small, min(len(small), chance.randint(1, 3)))) + "\n"
    at = chance.randrange(len(text))
    return text[at : at + chance.randint(1, SMALL)]


def leave_out(words: list[str], chance: random.Random, texts: Sequence[str]) -> None:
    at = chance.randrange(len(words) or 1)
    words[at : at + chance.choice((1, 1, 2, 5))] = []


def double(words: list[str], chance: random.Random, texts: Sequence[str]) -> None:
    at = chance.randrange(len(words) or 1)
    words[at:at] = words[at : at + chance.choice((1, 1, 3, 20))] * chance.choice((1, 1, 2, 30))


def swap(words: list[str], chance: random.Random, texts: Sequence[str]) -> None:
    if words:
        a, b = chance.randrange(len(words)), chance.randrange(len(words))
        words[a], words[b] = words[b], words[a]


def put_in(words: list[str], chance: random.Random, texts: Sequence[str]) -> None:
    words.insert(chance.randint(0, len(words)), chance.choice(chance.choice((WORDS, NUMBERS, CHARACTERS))))


def replace(words: list[str], chance: random.Random, texts: Sequence[str]) -> None:
    if words:
        words[chance.randrange(len(words))] = chance.choice(chance.choice((WORDS, words)))


def splice(words: list[str], chance: random.Random, texts: Sequence[str]) -> None:
    other = TOKEN.findall(piece(chance.choice(texts), chance))
    at = chance.randrange(len(other) or 1)
    words[chance.randint(0, len(words)) :] = other[at : at + 200]


def extreme(words: list[str], chance: random.Random, texts: Sequence[str]) -> None:
    places = [place for place, word in enumerate(words) if word[:1].isdigit()]
    if places:
        words[chance.choice(places)] = chance.choice(NUMBERS)


def nest(words: list[str], chance: random.Random, texts: Sequence[str]) -> None:
    left, right = chance.choice((("(", ")"), ("[", "]"), ("{ ", " }"), ("add { | ", " }"), ("-", ""), ("if true { ", " }")))
    times = chance.choice((1, 3, 30, 120))
    a = chance.randint(0, len(words))
    b = chance.randint(a, min(len(words), a + 20))
    words.insert(b, right * times)
    words.insert(a, left * times)


WAYS: tuple[Callable[[list[str], random.Random, Sequence[str]], None], ...] = (
    *(leave_out, double, swap, put_in, replace, splice, extreme, extreme, nest),
)


def in_bytes(text: str, chance: random.Random) -> bytes:
    """The bytes of a text, a few of them others."""
    data = bytearray(text.encode("utf-8", "surrogatepass"))
    for _ in range(chance.randint(1, 4)):
        at = chance.randint(0, len(data))
        match chance.randrange(4):
            case 0:
                data[at : at + 1] = b""
            case 1:
                data[at:at] = chance.choice(BYTES)
            case 2:
                data[at : at + 1] = bytes([chance.randrange(256)])
            case 3:
                data[at : at + 1] = bytes([(data[at] if at < len(data) else 0) ^ 1 << chance.randrange(8)])
    return bytes(data)
