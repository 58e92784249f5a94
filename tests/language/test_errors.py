"""Wrong programs and what is said of them: whole reports, as people see them. The folders are stages.

`WRITE_GOLDEN=1 pytest tests/language/test_errors.py` writes them anew, to be read in the diff.
"""

import os
import re
from contextlib import chdir
from pathlib import Path

import pytest

import cnndsl
from cnndsl.diagnostics import Diagnostic
from cnndsl.render.text import render
from tests.codes import pages

FOLDER = Path(__file__).parent / "errors"
PROGRAMS = sorted(path for path in FOLDER.rglob("*.cnn") if not path.stem.startswith("_"))  # those are imported by others


def told(path: Path) -> tuple[Diagnostic, ...]:
    with chdir(path.parent):  # so that names of files are short, and the same everywhere
        return cnndsl.load(path.name).check()


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: str(path.relative_to(FOLDER).with_suffix("")))
def test_golden(path: Path) -> None:
    report = render(told(path), width=110)
    golden = path.with_suffix(".err")
    assert report, "nothing is said"
    if os.environ.get("WRITE_GOLDEN"):
        golden.write_text(report, "utf-8")
    assert report == golden.read_text("utf-8")


def test_every_code_of_a_program_is_in_the_corpus() -> None:
    """A code whose example is a command needs more than a program; its page runs that (tests/test_codes.py)."""
    by_programs = {page.code for page in pages() if page.code[0] in "EN" and page.example[-1].language == "cnn"}
    found = set(re.findall(r"\[([EN]\d+)\]", "".join(path.with_suffix(".err").read_text("utf-8") for path in PROGRAMS)))
    assert by_programs <= found
    assert len(PROGRAMS) > 150


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: str(path.relative_to(FOLDER).with_suffix("")))
def test_errors_say_what_to_do(path: Path) -> None:
    """By a help, or by the numbers at the place."""
    assert [d.title for d in told(path) if d.is_error and not (d.help or d.labels[0].text)] == []


@pytest.mark.parametrize(
    ("name", "code", "place", "line", "words"),
    [
        ("e01_typo_op", "E0201", "Convv", 3, "did you mean `Conv`?"),
        ("e02_typo_arg", "E0204", "strid", 3, "did you mean `stride`?"),
        ("e03_residual", "E0306", "add", 2, "`Conv(8, 1, stride=2)`"),
        ("e04_linear", "E0307", "Linear(10)", 4, "`Flatten`"),
        ("e05_kernel", "E0301", "5", 4, ""),
        ("e06_groups", "E0303", "groups=2", 3, "groups=1"),
        ("e07_shape", "E0502", "64x112x112", 3, "64x111x111"),
        ("e08_assert", "E0501", "params == 61_706", 4, "params is 156"),
        ("e09_brace", "E0104", "{", 3, "write the missing `}`"),
        ("e10_cat", "E0306", "cat(a, up)", 5, "Crop"),
        ("e11_label_value", "E0203", "y", 4, "`x as y`"),
        ("e12_float_channels", "E0404", "32 * width", 3, "int(…), round(…) or //"),
        ("e13_dup", "E0202", "a", 4, "give one of them another label"),
        ("e14_undefined", "E0201", "widht", 2, "did you mean `width`?"),
        ("e15_inputs", "E0305", "Up(8)", 8, "`[a, b] -> Up(…)`"),
        ("e16_paren", "E0104", "(", 3, "write the missing `)`"),
    ],
)
def test_one_error_at_the_right_place_that_says_what_to_do(name: str, code: str, place: str, line: int, words: str) -> None:
    (found,) = told(FOLDER / f"{name}.cnn")
    assert (found.code, found.span.text, found.span.line) == (code, place, line)
    said = " ".join([found.title, *(label.text for label in found.labels), *found.notes, found.help or ""])
    assert words in said


def test_five_planted_syntax_errors_are_five_reports() -> None:
    found = told(FOLDER / "p1_five_syntax_errors.cnn")
    assert [(d.span.line, d.span.text) for d in found] == [(3, "padding"), (9, "->"), (16, "3x32x32"), (18, "("), (20, "10")]
    assert all(d.help for d in found)
