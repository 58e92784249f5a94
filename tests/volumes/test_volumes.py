"""Feature maps as boxes: that lengths are to scale and where not it is said, that everything is there and nothing overlaps."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from cnndsl import drawing
from cnndsl.compiler import load, parse
from cnndsl.diagnostics import Problem
from cnndsl.network import Network
from cnndsl.sheet import Area, Sheet, Stroke, Words
from cnndsl.volumes.scale import LEAST, scale
from cnndsl.volumes.solid import solid
from cnndsl.volumes.volumes import sheet

ROOT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"
NETWORKS = [
    ("specs/lenet.cnn", "LeNet5"),
    ("specs/alexnet.cnn", "AlexNet2012"),
    ("specs/resnet.cnn", "resnet50"),
    ("specs/unet.cnn", "UNet"),
    ("specs/c3d.cnn", "c3d"),
    ("examples/siamese.cnn", "Siamese"),
    ("examples/inception.cnn", "Mixed5"),
    ("specs/fpn.cnn", "fpn_resnet50"),
]

needs_dot = pytest.mark.skipif(shutil.which("dot") is None, reason="graphviz is not installed")


def net(file: str, name: str) -> Network:
    return load(ROOT / file).net(name)


def texts(page: Sheet) -> list[str]:
    return [shape.text for shape in page.shapes if isinstance(shape, Words)]


def faces(page: Sheet) -> dict[str, list[Area]]:
    """The faces of every box by what it is about."""
    found: dict[str, list[Area]] = {}
    for shape in page.shapes:
        if isinstance(shape, Area) and shape.about:
            found.setdefault(shape.about, []).append(shape)
    return found


def spans(area: Area) -> tuple[float, float]:
    xs, ys = zip(*area.points, strict=True)
    return max(xs) - min(xs), max(ys) - min(ys)


def test_maps_of_lenet_are_to_scale() -> None:
    """The front of a box is as thick as its channels and as high as its rows; the top leans back by its columns."""
    boxes = faces(sheet(net("specs/lenet.cnn", "LeNet5")))
    fronts = {about: spans(areas[-1]) for about, areas in boxes.items()}
    image, first, second = fronts["image"], fronts["c1: Conv(6, 5) → 1: Tanh"], fronts["c3: Conv(16, 5) → 4: Tanh"]
    assert image[1] / first[1] == pytest.approx(32 / 28)
    assert first[1] / second[1] == pytest.approx(28 / 10)
    assert second[0] / first[0] == pytest.approx(16 / 6)
    back = {about: spans(areas[1])[0] for about, areas in boxes.items() if len(areas) == 3}
    assert back["image"] / back["c3: Conv(16, 5) → 4: Tanh"] == pytest.approx(32 / 10)


def test_windows_are_as_large_as_kernels() -> None:
    page = sheet(net("specs/lenet.cnn", "LeNet5"))
    image = spans(faces(page)["image"][1])
    window = next(shape for shape in page.shapes if isinstance(shape, Stroke) and not shape.dashed and len(shape.points) == 5)
    assert spans(Area(window.points, "", ""))[0] / image[0] == pytest.approx(5 / 32)
    assert spans(Area(window.points, "", ""))[1] / image[1] == pytest.approx(5 / 32)


def test_maps_that_are_not_square() -> None:
    page = sheet(parse("net N { input x: 2x10x40\n a: Conv(2, [1, 3]) }").net())
    _, side, front = faces(page)["x"]
    assert spans(side)[0] / spans(front)[1] == pytest.approx(0.42 * 40 / 10)


def test_one_and_three_axes() -> None:
    line = sheet(parse("net N { input x: 2x100\n a: Conv(4, 5) }").net())
    assert {len(areas) for areas in faces(line).values()} == {1}
    assert any(text.startswith("Height of a map: its positions") for text in texts(line))
    clip = sheet(parse("net N { input x: 2x3x20x20\n a: Conv(4, 2) }").net())
    assert {about: len(areas) for about, areas in faces(clip).items()} == {"x": 9, "a: Conv(4, 2)": 6}
    assert any("slices stand one behind the other" in text for text in texts(clip))


def test_what_is_not_to_scale_is_said() -> None:
    measure = scale([(3, 224, 224), (512, 7, 7), (512, 1, 1), (1000,)])
    assert not measure.even
    assert measure.extent(1) == LEAST
    assert f"less than {measure.small} is drawn as {measure.small}" in measure.words[0]
    assert measure.extent(measure.small) >= LEAST > measure.unit * (measure.small - 1)
    assert "by their logarithm" in measure.words[1]
    exact = scale([(3, 32, 32), (6, 28, 28)])
    assert (exact.small, exact.few, exact.even) == (0, 0, True)
    assert exact.words == ["Height and depth of a map: its rows and columns, to scale.", "Thickness: its channels, to scale."]
    assert exact.thickness(6) == 2 * exact.thickness(3)


def test_a_flat_value_is_a_bar_on_the_scale_of_the_channels() -> None:
    measure = scale([(120, 1, 1), (120,), (84,)])
    assert solid((84,), measure).high / solid((120,), measure).high == pytest.approx(84 / 120)
    assert solid((120,), measure).high == solid((120, 1, 1), measure).thick


@pytest.mark.parametrize(("file", "name"), NETWORKS, ids=[name for _, name in NETWORKS])
def test_boxes_stand_apart_and_within_the_page(file: str, name: str) -> None:
    page = sheet(net(file, name))
    frames = []
    for box in [areas for areas in faces(page).values() if len(areas) in (1, 3)]:
        xs, ys = zip(*(point for area in box for point in area.points), strict=True)
        frames.append((min(xs), min(ys), max(xs), max(ys)))
    for at, (a, b, c, d) in enumerate(frames):
        assert 0 <= a < c <= page.width
        assert 0 <= b < d <= page.height
        assert all(c <= x or z <= a or d <= y or w <= b for x, y, z, w in frames[:at])


@pytest.mark.parametrize(("file", "name"), NETWORKS, ids=[name for _, name in NETWORKS])
def test_the_picture_is_svg_and_the_same_again(file: str, name: str) -> None:
    network = net(file, name)
    svg = sheet(network).svg()
    assert sheet(network).svg() == svg
    root = ElementTree.fromstring(svg)
    assert root.findtext(f"{SVG}title") == name
    assert "parameters" in (root.findtext(f"{SVG}desc") or "")
    shapes = [text for text in texts(sheet(network)) if re.match(r"\d+(×|$)", text)]
    assert len(shapes) > len(network.inputs)


def test_several_inputs_and_outputs() -> None:
    page = sheet(net("examples/siamese.cnn", "Siamese"))
    assert {"a", "b", "→ score", "→ embedding"} <= set(texts(page))


def test_long_ways_run_above_what_they_pass() -> None:
    page = sheet(net("specs/unet.cnn", "UNet"), level="block")
    over = [shape for shape in page.shapes if isinstance(shape, Stroke) and len(shape.points) == 4]
    heights = [shape.points[1][1] for shape in over]
    assert len(heights) == len(set(heights)) == 4  # the skips of four levels
    top = min(y for areas in faces(page).values() for area in areas for _, y in area.points)
    assert max(heights) < top


def test_how_much_is_drawn_is_chosen_by_how_much_there_is() -> None:
    assert "AvgPool 2×2" in " ".join(texts(sheet(net("specs/lenet.cnn", "LeNet5"))))
    assert "Bottleneck (9 layers)" in texts(sheet(net("specs/resnet.cnn", "resnet50")))
    assert "Stage (3 × Bottleneck)" in texts(sheet(net("specs/resnet.cnn", "resnet50"), level="net"))


def test_open_sizes_are_told() -> None:
    with pytest.raises(Problem, match="need numbers"):
        sheet(parse("net N { input x: [3, ?, ?]\n Conv(4, 3) }").net())


def test_hostile_names_stay_text() -> None:
    name = 'a"<b>&\\N'
    page = Sheet(10, 10, name, name, "#ffffff", [Words((1, 1), name, "#000000", about=name)])
    assert ElementTree.fromstring(page.svg()).findtext(f"{SVG}g/{SVG}text") == name


@needs_dot
@pytest.mark.parametrize(("form", "start"), [("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_other_pictures_through_graphviz(form: str, start: bytes) -> None:
    text = sheet(net("examples/siamese.cnn", "Siamese")).dot()
    assert drawing.render(text, form).startswith(start)


@needs_dot
def test_graphviz_draws_the_same_shapes_and_words() -> None:
    page = sheet(net("specs/lenet.cnn", "LeNet5"))
    page.add(Words((1, 1), 'hostile "<b>&\\N \\" ]; evil', "#000000"))
    root = ElementTree.fromstring(drawing.render(page.dot(), "svg"))
    assert [text.text for text in root.iter(f"{SVG}text")] == [text.replace("\\", "∖") for text in texts(page)]
    areas = sum(isinstance(shape, Area) for shape in page.shapes) + sum(getattr(shape, "arrow", False) for shape in page.shapes)
    assert len(list(root.iter(f"{SVG}polygon"))) == areas + 1  # and the paper


def test_the_command(cli) -> None:
    ran = cli("diagram", "zoo:LeNet5", "--style", "volumes", "-o", "v.svg")
    assert (ran.code, ran.out, ran.err) == (0, "", "wrote v.svg\n")
    assert Path("v.svg").read_text("utf-8").startswith("<?xml")
    assert cli("diagram", "zoo:LeNet5", "--style", "volumes").out.startswith("graph {")
    told = cli("diagram", "zoo:LeNet5", "--style", "volumes", "--heat", "rf")
    assert told.code == 2
    assert "--heat says nothing about volumes" in told.err
