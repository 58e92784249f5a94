"""An explanation to Markdown: a list for each section, formulas as the mathematics that GitHub renders."""

from __future__ import annotations

from collections.abc import Iterator

from ..backends.markdown import code, escaped
from ..formula import named
from . import Explanation, Line
from .latex import chained
from .script import LATEX, write


def render(found: Explanation) -> str:
    lines = [f"## {code(found.path)}", "", f"{code(found.text)}, {escaped(found.place)}", "", escaped(found.shapes)]
    for section in found.sections:
        lines += ["", f"### {escaped(section.title[0].upper() + section.title[1:])}", ""]
        lines += [item for line in section.lines for item in items(line)]
    if found.legend:
        lines += ["", "### Where", ""]
        lines += [
            f"- {math(write(named(name, 0, ''), False, LATEX))}: {escaped(meaning)}" for name, meaning in found.legend.items()
        ]
    return "\n".join(lines) + "\n"


def items(line: Line) -> Iterator[str]:
    head = f"{escaped(line.name)}: " if line.name else ""
    if line.formula is None:
        yield f"- {head}{escaped(line.words)}"
        return
    yield f"- {head}{math(' = '.join(chained(line)))}" + (f" ({escaped(line.words)})" if line.words else "")


def math(formula: str) -> str:
    """A formula in a line, in which a label is no markup where mathematics is not rendered."""
    return f"${formula.replace('<', '&lt;').replace('>', '&gt;')}$"
