"""What the README shows is what the commands print today; `WRITE_GOLDEN=1` rewrites it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import cnndsl

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
SHOWN = re.compile(r"(<!-- output: cnndsl ([^>]*?) -->\n```\n)(.*?)(```\n)", re.DOTALL)


def printed(arguments: str) -> str:
    """What a command prints, diagnostics included, as in a terminal of 100 columns."""
    environment = os.environ | {"COLUMNS": "100", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "cnndsl", *arguments.split()]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    run = subprocess.run(command, cwd=ROOT, env=environment, **streams, text=True, check=False)  # type: ignore[call-overload]
    return "\n".join(line.rstrip() for line in run.stdout.strip("\n").split("\n")) + "\n"


def blocks() -> list[tuple[str, str]]:
    return [(match[2], match[3]) for match in SHOWN.finditer(README.read_text("utf-8"))]


@pytest.mark.parametrize(("arguments", "shown"), blocks(), ids=[arguments for arguments, _ in blocks()])
def test_outputs_are_real(arguments: str, shown: str) -> None:
    output = printed(arguments)
    if os.environ.get("WRITE_GOLDEN"):
        text = README.read_text("utf-8")
        README.write_text(SHOWN.sub(lambda m: m[1] + (output if m[2] == arguments else m[3]) + m[4], text), "utf-8")
        return
    assert shown == output


def test_outputs_and_programs_are_shown() -> None:
    assert len(blocks()) >= 2
    assert len(programs()) >= 2


def programs() -> list[str]:
    fenced: list[str] = re.findall(r"```\n(.*?)```\n", README.read_text("utf-8"), re.DOTALL)
    return [text for text in fenced if re.search(r"^net ", text, re.MULTILINE)]


@pytest.mark.parametrize("program", programs())
def test_programs_are_right(program: str) -> None:
    assert not cnndsl.parse(program).check()


def test_the_python_example_says_what_is_so() -> None:
    """Every line with a comment is an expression whose value the comment states."""
    code = re.search(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert code is not None
    scope: dict[str, object] = {}
    for line in code[1].splitlines():
        expression, _, said = line.partition("#")
        if said and "=" not in expression:
            value = eval(expression, scope)
            assert str(value).strip("()") == said.strip().strip("()"), line
        elif "to_torch" not in line:
            exec(expression, scope)
