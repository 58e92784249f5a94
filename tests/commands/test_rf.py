"""`cnndsl rf`: whole outputs, JSON by its schema, pictures, and every way in which it can be asked wrongly.

Golden files are written anew by `WRITE_GOLDEN=1 pytest tests/commands/test_rf.py`, and read in the diff.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import cnndsl
from tests.commands.programs import FAMILY, LENET, OPEN, PAIR

ROOT = Path(__file__).parents[2]
GOLDEN = Path(__file__).parent / "golden"
SCHEMA = json.loads((ROOT / "cnndsl" / "fields" / "schema.json").read_text("utf-8"))
EXAMPLES = ROOT / "examples"

SPLIT = """\
net Split {
  input a: 2x7x9
  input f: 5
  a -> c: Conv(2, 3, stride=3, groups=2)
  f -> Linear(2) -> g: Unflatten(1, [2, 1, 1])
  mul(c, g) -> t: Conv(1, 1)
}
"""

DEEP = """\
net Volume {
  input clip: 1x6x12x14
  a: Conv(2, [3, 5, 5], padding=[1, 2, 2], padding_mode="circular")
  b: MaxPool(2)
}
net Wave {
  input sound: 2x40
  a: Conv(4, 3, padding=2, dilation=2)
  b: Conv(4, 3, padding=3, dilation=3)
}
"""


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("lenet.rf", [EXAMPLES / "lenet.cnn"]),
        ("lenet.rf.json", [EXAMPLES / "lenet.cnn", "--format", "json"]),
        ("lenet.c3.rf", [EXAMPLES / "lenet.cnn", "c3", "--unit", "3,3"]),
        ("lenet.pixel.rf", [EXAMPLES / "lenet.cnn", "c3", "--pixel", "3,20"]),
        ("lenet.pixel.rf.json", [EXAMPLES / "lenet.cnn", "c3", "--pixel", "3,20", "--format", "json"]),
        ("dilated.rf", [EXAMPLES / "dilated.cnn", "--net", "Holes"]),
        ("dilated.unit.rf", [EXAMPLES / "dilated.cnn", "--net", "Holes", "conv2"]),
        ("dilated.unit.rf.json", [EXAMPLES / "dilated.cnn", "--net", "Holes", "conv2", "--format", "json"]),
        ("siamese.rf", [EXAMPLES / "siamese.cnn"]),
        ("siamese.depth.rf", [EXAMPLES / "siamese.cnn", "--depth", "1"]),
        ("unet.rf", [EXAMPLES / "unet.cnn", "--net", "UNet", "--depth", "1"]),
    ],
)
def test_golden(cli, file: str, words: list[Any]) -> None:
    ran = cli("rf", *map(str, words))
    assert (ran.code, ran.err) == (0, "")
    if os.environ.get("WRITE_GOLDEN"):
        (GOLDEN / file).write_text(ran.out, "utf-8")
    assert ran.out == (GOLDEN / file).read_text("utf-8")


# ---- JSON ----------------------------------------------------------------


def told(cli, *words: str, stdin: str = "") -> dict[str, Any]:
    ran = cli("rf", *words, "--format", "json", stdin=stdin.encode())
    assert ran.code == 0, ran.err
    found: dict[str, Any] = json.loads(ran.out)
    jsonschema.validate(found, SCHEMA, cls=jsonschema.Draft202012Validator)
    return found


def test_the_schema_itself() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.cnn")), ids=lambda path: path.stem)
def test_json_is_as_its_schema_says(cli, path: Path) -> None:
    for name in cnndsl.load(path).complete():
        told(cli, str(path), "--net", name)
        folded = told(cli, str(path), "--net", name, "--depth", "1")
        assert all(f"{row['layers']} layer" in row["text"] for i in folded["inputs"] for row in i["layers"] if row["layers"] > 1)


def test_json_of_units(cli) -> None:
    left = told(cli, "-", "t", "--unit", "1,0", stdin=SPLIT)["inputs"]
    assert left["a"]["window"] == [[3, 5], [0, 2]]
    assert left["a"]["support"] == 18
    assert left["a"]["channels"] == [0, 1]
    assert (left["f"]["extent"], left["f"]["window"], left["f"]["places"]) == ([], [], 1)
    assert told(cli, "-", "c", "--unit", "1,0", "--channel", "1", stdin=SPLIT)["inputs"]["a"]["channels"] == [1]
    nothing = told(cli, "-", "c", stdin=SPLIT)["inputs"]["f"]
    assert (nothing["rf"], nothing["window"], nothing["support"]) == (None, None, 0)


def test_json_of_what_a_pixel_reaches(cli) -> None:
    found = told(cli, "-", "t", "--pixel", "a=4,1", "--channel", "1", stdin=SPLIT)
    assert found["pixel"] == {"input": "a", "extent": [7, 9], "channel": 1, "place": [4, 1]}
    assert found["reached"] == {"units": 1, "window": [[1, 1], [0, 0]], "places": [[0, 0, 0], [1, 0, 0]], "channels": [0]}
    nothing = told(cli, "-", "t", "--pixel", "a=6,1", stdin=SPLIT)["reached"]
    assert nothing == {"units": 0, "window": None, "places": [[0] * 3] * 2, "channels": []}
    assert told(cli, "-", "t", "--pixel", "f=", "--channel", "3", stdin=SPLIT)["reached"]["units"] == 6


@pytest.mark.parametrize(
    "spoil",
    [
        lambda n: n.pop("network"),
        lambda n: n["inputs"][0].pop("unread"),
        lambda n: n["inputs"][0]["layers"][0].update(share="15%"),
        lambda n: n["inputs"][0]["layers"][0]["rf"].update(size=["5", 5]),
        lambda n: n["inputs"][0]["layers"][0].update(more=1),
    ],
)
def test_the_schema_refuses(spoil: Any) -> None:
    found = json.loads((GOLDEN / "lenet.rf.json").read_text("utf-8"))
    spoil(found)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(found, SCHEMA, cls=jsonschema.Draft202012Validator)


# ---- what is never read ----------------------------------------------------------------


def test_what_no_output_reads_is_told(cli) -> None:
    ran = cli("rf", "-", stdin=SPLIT.encode())
    assert "Row 6 of a is read by no output." in ran.out
    first, second = told(cli, "-", stdin=SPLIT)["inputs"]
    assert first["unread"] == {"numbers": 18, "channels": [], "axes": [[6], []], "others": 0}
    assert second["unread"] == {"numbers": 0, "channels": [], "axes": [], "others": 0}


def test_open_sizes_have_fields_and_no_units(cli) -> None:
    assert told(cli, "-", stdin=OPEN)["inputs"][0]["unread"] is None
    assert "read by no output" not in cli("rf", "-", stdin=OPEN.encode()).out
    ran = cli("rf", "-", "conv", stdin=OPEN.encode())
    assert ran.code == 2
    assert "every size" in ran.err
    assert told(cli, "-", "--input", "3x8x8", stdin=OPEN)["inputs"][0]["unread"]["numbers"] == 45


# ---- pictures ----------------------------------------------------------------


@pytest.mark.parametrize(("suffix", "start"), [(".svg", b"<?xml"), (".png", b"\x89PNG"), (".pdf", b"%PDF")])
@pytest.mark.parametrize("words", [[], ["c3"], ["c3", "--pixel", "4,4"]], ids=["growth", "unit", "pixel"])
def test_pictures(cli, suffix: str, start: bytes, words: list[str]) -> None:
    name = f"picture{suffix}"
    assert cli("rf", "-", *words, "-o", name, stdin=LENET.encode()) == (0, "", f"wrote {name}\n")
    first = Path(name).read_bytes()
    assert first.startswith(start)
    Path(name).unlink()
    assert cli("rf", "-", *words, "-o", name, stdin=LENET.encode()).code == 0
    assert Path(name).read_bytes() == first
    assert cli("rf", "-", "c1", "-o", name, stdin=LENET.encode()).code == 0  # its own file
    Path(name).write_bytes(start)
    assert cli("rf", "-", *words, "-o", name, stdin=LENET.encode()).code == 2
    assert Path(name).read_bytes() == start


def test_how_matplotlib_is_had(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    ran = cli("rf", "-", "-o", "growth.svg", stdin=LENET.encode())
    assert (ran.code, ran.out) == (2, "")
    assert "error[E0934]: matplotlib is not installed" in ran.err
    assert "pip install matplotlib" in ran.err
    assert not list(Path().iterdir())
    assert cli("rf", "-", stdin=LENET.encode()).code == 0


def test_texts_as_files(cli) -> None:
    shown = cli("rf", "-", "c3", stdin=LENET.encode()).out
    assert cli("rf", "-", "c3", "-o", "c3.txt", stdin=LENET.encode()).err == "wrote c3.txt\n"
    assert Path("c3.txt").read_text("utf-8") == shown
    assert cli("rf", "-", "c3", "-o", "c3.json", stdin=LENET.encode()).code == 0
    jsonschema.validate(json.loads(Path("c3.json").read_text("utf-8")), SCHEMA, cls=jsonschema.Draft202012Validator)


# ---- other axes ----------------------------------------------------------------


def test_volumes_and_lines(cli) -> None:
    volume = cli("rf", "-", "b", "--net", "Volume", "--unit", "0,2,2", stdin=DEEP.encode())
    assert "window      6×6×6 of 6×12×14 (0 to 5, 2 to 7, 2 to 7)" in volume.out  # the slices wrap round
    assert "support     144 places in 4×6×6 slices, rows and columns, the one channel: 72 of" in volume.out
    line = cli("rf", "-", "b", "--net", "Wave", "--unit", "20", stdin=DEEP.encode())
    assert "support     9 places in 9 positions, all channels: 2 of the window's 11 are not read" in line.out
    for net in ("Volume", "Wave"):
        assert cli("rf", "-", "b", "--net", net, "-o", f"{net}.svg", stdin=DEEP.encode()).code == 0


def test_flat_inputs(cli) -> None:
    flat = b"net Flat { input x: 10\n a: Linear(4) }"
    assert "support   10 of 10 numbers" in cli("rf", "-", "a", stdin=flat).out
    assert "units   4 of 4, all channels" in cli("rf", "-", "a", "--pixel", "x=", "--channel", "9", stdin=flat).out
    assert cli("rf", "-", "a", "-o", "a.svg", stdin=flat).code == 0
    ran = cli("rf", "-", "-o", "growth.svg", stdin=flat)
    assert (ran.code, "error[E0935]: no input of Flat has spatial axes" in ran.err) == (2, True)


def test_names_in_any_script_are_drawn_without_a_word(cli, recwarn: pytest.WarningsRecorder) -> None:
    ran = cli("rf", "-", "-o", "growth.svg", stdin='net N { input x: 3x8x8\n "名": Conv(1, 3) }'.encode())
    assert ran == (0, "", "wrote growth.svg\n")
    assert not recwarn.list


# ---- wrong words ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "title", "help"),
    [
        (["c33"], "LeNet5 has no layer c33", "did you mean `c3`?"),
        (["c3", "--unit", "3,10"], "c3 has no unit at x 10", "x goes from 0 to 9"),
        (["c3", "--unit", "3,3", "--channel", "16"], "c3 has no unit at channel 16", "channel goes from 0 to 15"),
        (["c3", "--unit", "3"], "1 positions are given for the 2 spatial axes of c3", "write 2, as y,x"),
        (["f6", "--unit", "0,0"], "2 positions are given for the 0 spatial axes of f6", "said by its channel alone"),
        (["c3", "--unit=-1,3"], "--unit cannot be -1,3", "as in --unit 28,28"),
        (["c3", "--unit", "a"], "--unit cannot be a", "as in --unit 28,28"),
        (["c3", "--channel", "x"], "--channel cannot be x", "counted from 0"),
        (["--unit", "3,3"], "--unit is about one layer, and none is named", "write its path after the file"),
        (["--pixel", "3,3", "--channel", "0"], "--pixel and --channel are about one layer", "write its path"),
        (["c3", "--unit", "3,3", "--pixel", "0,0"], "--unit asks what a unit sees", "leave one of them out"),
        (["c3", "--depth", "2"], "--depth folds the rows", "leave one of them out"),
        (["c3", "--pixel", "3"], "1 positions are given for the 2 spatial axes of image", "write 2, as y,x"),
        (["c3", "--pixel", "32,0"], "image has no unit at y 32", "y goes from 0 to 31"),
        (["c3", "--pixel", "imag=0,0"], "LeNet5 has no input imag", "did you mean `image`?"),
        (["c3", "-o", "c3.jpg"], "cnndsl rf cannot write c3.jpg", ".svg, .png, .pdf, .txt, .json"),
        (["c3", "--format", "svg"], "--format cannot be svg", "text, json"),
    ],
)
def test_wrong_words(cli, words: list[str], title: str, help: str) -> None:
    ran = cli("rf", "-", *words, stdin=LENET.encode())
    assert (ran.code, ran.out) == (2, "")
    assert title in ran.err
    assert help in ran.err


def test_several_nets_and_several_inputs(cli) -> None:
    ran = cli("rf", str(EXAMPLES / "dilated.cnn"))
    assert ran.code == 2
    assert "choose one with --net" in ran.err
    assert cli("rf", "-", "--net", "Small", stdin=FAMILY.encode()).code == 0
    ran = cli("rf", "-", "conv", "--pixel", "0,0", stdin=PAIR.encode())
    assert ran.code == 2
    assert "Pair has several inputs" in ran.err
    assert "--pixel left=0,0" in ran.err
