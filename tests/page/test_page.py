"""The page in a browser: what lights up is what autograd says, and all parts of it are linked."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cnndsl.backends import html
from cnndsl.compiler import load, parse
from tests.page.conftest import ROOT
from tests.pictures import POINT
from tests.sight.oracle import gradients

LENET = ROOT / "examples" / "lenet.cnn"


def hover(tab: Any, path: str, *place: int) -> None:
    """Points at a unit of a map, with the mouse."""
    box, point = tab.evaluate(
        """([path, place]) => {
          const card = page.explorer.cards.find((each) => each.nodes.some((node) => node.path === path));
          card.canvas.scrollIntoView({ block: "center" });
          const { left, top } = card.canvas.getBoundingClientRect();
          const { ring, cell, tall } = card.shape;
          const [row, column] = place.length === 1 ? [0, place[0]] : place;
          return [[left, top], [(column + ring.left + 0.5) * cell, (row + ring.top + 0.5) * tall]];
        }""",
        [path, place],
    )
    tab.mouse.move(box[0] + point[0], box[1] + point[1])
    tab.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


# The cells of an input's map that have the colour of what is seen, out of the pixels of its canvas.
LIT = """(name) => {
  const { explorer } = page;
  const { shape, canvas } = explorer.cards.find((each) => each.node.path === name);
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(canvas, 0, 0);
  const pixels = copy.getImageData(0, 0, canvas.width, canvas.height).data;
  const ratio = canvas.width / (shape.width + 1);
  const plain = explorer.colours.map.match(/\\w\\w/g).map((part) => parseInt(part, 16));
  const isLit = (row, column) => {
    const x = Math.floor((column + shape.ring.left + 0.5) * shape.cell * ratio);
    const y = Math.floor((row + shape.ring.top + 0.5) * shape.tall * ratio);
    return plain.some((part, i) => Math.abs(part - pixels[4 * (y * canvas.width + x) + i]) > 40);
  };
  const every = [...Array(shape.rows).keys()].flatMap((row) => [...Array(shape.columns).keys()].map((column) => [row, column]));
  return every.filter(([row, column]) => isLit(row, column));
}"""

HOLES = "net Holes {\n  input x: 1x16x16\n  a: Conv(2, 3, padding=2, dilation=2)\n  b: Conv(1, 3, padding=2, dilation=2)\n}\n"
UNET = """
net U {
  input x: 1x16x16
  a: Conv(2, 3, padding=1)
  MaxPool(2) -> b: Conv(2, 3, padding=1) -> up: ConvTranspose(2, 2, stride=2)
  cat(a, _) -> c: Conv(1, 3, padding=1)
}
"""
MODE = """
net M {{
  input x: 1x12x12
  a: Conv(2, 5, padding=2, padding_mode={0})
  b: Conv(1, 3, padding=1, padding_mode={0})
}}
"""
LENET_UP_TO_5 = """
net LeNet {
  input image: 1x32x32
  c1: Conv(6, 5)    -> Tanh -> AvgPool(2)
  c3: Conv(16, 5)   -> Tanh -> AvgPool(2)
}
"""
PROGRAMS = {
    "holes": (HOLES, "b", (1, 16, 16)),
    "u": (UNET, "c", (1, 16, 16)),
    **{mode: (MODE.format(mode), "b", (1, 12, 12)) for mode in ("zeros", "reflect", "replicate", "circular")},
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_lights_up_is_what_autograd_says(show: Callable[..., Any], name: str) -> None:
    text, layer, size = PROGRAMS[name]
    tab = show(parse(text))
    matrix = gradients(text, {"x": size})["x"]
    for place in ((0, 0), (5, 7), (size[1] - 1, size[2] - 2)):
        hover(tab, layer, *place)
        wanted = [list(map(int, spot)) for spot in zip(*matrix[0, place[0], place[1], 0].nonzero(), strict=True)]
        assert tab.evaluate(LIT, "x") == wanted


def test_how_borders_are_padded_is_said(show: Callable[..., Any]) -> None:
    tab = show(parse(MODE.format("reflect")))
    hover(tab, "b", 0, 5)
    said = press(tab).splitlines()
    assert said[-1] == "beyond the borders the map is mirrored (a, b)"
    hover(tab, "b", 5, 5)
    assert "mirrored" not in press(tab)


def test_lenet(show: Callable[..., Any]) -> None:
    tab = show(load(LENET), draw=True)
    matrix = gradients(LENET_UP_TO_5, {"image": (1, 32, 32)})["image"]
    hover(tab, "5", 1, 3)
    wanted = [list(map(int, spot)) for spot in zip(*matrix[0, 1, 3, 0].nonzero(), strict=True)]
    assert tab.evaluate(LIT, "image") == wanted
    assert tab.inner_text(".readout") == "5 AvgPool(2), row 1, column 3\n\nsees of image: rows 4–19, columns 12–27: 16×16"


def press(tab: Any, *keys: str) -> str:
    """The readout after some keys."""
    for key in keys:
        tab.keyboard.press(key)
    tab.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return str(tab.inner_text(".readout")).replace("\n\n", "\n")


def test_the_reverse(show: Callable[..., Any]) -> None:
    network: Any = parse(HOLES).net()
    tab = show(parse(HOLES))
    hover(tab, "x", 3, 4)
    reached = network.projective_field("b", 0, 3, 4)[0]
    assert tab.evaluate(LIT, "b") == [list(map(int, spot)) for spot in zip(*reached.nonzero(), strict=True)]
    assert press(tab) == "x, row 3, column 4\nreaches out: rows 1–7, columns 0–8: 7×9, 20 of 63 places"


def test_by_keyboard(show: Callable[..., Any]) -> None:
    tab = show(parse(HOLES))
    tab.focus("#explorer .board canvas >> nth=1")
    assert press(tab, "ArrowRight") == "b, row 8, column 9\nsees of x: rows 4–12, columns 5–13: 9×9, 25 of 81 places"
    assert press(tab, "Shift+ArrowUp", "ArrowLeft").startswith("b, row 3, column 8\n")
    assert press(tab, "Enter", "ArrowDown").startswith("b, row 4, column 8\n")  # pinned, and it moves
    tab.mouse.move(5, 5)
    assert press(tab).startswith("b, row 4, column 8\n")
    assert press(tab, "PageUp").startswith("a, row 8, column 8\n")
    assert press(tab, "PageUp").startswith("x, row 8, column 8\nreaches out: ")
    tab.wait_for_function("() => document.querySelector('.live').textContent.startsWith('x, row 8, column 8')")
    tab.keyboard.press("Escape")
    tab.evaluate("() => document.activeElement.blur()")
    assert press(tab).startswith("Point at a unit")


def test_a_unit_is_pinned(show: Callable[..., Any]) -> None:
    tab = show(parse(HOLES))
    hover(tab, "b", 5, 5)
    tab.mouse.down()
    tab.mouse.up()
    hover(tab, "a", 2, 2)
    assert press(tab).startswith("b, row 5, column 5\n")
    assert press(tab, "Escape").startswith("Point at a unit")


def test_channels(show: Callable[..., Any]) -> None:
    """Of a concatenation, each channel sees what its own arm reads."""
    text = "net C {\n  input x: 1x9x9\n  x -> a: Conv(2, 5, padding=2)\n  x -> b: Conv(2, 1)\n  cat(a, b) as c\n}\n"
    network: Any = parse(text).net()
    tab = show(parse(text))
    for channel in (1, 2):
        tab.fill(".channel", str(channel))
        hover(tab, "cat", 4, 4)
        seen = network.support("cat", channel, 4, 4)[0]
        assert tab.evaluate(LIT, "x") == [list(map(int, spot)) for spot in zip(*seen.nonzero(), strict=True)]


def test_a_picture_of_ones_own(show: Callable[..., Any], tmp_path: Path) -> None:
    """It lies under the map, and nothing leaves the page: the fixture's tab would tell."""
    image = pytest.importorskip("PIL.Image")
    image.new("RGB", (40, 20), (200, 30, 30)).save(tmp_path / "red.png")
    tab = show(parse(HOLES))
    drop = """async (data) => {
      const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([bytes], "red.png", { type: "image/png" }));
      const how = { dataTransfer: transfer, bubbles: true, cancelable: true };
      document.querySelector(".inputs canvas").dispatchEvent(new DragEvent("drop", how));
    }"""
    tab.evaluate(drop, b64encode((tmp_path / "red.png").read_bytes()).decode())
    tab.wait_for_function("() => page.explorer.pictures.size === 1")
    assert len(tab.evaluate(LIT, "x")) == 16 * 16
    tab.set_input_files(".file", tmp_path / "red.png")


def test_what_is_no_picture_is_told(show: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("no picture")
    tab = show(parse(HOLES))
    tab.set_input_files(".file", tmp_path / "words.txt")
    said = "words.txt is no picture that this browser shows"
    tab.wait_for_function("(said) => document.querySelector('.live').textContent.endsWith(said)", arg=said)
    hover(tab, "x", 5, 5)
    assert press(tab).endswith(said)  # until a map of a layer is pointed at, or another file comes
    hover(tab, "b", 5, 5)
    assert said not in press(tab)
    drop = """() => document.querySelector(".inputs canvas").dispatchEvent(
      new DragEvent("drop", { dataTransfer: new DataTransfer(), bubbles: true, cancelable: true }))"""
    tab.evaluate(drop)
    assert press(tab).endswith("what was dropped is no file")


def test_a_channel_that_no_map_has(show: Callable[..., Any]) -> None:
    tab = show(load(LENET))
    tab.fill(".channel", "999999")
    assert tab.input_value(".channel") == "119"  # of c5
    hover(tab, "c3", 1, 1)
    assert press(tab).startswith("c3, row 1, column 1, channel 15 (its last)\n")
    assert tab.get_attribute(".channel", "max") == "15"
    tab.mouse.down()
    tab.mouse.up()
    tab.fill(".channel", "-3")
    assert tab.input_value(".channel") == "0"
    assert press(tab).startswith("c3, row 1, column 1, channel 0\n")


def test_a_small_diagram_is_seen_whole(show: Callable[..., Any]) -> None:
    tab = show(load(LENET), draw=True)
    high, frame = tab.locator(".drawing").evaluate("(each) => [each.scrollHeight, each.clientHeight]")
    assert high == frame < 1000


CHANGED = "net P {{\n  input x: 1x28x28\n  {}\n  AvgPool(2) -> c3: Conv(4, 5) -> up: ConvTranspose(2, 2, stride=2)\n}}\n"
SLIDERS = {"kernel": 7, "stride": 2, "dilation": 2, "padding": 2}


def test_sliders(show: Callable[..., Any]) -> None:
    """Shapes and what is seen are those of the program with that change."""
    tab = show(parse(CHANGED.format("c1: Conv(6, 5)")))
    tab.click(".card .name >> text=c1")
    for argument, value in SLIDERS.items():
        tab.locator(f"#knob-{argument}").fill(str(value))
        assert tab.inner_text("#explorer .changed") == "changed here, not in the file: c1"
        written = f"c1: Conv(6, {value})" if argument == "kernel" else f"c1: Conv(6, 5, {argument}={value})"
        network: Any = parse(CHANGED.format(written)).net()
        shapes = tab.evaluate("() => page.explorer.net.nodes.slice(1).map((node) => node.shapes[0])")
        assert shapes == [list(each.output) for each in network]
        hover(tab, "up", 2, 3)
        seen = network.support("up", 0, 2, 3)[0]
        assert tab.evaluate(LIT, "x") == [list(map(int, spot)) for spot in zip(*seen.nonzero(), strict=True)]
        tab.click(".reset")
        assert tab.is_hidden("#explorer .changed")
        assert tab.evaluate("() => page.explorer.net === page.explorer.file")


def test_a_setting_that_does_not_fit(show: Callable[..., Any]) -> None:
    tab = show(load(LENET))
    tab.click(".card .name >> text=c3")
    tab.locator("#knob-kernel").fill("15")
    assert tab.inner_text("#explorer .changed") == "c3: the kernel does not fit: it spans 15, the input only 14"
    assert tab.locator(".card.broken").count() == 6


def test_a_layer_is_chosen_everywhere(show: Callable[..., Any]) -> None:
    tab = show(load(LENET), draw=True)
    for choose in ("tr[data-node=c3] .choose", "#diagram .box >> text=c3", ".card .name >> text=c3", "[data-line='0:5']"):
        tab.evaluate("() => page.clear()")
        tab.click(choose)
        assert "c3" in tab.locator("tr.chosen").all_inner_texts()[0]
        assert "c3" in tab.locator(".box.chosen").all_text_contents()[0]
        assert "c3" in tab.locator(".card.chosen").all_inner_texts()[0]
        assert tab.locator(".line.chosen").all_inner_texts() == ["5\n  c3: Conv(16, 5)   -> Tanh -> AvgPool(2)"]
        assert tab.inner_text("#chosen .name") == "c3"


def test_the_picture_of_the_readme(browser: Any, tmp_path: Path) -> None:
    """As large as today's, give or take what other fonts do to it."""
    image = pytest.importorskip("PIL.Image")
    kept = image.open(ROOT / "docs" / "explorer.png")
    tab = browser.new_page(viewport={"width": 1320, "height": 900}, device_scale_factor=1.5)
    page = tmp_path / "net.html"
    page.write_text(html.source(load(LENET).net()), "utf-8")
    tab.goto(page.as_uri())
    tab.evaluate(POINT)
    tab.locator("#explorer").screenshot(path=tmp_path / "now.png")
    tab.close()
    now = image.open(tmp_path / "now.png")
    assert all(abs(a - b) < 0.1 * b for a, b in zip(now.size, kept.size, strict=True)), "`make pictures` renews it"
