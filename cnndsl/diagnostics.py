"""A diagnostic is data: a code, a title, labelled places, notes, a help and perhaps a fix."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import SequenceMatcher, get_close_matches
from functools import lru_cache
from itertools import takewhile
from typing import Literal, NamedTuple

from .source import Span

Severity = Literal["error", "warning", "note"]


class Label(NamedTuple):
    """A place, and what is to be said there; the first label of a diagnostic is its main one."""

    span: Span
    text: str = ""


class Fix(NamedTuple):
    """A replacement that is offered; `certain`: nothing else can have been meant, or the meaning stays what it is."""

    span: Span
    text: str
    certain: bool = True


class Diagnostic(NamedTuple):
    """One finding, ready to be rendered; `notes` explain, `help` says what to do."""

    code: str
    title: str
    labels: tuple[Label, ...]
    notes: tuple[str, ...] = ()
    help: str | None = None
    fix: Fix | None = None
    severity: Severity = "error"

    @property
    def span(self) -> Span:
        return self.labels[0].span

    @property
    def is_error(self) -> bool:
        return self.severity == "error"


class CompileError(Exception):
    """The program has errors; `diagnostics` holds all of them, and the warnings, by place."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n".join(f"{d.span!r}: {d.code} {d.title}" for d in self.diagnostics))


class Problem(Exception):
    """What an op or an expression finds wrong: the numbers, but no places; a stage adds those.

    `argument` names the argument at fault, where there is one; `detail` is said at the place.
    """

    def __init__(
        self,
        title: str,
        detail: str = "",
        *,
        code: str = "E0300",
        argument: str | None = None,
        notes: Iterable[str] = (),
        help: str | None = None,
        fix: str | None = None,
    ) -> None:
        super().__init__(title)
        self.title = title
        self.detail = detail
        self.code = code
        self.argument = argument
        self.notes = tuple(notes)
        self.help = help
        self.fix = fix


class Located(Exception):
    """A diagnostic on its way to the report, perhaps with others that were found beside it."""

    def __init__(self, diagnostic: Diagnostic, *others: Diagnostic) -> None:
        super().__init__(diagnostic.title)
        self.diagnostic = diagnostic
        self.others = others

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        return (self.diagnostic, *self.others)


class TooLarge(Exception):
    """The program asks for more than is allowed: nothing more of it is expanded."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.title)
        self.diagnostic = diagnostic


class Undecided(Located):
    """The answer depends on a size that the program leaves open."""


def fault(
    code: str,
    title: str,
    span: Span,
    text: str = "",
    *,
    notes: Iterable[str] = (),
    help: str | None = None,
    fix: Fix | None = None,
) -> Located:
    """An error at one place, to be raised."""
    return Located(Diagnostic(code, title, (Label(span, text),), tuple(notes), help, fix))


@dataclass(slots=True)
class Report:
    """The diagnostics of a run, collected; one mistake at one place is told once.

    `of_nets`: it is of several nets, which may make different mistakes of one place: as many as have titles of their own.
    """

    diagnostics: list[Diagnostic] = field(default_factory=list)
    of_nets: bool = False
    _seen: set[tuple[object, ...]] = field(default_factory=set)

    def extend(self, diagnostics: Iterable[Diagnostic]) -> None:
        for diagnostic in diagnostics:
            self.add(diagnostic)

    def add(self, diagnostic: Diagnostic) -> None:
        span = diagnostic.span
        title = diagnostic.title if self.of_nets else ""
        key = (diagnostic.code, diagnostic.severity, id(span.source), span.start, span.end, title)
        if key not in self._seen:
            self._seen.add(key)
            self.diagnostics.append(diagnostic)

    @property
    def has_errors(self) -> bool:
        return any(d.is_error for d in self.diagnostics)

    def sorted(self) -> list[Diagnostic]:
        return sorted(self.diagnostics, key=lambda d: (d.span.source.name, d.span.start))


def did_you_mean(word: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known word that was probably meant, or None; `cutoff` is how alike they must be, from 0 to 1."""
    return closest(word, tuple(known), cutoff)


@lru_cache(1024)  # a loop says the same wrong word again and again
def closest(word: str, known: tuple[str, ...], cutoff: float) -> str | None:
    by_lower: dict[str, str] = {}
    for name in known:
        by_lower.setdefault(name.lower(), name)
    sought = word.lower()
    close = get_close_matches(sought, by_lower, n=8, cutoff=cutoff)
    if not close:
        return None
    best = likeness(close[0], sought)
    alike = [one for one in by_lower if one in close and likeness(one, sought) == best]
    return by_lower[max(alike, key=lambda one: len(beginning(one, sought)))]


def likeness(one: str, other: str) -> float:
    """As get_close_matches has it, from 0 to 1."""
    return SequenceMatcher(None, one, other).ratio()


def beginning(one: str, other: str) -> str:
    """The letters with which both begin."""
    same = takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    return "".join(letter for letter, _ in same)
