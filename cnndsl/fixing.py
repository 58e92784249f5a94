"""A program and what was found in it to the program with all certain fixes, and what is then found: text to text."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from .choices import COMMENT
from .diagnostics import Diagnostic
from .source import Source, Span

TRIES = 200  # texts that are checked on the way; each puts or refuses something, and most programs need two

Check = Callable[[Source], Sequence[Diagnostic]]


class Edit(NamedTuple):
    """Characters `start` to before `end` of a text, what takes their place, and the finding that wants it so."""

    start: int
    end: int
    text: str
    wanted_by: Diagnostic

    @property
    def grown(self) -> int:
        return len(self.text) - (self.end - self.start)


class Applied(NamedTuple):
    """A fix that was put in, at its place in the program as it was; `before` became `after`."""

    place: Span
    before: str
    after: str
    finding: Diagnostic


class Refused(NamedTuple):
    """A fix that was left out, and the error that the program would have had with it."""

    place: Span
    finding: Diagnostic
    error: Diagnostic


@dataclass(slots=True)
class Fixing:
    """A program on its way: `source` as it was read, `now` as it is, `found` what is found in that."""

    source: Source
    check: Check
    found: Sequence[Diagnostic] = ()
    applied: list[Applied] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    now: Source = field(init=False)
    _rounds: list[list[Edit]] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.now = self.source
        self.found = self.found or self.check(self.source)
        self._seen.add(self.source.text)

    @property
    def text(self) -> str:
        return self.now.text

    @property
    def diff(self) -> str:
        """What changed, as a unified diff; empty where nothing did."""
        return unified(self.source.text, self.text, self.source.name)

    def round(self, edits: list[Edit]) -> None:
        """Put edits in; where that brings errors, half of them, in the end none of a single one."""
        apart = spaced(self.text, edits)
        after = Source(patched(self.text, apart), self.source.name)
        found = self.check(after)
        worse = worsened(self.found, found) or replaced(self.found, found, apart)
        if after.text in self._seen or worse is not None:
            if len(edits) > 1:
                self.round(edits[: len(edits) // 2])
            else:
                only = edits[0].wanted_by
                self.refused.append(Refused(self.origin(edits[0]), only, worse or only))
            return
        self._seen.add(after.text)
        for edit in apart:
            self.applied.append(Applied(self.origin(edit), self.text[edit.start : edit.end], edit.text, edit.wanted_by))
        self.now, self.found = after, found
        self._rounds.append(apart)

    def origin(self, edit: Edit) -> Span:
        """Where an edit stands in the program as it was read."""
        start, end = edit.start, edit.end
        for edits in reversed(self._rounds):
            start, end = earlier(start, edits), earlier(end, edits)
        return Span(self.source, start, max(start, end))

    def open(self) -> list[Edit]:
        """The certain fixes of what is found now that are not refused, by place; of those that overlap, the first."""
        refused = {(one.place.start, one.finding.code) for one in self.refused}
        chosen: list[Edit] = []
        for edit in sorted(certain(self.found, self.now), key=lambda edit: edit[:3]):
            if (self.origin(edit).start, edit.wanted_by.code) in refused:
                continue
            if not chosen or (edit.start >= chosen[-1].end and edit.start > chosen[-1].start):
                chosen.append(edit)
        return chosen


def fixed(source: Source, check: Check) -> Fixing:
    """All certain fixes put into a program, in rounds, until none is left; `check` gives the findings of a text.

    A fix that would bring an error into a program without errors, break its syntax, or put
    another error in its own place, is left out and said.
    """
    fixing = Fixing(source, check)
    for _ in range(TRIES):
        edits = fixing.open()
        if not edits:
            break
        fixing.round(edits)
    return fixing


def certain(found: Iterable[Diagnostic], source: Source) -> Iterator[Edit]:
    """The fixes of a text that are certain, and lose no comment."""
    for one in found:
        fix = one.fix
        if fix is not None and fix.certain and fix.span.source is source:
            lost = [comment for comment in comments(fix.span.text) if comment not in fix.text]
            if not lost and fix.text != fix.span.text:
                yield Edit(fix.span.start, fix.span.end, fix.text, one)


def comments(text: str) -> list[str]:
    return [found[0] for found in COMMENT.finditer(text) if found[0].startswith("#")]


def patched(text: str, edits: Sequence[Edit]) -> str:
    """A text with edits that stand in order and overlap nowhere."""
    parts, at = [], 0
    for edit in edits:
        parts += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*parts, text[at:]])


def spaced(text: str, edits: Sequence[Edit]) -> list[Edit]:
    """Edits with a blank where one would join words that a sign kept apart."""
    apart: list[Edit] = []
    for at, edit in enumerate(edits):
        old = text[edit.start : edit.end]
        touches = apart and apart[-1].end == edit.start
        before = (apart[-1].text if touches else text[: edit.start])[-1:]
        after = "" if at + 1 < len(edits) and edits[at + 1].start == edit.end else text[edit.end : edit.end + 1]
        new = edit.text
        if old and joins(before, new or after) and not joins(text[edit.start - 1 : edit.start], old):
            new = f" {new}"
        if old and joins(new, after) and not joins(old, after):
            new = f"{new} "
        apart.append(edit._replace(text=new))
    return apart


def joins(left: str, right: str) -> bool:
    """Whether the end of a text and the beginning of the next would be read as one word."""
    return all(end.isalnum() or end == "_" for end in (left[-1:], right[:1]))


def earlier(offset: int, edits: Sequence[Edit]) -> int:
    """Where a character stood before edits; one that an edit wrote stood at its start."""
    grown = 0
    for edit in edits:
        start = edit.start + grown
        if offset < start:
            break
        if offset < start + len(edit.text):
            return edit.start
        grown += edit.grown
    return offset - grown


def worsened(before: Sequence[Diagnostic], after: Sequence[Diagnostic]) -> Diagnostic | None:
    """An error where there was none, or one of syntax where there were only others."""
    had = [one for one in before if one.is_error]
    now = [one for one in after if one.is_error]
    if had and any(is_syntax(one) for one in had):
        return None
    return next((one for one in now if not had or is_syntax(one)), None)


def replaced(before: Sequence[Diagnostic], after: Sequence[Diagnostic], edits: Sequence[Edit]) -> Diagnostic | None:
    """An error that was not there, in what an edit wrote."""
    had = {(one.code, one.title, one.span.start) for one in before if one.is_error}
    for one in (one for one in after if one.is_error):
        start, end = one.span.start, one.span.end
        grown = 0
        for edit in edits:
            begin, grown = edit.start + grown, grown + edit.grown
            inside = start < begin + len(edit.text) and begin < end
            if inside and (one.code, one.title, earlier(start, edits)) not in had:
                return one
    return None


def is_syntax(found: Diagnostic) -> bool:
    return found.code.startswith("E01")


def unified(before: str, after: str, name: str) -> str:
    """A diff as `patch` takes it: lines end as they do in the texts."""
    parts = difflib.unified_diff(lines(before), lines(after), name, name)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in parts)


def lines(text: str) -> list[str]:
    """The lines of a text with their ends: `\\n` alone ends one, as it does for `patch`."""
    *whole, rest = text.split("\n")
    return [f"{line}\n" for line in whole] + [rest] * bool(rest)
