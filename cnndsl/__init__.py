"""The type checker, linter and compiler for convolutional networks.

`load` and `parse` give a `Program`, `Program.net` a `Network` with its layers and figures; `CompileError` holds what is
wrong with a program, `Problem` is anything else that cannot be done. All of it is imported when it is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .compiler import Program, load, parse
    from .diagnostics import CompileError, Diagnostic, Problem
    from .live import Network
    from .network import Layer

__version__ = "0.1.0"
__all__ = ["CompileError", "Diagnostic", "Layer", "Network", "Problem", "Program", "__version__", "load", "parse"]

HOMES = {
    "compiler": ("Program", "load", "parse"),
    "diagnostics": ("CompileError", "Diagnostic", "Problem"),
    "live": ("Network",),
    "network": ("Layer",),
}


def __getattr__(name: str) -> object:
    for home, names in HOMES.items():
        if name in names:
            found: object = getattr(import_module(f"{__name__}.{home}"), name)
            globals()[name] = found
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)


def load_ipython_extension(shell: object) -> None:
    """`%load_ext cnndsl` in a notebook: the magic `%%cnn`, and errors without tracebacks."""
    import_module(f"{__name__}.notebook").register(shell)
