"""What a command was asked for to a page: a program's network, its findings and its diagram."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from . import drawing
from .backends import dot, html
from .compiler import Program
from .diagnostics import CompileError, Diagnostic, Problem
from .network import Network
from .options import once
from .request import chosen, expanded, program, sound, wishes
from .source import Source
from .terminal import Terminal, unplaced

State = dict[str, tuple[int, int] | None]  # of files: their times and sizes


def network(source: Program, options: Namespace, terminal: Terminal) -> Network:
    """The net that is meant; raises CompileError and Problem."""
    name = chosen(sound(source), options) or source.main(once("--set", options.set))
    return expanded(source, name, options, terminal)


def findings(source: Program, found: Network, options: Namespace) -> tuple[Diagnostic, ...]:
    return source.check(found.name, **wishes(options))


def drawn(found: Network, depth: int | None, terminal: Terminal) -> str | Problem:
    """The diagram, or why there is none."""
    try:
        with terminal.busy(f"drawing {found.name}"):
            return drawing.render(dot.source(found, depth), "svg").decode()
    except Problem as problem:
        return problem


class Watched:
    """A program that is looked at again and again: its page as it is now; where it has errors, the last network that it had."""

    def __init__(self, options: Namespace, terminal: Terminal) -> None:
        self.options, self.terminal = options, terminal
        self.last: tuple[Network, str | Problem] | None = None
        self.state: State = {}
        self.watch([Source("", options.file)])

    def has_changed(self) -> bool:
        return seen(self.state) != self.state

    def page(self, revision: str) -> str:
        """The page of the files as they are."""
        self.state = seen(self.state)
        try:
            source = program(self.options.file, self.terminal)
        except Problem as problem:
            return self.troubled(Source("", self.options.file), (unplaced(problem),), revision)
        try:
            found = network(source, self.options, self.terminal)
        except CompileError as error:
            return self.troubled(source.source, error.diagnostics, revision)
        except Problem as problem:
            return self.troubled(source.source, (unplaced(problem),), revision)
        said = findings(source, found, self.options)
        self.last = found, drawn(found, self.options.depth, self.terminal)
        self.watch(html.sources(found, said))
        return html.source(found, said, self.last[1], self.options.depth, revision=revision)

    def troubled(self, source: Source, said: tuple[Diagnostic, ...], revision: str) -> str:
        self.watch([source, *(label.span.source for each in said for label in each.labels)])
        found, picture = self.last or (None, None)
        return html.source(found, said, picture, self.options.depth, revision=revision, trouble=source)

    def watch(self, sources: Iterable[Source]) -> None:
        """These too from now on."""
        self.state = seen(each.name for each in sources) | self.state


def seen(names: Iterable[str]) -> State:
    """What is to be seen of files from outside."""
    found: State = {}
    for name in names:
        found[name] = None
        with suppress(OSError):
            known = Path(name).stat()
            found[name] = (known.st_mtime_ns, known.st_size)
    return found
