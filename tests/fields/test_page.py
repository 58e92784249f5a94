"""The page on receptive fields: every line of its examples that says a value gives that value."""

from __future__ import annotations

import re
from pathlib import Path

import cnndsl

PAGE = Path(__file__).parents[2] / "specs" / "receptive_fields.md"
TEXT = PAGE.read_text("utf-8")
PROGRAMS = re.findall(r"^```cnn\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
LINES = [line for block in re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL) for line in block.splitlines()]


def nets() -> dict[str, object]:
    """The networks of the page, by the names that its examples use: the first is `net`."""
    found = [cnndsl.parse(text) for text in PROGRAMS]
    assert not [said for program in found for said in program.check() if said.is_error]
    first, *others = [program.net() for program in found]
    return {"net": first, **{other.name.lower(): other for other in others}}


def test_every_example_says_what_is_so() -> None:
    scope = nets()
    stated = 0
    for line in LINES:
        code, _, said = line.partition("#")
        if said.startswith(":") or not said:
            exec(code, scope)
            continue
        assert repr(eval(code, scope)) == said.strip(), line
        stated += 1
    assert stated >= 12


def test_every_answer_has_an_example() -> None:
    shown = "\n".join(LINES)
    for name in ("receptive_field", "window", "support", "paths", "influence", "projective_field", "unread"):
        assert f".{name}(" in shown, name
