"""The names of networks to the modules of plain torch that they are held against, of all test files beside this one."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path

from .checks import Case


@cache
def index() -> dict[str, Case]:
    """All cases by the name of their net."""
    files = sorted(path.stem for path in Path(__file__).parent.glob("test_*.py"))
    modules = [import_module(f"{__package__}.{file}") for file in files if file != "test_index"]
    return {case.net: case for module in modules for parameter in module.CASES for case in parameter.values}
