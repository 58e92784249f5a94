"""The grammar's words and the layers' names to what each piece of a program looks like: for all who colour programs."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from . import ops
from .functions import FUNCTIONS

NAME = r"[A-Za-z_][A-Za-z0-9_]*"
PART = rf"\$(?:{NAME}|\{{[^{{}}\n]*\}})"  # of a template
TEMPLATE = rf"{NAME}(?:{PART}[A-Za-z0-9_]*)*"
DECLARING = ("net", "block", "fn", "extern")
CONSTANTS = ("true", "false", "none")
CONNECTING = ("and", "or", "not")


class Look(NamedTuple):
    """A pattern in what Python's and Oniguruma's expressions have in common, and the kind of each of its groups.

    A pattern without groups is all of one kind.
    """

    pattern: str
    kinds: tuple[str, ...]


@cache
def keywords() -> frozenset[str]:
    """The words of the language, out of its grammar."""
    grammar = files("cnndsl.grammar").joinpath("cnn.lark").read_text("utf-8")
    return frozenset(re.findall(r'^[A-Z]+: "([a-z]+)"$', grammar, re.MULTILINE))


@cache
def looks() -> tuple[Look, ...]:
    """What a program is made of; of several that fit at a place the first counts. No piece goes over a line's end."""
    plain = sorted(keywords() - {*CONSTANTS, *CONNECTING})
    return (
        Look(r"#[^\n]*", ("comment",)),
        Look(r'"(?:[^"\\\n]|\\.)*"?', ("string",)),
        Look(rf"@{NAME}", ("attribute",)),
        Look(rf"\b({'|'.join(DECLARING)})([ \t]+)({NAME})", ("keyword", "", "declared")),
        Look(words(plain), ("keyword",)),
        Look(words(CONSTANTS), ("constant",)),
        Look(words(CONNECTING), ("connective",)),
        Look(rf"{TEMPLATE}(?=[ \t]*:(?!:))", ("label",)),
        Look(words(ops.names()), ("layer",)),
        Look(words(FUNCTIONS) + r"(?=[ \t]*\()", ("function",)),
        Look(rf"{NAME}(?=[ \t]*=(?!=))", ("argument",)),
        Look(TEMPLATE, ("name",)),
        Look(r"[0-9]+(?:x[0-9]+)+(?![A-Za-z0-9_])", ("size",)),
        Look(r"[0-9][0-9_]*(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?[KMG]?(?![A-Za-z0-9_])", ("number",)),
        Look(r"->|::|\|", ("arrow",)),
        Look(r"\.\.|[=!<>]=|\*\*|//|[-+*/%<>=?]", ("operator",)),
        Look(r"[()\[\]{},;:.]", ("punctuation",)),
    )


def words(of: Iterable[str]) -> str:
    """Any of some words, where it stands by itself."""
    return rf"(?<![A-Za-z0-9_$.])(?:{'|'.join(sorted(of))})(?![A-Za-z0-9_$])"
