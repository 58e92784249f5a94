"""A token that does not fit to what was meant by it, where people write so by habit from elsewhere: what to write here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from lark import Token

from .diagnostics import Diagnostic, Fix
from .mistakes import CLOSES, ENDS, OPENS, VALUES, error
from .scanner import STRAY
from .source import Source, Span


class Mend(NamedTuple):
    """What is said, and the tokens that are read in place of those from `start` to before `stop`; None: the statement is
    left out, to `stop` at least. What has a `sign` is told once in a file.
    """

    told: Diagnostic
    start: int = 0
    stop: int = 0
    tokens: tuple[Token, ...] | None = None
    sign: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a token of `raw` does not fit: the first token of its statement, the innermost open bracket, what would fit."""

    source: Source
    raw: list[Token]
    at: int
    head: int
    bracket: Token | None
    fits: Callable[[str], bool]

    @property
    def token(self) -> Token:
        return self.raw[self.at] if self.at < len(self.raw) else Token("$END", "", start_pos=len(self.source.text))

    @property
    def first(self) -> Token:
        return self.raw[min(self.head, len(self.raw) - 1)]

    def kind(self, offset: int) -> str:
        """Of a token near this one; "" before the first and after the last."""
        return self.raw[self.at + offset].type if 0 <= self.at + offset < len(self.raw) else ""

    def text(self, offset: int = 0) -> str:
        return str(self.raw[self.at + offset]) if 0 <= self.at + offset < len(self.raw) else ""

    def span(self, start: int, stop: int) -> Span:
        """Of the tokens from one to before another."""
        return Span(self.source, self.raw[start].start_pos or 0, self.raw[stop - 1].end_pos or 0)

    def touches(self, index: int) -> bool:
        """Whether the next token follows a token without a space."""
        return index + 1 < len(self.raw) and self.raw[index].end_pos == self.raw[index + 1].start_pos

    def before(self, offset: int) -> int:
        """The first token that begins at or after an offset of the text."""
        return next((i for i in range(self.head, len(self.raw)) if (self.raw[i].start_pos or 0) >= offset), len(self.raw))

    def line_end(self, offset: int) -> int:
        end = self.source.text.find("\n", offset)
        return len(self.source.text) if end < 0 else end

    def made(self, kind: str, text: str, start: int, stop: int) -> Token:
        """A token in place of others."""
        first, last = self.raw[start], self.raw[max(start, stop - 1)]
        return Token(kind, text, first.start_pos, first.line, first.column, end_pos=last.end_pos)

    def instead(self, kind: str, text: str, title: str, stop: int, *, start: int | None = None) -> Mend:
        """One token of the language in place of those that were meant so, with the fix."""
        start = self.at if start is None else start
        span = self.span(start, stop)
        code = "E0103" if STRAY in (self.raw[start].type, self.token.type) else "E0101"
        told = error(code, title, span, help=f"write `{text}`", fix=Fix(span, apart(text, span)))
        return Mend(told, start, stop, (self.made(kind, text, start, stop),))


def apart(text: str, span: Span) -> str:
    """A text for a place; a word that stood as a sign there has blanks around it, but inside a bracket or beside a sign."""
    if not text.isalpha() or span.text[:1].isalnum():
        return text
    before, after = span.source.text[: span.start][-1:], span.source.text[span.end : span.end + 1]
    left = "" if before.isspace() or before in "([{!|&¬" else " "
    return f"{left}{text}{'' if after.isspace() else ' '}"


def closing(raw: list[Token], opened: int) -> int | None:
    """The bracket that closes another."""
    depth = 0
    for at in range(opened, len(raw)):
        depth += (raw[at].type in OPENS) - (raw[at].type in CLOSES)
        if depth == 0:
            return at
    return None


# ---- comments ------------------------------------------------------------------

SIGNS = ("//", "/*", "--", "<!--", "%", ";")
PROSE = re.compile(r"[A-Za-z]+")


def comment(place: Place) -> Mend | None:
    """`//`, `/* */`, `--`, `%`, `;`: up to the line's end, or the sign that closes it."""
    for at in (place.at, *behind(place)):
        start = place.raw[at].start_pos if at < len(place.raw) else None
        sign = next((s for s in SIGNS if start is not None and place.source.text.startswith(s, start)), None)
        arrow = start is not None and place.source.text.startswith("-->", start)
        if sign is None or start is None or arrow or (at == place.at and sign == ";"):
            continue
        end = place.line_end(start)
        if sign in ("/*", "<!--"):
            close = "*/" if sign == "/*" else "-->"
            found = place.source.text.find(close, start)
            end = found + len(close) if found >= 0 else end
        span = Span(place.source, start, start + len(sign))
        rest = " ".join(place.source.text[start + len(sign) : end].removesuffix("*/").removesuffix("-->").split())
        fix = Fix(span, "#") if sign in ("//", "--", "%", ";") else None
        told = error("E0101", "comments begin with `#`", span, help=f"write `# {rest}`" if rest else "write `#`", fix=fix)
        begin = max(at, place.head)
        begin -= begin == place.head and begin > 0 and place.raw[begin - 1].type == "_NL"  # nothing is left of its line
        return Mend(told, begin, place.before(end), (), sign)
    return None


def behind(place: Place) -> Iterator[int]:
    """Where a sign may stand before prose: words that follow one another."""
    if not (PROSE.fullmatch(place.text()) and PROSE.fullmatch(place.text(-1))):
        return
    at = place.at - 1
    while at >= 0 and (at >= place.head or at == place.head - 1) and place.raw[at].line == place.token.line:
        if place.raw[at].type in ("FLOORDIV", "PERCENT", "MINUS") or (place.raw[at].type == "_NL" and place.text(-1)):
            yield at
        at -= 1


# ---- texts and characters ----------------------------------------------------------

ESCAPE = re.compile(r'\\([^"\\nt])')
QUOTED = re.compile(
    r"""'''(.*?)'''|'([^'\n]*)'|[\u201c\u201d\u201e]([^"\n\u201c\u201d]*)[\u201c\u201d]|\u2018([^\n\u2018\u2019]*)\u2019""",
    re.DOTALL,
)
BLANK = frozenset("\u00a0\u2002\u2003\u2007\u2009\u200a\u200b\u200c\u200d\u202f\u2060\u3000\ufeff\x0b\x0c")
CHARACTERS = {
    **dict.fromkeys("→⟶⇒➔➜⟹", ("_ARROW", "->")),
    **dict.fromkeys("−–—", ("MINUS", "-")),
    "≤": ("CMP", "<="),
    "≥": ("CMP", ">="),
    "≠": ("CMP", "!="),
    "^": ("POW", "**"),
    "!": ("NOT", "not"),
    "¬": ("NOT", "not"),
    "·": ("STAR", "*"),
    "…": ("DOTS", ".."),
}


def escapes(place: Place) -> Mend | None:
    """A text that is closed, with escapes that mean nothing."""
    text = place.text()
    if place.token.type != STRAY or not (len(text) > 1 and text[0] == text[-1] == '"'):
        return None
    start = place.token.start_pos or 0
    at = next(m.start() for m in re.finditer(r"\\.", text) if ESCAPE.match(m[0]))
    span = Span(place.source, start + at, start + at + 2)
    help = 'escapes are `\\"`, `\\\\`, `\\n` and `\\t`; a backslash itself is written `\\\\`'
    told = error("E0103", f"`{span.text}` is no escape", span, help=help)
    return Mend(told, place.at, place.at + 1, (place.made("STRING", text, place.at, place.at + 1),))


def quotes(place: Place) -> Mend | None:
    """Texts in single, curly or triple quotes."""
    text, start = place.source.text, place.token.start_pos or 0
    at = place.at
    if place.token.type == STRAY and place.text(-1) == '""' and text[start - 2 : start + 1] == '"""':
        at, start = at - 1, start - 2
        found = re.compile(r'"""(.*?)"""', re.DOTALL).match(text, start)
    else:
        found = QUOTED.match(text, start) if place.token.type == STRAY else None
    if found is None:
        return None
    inner = " ".join((next(filter(None, found.groups()), "")).split()).replace('"', "'")
    span, stop = Span(place.source, start, found.end()), place.before(found.end())
    lines = "; each line of a longer one has its own" if "\n" in found[0] else ""
    fix = Fix(span, f'"{inner}"', certain=inner in found.groups() and "\\" not in inner)
    told = error("E0103", "texts stand in double quotes", span, help=f"write `{fix.text}`{lines}", fix=fix)
    return Mend(told, at, stop, (place.made("STRING", fix.text, at, stop),))


def characters(place: Place) -> Mend | None:
    """Signs of mathematics and typography, and what looks like a space."""
    char = place.text()[:1]
    if place.token.type != STRAY:
        return None
    if char in BLANK:
        span = place.span(place.at, place.at + 1)
        title = f"the character U+{ord(char):04X} is no space of the language"
        told = error("E0103", title, span, "it looks like one", help="write a space", fix=Fix(span, " "))
        return Mend(told, place.at, place.at + 1, (), char)
    if char == "\\" and place.kind(1) == "_NL":
        span = place.span(place.at, place.at + 1)
        help = "take it away: a line goes on after an operator, a comma or an arrow, and inside brackets"
        return Mend(error("E0103", "lines are not joined by `\\`", span, help=help), place.at, place.at + 2, (), char)
    if char == "&" and place.fits("AND"):
        twice = place.text(1) == "&" and place.touches(place.at)
        return place.instead("AND", "and", f"`{'&&' if twice else '&'}` is written `and`", place.at + 1 + twice)
    kind, text = CHARACTERS.get(char, ("", ""))
    if not kind or not place.fits(kind):
        return None
    return place.instead(kind, text, f"`{char}` is written `{text}`", place.at + 1)


SIZES = re.compile(r"\d+(?:\s*[×✕*·]\s*\d+)+")


def sizes(place: Place) -> Mend | None:
    """`3×224×224`, and `3*224*224` where a shape is wanted."""
    start = place.raw[place.at - 1].start_pos or 0 if place.at else 0
    found = SIZES.match(place.source.text, start)
    if found is None or place.kind(-1) != "NUMBER" or not (place.token.type == STRAY or place.first.type == "INPUT"):
        return None
    text = "x".join(re.findall(r"\d+", found[0]))
    stop = place.before(found.end())
    return place.instead("DIMS", text, "sizes are joined by the letter `x`", stop, start=place.at - 1)


def open_sizes(place: Place) -> Mend | None:
    """`3xHxW`: sizes by name stand in a list."""
    parts = place.text().split("x")
    if place.token.type != STRAY or len(parts) < 2 or not all(re.fullmatch(r"\d+|[A-Za-z]\w*", part) for part in parts):
        return None
    span = place.span(place.at, place.at + 1)
    text = f"[{', '.join(parts)}]"
    told = error("E0103", "sizes that are open stand in a list", span, help=f"write `{text}`", fix=Fix(span, text))
    kinds = [(("NUMBER" if part.isdigit() else "NAME"), part) for part in parts]
    inner = [token for pair in kinds for token in (pair, ("COMMA", ","))][:-1]
    tokens = [place.made(kind, word, place.at, place.at + 1) for kind, word in (("LSQB", "["), *inner, ("RSQB", "]"))]
    return Mend(told, place.at, place.at + 1, tuple(tokens))


# ---- signs -------------------------------------------------------------------------


def arrows(place: Place) -> Mend | None:
    """`=>`, `|>`, `>>`, `>`, `-->`, `- >` between layers."""
    found = re.compile(r"=>|\|>|>>|>|-->|~>|- >").match(place.source.text, place.token.start_pos or 0)
    if found is not None and place.fits("_ARROW"):
        stop = place.before((place.token.start_pos or 0) + len(found[0]))
        return place.instead("_ARROW", "->", f"the arrow is written `->`, not `{found[0]}`", stop)
    if place.kind(-1) == "VBAR" and place.text() == ">" and place.touches(place.at - 1):
        return place.instead("_ARROW", "->", "the arrow is written `->`, not `|>`", place.at + 1, start=place.at - 1)
    return None


def logic(place: Place) -> Mend | None:
    """`||`, `=<`, `=>` and `=` in conditions."""
    twice = place.touches(place.at)
    if place.token.type == "VBAR" and place.kind(1) == "VBAR" and twice and place.fits("OR"):
        return place.instead("OR", "or", "`||` is written `or`", place.at + 2)
    if place.token.type != "EQUAL" or not place.fits("CMP"):
        return None
    if place.text(1) in ("<", ">") and twice:
        return place.instead("CMP", place.text(1) + "=", f"`={place.text(1)}` is written `{place.text(1)}=`", place.at + 2)
    if place.first.type in ("IF", "ASSERT"):
        return place.instead("CMP", "==", "`=` binds a name; it compares nothing", place.at + 1)
    return None


def assigned(place: Place) -> Mend | None:
    """`x += 1`, `x++`: nothing changes its value."""
    found = re.compile(r"(\w+)\s*(\+\+|--|(\*\*|//|[-+*/%])=)").match(place.source.text, place.first.start_pos or 0)
    if found is None or place.at == place.head:
        return None
    name = found[1]
    sign = found[3] or found[2][0]
    rest = place.source.text[found.end() : place.line_end(found.end())].split("#")[0].strip() if found[3] else "1"
    span = Span(place.source, found.start(2), found.end(2))
    help = f"bind another name: `{name}2 = {name} {sign} {rest}`"
    return Mend(error("E0101", f"{name} keeps its value: a name is bound once", span, help=help))


def sums(place: Place) -> Mend | None:
    """`a + b` of values."""
    merge = {"PLUS": "add", "MINUS": "sub"}.get(place.token.type)
    if (
        merge is None
        or not place.fits("_ARROW")
        or place.bracket is None
        or place.first.type not in ("NAME", "TNAME", "IN", "HERE")
    ):
        return None
    end = place.line_end(place.token.start_pos or 0)
    left = place.span(place.head, place.at).text
    right = re.split(r"#|->|\}|;", place.source.text[place.token.end_pos or 0 : end])[0].strip()
    terms = [left, *(part.strip() for part in right.split("+"))] if merge == "add" else [left, right]
    if any(re.fullmatch(r"[\d.]+", term) for term in terms):
        title = "values are joined with values, and this is a number"
        help = f"a layer changes a value: `{left} -> Conv(64, 1)`; `{merge}(a, b)` joins two"
        return Mend(error("E0101", title, Span(place.source, place.token.start_pos or 0, place.token.end_pos or 0), help=help))
    simple = all(re.fullmatch(r"[\w.]+", term) and not term[:1].isupper() for term in terms)
    joined = f"{merge}({', '.join(terms)})" if simple else f"{merge} {{ | {' | '.join(terms)} }}"
    title = f"values are {'added' if merge == 'add' else 'subtracted'} by `{merge}`"
    return Mend(error("E0101", title, place.span(place.at, place.at + 1), help=f"write `{joined}`"))


# ---- brackets ----------------------------------------------------------------------


def tuples(place: Place) -> Mend | None:
    """`(3, 3)` for `[3, 3]`, in expressions, shapes and at the head of a line; `Conv[64, 3]` for `Conv(64, 3)`."""
    kind, raw = place.token.type, place.raw
    opened = place.at
    if kind in ("COMMA", "RPAR", "EQUAL") and place.bracket is not None:
        opened = next((i for i in range(place.at, -1, -1) if raw[i] is place.bracket), place.at)
    at = closing(raw, opened)
    if at is None or kind == place.kind(-1) == "COMMA":
        return None
    if raw[opened].type == "LPAR" and ((kind == "COMMA" and place.fits("RPAR")) or opened == place.at - 1 or kind == "LPAR"):
        signs = "[]"
    elif raw[opened].type == "LSQB" and kind in ("COMMA", "EQUAL") and raw[opened - 1].type in ENDS and place.touches(opened - 1):
        signs = "()"
    else:
        return None
    if kind == "LPAR" and (place.kind(-1) == "FOR" or not place.fits("LSQB") or place.kind(-1) in VALUES):
        return None
    span = place.span(opened, at + 1)
    text = f"{signs[0]}{span.text[1:-1]}{signs[1]}"
    title = "lists stand in square brackets" if signs == "[]" else "arguments stand in parentheses"
    shown = text if signs == "[]" else f"{raw[opened - 1]}{text}"
    told = error("E0101", title, span, help=f"write `{' '.join(shown.split())}`", fix=Fix(span, text))
    kinds = ("LSQB", "RSQB") if signs == "[]" else ("LPAR", "RPAR")
    one, two = place.made(kinds[0], signs[0], opened, opened + 1), place.made(kinds[1], signs[1], at, at + 1)
    return Mend(told, opened, at + 1, (one, *raw[opened + 1 : at], two))


def bars(place: Place) -> Mend | None:
    """`add { a, b }`: arms without their bars."""
    raw, opened = place.raw, place.at - 1
    while opened >= 0 and raw[opened].type == "_NL":
        opened -= 1
    if place.token.type in ("VBAR", "RBRACE") or opened < 0 or raw[opened].type != "LBRACE" or not place.fits("VBAR"):
        return None
    end = closing(raw, opened)
    if end is None:
        return None
    arms = split(raw, place.at, end)
    bar = [Token("VBAR", "|", arm[0].start_pos, arm[0].line, arm[0].column, end_pos=arm[0].start_pos) for arm in arms]
    tokens = [token for sign, arm in zip(bar, arms, strict=True) for token in (sign, *arm)]
    texts = [" ".join(place.source.text[arm[0].start_pos : arm[-1].end_pos].split()) for arm in arms]
    text = f"{merge_before(place, opened)} {{ | {' | '.join(texts)} }}"
    help = f"write `{text}`" if len(text) <= 100 else f"begin each with a bar: `| {texts[0]}`"
    span = place.span(place.at, end)
    signs = [token for token in level(raw, place.at, end) if token.type in ("VBAR", "COMMA")]
    space = "" if place.source.text[span.end : span.end + 1].isspace() else " "
    certain = "\n" not in span.text and len(arms) == len(signs) + 1
    fix = Fix(span, f"| {' | '.join(texts)}{space}", certain)
    told = error("E0101", "arms begin with `|`", place.span(place.at, place.at + 1), "a bar is missing here", help=help, fix=fix)
    return Mend(told, place.at, end, tuple(tokens))


def armless(place: Place) -> Mend | None:
    """`add { }`: a merge without arms."""
    opened = place.at - 1
    while opened >= 0 and place.raw[opened].type == "_NL":
        opened -= 1
    if place.token.type != "RBRACE" or opened < 1 or place.raw[opened].type != "LBRACE" or not place.fits("VBAR"):
        return None
    merge = merge_before(place, opened)
    told = error("E0101", f"`{merge}` has no arms", place.span(opened, place.at + 1), help=f"write `{merge} {{ | … | … }}`")
    arm = (place.made("VBAR", "|", place.at, place.at), place.made("HOLE", "", place.at, place.at))
    return Mend(told, place.at, place.at, arm)


def merge_before(place: Place, opened: int) -> str:
    """The layer or merge, with its arguments, whose arms a brace opens."""
    at, depth = opened - 1, 0
    while at > 0 and (depth or place.raw[at - 1].type not in ("_NL", "_ARROW", "LBRACE", "VBAR", "COLON")):
        depth += (place.raw[at].type in CLOSES) - (place.raw[at].type in OPENS)
        at -= 1
    return place.span(at, opened).text


def split(raw: list[Token], start: int, end: int) -> list[list[Token]]:
    """The arms that were meant: by bars where there are some, else by commas, lines, and words that follow one another."""
    barred = any(token.type == "VBAR" for token in level(raw, start, end))
    arms: list[list[Token]] = [[]]
    depth = 0
    for at in range(start, end):
        token = raw[at]
        depth += (token.type in OPENS) - (token.type in CLOSES)
        last = arms[-1][-1] if arms[-1] else None
        if depth == 0 and (token.type in ("VBAR", "COMMA") or (token.type == "_NL" and not barred and not goes_on(raw, at))):
            arms.append([])
            continue
        adjacent = last is not None and last.type in ENDS | {"RBRACE", "IN"} and token.type in ("NAME", "TNAME", "HERE", "IN")
        if depth == 0 and adjacent and last is not None and last.line == token.line:
            arms.append([])
        arms[-1].append(token)
    return [arm for arm in arms if any(token.type != "_NL" for token in arm)]


def level(raw: list[Token], start: int, end: int) -> Iterator[Token]:
    """The tokens that stand in no inner bracket."""
    depth = 0
    for token in raw[start:end]:
        depth += (token.type in OPENS) - (token.type in CLOSES)
        if depth == 0:
            yield token


def goes_on(raw: list[Token], at: int) -> bool:
    """Whether the line after a newline continues the one before."""
    beside = (raw[at - 1].type, raw[at + 1].type if at + 1 < len(raw) else "")
    return beside[0] in ("_ARROW", "COMMA", "LBRACE") or beside[1] in ("_ARROW", "_DCOLON", "AS", "RBRACE", "_NL")


HABITS = (comment, escapes, quotes, sizes, open_sizes, characters, armless, bars, arrows, logic, tuples, assigned, sums)
