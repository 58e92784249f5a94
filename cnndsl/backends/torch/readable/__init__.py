"""A traced program to a Python file as one writes it: blocks as classes, expressions as Python, loops as loops."""

from __future__ import annotations
