"""A network to a Python file: one torch module, torch its only import, that runs from the command line."""

from __future__ import annotations

from .file import source

__all__ = ["source"]
