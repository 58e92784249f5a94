"""Pictures: what stands where in an SVG, and the same bytes for the same unit."""

from __future__ import annotations

import base64
import io
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

import cnndsl
from cnndsl.fields import canvas, chart, picture, reach, reach_picture
from cnndsl.fields.borders import modes
from cnndsl.fields.growth import growths
from cnndsl.fields.plane import core, planes
from cnndsl.fields.unit import seen

matplotlib = pytest.importorskip("matplotlib")
Image = pytest.importorskip("PIL.Image")
ROOT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"
HREF = "{http://www.w3.org/1999/xlink}href"

HOLES = "net Holes { input x: 1x32x32\n for i in 0..2 { conv$i: Conv(2, 3, padding=2, dilation=2) } }"
PAIR = """net Pair {
  input left: 1x12x12
  input right: 3x12
  input flat: 5
  left -> a: Conv(2, 3, padding=1, padding_mode="reflect")
  right -> b: Conv(2, 3)
  flat -> c: Linear(2)
}"""


def tree(content: bytes) -> dict[str, ElementTree.Element]:
    """What has a name in an SVG, by it."""
    return {group.get("id", ""): group for group in ElementTree.fromstring(content).iter()}


def corners(group: ElementTree.Element) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of the first path in a group."""
    path = next(group.iter(f"{SVG}path")).get("d", "")
    numbers = [float(number) for number in re.findall(r"-?\d+\.?\d*", path)]
    return min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2])


def holes() -> bytes:
    return picture.drawn(seen(cnndsl.parse(HOLES).net(), "conv1"), "svg")


def test_the_drawing_is_to_scale() -> None:
    groups = tree(holes())
    left, top, right, bottom = corners(groups["input-far-0"])
    pixel = (right - left) / 32
    assert bottom - top == pytest.approx(32 * pixel, abs=0.01)
    for name in ("window-0", "field-far-0"):
        box = corners(groups[name])
        assert box[2] - box[0] == pytest.approx(9 * pixel, abs=0.01)
        assert (box[0] - left, box[1] - top) == pytest.approx((12 * pixel, 12 * pixel), abs=0.01)
    near, whole = corners(groups["enlarged-0"]), corners(groups["window-0"])
    assert near[2] - near[0] > 3 * (whole[2] - whole[0])


def test_the_holes_are_white_and_the_rest_is_blue() -> None:
    image = tree(holes())["support-0"]
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(image.get(HREF, "").partition(",")[2]))).convert("RGBA"))
    pixels = pixels[:: -1 if "scale(1 -1)" in image.get("transform", "") else 1]
    size = len(pixels) / 32
    centres = ((np.arange(32) + 0.5) * size).astype(int)
    colours = pixels[np.ix_(centres, centres)]
    blue = (colours == [0, 0x72, 0xB2, 255]).all(axis=2)
    assert blue.sum() == 25
    assert blue[12:21:2, 12:21:2].all()
    white = (colours == 255).all(axis=2)
    assert white.sum() == 81 - 25
    assert (colours[..., 3] == 0).sum() == 32 * 32 - 81


def test_the_field_beyond_the_border_is_hatched_by_its_mode() -> None:
    zeros = cnndsl.parse("net N { input x: 1x9x9\n a: Conv(1, 5, padding=2) }").net()
    mirror = cnndsl.parse('net N { input x: 1x9x9\n a: Conv(1, 5, padding=2, padding_mode="reflect") }').net()
    both = cnndsl.parse(
        'net N { input x: 1x9x9\n Conv(1, 5, padding=2, padding_mode="reflect")\n a: Conv(1, 3, padding=1) }'
    ).net()
    without = cnndsl.parse("net N { input x: 1x9x9\n a: Conv(1, 5) }").net()
    found = {}
    for name, net in [("zeros", zeros), ("reflect", mirror), ("both", both), ("none", without)]:
        here = seen(net, "a", 0, (0, 0))
        text = picture.drawn(here, "svg").decode()
        found[name] = (here.borders, "beyond the border" in text, hatching(text))
    assert [found[name][:2] for name in ("zeros", "reflect", "both", "none")] == [
        (["zeros"], True),
        (["reflect"], True),
        (["reflect", "zeros"], True),
        ([], False),
    ]
    assert len({found[name][2] for name in ("zeros", "reflect", "both")}) == 3


def hatching(text: str) -> str:
    """The lines of the first hatch."""
    pattern = text.partition("<pattern")[2].partition("</pattern>")[0]
    return pattern.rpartition(' d="')[2].partition('"')[0]


def test_modes_are_those_on_the_way() -> None:
    net = cnndsl.parse(
        'net N { input x: 1x9x9\n a: Conv(1, 3, padding=1, padding_mode="circular")\n b: Conv(1, 3)\n c: Conv(1, 3, padding=1) }'
    ).net()
    assert [modes(net.ir, net.value(path)) for path in "abc"] == [["circular"], ["circular"], ["circular", "zeros"]]


@pytest.mark.parametrize("form", canvas.FORMATS)
def test_the_same_bytes_come_again(form: str) -> None:
    net = cnndsl.parse(HOLES).net()
    matplotlib.rcParams["font.size"] = 30  # what its user likes is of no account here
    try:
        units = [picture.drawn(seen(net, "conv0"), form) for _ in range(2)]
        charts = [chart.drawn(net, growths(net), form) for _ in range(2)]
        reached = [reach_picture.drawn(reach.reach(net, "conv1", "", 0, (3, 3)), form) for _ in range(2)]
        assert matplotlib.rcParams["font.size"] == 30
    finally:
        matplotlib.rcdefaults()
    for first, second in (units, charts, reached):
        assert first == second
    assert units[0] == picture.drawn(seen(net, "conv0"), form)


def test_a_row_for_each_input_and_for_each_slice() -> None:
    pair = cnndsl.parse(PAIR).net()
    for path, count in [("a", 3), ("b", 3), ("c", 3)]:
        here = seen(pair, path)
        names = tree(picture.drawn(here, "svg"))
        assert sum(name.startswith("input-far") for name in names) == count
        assert sum(name.startswith("support") for name in names) == 1  # the other inputs are not read
    volume = cnndsl.parse("net V { input x: 1x5x7x9\n a: Conv(1, 3) }").net()
    here = seen(volume, "a", 0, (1, 2, 3))
    shown = [*planes(here.sights[0])]
    assert [plane.cut for plane in shown] == ["slice 2", "row 3", "column 4"]
    assert [plane.extent for plane in shown] == [(7, 9), (5, 9), (5, 7)]
    assert sum(name.startswith("support") for name in tree(picture.drawn(here, "svg"))) == 3


def test_the_core_is_the_least_with_its_ties() -> None:
    share = np.array([[0.4, 0.3], [0.26, 0.04]])
    assert core(share).tolist() == [[True, True], [True, False]]
    even = np.full((10, 10), 0.01)
    assert core(even).all()
    assert not core(np.zeros((2, 2))).any()


# ---- growth ----------------------------------------------------------------


def test_a_chart_has_what_it_says() -> None:
    net = cnndsl.load(ROOT / "examples" / "lenet.cnn").net()
    groups = tree(chart.drawn(net, growths(net), "svg"))
    dots = {name: len([*groups[name].iter(f"{SVG}use")]) for name in groups if name.startswith("stride-0")}
    assert dots == {"stride-0-0": 2, "stride-0-1": 3, "stride-0-2": 3}
    assert {"field-0-rows", "input-0-rows", "covering-0"} <= set(groups)
    assert not any(name.startswith("phases") for name in groups)


def test_phases_are_a_band_and_axes_that_differ_have_lines_of_their_own() -> None:
    up = cnndsl.parse("net N { input x: 1x20x24\n Conv(1, 3, stride=[2, 1])\n Upsample(scale_factor=2)\n Conv(1, 2) }").net()
    names = set(tree(chart.drawn(up, growths(up), "svg")))
    assert {"field-0-rows", "field-0-columns", "phases-0-rows", "input-0-rows", "input-0-columns"} <= names


def test_inputs_of_one_growth_share_a_chart() -> None:
    net = cnndsl.load(ROOT / "examples" / "siamese.cnn").net()
    names = set(tree(chart.drawn(net, growths(net), "svg")))
    assert "field-0-rows" in names
    assert "field-1-rows" not in names


# ---- what a pixel reaches ----------------------------------------------------------------


def test_a_pixel_and_what_it_reaches() -> None:
    net = cnndsl.parse(PAIR).net()
    for path, name, place in [("a", "left", (3, 3)), ("b", "right", (4,)), ("c", "flat", ())]:
        groups = tree(reach_picture.drawn(reach.reach(net, path, name, 0, place), "svg"))
        assert {"input", "units"} <= set(groups)
