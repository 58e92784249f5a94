"""The files of cnndsl/lints to their pages in specs/codes: what each warns of, an example with its report, why, and mended."""

from __future__ import annotations

from pathlib import Path

from cnndsl import lint
from cnndsl.codes import Page
from cnndsl.lint import Lint
from tests.codes import FOLDER, renewed


def text(one: Lint) -> str:
    """The page of a lint, without the report."""
    first, *why = lint.about(one)
    reasons = [*why, *["It is off until it is selected."] * one.QUIET, f"From: {one.SOURCE}."]
    parts = [f"# {one.CODE}: {one.TITLE}", f"A lint. {first}", "## For example", fence(one.EXAMPLE), "## Why", *reasons]
    return "\n\n".join([*parts, "## Mended", fence(one.BETTER)]) + "\n"


def fence(program: str) -> str:
    return f"```cnn\n{program.strip()}\n```"


def page(one: Lint) -> str:
    return renewed(Page(one.CODE, text(one)))


def path(one: Lint) -> Path:
    return FOLDER / f"{one.CODE}.md"
