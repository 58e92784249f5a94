"""`python -m tests.lints` writes the page of every lint into specs/codes; `python -m tests.codes --write` then lists them."""

from __future__ import annotations

from cnndsl import lint

from .page import page, path

if __name__ == "__main__":
    for one in lint.known():
        path(one).write_text(page(one), "utf-8")
