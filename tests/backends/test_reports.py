"""The reports of `analyze`: golden files, and what must hold for every program.

Golden files are written anew by `WRITE_GOLDEN=1 pytest tests/backends/test_reports.py`, and read in the diff.
"""

from __future__ import annotations

import csv
import json
import os
import re
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from cnndsl.backend import Options, find, names
from cnndsl.cells import width
from cnndsl.compiler import load, parse
from cnndsl.network import Network
from cnndsl.report import TITLES

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"
SCHEMA = json.loads((ROOT / "cnndsl" / "backends" / "schema.json").read_text("utf-8"))
PROGRAMS = sorted([*(ROOT / "examples").glob("*.cnn"), *(ROOT / "specs").glob("*.cnn")])


@cache
def all_of(path: Path, most: int | None = 2) -> list[Network]:
    """The nets of a file that need no parameters, mostly the first two: presets of one net make reports of one kind."""
    program = load(path)
    complete = [name for name in program.nets if not program.is_template(name)]
    return [program.net(name) for name in complete[:most]]


EVERY = [pytest.param(path, id=f"{path.parent.name}/{path.stem}") for path in PROGRAMS]


@pytest.mark.parametrize(
    ("file", "program", "options"),
    [
        ("lenet.table", "specs/lenet.cnn:LeNet5", Options()),
        ("lenet.color.table", "specs/lenet.cnn:LeNet5", Options(color=True)),
        ("lenet.ascii.table", "specs/lenet.cnn:LeNet5", Options(ascii=True, width=72)),
        ("lenet.json", "specs/lenet.cnn:LeNet5", Options()),
        ("lenet.csv", "specs/lenet.cnn:LeNet5", Options()),
        ("lenet.md", "specs/lenet.cnn:LeNet5", Options()),
        ("siamese.table", "examples/siamese.cnn", Options(depth=1)),
        ("siamese.json", "examples/siamese.cnn", Options()),
        ("siamese.csv", "examples/siamese.cnn", Options()),
        ("siamese.depth.json", "examples/siamese.cnn", Options(depth=1)),
        ("siamese.depth.csv", "examples/siamese.cnn", Options(depth=1)),
        ("vgg.depth.table", "specs/vgg.cnn:vgg11,vgg13", Options(depth=1, templates=("VGG(widths)",))),
        ("vgg.depth.md", "specs/vgg.cnn:vgg11,vgg13", Options(depth=1, templates=("VGG(widths)",))),
        ("unet.table", "specs/unet.cnn", Options(depth=1, width=100)),
        ("resnet.table", "specs/resnet.cnn", Options(templates=("ResNet(depths)",))),
        ("resnet.md", "specs/resnet.cnn", Options(templates=("ResNet(depths)",))),
        ("resnet18.table", "specs/resnet.cnn:resnet18", Options(depth=2, width=120)),
    ],
)
def test_golden(file: str, program: str, options: Options) -> None:
    path, _, names = program.partition(":")
    networks = [load(ROOT / path).net(name) for name in names.split(",")] if names else all_of(ROOT / path, None)
    backend = find({"md": "markdown"}.get(suffix := file.rpartition(".")[2], suffix))
    text = backend.render(networks, options)
    if os.environ.get("WRITE_GOLDEN"):
        (GOLDEN / file).write_text(text, "utf-8")
    assert text == (GOLDEN / file).read_text("utf-8")


# JSON


@pytest.mark.parametrize("path", EVERY)
def test_json_is_as_its_schema_says(path: Path) -> None:
    networks = all_of(path)
    found = json.loads(find("json").render(networks, Options()))
    jsonschema.validate(found, SCHEMA, cls=jsonschema.Draft202012Validator)
    for network, told in zip(networks, found["networks"], strict=True):
        totals = told["totals"]
        assert totals["params"] == sum(layer["params"] for layer in told["layers"])
        stored = [(w, layer) for layer in told["layers"] for w in layer["weights"]]
        listed = sum(size(w["shape"]) for w, _ in stored if not w["buffer"])
        assert listed == totals["params"] - sum(layer["params"] for layer in told["layers"] if not layer["weights"])
        assert len({f"{layer['path']}.{w['name']}" for w, layer in stored}) == len(stored)
        assert [layer["path"] for layer in told["layers"]] == [layer.path for layer in network]
        if all(isinstance(layer["macs"], int) for layer in told["layers"]):
            assert totals["macs"] == sum(layer["macs"] for layer in told["layers"])


def size(shape: list[int]) -> int:
    whole = 1
    for n in shape:
        whole *= n
    return whole


@pytest.mark.parametrize("path", EVERY)
@pytest.mark.parametrize("depth", [1, 2])
def test_folded_sums_are_those_of_the_layers(path: Path, depth: int) -> None:
    """In JSON and CSV, at every depth; the contract's own fields are the same with and without one."""
    networks = all_of(path)[:2]
    found = json.loads(find("json").render(networks, Options(depth=depth)))
    jsonschema.validate(found, SCHEMA, cls=jsonschema.Draft202012Validator)
    plain = json.loads(find("json").render(networks, Options()))
    lines = list(csv.DictReader(StringIO(find("csv").render(networks, Options(depth=depth)))))
    for network, told, whole in zip(networks, found["networks"], plain["networks"], strict=True):
        blocks = told.pop("blocks")
        assert told.pop("depth") == depth
        assert told == whole
        assert sum(block["layers"] for block in blocks) == len(network)
        assert all(len(block["path"].split(".")) <= depth or block["layers"] == 1 for block in blocks)
        own = [line for line in lines if line["network"] == network.name]
        assert [(line["path"], line["layers"]) for line in own] == [(block["path"], str(block["layers"])) for block in blocks]
        for name, column in (("params", "params"), ("trainable", "trainable"), ("macs", "macs"), ("memory_bytes", "memory")):
            figures = [getattr(layer, column) for layer in network]
            if all(isinstance(figure, int) for figure in figures):
                assert sum(block[name] for block in blocks) == sum(int(line[name]) for line in own) == sum(figures)


def test_the_schema_itself() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda n: n["layers"][0].pop("rf"),
        lambda n: n["layers"][0].update(line="4"),
        lambda n: n["layers"][0]["rf"].update(size=["5", 5]),
        lambda n: n["layers"][0]["rf"].update(stride=[0.5, 1]),
        lambda n: n["layers"][0]["rf"].update({"global": True}),
        lambda n: n["layers"][0]["weights"][0].update(dtype="float12"),
        lambda n: n["totals"].pop("train_peak_bytes"),
        lambda n: n.update(inputs={}),
    ],
)
def test_the_schema_refuses(spoil: Any) -> None:
    found = json.loads((GOLDEN / "lenet.json").read_text("utf-8"))
    spoil(found["networks"][0])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(found, SCHEMA, cls=jsonschema.Draft202012Validator)


def test_json_of_the_contract() -> None:
    """The figures that the contract itself shows, of LeNet-5."""
    (network,) = json.loads((GOLDEN / "lenet.json").read_text("utf-8"))["networks"]
    assert (network["name"], network["inputs"], network["outputs"]) == ("LeNet5", {"image": [1, 32, 32]}, {"out": [10]})
    assert (network["totals"]["params"], network["totals"]["trainable"], network["totals"]["macs"]) == (61706, 61706, 416520)
    first = network["layers"][0]
    assert (first["path"], first["op"], first["inputs"], first["output"]) == ("c1", "Conv", [[1, 32, 32]], [6, 28, 28])
    assert (first["params"], first["macs"], first["call"]) == (156, 117600, 1)
    weight = {"name": "weight", "shape": [6, 1, 5, 5], "dtype": "float32", "trainable": True, "buffer": False}
    assert first["weights"][0] == weight
    assert first["rf"] == {"size": [5, 5], "stride": [1, 1], "start": [0, 0], "global": False}


def test_open_sizes_are_formulas() -> None:
    network = parse("net N { input x: [3, H, W]\n Conv(4, 3, stride=2, padding=1) -> GlobalAvgPool }").net()
    found = json.loads(find("json").render([network], Options()))
    jsonschema.validate(found, SCHEMA, cls=jsonschema.Draft202012Validator)
    told = found["networks"][0]
    assert told["inputs"] == {"x": [3, "H", "W"]}
    assert told["layers"][0]["output"] == [4, "⌊(H - 1)/2⌋ + 1", "⌊(W - 1)/2⌋ + 1"]
    assert told["layers"][0]["macs"] == "108·⌊(H - 1)/2⌋·⌊(W - 1)/2⌋ + 108·⌊(H - 1)/2⌋ + 108·⌊(W - 1)/2⌋ + 108"
    assert told["layers"][1]["rf"] == {"size": [None, None], "stride": None, "start": None, "global": True}
    assert told["totals"]["peak_bytes"] is None
    assert told["totals"]["coverage"] is None


# CSV


@pytest.mark.parametrize("path", EVERY)
def test_csv_has_a_line_for_each_layer_and_its_figures(path: Path) -> None:
    networks = all_of(path)
    lines = list(csv.DictReader(StringIO(find("csv").render(networks, Options()))))
    layers = [(network, layer) for network in networks for layer in network]
    assert len(lines) == len(layers)
    for line, (network, layer) in zip(lines, layers, strict=True):
        assert None not in line
        assert None not in line.values()
        assert (line["network"], line["path"], line["text"]) == (network.name, layer.path, layer.text)
        assert (line["params"], line["macs"], line["line"]) == (str(layer.params), str(layer.macs), str(layer.line))


# Markdown


@pytest.mark.parametrize("path", EVERY)
def test_markdown_tables_have_all_their_cells(path: Path) -> None:
    for network in all_of(path):
        text = find("markdown").render([network], Options())
        table = [line for line in text.splitlines() if line.startswith("|")]
        assert {len(re.findall(r"(?<!\\)\|", line)) for line in table} == {len(TITLES) + 1}
        assert len(table) == 2 + len(network)


def test_markdown_means_nothing_but_itself() -> None:
    program = """net N {
      "Doc with *stars*, <tags>, a | bar"
      input x: 1x8x8
      "a|b": Conv(2, 3)
      "tick`": Conv(2, 3)
    }"""
    text = find("markdown").render([parse(program).net()], Options())
    assert r"Doc with \*stars\*, \<tags\>, a \| bar" in text.splitlines()
    assert r"| `a\|b` |" in text
    assert "| `` tick` `` |" in text


# The table


def test_nothing_is_cut_where_there_is_room() -> None:
    """A call of any length stands whole where the output is no terminal, and in a terminal that is wide enough."""
    network = load(ROOT / "examples" / "sobel.cnn").net()
    call = network.layer("sobel").text
    assert len(call) > 100
    for options in (Options(), Options(width=250)):
        assert call in find("table").render([network], options)
    narrow = find("table").render([network], Options(width=100))
    assert call not in narrow
    assert "@frozen Conv(2, 3, pad" in narrow


@pytest.mark.parametrize("path", EVERY)
@pytest.mark.parametrize("limit", [72, 80, 100, 132])
def test_tables_fit(path: Path, limit: int) -> None:
    networks = all_of(path)
    for depth in (1, None):
        for network in networks[:2]:
            lines = find("table").render([network], Options(depth=depth, width=limit)).splitlines()
            if not any("⌊" in line for line in lines[:4]):  # formulas of open sizes are no narrower for it
                assert max(map(width, lines)) <= limit
    assert max(map(width, find("table").render(networks, Options(width=limit, summary=True)).splitlines())) <= limit


@pytest.mark.parametrize("path", EVERY)
def test_colours_change_nothing_but_colours(path: Path) -> None:
    for network in all_of(path)[:2]:
        plain = find("table").render([network], Options(width=100))
        painted = find("table").render([network], Options(width=100, color=True))
        assert re.sub(r"\x1b\[[0-9;]*m", "", painted) == plain
        assert painted.count("\x1b[") == 2 * painted.count("\x1b[0m") > 0


@pytest.mark.parametrize("path", EVERY)
@pytest.mark.parametrize("name", ["table"])
def test_ascii(path: Path, name: str) -> None:
    networks = all_of(path)
    assert find(name).render(networks, Options(ascii=True, width=80, summary=True)).isascii()
    assert find(name).render(networks[:1], Options(ascii=True, width=80)).isascii()


@pytest.mark.parametrize("name", names())
def test_no_control_character_gets_through(name: str) -> None:
    network = parse('net N { "red \x1b[31m, and \u202ebackwards"\n input x: 1x8x8\n Conv(2, 3) }').net()
    assert "\x1b" in network.ir.doc
    text = find(name).render([network], Options())
    assert not any(char in text for char in "\x1b\u202e")


def test_what_is_not_shown_is_said() -> None:
    network = load(ROOT / "specs" / "resnet.cnn").net("resnet18")
    assert " no room for: %, memory" in find("table").render([network], Options(depth=1, width=80)).splitlines()
    assert "no room for" not in find("table").render([network], Options(depth=1))


def test_marks_are_explained_where_they_stand() -> None:
    se = "net N { input x: 8x9x9\n mul { | _ | GlobalAvgPool -> Conv(8, 1) -> Sigmoid } -> InstanceNorm }"
    lines = find("table").render([parse(se).net()], Options()).splitlines()
    assert any(line.startswith(" * through gates") for line in lines)
    assert any(line.startswith(" ~ through normalisation") for line in lines)
    plain = find("table").render([parse("net N { input x: 8x9x9\n Conv(1, 1) }").net()], Options()).splitlines()
    assert not any(line.startswith((" *", " ~", " ?")) for line in plain)
    opened = find("table").render([parse("net N { input x: [8, ?, ?]\n Conv(1, 1) }").net()], Options()).splitlines()
    assert any(line.startswith(" ? depends on sizes that are open") for line in opened)
