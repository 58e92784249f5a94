"""Texts to standard output and standard error, as those streams can take them: colours, width, encoding, progress."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TextIO

from . import render
from .cells import clean
from .diagnostics import Diagnostic, Problem

DRAWN = "×·…─│⌊⌋–→"  # what tables and messages are drawn with
PATIENCE = 1.0  # seconds without a word
OFTEN = 0.1  # seconds between two states of a bar
LENGTH = 24  # cells of a bar
WIDTH = 120  # of messages that go to no terminal


class Closed(Exception):
    """Whoever read the output has gone."""


class Terminal:
    """Where a command writes: data to standard output, all that is said about it to standard error.

    `choice`: auto colours what goes to a terminal, unless NO_COLOR is set; always; never.
    """

    def __init__(self, choice: str = "auto") -> None:
        self.choice = choice
        self.told = False  # whether findings stand above, which a blank line parts from what follows

    # ---- what the streams can take -------------------------------------------------
    @property
    def color(self) -> bool:
        """Whether standard output gets colours."""
        return self.colors(sys.stdout)

    @property
    def ascii(self) -> bool:
        """Whether standard output takes nothing but ASCII."""
        return is_plain(sys.stdout)

    @property
    def width(self) -> int | None:
        """Cells of a line of standard output; None where it is no terminal, and lines may be as long as they get."""
        return width(sys.stdout)

    def colors(self, stream: TextIO | None) -> bool:
        if self.choice != "auto":
            return self.choice == "always"
        return is_terminal(stream) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"

    # ---- standard output -----------------------------------------------------------
    def show(self, text: str) -> None:
        """A report, for people."""
        self.part()
        put_out(text)

    def emit(self, text: str) -> None:
        """The content of a file: where no terminal shows it, UTF-8 whatever the locale says."""
        put_out(text, None if is_terminal(sys.stdout) else "utf-8")

    def flush(self) -> None:
        with guarded():
            if sys.stdout is not None:
                sys.stdout.flush()

    # ---- standard error ------------------------------------------------------------
    def tell(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Findings in full."""
        if diagnostics:
            self.part()
            color, ascii = self.colors(sys.stderr), is_plain(sys.stderr)
            text = render.find("text").render(diagnostics, color=color, ascii=ascii, width=width(sys.stderr) or WIDTH)
            put_err(text)
            self.told = True

    def part(self) -> None:
        if self.told:
            put_err("\n")
        self.told = False

    def report(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Errors in full, all else as beside the point."""
        self.tell([d for d in diagnostics if d.is_error])
        self.mention([d for d in diagnostics if not d.is_error])

    def mention(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Findings beside the point: a quiet line each, and the same is said once."""
        first: dict[str, Diagnostic] = {}
        for d in diagnostics:
            first.setdefault(d.title, d)
        for title, d in first.items():
            self.say(f"{d.span!r}: {d.severity}: {title}" if d.labels else f"{d.severity}: {title}")

    def problem(self, problem: Problem) -> None:
        """What went wrong outside any program."""
        self.tell([unplaced(problem)])

    def say(self, words: str) -> None:
        """A quiet line."""
        self.part()
        line = clean(words, is_plain(sys.stderr))
        put_err(f"\x1b[2m{line}\x1b[0m\n" if self.colors(sys.stderr) else f"{line}\n")

    @contextmanager
    def busy(self, doing: str) -> Iterator[None]:
        """Say what is being done, and for how long, from the second second on; only on a terminal."""
        if not is_terminal(sys.stderr):
            yield
            return
        with beside(lambda over: self.tick(doing, over)):
            yield

    @contextmanager
    def progress(self, doing: str) -> Iterator[Callable[[str, float], None]]:
        """A bar; what it gives takes what is being done, and how much of all is, from 0 to 1. Only on a terminal."""
        if not is_terminal(sys.stderr):
            yield lambda what, part: None
            return
        bar = Bar(clean(doing, is_plain(sys.stderr)), is_plain(sys.stderr), width(sys.stderr) or WIDTH)
        with beside(bar.run):
            yield bar.tell

    def tick(self, doing: str, over: threading.Event) -> None:
        start = time.monotonic()
        words = clean(doing, is_plain(sys.stderr))
        while not over.wait(PATIENCE):
            put_err(f"\r{words}: {time.monotonic() - start:.0f} s")
        if time.monotonic() - start >= PATIENCE:
            put_err("\r\x1b[K")


@contextmanager
def beside(work: Callable[[threading.Event], None]) -> Iterator[None]:
    """Something that goes on while the block runs, until the event that it is given."""
    over = threading.Event()
    teller = threading.Thread(target=work, args=(over,), daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()


class Bar:
    """A line of standard error that says how far something is, from the second second on; the clock in it goes on by itself."""

    def __init__(self, doing: str, ascii: bool, cells: int) -> None:
        self.doing = doing
        self.inks = "#." if ascii else "█░"
        self.cells = cells
        self.start = time.monotonic()
        self.what, self.part = "", 0.0

    def tell(self, what: str, part: float) -> None:
        self.what, self.part = what, part

    def run(self, over: threading.Event) -> None:
        if over.wait(PATIENCE):
            return
        self.draw()
        while not over.wait(OFTEN):
            self.draw()
        put_err("\r\x1b[K")

    def draw(self) -> None:
        full = round(min(max(self.part, 0.0), 1.0) * LENGTH)
        bar = self.inks[0] * full + self.inks[1] * (LENGTH - full)
        line = "  ".join(filter(None, [self.doing, bar, self.what, f"{time.monotonic() - self.start:.0f} s"]))
        put_err(f"\r{line[: self.cells - 1]}\x1b[K")


def unplaced(problem: Problem) -> Diagnostic:
    """A problem that stands at no place of a program."""
    notes = (*filter(None, [problem.detail]), *problem.notes)
    return Diagnostic(problem.code, problem.title, (), notes, problem.help)


def put_out(text: str, encoding: str | None = None) -> None:
    """Text to standard output, all of it: where that is unbuffered, one write may take less."""
    stream = sys.stdout
    if stream is None:
        raise Problem("standard output is closed", code="E0914")
    with guarded():
        if not hasattr(stream, "buffer"):
            stream.write(text)
            return
        stream.flush()
        rest = memoryview(text.encode(encoding or stream.encoding, "backslashreplace"))
        while rest:
            rest = rest[stream.buffer.write(rest) :]


def put_err(text: str) -> None:
    """Where this fails, there is nobody left to tell."""
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            sys.stderr.write(text)  # which escapes what its encoding lacks
            sys.stderr.flush()


@contextmanager
def guarded() -> Iterator[None]:
    """Failures of standard output in our own terms; nothing more is written then, nor complained of when Python ends."""
    try:
        yield
    except BrokenPipeError:
        silence()
        raise Closed from None
    except OSError as error:
        silence()
        why = (error.strerror or str(error)).lower()
        raise Problem(f"standard output cannot be written: {why}", code="E0914") from None


def silence() -> None:
    with suppress(AttributeError, OSError, ValueError):  # it is closed, or no file
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def is_terminal(stream: TextIO | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


def is_plain(stream: TextIO | None) -> bool:
    """Whether a stream's encoding lacks what we draw with."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        DRAWN.encode(encoding)
    except (UnicodeError, LookupError):
        return True
    return False


def width(stream: TextIO | None) -> int | None:
    """Cells of a line of a terminal: COLUMNS, or what it says itself."""
    if stream is None or not is_terminal(stream):
        return None
    stated = os.environ.get("COLUMNS", "")
    try:
        cells = int(stated) if stated.isdecimal() else os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        cells = 0
    return cells if cells > 0 else 80
