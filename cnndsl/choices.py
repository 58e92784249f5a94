"""What a file and a project say of lints, in comments and in pyproject.toml, to which of them are heard where."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from .diagnostics import Diagnostic, Label, did_you_mean
from .source import Source, Span

MARK = "cnndsl:"
UNUSED = "L027"
COMMENT = re.compile(r'"(?:[^"\\\n]|\\.)*"?|#[^\n]*')  # texts first: what looks like a comment in one is none
ORDER = re.compile(r"#\s*cnndsl:\s*(?P<verb>\w+)?(?P<codes>[^:\n]*)")
VERBS = ("ignore", "select")


class Choice(NamedTuple):
    """Codes that are switched off (`ignore`) and on (`select`)."""

    ignore: frozenset[str] = frozenset()
    select: frozenset[str] = frozenset()


@dataclass(eq=False, slots=True)
class Order:
    """One code in a comment: `verb` is ignore or select, `line` where it holds, 0 for the whole file.

    `used`: it silenced something, or made it heard.
    """

    verb: str
    code: str
    line: int
    span: Span
    used: bool = False


@dataclass(slots=True)
class Choices:
    """What is heard in a file: the nearest word counts, that of a line before that of the file, then the project's."""

    project: Choice
    quiet: frozenset[str]
    orders: list[Order] = field(default_factory=list)

    def off(self, codes: Iterable[str]) -> frozenset[str]:
        """The codes that are heard nowhere in the file, so that nobody needs to look."""
        wanted = {order.code for order in self.orders if order.verb == "select"}
        return frozenset(code for code in codes if self.silent(code) and code not in wanted)

    def silent(self, code: str) -> bool:
        """Whether a code is off where the file says nothing of it."""
        return code not in self.project.select and (code in self.project.ignore or code in self.quiet)

    def heard(self, found: Diagnostic) -> bool:
        """Whether a warning is to be told; what decides it is marked as used."""
        first = found.span.source.position(found.span.start)[0]
        last = found.span.source.position(max(found.span.start, found.span.end - 1))[0]
        about = [order for order in self.orders if order.code == found.code]
        near = [order for order in about if order.line in (first, last)] or [order for order in about if order.line == 0]
        for order in near:
            order.used = True
        if not near:
            return not self.silent(found.code)
        return near[-1].verb == "select"


def choices(source: Source, project: Choice, quiet: frozenset[str], codes: Collection[str]) -> tuple[Choices, list[Diagnostic]]:
    """What holds in a file, and what cannot be followed of it."""
    found = Choices(project, quiet)
    wrong: list[Diagnostic] = []
    for order in orders(source) if MARK in source.text else ():
        if order.verb in VERBS and order.code in codes:
            found.orders.append(order)
        else:
            wrong.append(unknown(order, codes))
    return found, wrong


def orders(source: Source) -> Iterator[Order]:
    """The codes in all comments, each with the line where it holds.

    After code it is that line, on a line of its own the next one with code; above all code it is the whole file.
    """
    comments = [found for found in COMMENT.finditer(source.text) if found[0][0] == "#"]
    bare = COMMENT.sub(lambda found: found[0] if found[0][0] == '"' else " " * len(found[0]), source.text)
    code = [number for number, line in enumerate(bare.split("\n"), 1) if line.strip()]
    for comment in comments:
        at = ORDER.match(comment[0])
        if at is None:
            continue
        line = source.position(comment.start())[0]
        holds = next((number for number in code if number >= line), 0)
        above = not code or line < code[0]
        yield from spelt(source, comment.start(), at, 0 if above else holds)


def spelt(source: Source, start: int, at: re.Match[str], line: int) -> Iterator[Order]:
    """The codes of one comment; what it lacks is an order without a code."""
    verb = at["verb"] or ""
    words = list(re.finditer(r"[^\s,]+", at["codes"])) if verb in VERBS else []
    for word in words:
        begin = start + at.start("codes") + word.start()
        yield Order(verb, word[0], line, Span(source, begin, begin + len(word[0])))
    if not words:
        yield Order(verb, "", line, Span(source, start, start + len(at[0].rstrip())))


def unknown(order: Order, codes: Collection[str]) -> Diagnostic:
    """An order that means nothing."""
    if order.verb not in VERBS:
        near = did_you_mean(order.verb, VERBS)
        text, help = (
            "it says neither `ignore` nor `select`",
            f"did you mean `{near}`?" if near else "`# cnndsl: ignore L013: why`",
        )
    elif not order.code:
        text, help = f"it says not what to {order.verb}", f"name the lints: `# cnndsl: {order.verb} L013: why`"
    else:
        text, help = f"there is no lint {order.code}", meant(order.code, codes)
    return Diagnostic(UNUSED, "a comment that switches nothing", (Label(order.span, text),), (), help, severity="warning")


def meant(code: str, codes: Collection[str]) -> str:
    """What to say of a code that is none."""
    if re.fullmatch(r"[EN]\d+", code):
        return "errors and notes cannot be switched off; lints begin with L"
    near = did_you_mean(code, codes)
    return f"did you mean `{near}`?" if near else f"lints are numbered from {min(codes)} to {max(codes)}"


def idle(found: Choices) -> Iterator[Diagnostic]:
    """A warning for each `ignore` that silenced nothing."""
    for order in found.orders:
        if order.verb == "ignore" and not order.used:
            text = f"{order.code} finds nothing here" if order.line else f"{order.code} finds nothing in the file"
            labels = (Label(order.span, text),)
            help = "take it away, so that it does not hide what comes later"
            yield Diagnostic(UNUSED, "a comment that switches nothing", labels, (), help, severity="warning")


def told(found: Sequence[Diagnostic], choice: Choices, whole: bool) -> list[Diagnostic]:
    """The warnings that are heard; with `whole`, where all was looked at, also comments that switch nothing."""
    heard = [one for one in found if choice.heard(one)]
    more = [one for one in idle(choice) if choice.heard(one)] if whole else []
    return [*heard, *more]
