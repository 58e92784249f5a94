"""`cnndsl serve`: the page follows its file, errors and all, and answers this machine alone."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from socket import socket
from typing import Any, NamedTuple

import pytest

from cnndsl.backends import html
from cnndsl.compiler import load
from tests.page.conftest import ROOT

GOOD = "net N {\n  input x: 1x16x16\n  a: Conv(2, 3)\n  b: Conv(1, 3)\n}\n"


class Served(NamedTuple):
    file: Path
    port: int
    process: subprocess.Popen[str]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A server of a program that may be edited, on any port that is free."""
    file = tmp_path / "net.cnn"
    file.write_text(GOOD, "utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    words = [sys.executable, "-m", "cnndsl", "serve", str(file), "--port", str(free())]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=environment)
    assert process.stderr is not None
    said = process.stderr.readline()
    yield Served(file, int(said.rpartition("127.0.0.1:")[2].partition("/")[0]), process)
    process.kill()
    process.communicate()


def free() -> int:
    with socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def ask(port: int, path: str = "/", host: str | None = None, method: str = "GET") -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, headers={"Host": host} if host else {})
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def test_who_is_answered(served: Served) -> None:
    status, page = ask(served.port)
    assert status == 200
    assert page.startswith("<!doctype html>")
    assert "connect-src &#x27;self&#x27;" in page
    assert ask(served.port, host=f"localhost:{served.port}")[0] == 200
    assert ask(served.port, host="elsewhere.example")[0] == 403  # a name that was made to lead here
    assert ask(served.port, host=f"elsewhere.example:{served.port}", path="/events")[0] == 403
    assert ask(served.port, path="/../net.cnn")[0] == 404
    assert ask(served.port, method="POST")[0] == 501


def test_one_at_a_port_and_it_ends_cleanly(served: Served, cli: Any) -> None:
    ran = cli("serve", str(served.file), "--port", str(served.port))
    assert ran.code == 2
    assert f"error[E0001]: port {served.port} cannot be had: address already in use" in ran.err
    served.process.send_signal(signal.SIGINT)
    _, err = served.process.communicate(timeout=10)
    assert (served.process.returncode, err) == (0, "ended\n")


def test_a_file_that_is_not_there(cli: Any, tmp_path: Path) -> None:
    ran = cli("serve", str(tmp_path / "none.cnn"))
    assert ran.code == 2
    assert ran.err.startswith("error[E0901]: there is no file ")


def edit(tab: Any, served: Served, text: str, wait: str) -> float:
    """How long the page takes to follow."""
    start = time.monotonic()
    served.file.write_text(text, "utf-8")
    tab.wait_for_function(wait, polling=20)
    return time.monotonic() - start


def test_the_page_follows_the_file(browser: Any, served: Served) -> None:
    tab = browser.new_page(viewport={"width": 1400, "height": 1000})
    told: list[str] = []
    tab.on("pageerror", lambda error: told.append(str(error)))
    tab.on("console", lambda message: told.append(message.text))
    tab.goto(f"http://127.0.0.1:{served.port}/")
    tab.focus("#explorer .board canvas >> nth=1")
    tab.keyboard.press("Enter")
    shown = "() => document.querySelector('.readout').innerText.includes('{}')"
    tab.wait_for_function(shown.format("rows 6–10"))
    edit(tab, served, GOOD.replace("b: Conv(1, 3)", "b: Conv(1, 5)"), shown.format("rows 6–12"))  # the unit stays pinned
    broken = GOOD.replace("b: Conv(1, 3)", "b: Conf(1, 3)")
    edit(tab, served, broken, "() => document.querySelector('main .stale')")
    tab.wait_for_selector(".caret.error")
    assert tab.locator(".caret.error").all_inner_texts()[0].lstrip().startswith("^ error[E0201]: ")
    assert tab.locator(".spot.error").all_inner_texts() == ["Conf"]
    assert tab.locator("main .stale .card").count() == 3  # the network as it last was
    edit(tab, served, "net N {", "() => document.querySelector('#findings').innerText.includes('E01')")
    edit(tab, served, GOOD, "() => !document.querySelector('main .stale')")
    tab.wait_for_function(shown.format("rows 6–10"))
    taken = [
        edit(
            tab, served, GOOD.replace("16x16", f"{n}x{n}"), f"() => document.querySelector('.shapes').innerText.includes('×{n}×')"
        )
        for n in (20, 24, 28)
    ]
    assert min(taken) < 0.5, taken
    assert told == []
    tab.close()


def test_begins_with_errors(browser: Any, served: Served) -> None:
    tab = browser.new_page()
    served.file.write_text("net N {\n", "utf-8")
    tab.goto(f"http://127.0.0.1:{served.port}/")
    tab.wait_for_selector(".caret.error")
    tab.close()


def test_the_page_of_a_report_asks_for_nothing() -> None:
    page = html.source(load(ROOT / "examples" / "lenet.cnn").net())
    assert "connect-src" not in page
    assert "EventSource" not in page
