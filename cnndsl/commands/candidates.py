"""The words of an unfinished command line to what the last of them may become: commands, options, files, nets, layers."""

from __future__ import annotations

import os
from argparse import Action
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from .. import codes, zoo
from ..compiler import Program, load
from ..diagnostics import CompileError, Problem
from ..options import COLORS, OneOf, Parser
from . import find, summary, texts

TOP = {"--help": "show the help", "--version": "show the version", "--color": "auto, always or never"}
VALUELESS = 0  # how many values an option takes that is said alone


class Candidate(NamedTuple):
    """A whole word, and what it is."""

    word: str
    about: str = ""


class Line(NamedTuple):
    """What is said before the word that is typed: options with their values, and the rest."""

    command: str
    values: dict[str, list[str]]  # by the option's name in the program
    rest: list[str]
    waiting: Action | None  # the option whose value comes next

    def program(self) -> Program | None:
        """The program that is named first."""
        try:
            return load(self.rest[0]) if self.rest and self.rest[0] != "-" else None
        except Problem:
            return None

    def said(self, name: str) -> str | None:
        given = self.values.get(name)
        return given[-1] if given else None


def candidates(words: Sequence[str]) -> list[Candidate]:
    """What the last word may become, each beginning as it does; an empty last word asks for all."""
    *before, part = words or [""]
    place = next(
        (i for i, word in enumerate(before) if not word.startswith("-") and (i == 0 or before[i - 1] != "--color")), None
    )
    if place is None:
        found = outside(before, part)
    elif before[place] in texts():
        found = inside(before[place], before[place + 1 :], part)
    else:
        found = ()
    first: dict[str, Candidate] = {}
    for one in found:
        if one.word.startswith(part):
            first.setdefault(one.word, one)
    return list(first.values())


def outside(before: Sequence[str], part: str) -> Iterable[Candidate]:
    """Before a command."""
    if before and before[-1] == "--color":
        return map(Candidate, COLORS)
    if part.startswith("-"):
        return (Candidate(*item) for item in TOP.items())
    return (Candidate(name, summary(name)) for name in texts())


def inside(name: str, before: Sequence[str], part: str) -> Iterable[Candidate]:
    """Behind a command."""
    command = find(name)
    parser = Parser(f"cnndsl {name}", command.__doc__)
    command.declare(parser)
    line = read(name, parser, before)
    if line.waiting is not None:
        return values(line.waiting, line, part)
    if part.startswith("-"):
        option, sign, value = part.partition("=")
        action = next((one for one in parser.known if option in one.option_strings), None) if sign else None
        if action is not None:
            return (Candidate(f"{option}={one.word}", one.about) for one in values(action, line, value))
        return options(parser, line)
    places = [action for action in parser.known if not action.option_strings]
    if len(line.rest) < len(places):
        return values(places[len(line.rest)], line, part)
    return values(places[-1], line, part) if places and places[-1].nargs == "+" else ()


def read(name: str, parser: Parser, before: Sequence[str]) -> Line:
    by_flag = {flag: action for action in parser.known for flag in action.option_strings}
    line = Line(name, {}, [], None)
    waiting: Action | None = None
    for word in before:
        flag, sign, value = word.partition("=")
        if waiting is not None:
            line.values.setdefault(waiting.dest, []).append(word)
            waiting = None
        elif flag in by_flag and by_flag[flag].nargs == VALUELESS:
            line.values.setdefault(by_flag[flag].dest, []).append("")
        elif flag in by_flag and sign:
            line.values.setdefault(by_flag[flag].dest, []).append(value)
        elif flag in by_flag:
            waiting = by_flag[flag]
        else:
            line.rest.append(word)
    return line._replace(waiting=waiting)


def options(parser: Parser, line: Line) -> Iterator[Candidate]:
    """Those that can still be said, each by its longest name."""
    for action in parser.known:
        again = type(action).__name__ == "_AppendAction"
        if action.option_strings and (again or action.dest not in line.values):
            yield Candidate(max(action.option_strings, key=len), action.help or "")


def values(action: Action, line: Line, part: str) -> Iterable[Candidate]:
    """What an argument may be."""
    if isinstance(action.type, OneOf):
        return map(Candidate, action.type.words)
    kind = KINDS.get(action.dest)
    try:
        return list(kind(line, part)) if kind is not None else ()
    except (Problem, CompileError):
        return ()


# ---- kinds of values ---------------------------------------------------------------


def programs(line: Line, part: str) -> Iterator[Candidate]:
    """Programs in files, folders on the way, and those that ship."""
    yield from paths(part, ".cnn")
    if part.startswith(zoo.PREFIX):
        yield from (Candidate(zoo.PREFIX + one.word, one.about) for one in shipped(line, part))
    elif zoo.PREFIX.startswith(part):
        yield Candidate(zoo.PREFIX, "one that ships")


def explained(line: Line, part: str) -> Iterator[Candidate]:
    yield from programs(line, part)
    if part and line.command == "explain":
        yield from (Candidate(code, codes.find(code).title) for code in codes.known())


def shipped(line: Line, part: str) -> Iterator[Candidate]:
    for one in zoo.entries().values():
        yield Candidate(one.name, one.about)
        yield from (Candidate(net, f"of {one.name}") for net in one.nets)


def anything(line: Line, part: str) -> Iterator[Candidate]:
    return paths(part, "")


def paths(part: str, suffix: str) -> Iterator[Candidate]:
    """Files with a suffix, and folders, which end in a slash."""
    folder, name = os.path.split(part)
    try:
        entries = sorted(Path(folder or ".").iterdir())
    except (OSError, ValueError):
        return
    for entry in entries:
        if entry.name.startswith(name) and (name or not entry.name.startswith(".")):
            word = os.path.join(folder, entry.name)  # noqa: PTH118  (as it is typed: ./net.cnn stays so)
            if entry.is_dir():
                yield Candidate(f"{word}/", "")
            elif entry.name.endswith(suffix):
                yield Candidate(word)


def nets(line: Line, part: str) -> Iterator[Candidate]:
    program = line.program()
    for name in program.nets if program else ():
        needs = program.needs(name) if program else ()
        yield Candidate(name, f"needs {', '.join(needs)}" if needs else "")


def named(line: Line) -> str | None:
    """The net that is named, by --net or as zoo:NET."""
    file = line.rest[0]
    return line.said("net") or (zoo.find(file.removeprefix(zoo.PREFIX))[1] if file.startswith(zoo.PREFIX) else None)


def chosen(line: Line, program: Program) -> str:
    """The net that is meant; raises Problem where none is."""
    return named(line) or program.main([setting.partition("=")[0] for setting in line.values.get("set", ())])


def parameters(line: Line, part: str) -> Iterator[Candidate]:
    program = line.program()
    if program is not None:
        name = named(line)
        yield from (Candidate(f"{one}=", f"of {net}") for net in ([name] if name else program.nets) for one in program.takes(net))


def inputs(line: Line, part: str) -> Iterator[Candidate]:
    program = line.program()
    if program is not None:
        for name, shape in program.net(chosen(line, program)).inputs.items():
            yield Candidate(f"{name}=", "×".join(map(str, shape)))


def layers(line: Line, part: str) -> Iterator[Candidate]:
    """Layers, and the scopes that they are in."""
    program = line.program()
    if program is None:
        return
    settings = dict(setting.split("=", 1) for setting in line.values.get("set", ()) if "=" in setting)
    for node in program.net(chosen(line, program), settings=settings).ir.nodes:
        for depth in range(1, len(node.path)):
            yield Candidate(".".join(node.path[:depth]))
        yield Candidate(node.key, "" if node.is_input else node.op.word())


KINDS: dict[str, Callable[[Line, str], Iterator[Candidate]]] = {
    "file": explained,
    "files": programs,
    "old": programs,
    "new": programs,
    "diff": programs,
    "output": anything,
    "net": nets,
    "set": parameters,
    "input": inputs,
    "layer": layers,
    "name": shipped,
}
