"""The files of cnndsl/lints to the page specs/lints.md: of each what it warns of and why, an example, the same put right."""

from __future__ import annotations

from pathlib import Path

import cnndsl
from cnndsl import lint
from cnndsl.lint import Lint
from cnndsl.render import text

PAGE = Path(__file__).parents[2] / "specs" / "lints.md"
HEAD = """\
# Lints

What `cnndsl check` warns of in programs that are correct. `python -m tests.lints --write` makes this page of the files in
`cnndsl/lints`, and runs every example on it.

A lint is switched off by its code, with the reason beside it: after a line for that line, above a line for the next one,
above all code for the whole file.

```cnn
net N {
  input image: 3x32x32
  conv: Conv(8, 1, stride=2)  # cnndsl: ignore L013: a quarter of the picture is enough here
}
```

Several codes stand with commas between. `select` in place of `ignore` switches on what is off. For a whole project
pyproject.toml says the same; the nearest above a file that has a `[tool.cnndsl]` counts, and what the file says goes before it.

```toml
[tool.cnndsl]
ignore = ["L011"]
select = ["L017"]
```
"""


def report(program: str) -> str:
    """What is said of a program, in plain characters."""
    return text.render(cnndsl.parse(program.lstrip("\n"), "net.cnn").check(), width=120)


def section(one: Lint) -> str:
    """One lint."""
    first, *others = lint.about(one)
    off = ["It is off until it is selected."] if one.QUIET else []
    parts = [f"## {one.CODE}: {one.TITLE}", first, *others, *off]
    parts += [f"```cnn\n{one.EXAMPLE.strip()}\n```", f"```text\n{report(one.EXAMPLE).strip()}\n```"]
    parts += [f"Put right:\n\n```cnn\n{one.BETTER.strip()}\n```", f"From: {one.SOURCE}."]
    return "\n\n".join(parts)


def index() -> str:
    return "| code | warns of |\n|---|---|\n" + "\n".join(
        f"| [{one.CODE}](#{anchor(one)}) | {one.TITLE} |" for one in lint.known()
    )


def anchor(one: Lint) -> str:
    """As GitHub makes it of the heading."""
    kept = "".join(char for char in f"{one.CODE}: {one.TITLE}".lower() if char.isalnum() or char in " -_")
    return kept.replace(" ", "-")


def page() -> str:
    return "\n\n".join([HEAD.rstrip(), index(), *(section(one) for one in lint.known())]) + "\n"
