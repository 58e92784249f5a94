"""An explanation to LaTeX: paragraphs and displayed formulas, to be put into a document that loads amsmath."""

from __future__ import annotations

from collections.abc import Iterator

from ..cells import clean
from . import Explanation, Line
from .script import LATEX, MINUS, escaped, write

SPELT = {
    "×": r"$\times$", "→": r"$\to$", "⌊": r"$\lfloor$", "⌋": r"$\rfloor$", "⌈": r"$\lceil$", "⌉": r"$\rceil$",
    "·": r"$\cdot$", "−": "$-$", "…": r"\dots{}", "–": "--",
}  # fmt: skip


def render(found: Explanation) -> str:
    lines = ["% \\usepackage{amsmath}", rf"\section*{{\texttt{{{prose(found.path)}}}}}"]
    lines += [rf"\texttt{{{prose(found.text)}}}, {prose(found.place)}: {prose(found.shapes)}"]
    for section in found.sections:
        lines += ["", rf"\paragraph{{{prose(section.title[0].upper() + section.title[1:])}}}"]
        lines += [text for line in section.lines for text in written(line)]
    if found.legend:
        lines += ["", r"\paragraph{Where}", r"\begin{itemize}"]
        lines += [rf"  \item ${name_of(name)}$: {prose(meaning)}" for name, meaning in found.legend.items()]
        lines += [r"\end{itemize}"]
    return "\n".join(lines) + "\n"


def name_of(name: str) -> str:
    return LATEX.name(name)


def written(line: Line) -> Iterator[str]:
    if line.formula is None:
        yield f"{prose(line.name)}: {prose(line.words)}." if line.name else f"{prose(line.words)}."
        return
    if line.name:
        yield f"{prose(line.name)}:"
    first, *steps = chained(line)
    yield r"\begin{align*}"
    yield f"  {first} &= " + " \\\\\n  &= ".join(steps) if steps else f"  {first}"
    yield r"\end{align*}"
    if line.words:
        yield f"({prose(line.words)})"


def chained(line: Line) -> list[str]:
    """Names, numbers and value, with its unit: what are set equal."""
    assert line.formula is not None
    names, numbers = write(line.formula, False, LATEX), write(line.formula, True, LATEX)
    steps = list(dict.fromkeys([names, numbers, LATEX.number(line.formula.value)]))
    steps[-1] += upright(line.unit)
    number, _, unit = line.figure.partition(" ")
    steps += [number + upright(unit)] * bool(number)
    return [step.replace(MINUS, "-") for step in steps]


def upright(unit: str) -> str:
    return rf"\,\mathrm{{{unit}}}" if unit else ""


def prose(text: str) -> str:
    text = escaped(clean(text))
    for plain, command in SPELT.items():
        text = text.replace(plain, command)
    return text
