"""Statements, labels and parameters as other languages write them, to those of this one."""

from __future__ import annotations

import re
from collections.abc import Callable

from . import foreign
from .diagnostics import Fix, fault
from .elsewhere import LIBRARIES, NOTHING
from .habits import HABITS, Mend, Place, closing
from .mistakes import error
from .slips import SLIPS, colons, declares, indented, outside
from .source import Span

NETS = "a network is written `net Name(classes = 10) { … }`, a part of one `block Name(c) { … }`"
RANK = re.compile(r"[123][dD]$")
STATEMENTS = {
    "class": ("there are no classes", NETS),
    "def": ("there is no `def`", "a function is written `fn double(n) = 2 * n`, a part of a network `block Name(c) { … }`"),
    "function": ("there is no `function`", "a function is written `fn double(n) = 2 * n`"),
    "lambda": ("there is no `lambda`", "a function is declared at the top of the file: `fn double(n) = 2 * n`"),
    "model": ("there is no `model`", NETS),
    "network": ("there is no `network`", NETS),
    "import": NOTHING,
    "return": ("there is no `return`", "the value of a body is that of its last line; a net may name outputs: `output y = _`"),
    "while": ("there is no `while`", "a loop is written `for i in 1..3 { … }`"),
    "repeat": ("there is no `repeat`", "a layer or group is repeated by `{ … } * 3`"),
    "let": ("there is no `let`", "a value is bound by `name = 3`"),
    "var": ("there is no `var`", "a value is bound by `name = 3`"),
    "const": ("there is no `const`", "a value is bound by `name = 3`"),
    "int": ("types are not written", "a value is bound by `name = 3`"),
    "float": ("types are not written", "a value is bound by `name = 3`"),
    "print": ("there is no `print`", "`cnndsl analyze` shows all sizes; hold one by a note, `-> ReLU :: [64, 56, 56]`"),
    "with": ("there is no `with`", None),
    "try": ("there is no `try`", None),
    "del": ("there is no `del`", None),
    "include": ("there is no `include`", 'files are read by `from "file.cnn" import Name`'),
}
SHUT = frozenset(STATEMENTS) | {"if", "for", "else", "elif", "net", "block", "fn", "input", "output", "assert", "default", "from"}
PARTS = frozenset({"NAME", "NUMBER", "DIMS", "MINUS", "DOT", "INDEX", "SLASH", "STRAY", "STRING"})


def statement(place: Place) -> Mend | None:
    """A line that begins with a word of another language."""
    word, at = str(place.first), place.head
    if word == "from" and place.head + 1 < len(place.raw) and str(place.raw[place.head + 1]) in LIBRARIES:
        return Mend(
            fault("E0801", *NOTHING[:1], place.span(place.head, max(place.at, place.head + 1)), help=NOTHING[1]).diagnostic
        )
    if place.text(-1) == "lambda":
        word, at = "lambda", place.at - 1
    if word not in STATEMENTS or place.at - at > 2 or place.raw[at].type not in ("NAME", "IMPORT"):
        return None
    title, help = STATEMENTS[word]
    if word == "import" and place.kind(1) == "STRING":
        title, help = "what is imported is named", f"write `from {place.text(1)} import Name`"
    return Mend(error("E0101", title, place.span(at, at + 1), help=help), stop=indented(place))


ELIF = frozenset({"elif", "elsif", "elseif"})


def otherwise(place: Place) -> Mend | None:
    """`elif`."""
    raw, head = place.raw, place.head if str(place.first) in ELIF else place.at
    if place.text(head - place.at) not in ELIF or head == 0:
        return None
    span = place.span(head, head + 1)
    told = error("E0101", f"`{span.text}` is written `else if`", span, help="write `else if`", fix=Fix(span, "else if"))
    start = head - 1 if raw[head - 1].type == "_NL" else head
    tokens = place.made("ELSE", "else", head, head + 1), place.made("IF", "if", head, head + 1)
    return Mend(told, start, head + 1, tokens)


LABEL = re.compile(r"\w+(?:[.\-/]\w+)*(?: \d+)?", re.ASCII)


def label(place: Place) -> Mend | None:
    """`conv-1:`, `conv.1:`, `1:`, `conv 1:`, `3x3:`: labels that are no names."""
    raw, head = place.raw, place.head
    end = head
    while end < len(raw) and raw[end].type in PARTS:
        end += 1
    fits = end < len(raw) and raw[end].type == "COLON" and head < end and place.at <= end and place.bracket is not None
    if not fits or str(raw[head]) in SHUT or raw[head].line != raw[end].line or raw[head].type == "STRING":
        return None
    span = place.span(head, end)
    if not LABEL.fullmatch(span.text) or (end == head + 1 and raw[head].type == "NAME"):
        return None
    plain = re.sub(r"\W+", "_", span.text)
    plain = f"_{plain}" if plain[0].isdigit() else plain
    scope, _, key = span.text.rpartition(".")
    what = f", which is the label {key} in the scope {scope}" if scope and key else ""
    help = f'write `"{span.text}": …`{what}; or `{plain}: …`'
    title = f"the label `{span.text}` needs quotes" if span.text[0].isdigit() else f"`{span.text}` is no plain label"
    told = error("E0101", title, span, help=help, fix=Fix(span, f'"{span.text}"', certain=False))
    return Mend(told, head, end, (place.made("STRING", f'"{span.text}"', head, end),))


def stars(place: Place) -> Mend | None:
    """`*args`, `**kwargs` among parameters and arguments."""
    if place.token.type not in ("STAR", "POW") or place.kind(-1) not in ("LPAR", "COMMA") or place.kind(1) != "NAME":
        return None
    comma = place.kind(2) == "COMMA"
    span = place.span(place.at, place.at + 2)
    help = "name each parameter; a block takes any number of values by `input *xs: [?, ?, ?]`"
    title = "parameters and arguments are written one by one"
    return Mend(error("E0101", title, span, help=help), place.at, place.at + 2 + comma, ())


def unpacking(place: Place) -> Mend | None:
    """`a, b = Chunk(2)`, and `a, b -> cat`."""
    if place.token.type != "COMMA" or place.bracket is None or place.bracket.type != "LBRACE" or place.at != place.head + 1:
        return None
    end = place.line_end(place.token.start_pos or 0)
    line = place.source.text[place.first.start_pos or 0 : end].split("#")[0].rstrip()
    targets = re.match(r"(\w+(?:\s*,\s*\w+)+)\s*(=|->)\s*", line)
    if targets is None:
        return None
    names = ", ".join(re.split(r"\s*,\s*", targets[1]))
    stop = place.before((place.first.start_pos or 0) + targets.end(1))
    span = place.span(place.head, stop)
    if targets[2] == "=":
        help = f"write `{line[targets.end() :]} as {names}`"
        return Mend(error("E0101", "values are named behind what gives them", span, help=help))
    told = error(
        "E0101",
        "a line starts from several values in brackets",
        span,
        help=f"write `[{names}] -> …`",
        fix=Fix(span, f"[{names}]"),
    )
    one, two = place.made("LSQB", "[", place.head, place.head), place.made("RSQB", "]", stop - 1, stop)
    return Mend(told, place.head, stop, (one, *place.raw[place.head : stop], two))


def attribute(place: Place) -> Mend | None:
    """`self.conv = …`."""
    found = re.compile(r"self\.(\w+)\s*=\s*([^\n#]*)").match(place.source.text, place.first.start_pos or 0)
    if found is None:
        return None
    span = Span(place.source, place.first.start_pos or 0, place.token.end_pos or 0)
    text = ours(found[2].strip())
    return Mend(error("E0101", "layers are named by labels", span, help=f"write `{found[1]}: {text}`"))


CALLED = re.compile(r"([\w.]+)\((.*)\)")


def ours(text: str) -> str:
    """A call of another framework's layer, as it is written here where that is known."""
    found = CALLED.fullmatch(text)
    if found is None:
        return re.sub(r"\b(torch\.)?nn\.(\w+)", lambda m: RANK.sub("", m[2]), text)
    written = [part.strip() for part in re.split(r",(?![^(\[]*[)\]])", found[2]) if part.strip()]
    named = [re.fullmatch(r"(\w+)\s*=(?!=)\s*(.*)", part) for part in written]
    arguments = [(name[1], name[2]) if name else (None, part) for name, part in zip(named, written, strict=True)]
    return foreign.call(found[1], arguments) or text


def typed(place: Place) -> Mend | None:
    """`net N(x: 3x32x32)`."""
    if place.token.type == "COLON" and place.first.type in ("NET", "BLOCK", "FN") and place.bracket is not None:
        name = place.text(-1)
        shape = re.match(r"[\w\[\], ?.]*", place.source.text[place.token.end_pos or 0 :])
        text = shape[0].strip() if shape and place.kind(1) in ("DIMS", "LSQB") else "3x224x224"
        help = f"a value that comes in is declared in the body: `input {name}: {text}`; a parameter is written `{name} = 1`"
        return Mend(error("E0101", "parameters have no types", place.span(place.at, place.at + 1), help=help))
    return None


def inputs(place: Place) -> Mend | None:
    """`input x = 3x8x8`, `input x [3, 8, 8]`, `input: 3x8x8`, `input 3x8x8`, `input(3, 8, 8)`."""
    unnamed = place.token.type == "COLON" or place.token.type in ("DIMS", "LSQB", "LPAR", "NUMBER")
    if place.first.type == "INPUT" and place.at == place.head + 1 and unnamed:
        shape = re.match(r"[\s:=(\[]*([\d\sx,]*\d)", place.source.text[place.token.start_pos or 0 :])
        text = "x".join(re.findall(r"\d+", shape[1])) if shape else ""
        if text:
            return Mend(error("E0101", "an input has a name", place.span(place.head, place.at), help=f"write `input x: {text}`"))
    if place.first.type != "INPUT" or place.at != place.head + 2 or place.kind(-1) != "NAME":
        return None
    if place.token.type not in ("EQUAL", "DIMS", "LSQB", "_DCOLON"):
        return None
    takes = place.token.type in ("EQUAL", "_DCOLON")
    name, written = (
        place.text(-1),
        place.source.text[(place.raw[place.at + takes].start_pos or 0) : place.line_end(place.token.start_pos or 0)],
    )
    help = f"write `input {name}: {written.split('#')[0].strip()}`"
    sign = Span(place.source, place.raw[place.at - 1].end_pos or 0, place.span(place.at - 1, place.at + takes).end)
    title = "a colon stands between an input and its shape"
    told = error("E0101", title, place.span(place.at, place.at + 1), help=help, fix=Fix(sign, ":"))
    colon = place.made("COLON", ":", place.at, place.at + takes)
    return Mend(told, place.at, place.at + takes, (colon,))


def member(place: Place) -> Mend | None:
    """`Conv(3, 1).ReLU()`, `Conv(3, 1)(x)`: chains and calls of layers on values."""
    if place.bracket is None or place.kind(-1) != "RPAR" or not place.fits("_ARROW"):
        return None
    if place.token.type == "LPAR" and (at := closing(place.raw, place.at)) is not None:
        value = place.span(place.at, at + 1).text[1:-1]
        help = f"what a layer is applied to stands before it: `{value} -> {place.span(place.head, place.at).text}`"
        return Mend(error("E0101", "layers are applied by arrows", place.span(place.at, at + 1), help=help))
    if place.token.type not in ("DOT", "INDEX") or place.kind(1) != "NAME":
        return None
    name = place.text(1)
    return place.instead("_ARROW", "->", "one layer follows another by an arrow", place.at + 1) if name[:1].isupper() else None


def note(place: Place) -> Mend | None:
    """`Conv(8, 3) as a :: 8x6x6`: the shape stands before the name."""
    if place.token.type != "_DCOLON" or place.kind(-2) != "AS" or place.kind(-1) not in ("NAME", "TNAME"):
        return None
    stop = place.at + 2
    if place.kind(1) == "LSQB":
        stop = (closing(place.raw, place.at + 1) or place.at) + 1
    if stop > len(place.raw) or not place.fits("_NL"):
        return None
    name, shape = place.span(place.at - 2, place.at), place.span(place.at, stop)
    whole, text = place.span(place.at - 2, stop), f"{shape.text} {name.text}"
    told = error("E0101", "the shape stands before the name", whole, help=f"write `{text}`", fix=Fix(whole, text))
    return Mend(told, place.at - 2, stop, (*place.raw[place.at : stop], *place.raw[place.at - 2 : place.at]))


MENDS: tuple[Callable[[Place], Mend | None], ...] = (
    declares,
    statement,
    otherwise,
    stars,
    *HABITS[:1],
    label,
    attribute,
    note,
    unpacking,
    typed,
    colons,
    inputs,
    member,
    *SLIPS,
    *HABITS[1:],
    outside,
)


def mend(place: Place) -> Mend | None:
    """What was meant, where that is known."""
    return next((found for found in (habit(place) for habit in MENDS) if found is not None), None)
