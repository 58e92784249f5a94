"""The text of a module to the texts of its mutants: each is wrong in one place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any", "floor": "ceil", "ceil": "floor"}
SAID = {"Problem", "Diagnostic", "Label", "fault", "warning", "Arithmetic", "named", "cast", "TypeVar", "field", "ClassVar"}


class Mutant(NamedTuple):
    """One change of a module: characters `start` to `end` of it become `text`."""

    start: int
    end: int
    line: int
    was: str
    text: str

    def applied(self, module: str) -> str:
        return module[: self.start] + self.text + module[self.end :]

    def __str__(self) -> str:
        return f"{self.line}: {' '.join(self.was.split())}  →  {' '.join(self.text.split())}"


def mutants(text: str) -> list[Mutant]:
    """All of a module: comparisons, arithmetic, constants, conditions, names of functions; not what is only said."""
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    lines = text.splitlines(keepends=True)

    def offset(line: int, column: int) -> int:
        return starts[line - 1] + len(lines[line - 1].encode()[:column].decode())

    found = []
    for node, other in changes(ast.parse(text)):
        assert isinstance(node, ast.expr)
        start = offset(node.lineno, node.col_offset)
        end = offset(node.end_lineno or 0, node.end_col_offset or 0)
        found.append(Mutant(start, end, node.lineno, text[start:end], f"({ast.unparse(other)})"))
    return found


def changes(node: ast.AST) -> Iterator[tuple[ast.AST, ast.expr]]:
    """Each node within that can be another, with what it becomes."""
    for child in inner(node):
        if isinstance(child, ast.expr):
            for other in others(child):
                yield child, other
        yield from changes(child)


def inner(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a node that decide something: no annotations, docstrings, formatted texts, nor what is raised or said."""
    if isinstance(node, ast.Raise | ast.JoinedStr | ast.Assert | ast.ImportFrom | ast.Import):
        return
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAID:
        return
    if isinstance(node, ast.keyword) and node.arg == "strict":  # a guard that nothing right ever meets
        return
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "bases"):
            continue
        yield from (part for part in (value if isinstance(value, list) else [value]) if isinstance(part, ast.AST))


def others(node: ast.expr) -> Iterator[ast.expr]:
    match node:
        case ast.Compare(left, [operator], [right]) if type(operator) in COMPARED:
            yield ast.Compare(left, [COMPARED[type(operator)]()], [right])
        case ast.BinOp(left, operator, right) if type(operator) in COMPUTED and not is_text(left, right):
            yield ast.BinOp(left, COMPUTED[type(operator)](), right)
        case ast.BoolOp(operator, values):
            yield ast.BoolOp(ast.And() if isinstance(operator, ast.Or) else ast.Or(), values)
        case ast.UnaryOp(ast.Not() | ast.USub(), operand):
            yield operand
        case ast.IfExp(test, body, orelse):
            yield ast.IfExp(test, orelse, body)
        case ast.Constant(bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(int() as value):
            yield ast.Constant(value + 1)
        case ast.Name(name) if name in NAMES:
            yield ast.Name(NAMES[name], ast.Load())
        case ast.Call(ast.Name("sorted" | "reversed"), [first, *_]):
            yield first


def is_text(*sides: ast.expr) -> bool:
    return any(
        isinstance(side, ast.JoinedStr) or (isinstance(side, ast.Constant) and isinstance(side.value, str)) for side in sides
    )
