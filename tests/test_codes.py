"""Pages of codes: every code has one and no other, its example gives the code and the report, and mended it does not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

import cnndsl
from cnndsl import codes, lint
from cnndsl.cli import main
from cnndsl.codes import Page
from tests.codes import FOLDER, is_run, listing, mended, pages, renewed, said

UNRUN = {"E0006", "E0931", "E0932", "E0933", "E0934", "E0935", "E0999"}  # these need a machine that lacks something, or is slow
TWO = {"E0804"}  # what is wrong in the imported file is told too
PAGES = pages()
RUN = [page for page in PAGES if is_run(page.example)]
CODE = re.compile(r'"([ELN]\d{3,4})"')


def shells(found: Iterable[Page]) -> list[object]:
    """Scripts of the shell start processes, and are slow."""
    return [
        pytest.param(page, id=page.code, marks=[pytest.mark.slow] * any(fence.language == "sh" for fence in page.example))
        for page in found
    ]


@pytest.fixture(autouse=True)
def _pages_of_this_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "folder", lambda: FOLDER)
    codes.known.cache_clear()


def test_every_code_has_its_page_and_no_other_has() -> None:
    files = Path(cnndsl.__path__[0]).rglob("*.py")
    used = {code for file in files for code in CODE.findall(file.read_text("utf-8"))}
    used |= {rule.CODE for rule in lint.known()}
    assert used == {page.code for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.code)
def test_pages_are_whole(page: Page) -> None:
    headings = re.findall(r"^## (.*)$", page.text, re.MULTILINE)
    assert headings == ["For example", "Why", "Mended"]
    assert page.text.startswith(f"# {page.code}: {page.title}\n\n")
    assert page.title
    assert all(page.section(heading).strip() for heading in headings)
    assert page.example != page.mended
    assert (page.code in UNRUN) == (not is_run(page.example))
    assert bool(page.report) == is_run(page.example)


@pytest.mark.parametrize("page", shells(RUN))
def test_examples_give_their_code_and_the_report_that_is_shown(page: Page, tmp_path: Path) -> None:
    found = said(page.example, tmp_path)
    assert set(found.codes) == {page.code} or (page.code in TWO and page.code in found.codes)
    assert page.report == found.report.strip() + "\n", "python -m tests.codes --write"


@pytest.mark.parametrize("page", shells(page for page in PAGES if is_run(page.mended)))
def test_mended_they_do_not(page: Page, tmp_path: Path) -> None:
    assert said(mended(page), tmp_path).codes == []


def test_the_list_is_that_of_the_pages() -> None:
    assert (FOLDER / "README.md").read_text("utf-8") == listing(), "python -m tests.codes --write"


def test_a_report_is_renewed_in_its_place() -> None:
    page = next(page for page in PAGES if page.code == "E0301")
    stale = page._replace(text=page.text.replace("the kernel does not fit: it spans", "spans"))
    assert stale.text != page.text
    assert renewed(stale) == renewed(page) == page.text


def test_a_page_in_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "e0301"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("E0301: the kernel does not fit\n\n")
    assert "\n    net Net {\n" in shown
    assert "\n    error[E0301]: " in shown
    assert "```" not in shown
    assert "#" not in shown


def test_links_and_headings_are_plain() -> None:
    page = Page("E0000", "# E0000: a\n\nSee [limits](../language.md#limits), ⌊x⌋.\n\n## Why\n")
    assert codes.shown(page, ascii=True) == "E0000: a\n\nSee limits, floor(x).\n\nWhy\n"
    assert codes.shown(page, color=True).startswith("\x1b[1mE0000: a\x1b[0m\n")


def test_a_page_as_markdown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "L001", "--format", "markdown"]) == 0
    assert capsys.readouterr().out == (FOLDER / "L001.md").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["E03010"], "there is no code E03010\n  = help: did you mean `E0301`?"),
        (["l0001"], "did you mean `L001`?"),
        (["E0301", "c1"], "no layer and no net is asked"),
        (["E0301", "--format", "latex"], "text or Markdown"),
    ],
)
def test_near_misses(words: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", *words]) == 2
    assert told in capsys.readouterr().err


def test_a_file_of_that_name_is_a_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "E0301").write_text("net N { input x: 3x8x8\n  c: Conv(4, 3) }\n", "utf-8")
    assert main(["explain", "E0301", "c"]) == 0
    assert "(3·3·3 + 1)·4 = 112" in capsys.readouterr().out


def test_pages_link_to_what_is_there() -> None:
    for page in PAGES:
        for link in re.findall(r"\]\(([^)#]+)", page.text):
            assert (FOLDER / link).exists(), f"{page.code}: {link}"
