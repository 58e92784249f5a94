"""The page in a browser: what lights up is what autograd says, and all parts of it are linked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cnndsl.compiler import load, parse
from tests.page.conftest import ROOT
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


def test_lenet(show: Callable[..., Any]) -> None:
    tab = show(load(LENET), draw=True)
    matrix = gradients(LENET_UP_TO_5, {"image": (1, 32, 32)})["image"]
    hover(tab, "5", 1, 3)
    wanted = [list(map(int, spot)) for spot in zip(*matrix[0, 1, 3, 0].nonzero(), strict=True)]
    assert tab.evaluate(LIT, "image") == wanted
    assert tab.inner_text(".readout") == "5, row 1, column 3, all channels sees of\n\nimage: rows 4–19, columns 12–27: 16×16"
