"""`cnndsl diagram`: text without graphviz, pictures with it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.commands.programs import LENET

needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="graphviz is not installed")


def test_text_needs_no_program(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    ran = cli("diagram", "-", stdin=LENET.encode())
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("digraph ")
    assert cli("diagram", "-", "-o", "-", stdin=LENET.encode()) == ran
    assert cli("diagram", "-", "-o", "net.gv", stdin=LENET.encode()).code == 0
    assert Path("net.gv").read_text("utf-8").startswith(ran.out)


def test_how_graphviz_is_had(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    ran = cli("diagram", "-", "-o", "net.svg", stdin=LENET.encode())
    assert (ran.code, ran.out) == (2, "")
    assert "error[E0931]: graphviz is not installed" in ran.err
    assert "install graphviz" in ran.err
    assert not list(Path().iterdir())


@needs_dot
@pytest.mark.parametrize(("name", "start"), [("net.svg", b"<?xml"), ("net.png", b"\x89PNG"), ("net.PDF", b"%PDF")])
def test_pictures(cli, name: str, start: bytes) -> None:
    assert cli("diagram", "-", "-o", name, stdin=LENET.encode()) == (0, "", f"wrote {name}\n")
    first = Path(name).read_bytes()
    assert first.startswith(start)
    assert cli("diagram", "-", "-o", name, "--set", "classes=5", stdin=LENET.encode()).code == 0  # its own file
    assert Path(name).read_bytes() != first


@pytest.mark.parametrize("name", ["net.jpg", "net", "net.svg.gz", ".svg"])
def test_formats_that_are_not_drawn(cli, name: str) -> None:
    ran = cli("diagram", "no file is read.cnn", "-o", name)
    help = "the suffix says the format: .svg, .png, .pdf, .dot, .gv"
    assert ran == (2, "", f"error[E0001]: cnndsl diagram cannot write {name}\n  = help: {help}\n")


def test_how_it_looks(cli) -> None:
    def text(*words: str) -> str:
        ran = cli("diagram", "zoo:resnet18", *words)
        assert (ran.code, ran.err) == (0, "")
        return ran.out  # type: ignore[no-any-return]

    assert "rankdir=LR" in text("--direction", "right")
    assert "rankdir=LR" not in text()
    assert len(text("--depth", "1")) < len(text()) < len(text("--unfold"))
    assert len(text("--no-legend")) < len(text())
    assert "Stage" in text("--level", "net")
    assert "params</FONT>" not in text("--show", "rf,macs") != text("--show", "macs,rf")
    assert "#0d1117" in text("--theme", "dark")
    assert "receptive" in text("--heat", "rf")
    assert "MACs</FONT></TD></TR></TABLE>" in text("--heat", "macs").replace("\u00a0", " ")
    assert "params · rf 7<" in text("--heat", "macs", "--show", "params,rf").replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--show", "shape,prams"), "--show cannot be prams"),
        (("--heat", "flops"), "--heat cannot be flops"),
        (("--level", "stage"), "--level cannot be stage"),
    ],
)
def test_words_that_mean_nothing(cli, words: tuple[str, ...], said: str) -> None:
    ran = cli("diagram", "zoo:LeNet5", *words)
    assert ran.code == 2
    assert said in ran.err
