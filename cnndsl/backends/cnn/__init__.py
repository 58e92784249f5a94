"""A network to its flat form: a program with one line a layer, whose analysis gives the same keys, shapes and figures."""

from __future__ import annotations

from .flat import source

__all__ = ["source"]
