"""Source texts to highlighted listings: every line has its place, what layers and findings point at is marked."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from ...diagnostics import Diagnostic
from ...ops import names
from ...source import Source, Span
from ...vocabulary import keywords
from .markup import tag, text

TOKENS = re.compile(
    r"(?P<comment>#[^\n]*)"
    r'|(?P<string>"(?:[^"\\\n]|\\.)*")'
    r"|(?P<attribute>@\w+)"
    r"|(?P<label>[A-Za-z_][\w$]*(?=\s*:(?!:)))"
    r"|(?P<word>[A-Za-z_][\w$]*)"
    r"|(?P<number>\d[\w.]*)"
    r"|(?P<arrow>->|::|\|)"
)
SEVERITIES = {"error": 3, "warning": 2, "note": 1}


class Piece(NamedTuple):
    """Characters of a source with one look; `name` is a class, or "" for plain text."""

    start: int
    end: int
    name: str


def pieces(content: str) -> Iterator[Piece]:
    """The tokens that have a look."""
    for found in TOKENS.finditer(content):
        kind = str(found.lastgroup)
        if kind in ("word", "label"):
            kind = "keyword" if found[0] in keywords() else "layer" if found[0] in names() else "label" * (kind == "label")
        if kind:
            yield Piece(found.start(), found.end(), kind)


def listing(source: Source, number: int, findings: Sequence[Diagnostic]) -> str:
    """A source as a list of lines, `s0-1` the first of the first source, with findings below the lines that they point at."""
    marks = [mark for found in findings for mark in marked(found, source)]
    every = source.text.split("\n")
    if every and not every[-1]:
        every.pop()
    looks = list(pieces(source.text))
    start, out, at = 0, [], 0
    for line, content in enumerate(every, 1):
        end = start + len(content)
        here = []
        while at < len(looks) and looks[at].start < end:
            here.append(looks[at])
            at += 1
        spots = [mark for mark in marks if mark.start <= end and mark.end > start - (mark.start == mark.end == start)]
        code = painted(source.text, start, end, here, spots)
        notes = "".join(
            caret(found, source) for found in findings if found.labels and found.span.source is source and found.span.line == line
        )
        ruler = tag("button", str(line), class_="number", tabindex=-1, data_line=f"{number}:{line}", aria_label=f"line {line}")
        out.append(tag("li", ruler + tag("code", code or " ") + notes, id=f"s{number}-{line}", class_="line"))
        start = end + 1
    return tag("ol", "".join(out), class_="listing")


def marked(found: Diagnostic, source: Source) -> Iterator[Piece]:
    for place, label in enumerate(found.labels):
        span = label.span
        if span.source is source:
            yield Piece(span.start, max(span.end, span.start + 1), f"spot {found.severity}" if place == 0 else "spot second")


def painted(content: str, start: int, end: int, looks: Sequence[Piece], spots: Sequence[Piece]) -> str:
    """A line's markup: it is cut wherever a look begins or ends."""
    both = (*looks, *spots)
    edges = sorted({start, end, *(edge for piece in both for edge in (piece.start, piece.end) if start < edge < end)})
    out = []
    for left, right in pairwise(edges):
        names = " ".join(piece.name for piece in both if piece.start <= left and piece.end >= right)
        shown = text(content[left:right].rstrip("\r"))
        out.append(tag("span", shown, class_=names) if names else shown)
    return "".join(out)


def caret(found: Diagnostic, source: Source) -> str:
    """What is said below a line."""
    line, column = source.position(found.span.start)
    indent = source.line(line)[: column - 1]
    lead = tag("span", text(re.sub(r"\S", " ", indent)), class_="indent", aria_hidden="true")
    said = f"{found.severity}[{found.code}]: {found.title}"
    label = found.labels[0].text
    return tag("div", lead + tag("span", "^ " + text(said + (f" — {label}" if label else ""))), class_=f"caret {found.severity}")


def lines(span: Span) -> tuple[int, int]:
    """Line and last line of a span."""
    return span.line, span.source.position(max(span.end - 1, span.start))[0]
