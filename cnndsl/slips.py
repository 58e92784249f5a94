"""A token that does not fit to what was meant by it, where a sign is left out, doubled, or stands elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import accumulate

from lark import Token

from .diagnostics import Fix
from .habits import Mend, Place
from .mistakes import CLOSES, OPENS, PLAIN, SHOWN, STARTS, VALUES, error, open_bracket
from .source import Span

ENDS_ITEM = frozenset({"_NL", "_ARROW", "_DCOLON", "AS", "RBRACE", "VBAR"})
BEGINS_ITEM = frozenset({"_NL", "_ARROW", "LBRACE", "VBAR", "COLON"})  # stand before one
SIGNS = frozenset({"PLUS", "MINUS", "STAR", "SLASH", "FLOORDIV", "PERCENT", "POW"})
OUTSIDE = frozenset({"_ARROW", "_DCOLON", "AS", "LBRACE"})  # stand in no round or square bracket
DECLARES = {
    **dict.fromkeys(("module", "layer", "class", "function", "func", "def", "component"), ("BLOCK", "block")),
    **dict.fromkeys(("model", "network", "graph"), ("NET", "net")),
}


def item_end(raw: list[Token], at: int) -> int:
    """Where the step of a flow that a token belongs to ends."""
    depth = 0
    while at < len(raw) and (depth or raw[at].type not in ENDS_ITEM):
        depth += (raw[at].type in OPENS) - (raw[at].type in CLOSES)
        at += 1
    return at


def item_start(place: Place) -> int:
    """Where the step of a flow before a token begins."""
    at, depth = place.at, 0
    while at > place.head and (depth or place.raw[at - 1].type not in BEGINS_ITEM):
        depth += (place.raw[at - 1].type in CLOSES) - (place.raw[at - 1].type in OPENS)
        at -= 1
    return at


def rewritten(place: Place, title: str, start: int, stop: int, text: str, tokens: tuple[Token, ...]) -> Mend:
    """Tokens in place of others, and what is to be written so."""
    span = place.span(start, stop)
    return Mend(error("E0101", title, span, help=f"write `{text}`", fix=Fix(span, text)), start, stop, tokens)


def guessed(mend: Mend) -> Mend:
    """The same, where something else may be meant."""
    fix = mend.told.fix
    return mend._replace(told=mend.told._replace(fix=fix._replace(certain=False) if fix else None))


# ---- brackets and commas -----------------------------------------------------------


def unclosed(place: Place) -> Mend | None:
    """`Conv(16, 3 -> ReLU`: what stands in no bracket closes it."""
    opened = place.bracket
    if opened is None or opened.type == "LBRACE" or place.token.type not in OUTSIDE:
        return None
    kind = next(close for close, opens in CLOSES.items() if opens == opened.type)
    if not place.fits(kind):
        return None
    end = place.raw[place.at - 1].end_pos or 0
    told = open_bracket(place.source, opened, place.token)._replace(
        fix=Fix(Span(place.source, end, end), SHOWN[kind], certain=False)
    )
    return Mend(told, place.at, place.at, (place.made(kind, SHOWN[kind], place.at, place.at),))


def commas(place: Place) -> Mend | None:
    """`Conv(8,,3)`, `Conv(,8)`, `-> ->`; `assert params < 1M "why"`."""
    span = place.span(place.at, place.at + 1)
    if place.token.type == "STRING" and place.first.type == "ASSERT" and place.fits("COMMA"):
        text = f", {place.token}"
        told = error("E0101", "a comma stands between an assertion and its reason", span, help=f"write `{text}`")
        return Mend(told, place.at, place.at, (place.made("COMMA", ",", place.at, place.at),))
    if place.token.type == "COMMA" and place.kind(-1) in ("COMMA", "LPAR", "LSQB"):
        told = error("E0101", "no value stands before this comma", span, help="take it away", fix=Fix(span, "", certain=False))
    elif place.token.type == place.kind(-1) == "_ARROW":
        told = error("E0101", "no layer stands between two arrows", span, help="take one away", fix=Fix(span, ""))
    else:
        return None
    return Mend(told, place.at, place.at + 1, ())


def bodies(place: Place) -> Mend | None:
    """`net N` and a body without its brace, or without both."""
    raw, at = place.raw, place.at
    if place.token.type != "_NL" or place.first.type not in ("NET", "BLOCK") or place.bracket is not None:
        return None
    if place.kind(-1) not in ("NAME", "RPAR") or not place.fits("LBRACE"):
        return None
    end = next((i for i in range(at, len(raw)) if raw[i].type in STARTS and raw[i].column == 1), len(raw))
    depth = sum((token.type == "LBRACE") - (token.type == "RBRACE") for token in raw[at:end])
    head = place.span(place.head, at)
    begin = place.made("LBRACE", "{", at - 1, at)
    after = Span(place.source, head.end, head.end)
    if depth == -1:
        fix = Fix(after, " {")
        told = error("E0104", "the body's `{` is missing", place.span(at - 1, at), help=f"write `{head.text} {{`", fix=fix)
        return Mend(told, at, at, (begin,))
    while end > at and raw[end - 1].type == "_NL":
        end -= 1
    if depth or end == at:
        return None
    help = f"write `{head.text} {{` here, and `}}` after its last line"
    told = error("E0104", f"the body of a {place.first} stands in braces", place.span(at - 1, at), help=help)
    return Mend(told, at, end, (begin, *raw[at:end], place.made("RBRACE", "}", end - 1, end)))


def colons(place: Place) -> Mend | None:
    """`net N:`, `for i in 1..3:`, `if deep:`, and what is indented below, or stands behind."""
    if place.token.type != "COLON" or place.first.type not in ("NET", "BLOCK", "FOR", "IF", "ELSE"):
        return None
    if place.kind(1) != "_NL" and not (place.first.type in ("FOR", "IF", "ELSE") and place.fits("LBRACE")):
        return None
    raw, at = place.raw, place.at
    end = indented(place) if place.kind(1) == "_NL" else rest_of_line(place)
    while end > at + 1 and raw[end - 1].type == "_NL":
        end -= 1
    title = "what belongs together stands in braces, not behind a colon"
    told = error("E0101", title, place.span(at, at + 1), help=f"write `{place.span(place.head, at).text} {{ … }}`")
    begin, close = place.made("LBRACE", "{", at, at + 1), place.made("RBRACE", "}", max(at, end - 1), end)
    return Mend(told, at, max(end, at + 1), (begin, *raw[at + 1 : end], close))


def rest_of_line(place: Place) -> int:
    """Where the line ends that a token stands in, or the bracket around it."""
    at, depth = place.at, 0
    while at < len(place.raw) and place.raw[at].type != "_NL" and depth >= 0:
        at += 1
        kind = place.raw[at].type if at < len(place.raw) else ""
        depth += (kind in OPENS) - (kind in CLOSES)
    return at


def indented(place: Place) -> int:
    """Where the lines end that stand deeper than a statement whose line ends in a colon; 0 where it does not."""
    raw, at = place.raw, place.at
    while at < len(raw) and raw[at].type != "_NL":
        at += 1
    if at == 0 or raw[at - 1].type != "COLON":
        return 0
    while at < len(raw) and (raw[at].type in ("_NL", "RBRACE") or (raw[at].column or 0) > (place.first.column or 0)):
        if raw[at].type == "RBRACE" and (raw[at].column or 0) <= (place.first.column or 0):
            break
        at += 1
    return at


# ---- repeats -----------------------------------------------------------------------


def counts(place: Place) -> Mend | None:
    """`Conv(8, 3) * n - 1`: what is computed stands in parentheses."""
    if place.token.type not in SIGNS or not place.fits("_ARROW") or place.kind(1) not in VALUES:
        return None
    start = item_start(place)
    depths = list(accumulate((t.type in OPENS) - (t.type in CLOSES) for t in place.raw[start : place.at]))
    stars = [i for i, depth in enumerate(depths, start) if depth == 0 and place.raw[i].type == "STAR"]
    if not stars:
        return None
    first, end = stars[0] + 1, item_end(place.raw, place.at)
    inner = place.raw[first:end]
    open, close = place.made("LPAR", "(", first, first), place.made("RPAR", ")", end - 1, end)
    title = "a count that is computed stands in parentheses"
    return rewritten(place, title, first, end, f"({place.span(first, end).text})", (open, *inner, close))


def count_first(place: Place) -> Mend | None:
    """`3 * Conv(8, 3)`, `n * Conv(8, 3)`, `2 * { … }`."""
    raw, kind = place.raw, place.token.type
    at = place.at - {"NUMBER": 0, "LBRACE": 2, "LPAR": 3}.get(kind, place.at + 1)
    if at < 0 or at + 2 >= len(raw) or raw[at + 1].type != "STAR" or raw[at].type not in ("NUMBER", "NAME"):
        return None
    begins = at == 0 or raw[at - 1].type in BEGINS_ITEM
    if not begins or (raw[at + 2].type != "LBRACE" and not str(raw[at + 2])[:1].isupper()):
        return None
    end = item_end(raw, at)
    text = f"{place.span(at + 2, end).text} * {raw[at]}"
    tokens = (*raw[at + 2 : end], raw[at + 1], raw[at])
    return rewritten(place, "the count of a repeat stands behind", at, end, text, tokens)


def times(place: Place) -> Mend | None:
    """`Conv(8, 3) x 3`, `{ … } x3`, `… ×3`."""
    word = re.fullmatch(r"[xX×](\d*)", place.text())
    if word is None or not place.fits("STAR") or place.kind(-1) not in ("RPAR", "RBRACE", "NAME"):
        return None
    if not word[1] and place.kind(1) not in ("NUMBER", "NAME"):
        return None
    star = place.made("STAR", "*", place.at, place.at + 1)
    number = (place.made("NUMBER", word[1], place.at, place.at + 1),) if word[1] else ()
    text = f"* {word[1]}" if word[1] else "*"
    return rewritten(place, "a repeat is written with `*`", place.at, place.at + 1, text, (star, *number))


# ---- labels and names ----------------------------------------------------------------

MADE = re.compile(r'(\w+)(?:\[([^\]\n]+)\]|\{([^}\n]+)\})(\w*)(?=\s*:(?!:))|f"(\w*)\{([^}\n]+)\}(\w*)"(?=\s*:)')


def templates(place: Place) -> Mend | None:
    """`conv[i]:`, `conv{i}:`, `f"conv{i}":`: labels made by rule."""
    start = place.head - 2 if place.head > 1 and place.raw[place.head - 1].type == "LBRACE" else place.head
    for at in (place.head, start):
        found = MADE.match(place.source.text, place.raw[at].start_pos or 0) if at < len(place.raw) else None
        if found is None:
            continue
        name, rule, rest = found[1] or found[5] or "", found[2] or found[3] or found[6], found[4] or found[7] or ""
        plain = re.fullmatch(r"[A-Za-z_]\w*", rule) and not rest
        text = f"{name}${rule}" if plain else f"{name}${{{rule}}}{rest}"
        if name:
            return place.instead("TNAME", text, "a label made by rule is written with `$`", place.before(found.end()), start=at)
    return None


def label_after(place: Place) -> Mend | None:
    """`Conv(8, 3): conv1`."""
    if place.token.type != "COLON" or place.kind(-1) != "RPAR" or place.kind(1) != "NAME" or place.kind(2) not in ENDS_ITEM:
        return None
    start = item_start(place)
    layer = place.raw[start : place.at]
    text = f"{place.text(1)}: {place.span(start, place.at).text}"
    tokens = (place.raw[place.at + 1], place.token, *layer)
    return rewritten(place, "a label stands before its layer", start, place.at + 2, text, tokens)


def two_labels(place: Place) -> Mend | None:
    """`a, b: Chunk(2)`."""
    line = place.source.text[place.first.start_pos or 0 : place.line_end(place.first.start_pos or 0)]
    found = re.match(r"(\w+(?:\s*,\s*\w+)+)\s*:\s*([^#]*)", line)
    if place.token.type != "COMMA" or place.at != place.head + 1 or found is None:
        return None
    span = place.span(place.head, place.before((place.first.start_pos or 0) + found.end(1)))
    help = f"several values are named behind what gives them: `{found[2].strip()} as {found[1]}`"
    return Mend(error("E0101", "a layer has one label", span, help=help))


def dashes(place: Place) -> Mend | None:
    """`net My-Net {`, `input my-image: 3x224x224`."""
    if place.token.type != "MINUS" or place.kind(-1) != "NAME" or not place.touches(place.at - 1):
        return None
    if place.kind(-2) not in ("NET", "BLOCK", "FN", "EXTERN", "INPUT", "AS"):
        return None
    found = re.compile(r"\w+(?:-\w+)+", re.ASCII).match(place.source.text, place.raw[place.at - 1].start_pos or 0)
    if found is None:
        return None
    text = found[0].replace("-", "_")
    return guessed(place.instead("NAME", text, "a name has no `-`", place.before(found.end()), start=place.at - 1))


def quoted(place: Place) -> Mend | None:
    """`net "LeNet" {`."""
    plain = place.text()[1:-1]
    if (
        place.token.type != "STRING"
        or place.kind(-1) not in ("NET", "BLOCK", "FN", "INPUT", "EXTERN")
        or not plain.isidentifier()
    ):
        return None
    return place.instead("NAME", plain, "a name stands without quotes", place.at + 1)


def declares(place: Place) -> Mend | None:
    """`module Residual(c) {`, `model Net {`."""
    word = str(place.first)
    if word not in DECLARES or place.at != place.head + 1 or place.bracket is not None or place.token.type != "NAME":
        return None
    if not re.compile(r"\w+\s*(\([^()\n]*\))?\s*\{").match(place.source.text, place.token.start_pos or 0):
        return None
    kind, text = DECLARES[word]
    return guessed(place.instead(kind, text, f"there is no `{word}`", place.head + 1, start=place.head))


# ---- signs -----------------------------------------------------------------------------


def equals(place: Place) -> Mend | None:
    """`Conv(8, stride: 2)`, `c := 8`."""
    if place.token.type == "EQUAL" and place.kind(-1) == "COLON" and place.touches(place.at - 1):
        return place.instead("EQUAL", "=", "a name is bound by `=`", place.at + 1, start=place.at - 1)
    named = place.token.type == "COLON" and place.kind(-1) == "NAME" and place.kind(-2) in ("LPAR", "COMMA")
    if not named or place.bracket is None or place.bracket.type != "LPAR" or not place.fits("EQUAL"):
        return None
    return place.instead("EQUAL", "=", "an argument is given by `=`", place.at + 1)


def choices(place: Place) -> Mend | None:
    """`deep ? 64 : 32`, `if deep 64 else 32` in an expression."""
    title, help = "a choice stands behind its first value", "a choice is written `64 if deep else 32`"
    if place.token.type == "IF" and place.kind(-1) in ("EQUAL", "LPAR", "COMMA", "LSQB"):
        return Mend(error("E0101", title, place.span(place.at, place.at + 1), help=help))
    if place.token.type != "ANY" or place.kind(-1) not in PLAIN | {"RPAR"}:
        return None
    simple = place.kind(-1) in PLAIN and place.kind(1) in PLAIN and place.kind(2) == "COLON" and place.kind(3) in PLAIN
    if not simple or place.kind(-2) not in ("EQUAL", "LPAR", "COMMA", "LSQB"):
        return Mend(error("E0101", "there is no `?`", place.span(place.at, place.at + 1), help=help))
    condition, then, otherwise = place.raw[place.at - 1], place.raw[place.at + 1], place.raw[place.at + 3]
    words = place.made("IF", "if", place.at, place.at + 1), place.made("ELSE", "else", place.at + 2, place.at + 3)
    tokens = (then, words[0], condition, words[1], otherwise)
    return rewritten(place, "there is no `?`", place.at - 1, place.at + 4, f"{then} if {condition} else {otherwise}", tokens)


def lists(place: Place) -> Mend | None:
    """`{"c": 8}`, `widths[1:]`."""
    span = place.span(place.at, place.at + 1)
    if place.token.type == "LBRACE" and place.kind(-1) in ("EQUAL", "LPAR", "COMMA"):
        help = "each value has a name of its own, `c = 8`, or a place in a list: `[8, 3]`"
        return Mend(error("E0101", "there are no dictionaries", span, help=help))
    if place.token.type == "COLON" and place.bracket is not None and place.bracket.type == "LSQB":
        help = "some of a list's values are `[widths[i] for i in 1..2]`, places counted from 0"
        return Mend(error("E0101", "lists are not cut by `:`", span, help=help))
    return None


# ---- what stands in the wrong place -------------------------------------------------------

INSIDE = "layers stand in the braces of a net: `net Name { input image: 3x224x224 … }`"


def outside(place: Place) -> Mend | None:
    """Layers, inputs and assertions outside of any net, told once."""
    if place.bracket is not None:
        return None
    if place.token.type in ("INPUT", "OUTPUT", "ASSERT", "IF", "FOR") and place.at == place.head:
        title = f"this `{place.token}` stands in no net"
        return Mend(error("E0101", title, place.span(place.at, place.at + 1), help=INSIDE), sign="outside")
    if place.first.type != "NAME" or place.at != place.head + 1 or place.token.type not in ("LPAR", "_ARROW", "COLON", "_NL"):
        return None
    if place.token.type == "COLON" and place.kind(1) in PLAIN - {"NAME"}:
        return place.instead("EQUAL", "=", "a name is bound by `=`", place.at + 1)
    return Mend(error("E0101", "this line stands in no net", place.span(place.head, place.at), help=INSIDE), sign="outside")


def inside(place: Place) -> Mend | None:
    """Blocks within nets, and layers in a preset."""
    if place.bracket is None or place.bracket.type != "LBRACE":
        return None
    if place.token.type in ("NET", "BLOCK", "FN", "EXTERN") and place.at == place.head and place.kind(1) != "COLON":
        title = f"this `{place.token}` stands within another declaration"
        help = "move it to the top of the file; blocks may be used before they are declared"
        return Mend(error("E0101", title, place.span(place.at, place.at + 1), help=help))
    line = place.source.line(place.bracket.line or 1)
    preset = re.match(r"\s*net\s+\w+\s*(\([^()]*\))?\s*=\s*(\w+)", line)
    if preset is None or place.at > place.head + 1:
        return None
    help = f"it holds assertions alone; what follows {preset[2]} stands in a net of its own: `net Name {{ … {preset[2]} -> … }}`"
    return Mend(error("E0101", "a preset has no lines of its own", place.span(place.head, place.head + 1), help=help))


def imports(place: Place) -> Mend | None:
    """`from "a.cnn" import *`, `… import A as B`."""
    if place.first.type != "FROM" or place.token.type not in ("STAR", "AS"):
        return None
    title = "what is imported is named" if place.token.type == "STAR" else "what is imported keeps its name"
    file = place.span(place.head, place.head + 2).text
    help = f"write `{file} import A, B`" if place.token.type == "STAR" else f"write `{file} import {place.text(-1)}`"
    return Mend(error("E0101", title, place.span(place.at, place.at + 1), help=help))


SLIPS: tuple[Callable[[Place], Mend | None], ...] = (
    unclosed,
    commas,
    bodies,
    templates,
    counts,
    count_first,
    times,
    label_after,
    two_labels,
    dashes,
    quoted,
    declares,
    equals,
    choices,
    lists,
    imports,
    inside,
)
