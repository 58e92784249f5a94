"""Words of the command line to values: the parser, what arguments look like, and those that several commands take."""

from __future__ import annotations

import re
from argparse import Action, ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, NoReturn

from .diagnostics import Problem, did_you_mean

COLORS = ("auto", "always", "never")
VARIABLE = "_CNNDSL_COMPLETE"  # of the environment: set, the words are to be completed, not followed
FILE = "a program: a path, - for standard input, or zoo:NAME for one that ships (cnndsl zoo lists them)"


class Usage(Problem):
    """The command line cannot be understood."""

    def __init__(self, title: str, help: str | None = None) -> None:
        super().__init__(title, code="E0001", help=help)


class Help(Exception):
    """Help is asked for; its text."""


class Show(Action):
    """Leaves the parser with its help: argparse's own way of printing it keeps failures to itself."""

    def __call__(self, parser: ArgumentParser, *_: Any) -> NoReturn:
        raise Help(parser.format_help())


class Parser(ArgumentParser):
    """argparse with our errors, and all options by their whole names; it neither prints nor exits."""

    def __init__(self, prog: str, about: str, examples: Sequence[str] = (), usage: str | None = None, after: str = "") -> None:
        shown = "\n  ".join(["examples:", *examples]) if examples else ""
        epilog = "\n\n".join(filter(None, [shown, after]))
        style = RawDescriptionHelpFormatter
        super().__init__(prog, usage, about, epilog, formatter_class=style, allow_abbrev=False, add_help=False)
        self.flags: list[str] = []
        self.known: list[Action] = []  # in the order of the help
        self.add_argument("-h", "--help", action=Show, nargs=0, help="show this help")
        self.add_argument("--color", type=choice("--color", COLORS), metavar="WHEN", default="auto", help="auto, always or never")

    def add_argument(self, *names: Any, **more: Any) -> Any:
        if names and names[0].startswith("-"):
            self.flags += names
        action = super().add_argument(*names, **more)
        self.known.append(action)
        return action

    def read(self, words: Sequence[str]) -> Namespace:
        """The options that words state; raises Usage."""
        options, unknown = self.parse_known_intermixed_args(words)  # so that options may stand between FILE and LAYER
        if unknown:
            word = unknown[0]
            if not word.startswith("-"):
                raise Usage(f"there is one argument too many: {word}", self.advice())
            name = word.partition("=")[0]
            near = did_you_mean(name, [flag for flag in self.flags if flag.startswith("--")])
            raise Usage(f"{self.prog} has no option {name}", f"did you mean `{near}`?" if near else self.advice())
        return options

    def error(self, message: str) -> NoReturn:
        raise Usage(message.removeprefix("argument "), self.advice())

    def advice(self) -> str:
        return f"`{self.prog} --help` lists what it takes"


# ---- what arguments look like ----------------------------------------------------


class OneOf(NamedTuple):
    """One of a few words."""

    option: str
    words: Sequence[str]

    def __call__(self, word: str) -> str:
        if word in self.words:
            return word
        near = did_you_mean(word, self.words)
        advice = f"did you mean `{near}`?" if near else f"it is one of {', '.join(self.words)}"
        raise Usage(f"{self.option} cannot be {word or 'empty'}", advice)


def choice(option: str, words: Sequence[str]) -> OneOf:
    return OneOf(option, words)


def count(option: str) -> Callable[[str], int]:
    """A whole number from 1 on."""

    def read(word: str) -> int:
        if re.fullmatch(r"[0-9]{1,18}", word) and int(word) > 0:
            return int(word)
        raise Usage(f"{option} cannot be {word or 'empty'}", "it is a whole number from 1 on")

    return read


def setting(word: str) -> tuple[str, str]:
    """`classes=10`: a parameter, and its value as the language writes it."""
    name, sign, value = word.partition("=")
    if not sign or not re.fullmatch(r"[A-Za-z_]\w*", name.strip()):
        raise Usage(f"--set cannot be {word or 'empty'}", "write the parameter and its value, as in --set classes=10")
    return name.strip(), value


def size(word: str) -> tuple[str, tuple[int, ...]]:
    """`3x224x224` or `image=3x224x224`: an input, "" where it is the only one, and its sizes without the batch."""
    name, sign, sizes = word.rpartition("=")
    parts = re.split("[xX×]", sizes.strip())
    if (sign and not name.strip()) or not all(re.fullmatch(r"[0-9]{1,9}", part) and int(part) > 0 for part in parts):
        raise Usage(f"--input cannot be {word or 'empty'}", "write its sizes without the batch, as in --input 3x224x224")
    return name.strip(), tuple(map(int, parts))


def output(word: str) -> str:
    """A file to write."""
    if not word:
        raise Usage("-o cannot be empty", "name a file, or - for standard output")
    return word


def once(option: str, pairs: Iterable[tuple[str, Any]] | None) -> dict[str, Any]:
    """Pairs by name; raises Usage where one is given twice."""
    found: dict[str, Any] = {}
    for name, value in pairs or ():
        if name in found:
            raise Usage(f"{option} is given twice" + (f" for {name}" if name else ""), "keep one of them")
        found[name] = value
    return found


# ---- what several commands take ----------------------------------------------------


def add_net(parser: Parser) -> None:
    """Which net of which program, and as what."""
    parser.add_argument("file", metavar="FILE", help=FILE)
    add_choice(parser)


def add_choice(parser: Parser) -> None:
    """Which net, and as what."""
    parser.add_argument("--net", metavar="NAME", help="one of its nets")
    add_sizes(parser)


def add_sizes(parser: Parser) -> None:
    """Parameters, sizes and the limit."""
    parser.add_argument("--set", metavar="NAME=VALUE", action="append", type=setting, help="a parameter: --set classes=10")
    parser.add_argument("--input", metavar="[NAME=]SIZE", action="append", type=size, help="size of an input: --input 3x320x320")
    limit = count("--max-layers")
    parser.add_argument("--max-layers", metavar="N", type=limit, help="how many layers a program may expand to (20000)")


def add_depth(parser: Parser, what: str) -> None:
    parser.add_argument("--depth", metavar="D", type=count("--depth"), help=what)


def add_output(parser: Parser, what: str = "where to write it; - is standard output, as if nothing were said") -> None:
    parser.add_argument("-o", "--output", metavar="FILE", type=output, default="-", help=what)
    parser.add_argument("--force", action="store_true", help="overwrite a file that is not ours, or was edited since")
