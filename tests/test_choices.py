"""Lints switched off and on: by comments in a file, by its project, and what is said of codes that are none."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnndsl
from cnndsl import lint
from cnndsl.choices import Choice
from cnndsl.diagnostics import Located
from cnndsl.project import settings

HEAD = "net N {\n  input x: 3x32x32\n"
SKIP = "  c: Conv(8, 1, stride=2)"  # L013
PADDED = "  c: Conv(8, 11, padding=5)\n"  # L017, where it is selected


def codes(text: str, **choice: set[str]) -> list[str]:
    given = Choice(**{key: frozenset(value) for key, value in choice.items()})
    return [d.code for d in cnndsl.parse(text).check(lints=given)]


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}{SKIP}  # cnndsl: ignore L013\n}}\n",
        f"{HEAD}{SKIP}  # cnndsl: ignore L013: a reason, with L099 and a comma\n}}\n",
        f"{HEAD}{SKIP}  #cnndsl:ignore L013\n}}\n",
        f"{HEAD}  # cnndsl: ignore L013\n\n  # and why\n{SKIP}\n}}\n",  # of the next line with code
        f"# about\n\n# cnndsl: ignore L013\n{HEAD}{SKIP}\n}}\n",
        f"{HEAD}  c: Conv(8,  # cnndsl: ignore L013\n    1, stride=2)\n}}\n",  # where it begins
        f"{HEAD}  c: Conv(8,\n    1, stride=2)  # cnndsl: ignore L013\n}}\n",  # or ends
        f"{HEAD}{SKIP} -> Dropout(0.1) -> b: BatchNorm  # cnndsl: ignore L013, L022\n}}\n",
    ],
)
def test_a_comment_silences_its_line_the_next_or_the_file(text: str) -> None:
    assert codes(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"{HEAD}{SKIP}\n  # cnndsl: ignore L013\n}}\n", ["L013", "L027"]),  # the line after
        (f'{HEAD}{SKIP}\n  "# cnndsl: ignore L013"\n}}\n', ["L013"]),  # a text
        (f"{HEAD}{SKIP}  # see cnndsl: ignore L013\n}}\n", ["L013"]),  # talks about it
        (f"{HEAD}{SKIP}  # cnndsl: ignore L019\n}}\n", ["L013", "L027"]),
        (f"# cnndsl: ignore L013, L019\n{HEAD}{SKIP}\n}}\n", ["L027"]),
        (f"{HEAD}{SKIP}  # cnndsl: ignore E0301, L013\n}}\n", ["L027"]),
        (f"# cnndsl: ignore L027\n{HEAD}{SKIP}  # cnndsl: ignore L019, L013\n}}\n", []),
    ],
)
def test_what_a_comment_does_not_reach(text: str, found: list[str]) -> None:
    assert codes(text) == found


def test_the_nearest_word_counts() -> None:
    """Line before file before project, and what is off has to be selected."""
    skip, padded = f"{HEAD}{SKIP}\n}}\n", f"{HEAD}{PADDED}}}\n"
    assert codes(skip, ignore={"L013"}) == []
    assert codes(f"# cnndsl: select L013\n{skip}", ignore={"L013"}) == ["L013"]
    assert codes(f"# cnndsl: select L013\n{HEAD}{SKIP}  # cnndsl: ignore L013\n}}\n", ignore={"L013"}) == []
    assert codes(padded) == []
    assert codes(padded, select={"L017"}) == ["L017"]
    assert codes(f"# cnndsl: select L017\n{padded}") == ["L017"]
    assert codes(f"# cnndsl: ignore L017\n{padded}", select={"L017"}) == []


def test_an_idle_comment_is_told_only_where_all_was_looked_at() -> None:
    text = f"# cnndsl: ignore L013\n{HEAD}  ReLU\n}}\nnet T(c) {{\n  input x: 3x32x32\n  Conv(c, 1, stride=2)\n}}\n"
    assert codes(text) == []


@pytest.mark.parametrize(
    ("comment", "help"),
    [
        ("# cnndsl: ignore L0133", "did you mean `L013`?"),
        ("# cnndsl: ignore E0301", "errors and notes cannot be switched off; lints begin with L"),
        ("# cnndsl: ignore", "name the lints: `# cnndsl: ignore L013: why`"),
        ("# cnndsl: ignores L013", "did you mean `ignore`?"),
    ],
)
def test_what_a_comment_may_have_meant(comment: str, help: str) -> None:
    (found,) = cnndsl.parse(f"{HEAD}  ReLU  {comment}\n}}\n").check()
    assert (found.code, found.help) == ("L027", help)


# ---- the project ------------------------------------------------------------


def test_the_nearest_project_that_speaks_of_us(tmp_path: Path) -> None:
    inner = tmp_path / "models" / "old"
    inner.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text('[tool.cnndsl]\nignore = ["L013"]\nselect = ["L017"]\n')
    (tmp_path / "models" / "pyproject.toml").write_text('[project]\nname = "cnndsl-models"\n')
    assert settings(inner, lint.codes()) == Choice(frozenset({"L013"}), frozenset({"L017"}))
    (inner / "pyproject.toml").write_text("[tool.cnndsl]\n")
    assert settings(inner, lint.codes()) == Choice()


@pytest.mark.parametrize(
    ("text", "place", "help"),
    [
        ('ignore = ["L0133"]', "L0133", "did you mean `L013`?"),
        ('ignores = ["L013"]', "ignores", "did you mean `ignore`?"),
        ('ignore = "L013"', "ignore", 'write `ignore = ["L013"]`'),
        ("select = [13]", "select", 'write `select = ["L013"]`'),
        ("ignore = [", "tool.cnndsl", "put it right, and check again"),
    ],
)
def test_what_is_wrong_in_a_project(tmp_path: Path, text: str, place: str, help: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.cnndsl]\n{text}\n")
    with pytest.raises(Located) as caught:
        settings(tmp_path, lint.codes())
    found = caught.value.diagnostic
    assert (found.code, found.span.text, found.help) == ("E0924", place, help)


def test_a_broken_file_that_does_not_speak_of_us_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project\n")
    assert settings(tmp_path, lint.codes()) == Choice()
