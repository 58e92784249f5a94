"""What a stream can take, and what is put into it."""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from cnndsl.diagnostics import Diagnostic, Label, Problem
from cnndsl.source import Source, Span
from cnndsl.terminal import Closed, Terminal, is_plain, width

if TYPE_CHECKING:
    from typing_extensions import Buffer

SOURCE = Source("net N {\n}\n", "net.cnn")


def finding(title: str, severity: str = "error", start: int = 4) -> Diagnostic:
    return Diagnostic("E1", title, (Label(Span(SOURCE, start, start + 1)),), severity=severity)  # type: ignore[arg-type]


class Stream(io.TextIOWrapper):
    """A stream of a given encoding, perhaps a terminal."""

    def __init__(self, encoding: str = "utf-8", terminal: bool = False) -> None:
        super().__init__(io.BytesIO(), encoding, errors="strict", write_through=True)
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal

    @property
    def content(self) -> bytes:
        return self.buffer.getvalue()  # type: ignore[attr-defined, no-any-return]


Make = Callable[..., Stream]


@pytest.fixture
def out(monkeypatch: pytest.MonkeyPatch) -> Make:
    """Makes standard output; called by the test itself, as pytest puts its own in place before."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    return made("stdout", monkeypatch)


@pytest.fixture
def err(monkeypatch: pytest.MonkeyPatch) -> Make:
    """Makes standard error."""
    return made("stderr", monkeypatch)


def made(name: str, monkeypatch: pytest.MonkeyPatch) -> Make:
    def make(encoding: str = "utf-8", terminal: bool = False) -> Stream:
        stream = Stream(encoding, terminal)
        monkeypatch.setattr(sys, name, stream)
        return stream

    return make


# ---- what a stream can take ----------------------------------------------------------


def test_colours_go_to_terminals(out: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = out(terminal=True)
    assert Terminal().color
    assert Terminal("always").color
    assert not Terminal("never").color
    stream.terminal = False
    assert not Terminal().color
    assert Terminal("always").color
    stream.terminal = True
    monkeypatch.setenv("TERM", "dumb")
    assert not Terminal().color
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "")  # set, and empty: says nothing
    assert Terminal().color
    monkeypatch.setenv("NO_COLOR", "1")
    assert not Terminal().color
    assert Terminal("always").color


@pytest.mark.parametrize(
    ("encoding", "plain"),
    [("utf-8", False), ("utf-16", False), ("ascii", True), ("latin-1", True), ("cp1252", True), ("cp437", True)],
)
def test_encodings(encoding: str, plain: bool) -> None:
    assert is_plain(Stream(encoding)) is plain


def test_width(out: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = out(terminal=True)
    monkeypatch.setenv("COLUMNS", "100")
    assert width(stream) == Terminal().width == 100
    monkeypatch.setenv("COLUMNS", "0")
    assert width(stream) == 80
    monkeypatch.setenv("COLUMNS", "wide")
    assert width(stream) == 80  # there is no terminal that could be asked
    monkeypatch.delenv("COLUMNS")
    monkeypatch.setattr(stream, "fileno", lambda: 1, raising=False)
    monkeypatch.setattr(os, "get_terminal_size", lambda number: os.terminal_size((47, 20)))
    assert width(stream) == 47
    stream.terminal = False
    assert width(stream) is None


def test_what_is_closed_is_no_terminal() -> None:
    stream = io.TextIOWrapper(io.BytesIO())
    stream.close()
    assert width(stream) is None
    assert width(None) is None


# ---- what is put into it ------------------------------------------------------------


def test_reports_are_in_the_streams_encoding(out: Make) -> None:
    stream = out("latin-1")
    Terminal().show("6×28 – ж\n")
    assert stream.content == b"6\xd728 \\u2013 \\u0436\n"


def test_contents_of_files_are_utf_8_but_on_a_terminal(out: Make) -> None:
    stream = out("latin-1")
    Terminal().emit("6×28\n")
    assert stream.content == "6×28\n".encode()
    shown = out("latin-1", terminal=True)
    Terminal().emit("6×28\n")
    assert shown.content == b"6\xd728\n"


def test_a_stream_of_text_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """As an interpreter inside another program has it."""
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    Terminal().show("6×28\n")
    Terminal().emit("more\n")
    assert stream.getvalue() == "6×28\nmore\n"


class Reluctant(io.RawIOBase):
    """Takes three bytes at a time, as an unbuffered pipe may, and fails when it has enough."""

    def __init__(self, enough: int, error: OSError) -> None:
        self.taken = bytearray()
        self.enough = enough
        self.error = error

    def writable(self) -> bool:
        return True

    def write(self, data: Buffer) -> int:
        if len(self.taken) >= self.enough:
            raise self.error
        part = bytes(data)[:3]
        self.taken += part
        return len(part)


class Unbuffered:
    """A text stream right above a raw one, as PYTHONUNBUFFERED has it."""

    encoding = "utf-8"

    def __init__(self, raw: Reluctant) -> None:
        self.buffer = raw

    def isatty(self) -> bool:
        return False

    def flush(self) -> None: ...


def test_all_of_a_text_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = Reluctant(100, OSError())
    monkeypatch.setattr(sys, "stdout", Unbuffered(raw))
    Terminal().show("0123456789")
    assert raw.taken == b"0123456789"


def test_a_failure_in_the_midst(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Unbuffered(Reluctant(6, BrokenPipeError())))
    with pytest.raises(Closed):
        Terminal().show("0123456789")
    monkeypatch.setattr(sys, "stdout", Unbuffered(Reluctant(6, OSError(28, "No space left on device"))))
    with pytest.raises(Problem, match="standard output cannot be written: no space left on device"):
        Terminal().emit("0123456789")


def test_findings_and_what_follows_are_parted(err: Make) -> None:
    stream = err()
    terminal = Terminal("never")
    terminal.tell([finding("one")])
    terminal.tell([])
    terminal.tell([finding("two")])
    terminal.say("said")
    terminal.say("said too")
    lines = [line for line in stream.content.decode().split("\n") if not line.startswith((" ", "1"))]
    assert lines == [
        "error[E1]: one",
        "",
        "error[E1]: two",
        "",
        "said",
        "said too",
        "",
    ]


def test_mentions_are_short_and_said_once(err: Make) -> None:
    stream = err()
    notes = [finding("same", "note"), finding("same", "note", 8), finding("other", "warning", 8), Diagnostic("E", "nowhere", ())]
    Terminal("never").mention(notes)
    assert stream.content.decode().splitlines() == ["net.cnn:1:5: note: same", "net.cnn:2:1: warning: other", "error: nowhere"]


def test_quiet_lines_are_dim(err: Make) -> None:
    stream = err()
    Terminal("always").say("wrote net.py")
    Terminal("never").say("wrote \x1b[31mnet.py")
    assert stream.content.decode() == "\x1b[2mwrote net.py\x1b[0m\nwrote ␛[31mnet.py\n"


def test_a_problem_has_no_place(err: Make) -> None:
    stream = err()
    Terminal("never").problem(Problem("it is full", "of water", code="E7", notes=["n"], help="drain it"))
    assert stream.content.decode() == "error[E7]: it is full\n  = note: of water\n  = note: n\n  = help: drain it\n"


# ---- progress --------------------------------------------------------------------------


def test_progress_on_a_terminal(err: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = err(terminal=True)
    monkeypatch.setattr("cnndsl.terminal.PATIENCE", 0.05)
    with Terminal().busy("expanding N"):
        time.sleep(0.3)
    shown = stream.content.decode()
    assert shown.startswith("\rexpanding N: 0 s\rexpanding N: 0 s")
    assert shown.endswith("\r\x1b[K")


def test_a_bar_goes_on_by_itself(err: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = err(terminal=True)
    monkeypatch.setattr("cnndsl.terminal.PATIENCE", 0.05)
    monkeypatch.setattr("cnndsl.terminal.OFTEN", 0.05)
    monkeypatch.setenv("COLUMNS", "60")
    with Terminal().progress("measuring") as tell:
        time.sleep(0.3)  # before anything is told
        tell("resnet50", 0.5)
        time.sleep(0.3)
        tell("a name that does not fit into the line", 7.0)
        time.sleep(0.3)
    *states, last = stream.content.decode().split("\r")
    assert states[1].startswith(f"measuring  {'░' * 24}  0 s\x1b[K")
    assert f"measuring  {'█' * 12}{'░' * 12}  resnet50  0 s\x1b[K" in states
    assert all(len(state.removesuffix("\x1b[K")) < 60 for state in states)
    assert last == "\x1b[K"


@pytest.mark.parametrize("terminal", [False, True])
def test_no_bar_of_what_is_quick_or_goes_to_a_file(err: Make, monkeypatch: pytest.MonkeyPatch, terminal: bool) -> None:
    stream = err(terminal=terminal)
    if not terminal:
        monkeypatch.setattr("cnndsl.terminal.PATIENCE", 0.01)
    with Terminal().progress("measuring") as tell:
        tell("x", 1.0)
        time.sleep(0.05)
    assert stream.content == b""


def test_no_progress_of_what_is_quick(err: Make) -> None:
    stream = err(terminal=True)
    with Terminal().busy("expanding N"):
        pass
    assert stream.content == b""


def test_no_progress_but_on_a_terminal(err: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = err()
    monkeypatch.setattr("cnndsl.terminal.PATIENCE", 0.01)
    with Terminal().busy("expanding N"):
        time.sleep(0.1)
    assert stream.content == b""


def test_progress_ends_with_a_failure(err: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = err(terminal=True)
    monkeypatch.setattr("cnndsl.terminal.PATIENCE", 0.02)

    def interrupted() -> None:
        with Terminal().busy("expanding N"):
            time.sleep(0.1)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    size = len(stream.content)
    assert stream.content.decode().endswith("\r\x1b[K")
    time.sleep(0.1)
    assert len(stream.content) == size
