"""Diagnostics to text for people, in the layout that rustc made familiar.

error[E0301]: the kernel does not fit: it spans 7, the input only 5
 --> net.cnn:4:17
  |
4 |   c5: Conv(120, 7) -> Tanh
  |                 ^ 7×7 kernel on 16×5×5
  |
  = help: a kernel of at most 5 fits
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from ..cells import clean
from ..cells import width as width_of
from ..diagnostics import Diagnostic, Fix
from ..source import Source
from .excerpt import Excerpt, Mark, mark
from .row import Row, styled


def render(diagnostics: Sequence[Diagnostic], *, color: bool = False, ascii: bool = False, width: int = 120) -> str:
    """All of them, a blank line between two, a line end after the last.

    `color`: with ANSI sequences. `ascii`: nothing but ASCII comes out. `width`: cells in which source lines are cut
    and notes are wrapped.
    """
    return "\n".join("".join(f"{line}\n" for line in lines(d, color, ascii, width)) for d in diagnostics)


def tally(diagnostics: Sequence[Diagnostic]) -> str:
    """How many of what: `2 errors, 1 warning`."""
    kinds = sorted((d.severity for d in diagnostics), key=("error", "warning", "note").index)
    counts = [(kind, len(list(run))) for kind, run in groupby(kinds)]
    return ", ".join(f"{number} {kind}{'s' if number > 1 else ''}" for kind, number in counts)


def lines(d: Diagnostic, color: bool, ascii: bool, width: int) -> Iterator[str]:
    """One diagnostic: its head, an excerpt of each source, and what there is to say below."""
    code = f"[{clean(d.code, ascii)}]" if d.code else ""
    title = clean(d.title.replace("\n", " "), ascii)
    yield styled(d.severity + code, d.severity, color) + styled(f": {title}", "strong", color)
    sources = [(source, marks(d, source, ascii)) for source in dict.fromkeys(label.span.source for label in d.labels)]
    gutter = max((len(str(m.last)) for _, all_marks in sources for m in all_marks), default=1)
    bar = Row().put(gutter + 1, "|", "frame")
    for index, (source, all_marks) in enumerate(sources):
        if index:
            yield bar.paint(color)
        yield head(source, all_marks[0], gutter, "-->" if index == 0 else ":::", ascii).paint(color)
        yield bar.paint(color)
        for row in Excerpt(source, all_marks, gutter, width, ascii).rows():
            yield row.paint(color)
    below = remarks(d)
    if below and sources:
        yield bar.paint(color)
    for kind, words in below:
        yield from remark(kind, words, gutter, color, ascii, width)


def marks(d: Diagnostic, source: Source, ascii: bool) -> list[Mark]:
    """The labels of a diagnostic in one source; the first of all is the main one."""
    return [mark(label, d.severity, i == 0, ascii) for i, label in enumerate(d.labels) if label.span.source is source]


def head(source: Source, first: Mark, gutter: int, arrow: str, ascii: bool) -> Row:
    place = f"{clean(source.name.replace(chr(10), ' '), ascii)}:{first.first}:{first.start + 1}"
    return Row().put(gutter, arrow, "frame").put(gutter + 4, place)


def remarks(d: Diagnostic) -> list[tuple[str, str]]:
    """Notes and help; a fix that no help speaks of is written out."""
    said = [("note", note) for note in d.notes]
    if d.help:
        return [*said, ("help", d.help)]
    return [*said, ("help", offered(d.fix))] if d.fix else said


def offered(fix: Fix) -> str:
    """A fix in words."""
    old = fix.span.text
    if not fix.text:
        return f"take `{old}` away"
    return f"write `{fix.text}` in place of `{old}`" if old else f"write `{fix.text}`"


def remark(kind: str, words: str, gutter: int, color: bool, ascii: bool, width: int) -> Iterator[str]:
    """A note or a help; lines that go on stand under its text."""
    indent = gutter + 5 + len(kind)
    for index, part in enumerate(wrapped(words, max(width - indent, 20), ascii)):
        row = Row()
        if index == 0:
            row.put(gutter + 1, "=", "frame").put(gutter + 3, kind, "strong").put(gutter + 3 + len(kind), ":")
        yield row.put(indent, part).paint(color)


def wrapped(words: str, room: int, ascii: bool) -> Iterator[str]:
    """Lines of at most so many cells where words allow it; what stands in `backticks` is one word."""
    for line in words.split("\n"):
        text = clean(line, ascii)
        if width_of(text) <= room:
            yield text
            continue
        part = ""
        for word in re.findall(r"(?:`[^`]*`|[^\s`]|`)+", text):
            if part and width_of(part) + 1 + width_of(word) > room:
                yield part
                part = word
            else:
                part = f"{part} {word}" if part else word
        yield part
