"""Options of a command to the program, the nets and the file that they name."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Collection, Sequence
from pathlib import Path, PurePath
from typing import Any

from .budget import MAX_LAYERS
from .compiler import Program, load
from .diagnostics import CompileError, Problem, did_you_mean
from .files import FileProblem, directory, takes_anything, write
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
        raise CompileError(source.check())
    return source


def chosen(source: Program, options: Namespace) -> str | None:
    """The net that is named, by --net or as zoo:NET; raises Problem where there is none of that name."""
    name: str | None = options.net
    if name is None and options.file.startswith(PREFIX):
        name = find(options.file.removeprefix(PREFIX))[1]
    return source.find(name).name if name is not None else None


def traced(options: Namespace, terminal: Terminal) -> list[Network]:
    """The nets that are asked for, with the trail of their making; raises CompileError or Problem."""
    source = sound(program(options.file, terminal))
    given = wishes(options)
    found: list[Network] = []
    for name in wanted(source, options, terminal):
        hold(source, name, given["settings"])
        with terminal.busy(f"expanding {name}"):
            found.append(source.traced(name, **given))
        terminal.mention(found[-1].diagnostics)
    return found


def expanded(source: Program, name: str, options: Namespace, terminal: Terminal, **more: Any) -> Network:
    """A net as the options want it; raises CompileError, or Problem where its parameters are not those that it needs."""
    given = wishes(options)
    hold(source, name, given["settings"])
    with terminal.busy(f"expanding {name}"):
        found = source.net(name, **given, **more)
        _ = found.findings
    return found


def wishes(options: Namespace) -> dict[str, Any]:
    """Sizes of inputs, parameters and the limit, as `Program.net` and `Program.check` take them."""
    sizes = once("--input", options.input)
    if "" in sizes and len(sizes) > 1:
        raise Usage("--input is given with a name and without", "name every input: --input left=3x32x32 --input right=3x32x32")
    limit = options.max_layers or MAX_LAYERS
    return {"inputs": sizes or None, "settings": once("--set", options.set), "max_layers": limit}


def wanted(source: Program, options: Namespace, terminal: Terminal) -> list[str]:
    """The names of the nets that are meant: the one that is named, or all that can take what is set and need no more."""
    name = chosen(source, options)
    if name is not None:
        return [name]
    given = once("--set", options.set)
    complete = source.complete(given)
    takers = [net for net in complete if set(given) <= set(source.takes(net))]
    others = [net for net in complete if takers and net not in takers]
    if others:
        terminal.say(f"left out, as they do not take {' and '.join(given)}: {', '.join(others)}")
    return takers or list(complete[:1]) or [source.main(given)]


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


def destination(options: Namespace, suffixes: Sequence[str], stated: bool = False) -> str:
    """The suffix of the file to write, held before anything is computed; "" for standard output and devices.

    `stated`: any will do, as an option says the format. Raises Problem for a directory, and for another suffix.
    """
    path, suffix = Path(options.output), PurePath(options.output).suffix.lower()
    if options.output == "-" or takes_anything(path):
        return ""
    if path.is_dir() or options.output.endswith("/"):
        raise directory(path, f"net{suffixes[0]}")
    if suffix in suffixes or stated:
        return suffix
    known = f"the suffix says the format: {', '.join(suffixes)}"
    help = known if len(suffixes) > 1 else f"name a {suffixes[0]} file: {path.with_suffix(suffixes[0])}"
    raise Usage(f"cnndsl {options.command} cannot write {path}", help)


def deliver(content: str | bytes, options: Namespace, terminal: Terminal) -> None:
    """What a command made, to the file that is asked for; raises Problem."""
    if options.output == "-":
        if isinstance(content, bytes):
            raise Problem("this is no text", code="E0001", help="name a file with -o")
        terminal.emit(content)
        return
    write(options.output, content, options.force, options.command)
    terminal.say(f"wrote {options.output}")
