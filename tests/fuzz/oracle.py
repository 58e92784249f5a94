"""A text to what every command makes of it, and a Failure where that breaks a promise."""

from __future__ import annotations

import ast
import re
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, TypeVar
from unicodedata import category
from zlib import crc32

from cnndsl import backend, render
from cnndsl.backends import cnn, dot, torch
from cnndsl.compiler import Program, parse
from cnndsl.diagnostics import CompileError, Diagnostic, Problem
from cnndsl.files import decoded
from cnndsl.network import Network

T = TypeVar("T")
LAYERS = 300  # of an expansion, so that many inputs go through; the limits have tests of their own
MOST = 5.0  # seconds of CPU for one input
SLOW = 1.0
ROOM = 3 * 2**30  # bytes of address space
NETS = 2  # of a program are looked at
TOKENS = re.findall(r"^([A-Z]+|_[A-Z]+)(?:\.\d)?:", (Path(__file__).parents[2] / "grammar/cnn.lark").read_text("utf-8"), re.M)
EXPECTED = re.compile(rf"(?i:expected one of|expected:|unexpected token|unexpected end-of-input)|\b({'|'.join(TOKENS)}|\$END)\b")
JOINER = "\u2060"  # stands in labels of DOT that would be markup
MACHINES = ("json", "sarif", "github")
TABLES = ("json", "csv", "markdown")
IMPORTS = {"__future__", "argparse", "collections", "collections.abc", "functools", "math", "time", "typing", "torch"}


class Hang(BaseException):
    """An input took too long."""


class Broken(Exception):
    """A promise that an input breaks; the first words say which."""


@dataclass(frozen=True)
class Failure:
    """What went wrong: `mark` is the same for the same mistake of ours."""

    mark: str
    told: str


@dataclass(frozen=True)
class Outcome:
    """What became of an input; `emitted` holds each accepted network's module, with the shapes that it takes and gives."""

    failure: Failure | None = None
    accepted: bool = False
    seconds: float = 0.0
    emitted: list[tuple[str, list[Any], list[Any]]] = field(default_factory=list)


def held(given: str | bytes) -> Outcome:
    """Everything that the commands do, on one input."""
    start = time.process_time()
    emitted: list[tuple[str, list[Any], list[Any]]] = []
    failure = None
    try:
        with bounded():
            emitted = everything(text_of(given))
    except Problem as problem:
        failure = None if isinstance(given, bytes) and problem.code.startswith("E09") else failed(problem)
    except (Exception, Hang) as error:
        failure = failed(error)
    return Outcome(failure, bool(emitted), time.process_time() - start, emitted)


def failed(error: BaseException) -> Failure:
    """The mark is the innermost place of ours, and the kind; of what is broken, the promise."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/cnndsl/" in frame.filename] or frames
    place = f"{Path(ours[-1].filename).name}:{ours[-1].name}" if ours else "?"
    if isinstance(error, Hang):
        return Failure("Hang", f"more than {MOST} s of CPU, at {place}")
    told = "".join(traceback.format_exception(error))
    if isinstance(error, Broken):
        return Failure(f"Broken: {str(error).partition(':')[0]}", told)
    return Failure(f"{type(error).__name__} at {place}", told)


@contextmanager
def bounded() -> Iterator[None]:
    """A bound on CPU time."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Hang

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, MOST)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def limit_memory() -> None:
    """What asks for more gets a MemoryError."""
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (ROOM, most))
    sys.setrecursionlimit(1000)  # as in a process of its own


def text_of(given: str | bytes) -> str:
    return decoded(given, "fuzz.cnn") if isinstance(given, bytes) else given


def everything(text: str) -> list[tuple[str, list[Any], list[Any]]]:
    """check, analyze, expand, compile in both forms, diagram; raises whatever goes wrong, Broken where a promise is not kept."""
    turn = crc32(text.encode("utf-8", "surrogatepass"))
    program = parse(text, "fuzz.cnn")
    found = program.check(max_layers=LAYERS)
    told(found, text, turn)
    if program.module is None:
        hold(any(d.is_error for d in found), "nothing is said of a file that cannot be read", "")
        return []
    emitted = []
    for name in program.complete()[:NETS]:
        wrong = any(d.is_error for d in found)
        network = expanded(program, name, wrong, text, turn)
        if network is None or wrong:
            break
        emitted += forms(program, network, turn)
    return emitted


def expanded(program: Program, name: str, wrong: bool, text: str, turn: int) -> Network | None:
    """The net, None where it is wrong: which check has to have said too."""
    try:
        network = program.net(name, max_layers=LAYERS)
        _ = network.findings
    except CompileError as error:
        hold(any(d.is_error for d in error.diagnostics), "an error without an error", error)
        told(error.diagnostics, text, turn)
        hold(wrong, "check accepts what net refuses", error)
        return None
    told(network.diagnostics, text, turn)
    return network


def forms(program: Program, network: Network, turn: int) -> list[tuple[str, list[Any], list[Any]]]:
    """Every text that is made of a network; the modules, with the shapes that they take and give."""
    backend.find("table").render([network], backend.Options(width=(None, 80, 20)[turn % 3], ascii=turn % 2 == 0))
    if turn % 4 == 0:
        backend.find(TABLES[turn // 4 % 3]).render([network], backend.Options(depth=1 + turn % 2))
        refusing(lambda: flat(network), program, turn)
    drawn = dot.source(network, (None, 1, 2)[turn % 3], unfold=turn % 5 == 0)
    hold(not hidden(drawn) - {JOINER}, "a control character in DOT", hidden(drawn))
    given, promised = list(network.inputs.values()), list(network.outputs.values())
    modules = (
        refusing(lambda: torch.source(network), program, turn),
        refusing(lambda: torch.readable([program.traced(network.name, max_layers=LAYERS)]), program, turn),
    )
    return [(source, given, promised) for source in modules if source and python(source, program.source.text)]


def refusing(make: Callable[[], T], program: Program, turn: int) -> T | None:
    """A form of a network; None where there is none, as of open sizes and of what foreign layers leave unsaid: that is told."""
    try:
        return make()
    except Problem:
        return None
    except CompileError as error:
        told(error.diagnostics, program.source.text, turn)
        return None


def python(source: str, text: str) -> bool:
    """Guard: it is a program that imports what it may. Whether that is torch alone, and no package of a foreign layer."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    others = {name for name in found if name not in IMPORTS and not name.startswith("torch.")}
    for name in others:
        hold(name in text, "an import that is none of ours", name)
    return not others


def flat(network: Network) -> None:
    """Guard: the flat form is the same network."""
    source = cnn.source(network)
    try:
        again = parse(source, "flat.cnn").net(max_layers=20_000)
    except CompileError as error:
        raise Broken(f"the flat form is refused: {error}\n{source}") from error
    hold(figures(again) == figures(network), "the flat form is another network", source)


def figures(network: Network) -> list[object]:
    return [
        [(row.path, row.call, row.outputs, row.params, row.macs, row.memory, row.rf) for row in network.layers],
        network.totals,
        list(network.outputs.items()),
    ]


def told(found: Sequence[Diagnostic], text: str, turn: int) -> None:
    """Guard: what is said can be shown, stands at places that there are, and speaks of no token."""
    for d in found:
        hold(bool(d.title) and bool(d.labels), "a finding without a title or place", d)
        for label in d.labels:
            span = label.span
            hold(0 <= span.start <= span.end <= len(span.source.text), "a place outside its text", d)
        words = " ".join([d.title, *(label.text for label in d.labels), *d.notes, d.help or ""])
        hold(d.code != "E0999", "internal error", d)
        for match in EXPECTED.finditer(words):
            hold(match[0] in text, "a token is named", words)
    shown = render.find("text").render(found, ascii=turn % 2 == 0, width=(80, 120, 40)[turn % 3])
    hold(not hidden(shown), "a control character is shown", hidden(shown))
    if turn % 8 == 0:
        render.find(MACHINES[turn // 8 % 3]).render(found)


def hidden(text: str) -> set[str]:
    """The characters of a text that no terminal should get."""
    return {char for char in text if not char.isprintable() and char not in "\n\t" and category(char) != "Zs"}


def hold(promise: bool, what: str, why: object) -> None:
    if not promise:
        raise Broken(f"{what}: {why}")
