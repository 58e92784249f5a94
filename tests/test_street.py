"""The one-way street: a module imports only what stands before it, and says so at its top.

STREET is the order of the stages, as CONTRIBUTING.md explains it. `name` is one module (or the `__init__` of a
folder), `name.*` all that is in a folder; modules of one folder may use each other, in no circle. A new module has to
be given its place here.
"""

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = {"cnndsl": "cnndsl", "cnndsl.grammar": "grammar", "cnndsl.specs": "specs"}

STREET = (
    "sweeping",
    # places, and what is said of them
    "source",
    "cells",
    "sheet",
    "spelling",
    "diagnostics",
    "symbols",
    "formula",
    "relation",
    "marks",
    "files",
    "render",
    "render.*",
    # layers
    "arguments",
    "op",
    "notation",
    "init",
    "extern_op",
    "ops",
    "ops.*",
    # text to tree
    "budget",
    "expressions",
    "operators",
    "functions",
    "tree",
    "grammar",
    "vocabulary",
    "lexer",
    "textmate",
    "elsewhere",
    "specs",
    "zoo",
    "foreign",
    "scanner",
    "mistakes",
    "habits",
    "slips",
    "dialects",
    "recovery",
    "tables",
    "lalr",
    "parser",
    "syntax",
    # tree to graph
    "codes",
    "graph",
    "provenance",
    "sizes",
    "reserved",
    "model",
    "scopes",
    "patterns",
    "binding",
    "misuse",
    "calling",
    "making",
    "applying",
    "flows",
    "ports",
    "claims",
    "elaborate",
    "trace",
    "settings",
    # graph to columns
    "semiring",
    "reading",
    "fold",
    "sight",
    "influence",
    "field",
    "coverage",
    "analyses",
    "analysis",
    "analyses.*",
    "network",
    "assertions",
    "figures",
    "rewriting",
    "rewrites",
    "rewrites.*",
    "deployment",
    "checkpointing",
    "backward",
    "rows",
    "grid",
    "report",
    "fields",
    "fields.*",
    # columns to findings and to texts
    "choices",
    "lints",
    "lint",
    "lints.*",
    "backends",
    "backend",
    "page",
    "backends.*",
    "explanations",
    "explanations.*",
    "charts",
    "charts.*",
    "volumes",
    "volumes.*",
    "drawing",
    "differences",
    "differences.*",
    # the whole street, and its doors
    "hypertext",
    "showing",
    "live",
    "verdict",
    "verification",
    "verification.*",
    "verified",
    "compiler",
    "fixing",
    "project",
    "options",
    "terminal",
    "request",
    "pages",
    "serving",
    "commands",
    "commands.*",
    "notebook",
    "__init__",
    "cli",
    "__main__",
)

# May be imported where they are used: they cost more than all the rest, and most commands do without them.
LATE = {"torch", "numpy", "networkx", "graphviz", "matplotlib", "rich"}
LATE_OURS = {"lalr", "recovery"}  # they load lark, which only a new grammar and syntax errors need

# Open sets are loaded by name or by folder, in these modules alone.
LOADERS = {"live", "render", "ops", "analysis", "lint", "backend", "cli", "__init__", "commands", "verification"}


class Import(NamedTuple):
    """A module (a dotted name, of ours without `cnndsl.`) imported by another in a line."""

    name: str
    line: int
    ours: bool
    late: bool


@cache
def modules() -> dict[str, Path]:
    """Every module of the package by its name without `cnndsl.`."""
    found = {}
    for package, folder in FOLDERS.items():
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = [*package.split("."), *path.relative_to(ROOT / folder).with_suffix("").parts][1:]
            name = ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)
            found[name] = path
    return found


@cache
def place(name: str) -> int | None:
    """Where a module stands."""
    if name in STREET:
        return STREET.index(name)
    parts = name.split(".")
    folders = [".".join(parts[:size]) + ".*" for size in range(len(parts) - 1, 0, -1)]
    return next((STREET.index(folder) for folder in folders if folder in STREET), None)


@cache
def imports(name: str) -> tuple[Import, ...]:
    return tuple(found(ast.parse(modules()[name].read_text("utf-8")), name, late=False))


def found(tree: ast.AST, name: str, late: bool) -> Iterator[Import]:
    """All imports below a piece of syntax; `late` inside functions."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield imported(alias.name, node.lineno, late)
        elif isinstance(node, ast.ImportFrom):
            base = absolute(node, name)
            for alias in node.names:
                inner = imported(f"{base}.{alias.name}", node.lineno, late)
                yield inner if inner.name in modules() else imported(base, node.lineno, late)
        else:
            yield from found(node, name, late or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def absolute(node: ast.ImportFrom, name: str) -> str:
    """The module of a `from` as an absolute name."""
    if not node.level:
        return node.module or ""
    is_package = modules()[name].name == "__init__.py"
    here = ["cnndsl", *(name.split(".") if name != "__init__" else [])]
    base = here[: len(here) - node.level + is_package]
    return ".".join([*base, *([node.module] if node.module else [])])


def imported(absolute: str, line: int, late: bool) -> Import:
    ours = absolute == "cnndsl" or absolute.startswith("cnndsl.")
    name = absolute.removeprefix("cnndsl").removeprefix(".") or "__init__" if ours else absolute
    return Import(name, line, ours, late)


@pytest.mark.parametrize("name", modules())
def test_every_module_has_its_place(name: str) -> None:
    assert place(name) is not None, f"give {modules()[name].relative_to(ROOT)} its place in STREET, in {__file__}"


@pytest.mark.parametrize("name", modules())
def test_imports_go_one_way(name: str) -> None:
    here = place(name)
    for entry in imports(name):
        if not entry.ours or here is None:
            continue
        assert entry.name in modules(), f"{modules()[name]}:{entry.line}: there is no module {entry.name}"
        there = place(entry.name)
        assert there is not None, f"{entry.name} has no place in STREET"
        assert there < here or (there == here and entry.name != name), (
            f"{modules()[name]}:{entry.line}: {name} imports {entry.name}, which stands after it on the street"
        )


@pytest.mark.parametrize("name", modules())
def test_imports_stand_at_the_top(name: str) -> None:
    for entry in imports(name):
        allowed = entry.name in LATE_OURS if entry.ours else entry.name.split(".")[0] in LATE
        assert not entry.late or allowed, f"{modules()[name]}:{entry.line}: {entry.name} is imported inside a function"


@pytest.mark.parametrize("name", modules())
def test_only_open_sets_are_loaded_by_name(name: str) -> None:
    words = {getattr(n, "attr", getattr(n, "id", "")) for n in ast.walk(ast.parse(modules()[name].read_text("utf-8")))}
    assert name in LOADERS or not words & {"import_module", "__import__"}, f"{name} loads modules by name"


def test_no_module_reaches_itself() -> None:
    graph = {name: {entry.name for entry in imports(name) if entry.ours} for name in modules()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail("a circle of imports: " + " -> ".join(reversed(error.args[1])))


def test_the_street_has_no_place_twice() -> None:
    assert len(set(STREET)) == len(STREET)


def test_what_is_seen_of_imports(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The reading of imports, on a package made for it: aliases, packages, relative and late imports."""
    text = "import cnndsl.op as o, re\nfrom . import b\nfrom .. import source\nfrom ..op import Op\n"
    text += "class A:\n    from .b import x\ndef f():\n    if 1:\n        import torch.nn\n        from ..graph import Graph\n"
    files = {"ops.a": text, "ops": "from .. import source\nfrom .a import x\n", "ops.b": "", "op": "", "source": "", "graph": ""}
    paths = {}
    for name, content in files.items():
        paths[name] = tmp_path / ("__init__.py" if name == "ops" else f"{name}.py")
        paths[name].write_text(content)
    monkeypatch.setattr(f"{__name__}.modules", lambda: paths)
    imports.cache_clear()
    try:
        assert imports("ops.a") == (
            Import("op", 1, True, False),
            Import("re", 1, False, False),
            Import("ops.b", 2, True, False),
            Import("source", 3, True, False),
            Import("op", 4, True, False),
            Import("ops.b", 6, True, False),
            Import("torch.nn", 9, False, True),
            Import("graph", 10, True, True),
        )
        assert imports("ops") == (Import("source", 1, True, False), Import("ops.a", 2, True, False))
    finally:
        imports.cache_clear()
