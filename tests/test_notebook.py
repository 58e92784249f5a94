"""What a notebook shows: bundles by MIME type, the magic, and the tour, executed in a kernel of its own."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

import cnndsl
from cnndsl import drawing, hypertext, showing
from cnndsl.backend import Options
from cnndsl.diagnostics import Problem

ROOT = Path(__file__).parents[1]
TOUR = ROOT / "examples" / "tour.ipynb"
HOSTILE = """"<script>alert(1)</script> & co"
net N { input image: 3x8x8
  "<b>&": Conv(4, 3) }"""


def test_a_network_shows_itself_in_every_way() -> None:
    shown = cnndsl.load("examples/lenet.cnn").net()._repr_mimebundle_()
    assert set(shown) >= {"text/plain", "text/markdown", "text/html"}
    for form in ("text/plain", "text/markdown", "text/html"):
        for figure in ("61,706", "416,520", "16×10×10", "2,416"):
            assert figure in shown[form].replace("&#215;", "×"), (form, figure)


def test_the_picture_is_of_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "render", lambda text: f'<?xml?>\n<svg width="90pt" height="8pt">{len(text)}</svg>'.encode())
    network = cnndsl.load("examples/lenet.cnn").net()
    shown = network._repr_mimebundle_()
    assert shown["image/svg+xml"] == f'<svg width="90pt" height="8pt">{len(network.diagram(direction="right"))}</svg>'
    assert "max-width: 90pt" in shown["text/html"]


def test_without_graphviz_the_table_comes_and_a_word_on_that(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(text: str) -> bytes:
        raise drawing.missing()

    monkeypatch.setattr(drawing, "render", missing)
    shown = cnndsl.load("examples/lenet.cnn").net()._repr_mimebundle_()
    assert "image/svg+xml" not in shown
    assert "no picture: graphviz is not installed" in shown["text/html"]
    assert "61,706" in shown["text/html"]


def test_a_program_with_one_net_is_shown_as_the_net(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "render", lambda text: b'<svg width="90pt" height="8pt"></svg>')
    program = cnndsl.load("examples/lenet.cnn")
    assert program._repr_mimebundle_() == program.net()._repr_mimebundle_()


def test_a_program_with_several_is_a_table_with_its_templates() -> None:
    shown = cnndsl.load("zoo:resnet")._repr_mimebundle_()
    assert "image/svg+xml" not in shown
    assert "11,689,512" in shown["text/html"]
    assert "25,557,032" in shown["text/html"]
    assert "ResNet(unit, depths)" in shown["text/html"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("block B { ReLU }", "no nets"),
        ("net N {", "1 error"),
        ("net N { input x: 3x8x8\n Conv(4, 9) }", "E0301"),
    ],
)
def test_a_program_without_a_network_says_so(text: str, said: str) -> None:
    assert said in cnndsl.parse(text)._repr_mimebundle_()["text/plain"]


def test_large_networks_are_folded() -> None:
    small, large = (cnndsl.load("zoo:resnet").net("resnet18"), cnndsl.load("zoo:lenet").net("LeNet5"))
    assert showing.depth([small]) == 1
    assert showing.depth([large]) is None


def test_html_means_nothing_but_itself() -> None:
    html = hypertext.render([cnndsl.parse(HOSTILE).net()], Options())
    assert html.isascii()
    assert "<script>" not in html
    assert "<b>" not in html
    assert "&lt;b&gt;&amp;" in html


def test_html_rows_have_a_cell_for_each_title() -> None:
    network = cnndsl.load("zoo:resnet").net("resnet18")
    table = re.search(r"<table>.*?</table>", hypertext.render([network], Options(depth=1)), re.DOTALL)
    assert table is not None
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", table[0])
    assert len(rows) > 8
    assert {len(re.findall("<t[dh]", row)) for row in rows} == {10}


# The magic, in a shell of its own


@pytest.fixture
def shell() -> Any:
    pytest.importorskip("IPython")
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    shell.run_line_magic("load_ext", "cnndsl")
    return shell


def test_a_cell_is_a_program(shell: Any) -> None:
    found = shell.run_cell("%%cnn small\nnet N { input x: 3x8x8\n Conv(4, 3) }")
    assert found.success
    assert found.result is shell.user_ns["small"]
    assert found.result.net().params == 112


def test_warnings_are_printed(shell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    shell.run_cell("%%cnn\nnet N { input x: 3x8x8\n c: Conv(4, 3) -> b: BatchNorm }")
    assert "warning[L" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("%%cnn wrong\nnet N { input x: 3x8x8\n Conv(4, 9) }", "E0301"),
        ("%%cnn\nnet N {", "<cell>:1"),
        ("%%cnn 1a\nnet N { input x: 3x8x8\n Conv(4, 9) }", "at most one name of Python, and not `1a`"),
        ("%%cnn a b\nnet N { input x: 3x8x8\n Conv(4, 3) }", "%%cnn lenet"),
        ('%%cnn "\nnet N { input x: 3x8x8\n Conv(4, 3) }', "%%cnn lenet"),
        ('import cnndsl\ncnndsl.parse("net N { input x: 3x8x8\\n Conv(4, 9) }").net()', "E0301"),
        ('import cnndsl\ncnndsl.load("nowhere.cnn")', "nowhere.cnn"),
    ],
)
def test_errors_are_diagnostics(shell: Any, capsys: pytest.CaptureFixture[str], cell: str, said: str) -> None:
    found = shell.run_cell(cell)
    printed = capsys.readouterr()
    assert not found.success
    assert said in re.sub(r"\x1b\[[\d;]*m", "", printed.err)
    assert "Traceback" not in printed.err + printed.out


def test_the_name_never_means_an_older_cell(shell: Any) -> None:
    shell.run_cell("%%cnn it\nnet N { input x: 3x8x8\n Conv(4, 3) }")
    shell.run_cell("%%cnn it\nnet N { input x: 3x8x8\n Conv(4, 9) }")
    with pytest.raises(cnndsl.CompileError):
        shell.user_ns["it"].net()


def test_words_of_the_magic_are_held(shell: Any) -> None:
    from cnndsl.notebook import cnn

    with pytest.raises(Problem, match="at most one name"):
        cnn(shell, "a-b", "")


# The tour


def test_the_tour_shows_what_it_says() -> None:
    """Executed anew, its texts are those that it ships with; WRITE_GOLDEN=1 writes them."""
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    pytest.importorskip("ipykernel")
    pytest.importorskip("torch")
    notebook = nbformat.read(TOUR, as_version=4)
    before = texts(notebook)
    nbclient.NotebookClient(notebook, timeout=100, resources={"metadata": {"path": str(ROOT)}}).execute()
    if os.environ.get("WRITE_GOLDEN"):
        for cell in notebook.cells:
            cell.metadata.pop("execution", None)
        nbformat.write(notebook, TOUR)
    assert texts(notebook) == before


def test_the_tour_has_no_output_that_failed() -> None:
    outputs = [output for cell in json.loads(TOUR.read_text("utf-8"))["cells"] for output in cell.get("outputs", ())]
    assert len(outputs) >= 8
    assert not [output for output in outputs if output["output_type"] == "error"]


def texts(notebook: Any) -> list[str]:
    """What its cells print and show as plain text."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return [output.get("text") or output.get("data", {}).get("text/plain", "") for output in outputs]
