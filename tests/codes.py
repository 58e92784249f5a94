"""Pages of codes, renewed: the report of each example as it is today, and the list; `python -m tests.codes --write`.

An example that is a program is checked; one that is a script of the shell runs in a folder with examples/lenet.cnn in it.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import cnndsl
from cnndsl.codes import Fence, Page
from cnndsl.render.text import render
from cnndsl.terminal import unplaced

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "specs" / "codes"
KINDS = {"E": "Errors", "N": "Notes", "L": "Lints"}
WIDTH = 100


class Said(NamedTuple):
    """What cnndsl says: the report, and the codes in it."""

    report: str
    codes: list[str]


def pages() -> list[Page]:
    return [Page(file.stem, file.read_text("utf-8")) for file in sorted(FOLDER.glob("[ELN]*.md"))]


def mended(page: Page) -> list[Fence]:
    """What to run after it is mended: files of the example stay where they are not written anew."""
    files = [fence for fence in page.example if fence.words.startswith("file=")]
    return files + page.mended


def is_run(code: Sequence[Fence]) -> bool:
    return all("unrun" not in fence.words for fence in code)


def said(code: Sequence[Fence], place: Path) -> Said:
    """What comes of files and a program, commands, or lines of Python, in an empty folder."""
    shutil.copy(ROOT / "examples" / "lenet.cnn", place / "lenet.cnn")
    for fence in code:
        if name := fence.words.removeprefix("file="):
            (place / name).write_text(fence.text, "utf-8")
    (main,) = [fence for fence in code if not fence.words]
    return {"cnn": checked, "sh": ran, "python": executed}[main.language](main.text, place)


def checked(text: str, place: Path) -> Said:
    (place / "example.cnn").write_text(text, "utf-8")
    with chdir(place):  # so that names of files are short, and the same everywhere
        found = cnndsl.load("example.cnn").check()
    return Said(render(found, width=WIDTH), [d.code for d in found])


def ran(script: str, place: Path) -> Said:
    """Standard error of a script of the shell."""
    (place / ".bin").mkdir()
    command = place / ".bin" / "cnndsl"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m cnndsl "$@"\n', "utf-8")
    command.chmod(0o755)
    more = {"PATH": f"{command.parent}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1", "PYTHONIOENCODING": "utf-8"}
    environment = {**os.environ, **more, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(["sh", "-c", script], cwd=place, env=environment, capture_output=True, text=True, check=False)
    return Said(done.stderr, re.findall(r"\[([ELN]\d+)\]", done.stderr))


def executed(text: str, place: Path) -> Said:
    try:
        exec(text, {})
    except cnndsl.Problem as problem:
        return Said(render([unplaced(problem)], width=WIDTH), [problem.code])
    return Said("", [])


def renewed(page: Page) -> str:
    """The page with the report of its example as it is today."""
    if not is_run(page.example):
        return page.text
    with TemporaryDirectory() as folder:
        report = said(page.example, Path(folder).resolve()).report
    head, heading, rest = page.text.partition("\n## For example\n")
    example, why, tail = rest.partition("\n## Why\n")
    example = re.sub(r"```text\n.*?^```\n", "", example, flags=re.MULTILINE | re.DOTALL).rstrip("\n")
    return f"{head}{heading}{example}\n\n```text\n{report.strip()}\n```\n{why}{tail}"


def listing() -> str:
    """The list of all codes, as specs/codes/README.md has it."""
    lines = ["# Codes", "", "Every error, note and lint has a code, which stays. `cnndsl explain E0301` shows its page."]
    for letter, kind in KINDS.items():
        lines += ["", f"## {kind}", "", "| code | says |", "|---|---|"]
        lines += [f"| [{page.code}]({page.code}.md) | {page.title} |" for page in pages() if page.code.startswith(letter)]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="into specs/codes, instead of the list to standard output")
    if not parser.parse_args().write:
        print(listing(), end="")
        return
    for page in pages():
        (FOLDER / f"{page.code}.md").write_text(renewed(page), "utf-8")
    (FOLDER / "README.md").write_text(listing(), "utf-8")


if __name__ == "__main__":
    main()
