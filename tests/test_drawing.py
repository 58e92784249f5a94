"""Pictures through graphviz: every format, the time that large ones take, and what is said where it cannot be done."""

import os
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cnndsl import drawing
from cnndsl.backends.dot import source
from cnndsl.compiler import parse
from cnndsl.diagnostics import Problem
from cnndsl.drawing import FORMATS, described, render
from tests.backends.test_dot import HOSTILE, NETWORKS, hostile, net

SVG = "{http://www.w3.org/2000/svg}"
BEGINS = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}

needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="graphviz is not installed")


@pytest.fixture
def lenet() -> str:
    return source(net("specs/lenet.cnn", "LeNet5"))


@needs_dot
@pytest.mark.parametrize("format", FORMATS)
def test_every_format_is_drawn_and_the_same_bytes_come_again(lenet, format):
    first = render(lenet, format)
    assert first.startswith(BEGINS[format])
    time.sleep(1.1 if format == "pdf" else 0)  # the second in which a PDF is made does not tell in it
    assert render(lenet, format) == first


@needs_dot
@pytest.mark.parametrize(("file", "name"), NETWORKS, ids=[name for _, name in NETWORKS])
def test_networks_are_drawn_without_a_warning_each_edge_once(file, name):
    for options in ({}, {"unfold": True}, {"depth": 1}, {"direction": "right"}):
        done = subprocess.run(
            ["dot", "-Tsvg"], input=source(net(file, name), **options).encode(), capture_output=True, check=True
        )
        assert done.stderr == b""
        for group in ElementTree.fromstring(done.stdout).iter(f"{SVG}g"):
            if group.get("class") == "edge":
                assert len(group.findall(f".//{SVG}path")) == 1, group.findtext(f"{SVG}title")


@needs_dot
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts_are_drawn_as_texts(text):
    plain, drawn = (ElementTree.fromstring(render(source(hostile(name)))) for name in ("a name", text))
    assert ids(drawn) == ids(plain)
    assert "gotcha" not in {node.text for node in drawn.iter(f"{SVG}title")}


def ids(svg: ElementTree.Element) -> list[str]:
    found = [group.get("id", "") for group in svg.iter(f"{SVG}g")]
    return [name for name in found if not name.startswith("a_")]  # what carries the tooltips: none where these are empty


@needs_dot
@pytest.mark.timeout(60)
def test_a_densenet_is_laid_out_in_seconds_with_every_layer_drawn():
    network = net("specs/densenet.cnn", "densenet121")
    started = time.perf_counter()
    svg = render(source(network, unfold=True))
    assert time.perf_counter() - started < 20  # measured: 1 s
    titles = [text for element in ElementTree.fromstring(svg).iter(f"{SVG}text") if (text := "".join(element.itertext()).strip())]
    assert sum(title.startswith("DenseLayer") or title == "DenseLayer" for title in titles) == 58


@needs_dot
def test_columns_stand_from_left_to_right():
    for file, name, unfold in [("specs/resnet.cnn", "resnet50", False), ("specs/densenet.cnn", "densenet121", False),
                               ("specs/densenet.cnn", "densenet121", True), ("specs/resnet.cnn", "resnet50", True)]:  # fmt: skip
        laid_out = subprocess.run(
            ["dot", "-Tplain"], input=source(net(file, name), unfold=unfold).encode(), capture_output=True, check=True
        )
        words = [line.split() for line in laid_out.stdout.decode().splitlines()]
        places = {line[1]: float(line[2]) for line in words if line[0] == "node"}
        heads = [places[f"from{number}"] for number in range(sum(key.startswith("from") for key in places))]
        assert len(heads) >= 3
        assert heads == sorted(heads)


def test_a_missing_program_is_told_with_how_to_install_it(lenet, monkeypatch):
    monkeypatch.setattr(drawing, "PROGRAM", "dot-that-is-not-there")
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(Problem, match="graphviz is not installed") as caught:
        render(lenet)
    assert "sudo apt install graphviz" in str(caught.value.help)
    assert "-o net.dot" in str(caught.value.help)
    assert any("brew install graphviz" in note for note in caught.value.notes)
    assert any("winget install" in note for note in caught.value.notes)


@pytest.mark.parametrize(("platform", "command"), [("darwin", "brew"), ("win32", "winget"), ("freebsd14", "apt")])
def test_the_system_at_hand_comes_first(lenet, monkeypatch, platform, command):
    monkeypatch.setattr(drawing, "PROGRAM", "dot-that-is-not-there")
    monkeypatch.setattr(sys, "platform", platform)
    with pytest.raises(Problem) as caught:
        render(lenet)
    assert command in str(caught.value.help).split(";")[0]


def pretender(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """A program in place of dot."""
    path = tmp_path / "dot"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(drawing, "PROGRAM", str(path))


@pytest.mark.skipif(os.name == "nt", reason="a shell script")
@pytest.mark.parametrize(
    ("script", "title", "told"),
    [
        ("exec sleep 30", "not laid out the picture within 0.5 seconds", "--depth 1"),
        ("echo 'Error: <stdin>: syntax error' >&2; exit 1", "graphviz ended with 1", "-o net.dot"),
        ("echo 'Format: \"pdf\" not recognized. Use one of: svg' >&2; exit 1", "ended with 1", "without that format"),
        ("kill -SEGV $$", "was ended by signal 11", "-o net.dot"),
        ("exit 0", "ended with 0", "-o net.dot"),
    ],
)
def test_what_goes_wrong_in_graphviz_is_told(lenet, tmp_path, monkeypatch, script, title, told):
    pretender(tmp_path, monkeypatch, script)
    with pytest.raises(Problem) as caught:
        render(lenet, seconds=0.5)
    assert title in caught.value.title
    assert told in str(caught.value.help)


def test_an_unknown_format_is_told(lenet):
    with pytest.raises(Problem) as caught:
        render(lenet, "pgn")
    assert caught.value.help == "did you mean png?"


@needs_dot
def test_a_picture_says_in_words_what_it_is_of():
    picture = render(source(parse("net Tiny { input x: 1x8x8\n a: Conv(2, 3) -> ReLU }").net()))
    svg = ElementTree.fromstring(described(picture, "Tiny <b> & co"))
    assert svg.get("role") == "img"
    told = [svg.findtext(f".//*[@id='{name}']") for name in svg.get("aria-labelledby", "").split()]
    assert told == ["Tiny", "Tiny <b> & co"]
    assert [title.text for title in svg.iter(f"{SVG}title")] == ["Tiny", "x", "a: Conv(2, 3) → 1: ReLU", "out"]


@needs_dot
def test_the_network_is_the_title_of_the_picture():
    svg = ElementTree.fromstring(render(source(parse("net Tiny { input x: 1x8x8\n Conv(2, 3) }").net())))
    assert svg.findtext(f"{SVG}g/{SVG}title") == "Tiny"
