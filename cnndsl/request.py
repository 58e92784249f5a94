"""Options of a command to the program, the nets and the file that they name."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Collection
from typing import Any

from .compiler import Program, load
from .diagnostics import CompileError, Problem, did_you_mean
from .elaborate import MAX_LAYERS
from .files import FileProblem, write
from .network import Network
from .options import Usage, once
from .terminal import Terminal
from .zoo import PREFIX, find


def program(word: str, terminal: Terminal) -> Program:
    """The program that a FILE names; raises Problem where it cannot be read."""
    if word == "-" and sys.stdin is None:
        raise FileProblem("standard input is closed", code="E0903")
    with terminal.busy(f"reading {word}"):
        return load(word)


def network(options: Namespace, terminal: Terminal) -> Network:
    """The one net that is asked for, its notes told; raises CompileError or Problem."""
    source = sound(program(options.file, terminal))
    found = expanded(source, chosen(source, options) or source.main(once("--set", options.set)), options, terminal)
    terminal.mention(found.diagnostics)
    return found


def sound(source: Program) -> Program:
    """Guard: it has no syntax errors."""
    if source.module is None:
        raise CompileError(source.diagnostics)
    return source


def chosen(source: Program, options: Namespace) -> str | None:
    """The net that is named, by --net or as zoo:NET; raises Problem where there is none of that name."""
    name: str | None = options.net
    if name is None and options.file.startswith(PREFIX):
        name = find(options.file.removeprefix(PREFIX))[1]
    return source.find(name).name if name is not None else None


def expanded(source: Program, name: str, options: Namespace, terminal: Terminal, **more: Any) -> Network:
    """A net as the options want it; raises CompileError, or Problem where its parameters are not those that it needs."""
    settings = once("--set", options.set)
    hold(source, name, settings)
    sizes = once("--input", options.input)
    if "" in sizes and len(sizes) > 1:
        raise Usage("--input is given with a name and without", "name every input: --input left=3x32x32 --input right=3x32x32")
    limit = options.max_layers or MAX_LAYERS
    with terminal.busy(f"expanding {name}"):
        found = source.net(name, inputs=sizes or None, settings=settings, max_layers=limit, **more)
        _ = found.findings
    return found


def hold(source: Program, name: str, settings: Collection[str]) -> None:
    """Guard: a net is given all that it needs, and nothing else."""
    takes = source.takes(name)
    for setting in settings:
        if setting not in takes:
            near = did_you_mean(setting, takes)
            help = f"did you mean `{near}`?" if near else f"it takes {', '.join(takes) or 'none'}"
            raise Usage(f"{name} takes no parameter {setting} from outside", help)
    missing = [parameter for parameter in source.needs(name) if parameter not in settings]
    if missing:
        wanted = " ".join(f"--set {parameter}=…" for parameter in missing)
        raise Usage(f"{name} needs {' and '.join(missing)}", f"give {'it' if len(missing) == 1 else 'them'}: {wanted}")


def deliver(content: str | bytes, options: Namespace, terminal: Terminal) -> None:
    """What a command made, to the file that is asked for; raises Problem."""
    if options.output == "-":
        if isinstance(content, bytes):
            raise Problem("this is no text", code="E0001", help="name a file with -o")
        terminal.emit(content)
        return
    write(options.output, content, options.force)
    terminal.say(f"wrote {options.output}")
