"""A browser for the pages that `report` writes: Debian's Chromium, driven by Playwright; without both, the tests are skipped."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cnndsl import drawing
from cnndsl.backends import dot, html
from cnndsl.compiler import Program
from cnndsl.diagnostics import Problem

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("there is no chromium")
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture
def tab(browser: Any) -> Iterator[Any]:
    """An empty tab; whatever it says on its console, or asks for outside, fails the test."""
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    told: list[str] = []
    page.on("console", lambda message: told.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(("file:", "data:")) else told.append(request.url))
    yield page
    page.close()
    assert told == []


@pytest.fixture
def show(tab: Any, tmp_path: Path) -> Callable[..., Any]:
    """Opens the page of a program from the disk."""

    def shown(program: Program, net: str | None = None, *, draw: bool = False, **options: Any) -> Any:
        network = program.net(net, **options)
        picture = drawing.render(dot.source(network), "svg").decode() if draw else Problem("nothing is drawn here")
        file = tmp_path / "net.html"
        file.write_text(html.source(network, program.check(network.name), picture), "utf-8")
        tab.goto(file.as_uri())
        return tab

    return shown
