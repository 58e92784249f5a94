"""The published networks to `specs/README.md`: what each is from, its figures, and how long its program is."""

from __future__ import annotations

import ast
import inspect
import tokenize
from collections.abc import Iterator
from importlib import import_module
from io import StringIO
from itertools import groupby
from pathlib import Path
from types import ModuleType

from cnndsl import zoo
from cnndsl.report import summary

from . import peer
from .subject import PUBLISHED, Subject

PAGE = Path(__file__).parents[2] / "specs" / "README.md"
HEAD = """# The published networks

Each file here is one family, as its paper's table has it; `cnndsl zoo resnet` prints one, `cnndsl analyze zoo:resnet50`
analyses a network, `from resnet import resnet50` builds on it. [language.md](language.md) is the language's reference.

Networks in code type bear torchvision's names. They are held against torchvision 0.28 itself: parameters, MACs, the
`state_dict` with its keys and their order, and, both with the same random weights, the outputs in evaluation and in
training, bit for bit. The others are held against modules of plain torch that were written by hand (`tests/classics`):
parameters, MACs, stored tensors, and with the same weights the same outputs, bit for bit. All networks keep the figures
of their papers, which stand in the programs as assertions. `make zoo` checks all of it; `make zoo ARGS=--write` writes
this page.

MACs are multiply–adds of convolution and linear layers. The receptive field is that of the last feature map; `*`: through
gates, `~`: through normalisation, everything is seen besides. Lines are those with code in them: without comments, blank
lines and docstrings, and of torchvision's files without imports and the tables of trained weights.
"""
TITLES = ("| network | input | output | parameters | MACs | field |", "|---|---|---|--:|--:|--:|")
SKIPPED = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING}


def page(subjects: list[Subject]) -> str:
    """The whole page; the line counts of torchvision's files need torchvision."""
    sections = [section(family, of_family) for family, of_family in families(subjects).items()]
    return "\n".join([HEAD, f"{scale(subjects)}\n", *sections])


def scale(subjects: list[Subject]) -> str:
    """The whole in numbers; the lines of programs that torchvision has too beside those of its files."""
    beside = {family: found for family, found in families(subjects).items() if any(one.name in PUBLISHED for one in found)}
    ours = sum(written(zoo.entries()[family].text) for family in beside)
    files = {module.__name__: module for found in beside.values() for module in modules(found)}
    theirs = sum(programmed(inspect.getsource(module)) for module in files.values())
    known = len({one.name for one in subjects} & set(PUBLISHED))
    return (
        f"There are {len({one.name for one in subjects})} networks in {len(families(subjects))} files. For the {known} that "
        f"torchvision has as well,\n{len(beside)} files take {ours:,} lines; torchvision's {len(files)} take {theirs:,}."
    )


def families(subjects: list[Subject]) -> dict[str, list[Subject]]:
    return {family: list(found) for family, found in groupby(subjects, lambda subject: subject.family)}


def section(family: str, subjects: list[Subject]) -> str:
    """A family's part of the page."""
    return "\n".join(paragraphs(family, subjects))


def paragraphs(family: str, subjects: list[Subject]) -> Iterator[str]:
    entry = zoo.entries()[family]
    yield f"## {family}\n"
    yield f"{entry.about.rstrip('.')}. [{lines(family, subjects)}]({family}.cnn).\n"
    yield "\n".join([*TITLES, *map(row, subjects)]) + "\n"


def row(subject: Subject) -> str:
    _, size, output, params, macs, field, _ = summary(subject.network)
    name = f"`{subject.name}`" if subject.name in PUBLISHED else subject.name
    heads = f", `{subject.heads} = true`" if subject.heads else ""
    return f"| {name}{heads} | {size} | {output} | {params} | {macs} | {'' if heads else field} |"


def lines(family: str, subjects: list[Subject]) -> str:
    """28 lines; torchvision's vgg.py has 128"""
    own = f"{written(zoo.entries()[family].text)} lines"
    theirs = modules(subjects)
    if not theirs:
        return own
    counted = [f"{Path(str(module.__file__)).name} has {programmed(inspect.getsource(module))}" for module in theirs]
    return f"{own}; torchvision's {', '.join(counted)}"


def modules(subjects: list[Subject]) -> list[ModuleType]:
    """The files of torchvision that a family is in."""
    package = peer.torchvision()
    if package is None:
        return []
    names = [subject.name for subject in subjects if subject.name in PUBLISHED]
    return [import_module(home) for home in dict.fromkeys(package.models.get_model_builder(name).__module__ for name in names)]


def written(text: str) -> int:
    """How many lines of a program hold more than a comment."""
    return sum(bool(line.strip()) and not line.lstrip().startswith("#") for line in text.splitlines())


def programmed(text: str) -> int:
    """How many lines of a Python file define the networks."""
    told = {line for node in ast.parse(text).body if untold(node) for line in span(node)}
    told |= {line for node in ast.walk(ast.parse(text)) for line in docstring(node)}
    used = {
        line
        for token in tokenize.generate_tokens(StringIO(text).readline)
        if token.type not in SKIPPED
        for line in range(token.start[0], token.end[0] + 1)
        if token.type != tokenize.ENDMARKER
    }
    return len(used - told)


def untold(node: ast.stmt) -> bool:
    """Whether it is no network: imports, lists of names, and the trained weights with what their tables share."""
    if isinstance(node, ast.ClassDef):
        return any(isinstance(base, ast.Name) and base.id == "WeightsEnum" for base in node.bases)
    return isinstance(node, ast.Import | ast.ImportFrom | ast.Assign)


def docstring(node: ast.AST) -> Iterator[int]:
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
        yield from span(node.body[0])


def span(node: ast.stmt) -> range:
    first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", []))])
    return range(first, (node.end_lineno or first) + 1)
