"""The pictures that the README shows: what their commands draw today, in so far as that is ours, and small enough for a page."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cnndsl.files import is_ours
from tests.pictures import COMMANDS, DOCS, PRINTED, ROOT, SHOTS, make, spans, terminal

README = (ROOT / "README.md").read_text("utf-8")
SVG = "{http://www.w3.org/2000/svg}"
PLOTTED = ("growth.svg", "holes.svg")
OWN = ("lenet.svg", "costs.svg")
LAID_OUT = tuple(set(COMMANDS) - {*PLOTTED, *OWN, *PRINTED})  # by graphviz, of which other versions have other places

needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="graphviz is not installed")
RENEW = "`make pictures` renews them"


def drawn(cli, name: str) -> str:
    """What a command draws today."""
    words = [str(ROOT / word) if word.endswith(".cnn") else word for word in COMMANDS[name].split()]
    assert cli(*words, "-o", name).code == 0
    return Path(name).read_text("utf-8")


def kept(name: str) -> str:
    return (DOCS / name).read_text("utf-8")


def shapes(text: str) -> list[str]:
    """What has a name in a drawing: the same whatever matplotlib's version."""
    return re.findall(r'<(?:g|image)[^>]* id="([a-z]+-[a-z0-9-]+)"', text)


def words(text: str) -> list[tuple[str, str]]:
    """The nodes with their titles, and all texts: the same whatever graphviz' version, wherever it puts them."""
    root = ElementTree.fromstring(text)
    nodes = [(group.get("id", ""), group.findtext(f"{SVG}title") or "") for group in root.iter(f"{SVG}g")]
    return sorted([*nodes, *(("", node.text or "") for node in root.iter(f"{SVG}text"))])


def test_the_readme_shows_them() -> None:
    assert set(re.findall(r"\]\(docs/([^)]+\.svg)\)", README)) == set(COMMANDS) == {path.name for path in DOCS.glob("*.svg")}


@pytest.mark.parametrize("name", [*COMMANDS, *SHOTS])
def test_they_are_ours_small_and_say_what_they_are(name: str) -> None:
    assert is_ours(DOCS / name), RENEW
    assert (DOCS / name).stat().st_size < 200_000
    [shown] = re.findall(rf"!\[([^\]]+)\]\(docs/{re.escape(name)}\)", README)
    assert len(shown.split()) >= 5


@pytest.mark.parametrize("name", OWN)
def test_those_that_we_draw_are_the_same_to_the_byte(cli, name: str) -> None:
    assert drawn(cli, name) == kept(name), RENEW


@needs_dot
@pytest.mark.parametrize("name", sorted(LAID_OUT))
def test_those_that_graphviz_lays_out_have_the_same_nodes_and_words(cli, name: str) -> None:
    assert words(drawn(cli, name)) == words(kept(name)) != [], RENEW


@pytest.mark.parametrize("name", PLOTTED)
def test_those_that_matplotlib_plots_have_the_same_shapes_and_words(cli, name: str) -> None:
    pytest.importorskip("matplotlib")
    new, old = drawn(cli, name), kept(name)
    assert shapes(new) == shapes(old) != [], RENEW
    assert re.findall(r"<!-- (.*?) -->", new)[1:-1] == re.findall(r"<!-- (.*?) -->", old)[1:-1]  # all words but the mark


@pytest.mark.parametrize("name", sorted(PRINTED))
def test_those_of_a_terminal_show_what_it_shows(tmp_path: Path, name: str) -> None:
    make(name, tmp_path)
    assert (tmp_path / name).read_text("utf-8") == kept(name), RENEW
    printed = ElementTree.fromstring(kept(name)).findtext(f"{SVG}desc") or ""
    assert printed.split("\n", 2)[2] in README  # the very same report stands there as text


def test_control_sequences_become_colours_and_weights_each_at_its_cell() -> None:
    assert re.sub(r' textLength="[\d.]+"', "", spans("ab \x1b[1;31mc<\x1b[0m d")) == (
        '<tspan x="20">ab</tspan><tspan x="45.29" font-weight="bold" fill="#ff9b8f">c&lt;</tspan><tspan x="70.58">d</tspan>'
    )
    assert ElementTree.fromstring(terminal("a & b", "\x1b[2mx\x1b[0m\n")).findtext(f"{SVG}title") == "a & b"
