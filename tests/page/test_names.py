"""What a page calls its maps, and how what is small is still seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnndsl.compiler import load, parse
from tests.page.conftest import ROOT

SIAMESE = ROOT / "examples" / "siamese.cnn"
LABELS = (
    "() => [...document.querySelectorAll('#explorer .board canvas')].map((each) => each.getAttribute('aria-label').split(';')[0])"
)
TWICE_INSIDE = """
block Twice {
  s: Conv(1, 3, padding=1) as once
  once -> s
}
net T {
  input x: 1x8x8
  x -> t: Twice as p
  p -> t
}
"""

# How many pixels of a map in the light theme are of a strong colour: neither the map's own nor its lines'.
MARKED = """(path) => {
  const { cards } = page.explorer;
  const { canvas } = cards.find((card) => card.nodes[0].name === path);
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d");
  copy.drawImage(canvas, 0, 0);
  const pixels = copy.getImageData(0, 0, canvas.width, canvas.height).data;
  let found = 0;
  for (let at = 0; at < pixels.length; at += 4) found += pixels[at + 3] > 200 && pixels[at + 2] < 150;
  return found;
}"""


def test_what_is_applied_again_is_named_so(show: Callable[..., Any]) -> None:
    tab = show(load(SIAMESE))
    assert tab.evaluate(LABELS)[:2] == ["tower, 14 layers, 4096", "tower@2, 14 layers, again, 4096"]
    tab.focus("#explorer .board canvas >> nth=1")
    tab.keyboard.press("ArrowRight")
    tab.wait_for_function("() => document.querySelector('.readout').innerText.startsWith('tower@2, unit 1')")
    tab.click("text=open tower >> nth=0")
    labels = tab.evaluate(LABELS)
    assert len(set(labels)) == len(labels)
    assert "tower.conv1@2, Conv(64, 10) → ReLU, again, 64×96×96" in labels
    assert tab.locator("text=close tower").count() == 2


def test_a_call_of_a_block_is_one_card(show: Callable[..., Any]) -> None:
    """Though a layer in it is applied twice."""
    tab = show(parse(TWICE_INSIDE))
    tab.click("text=close t >> nth=0")
    assert tab.evaluate(LABELS) == ["t, 2 layers, 1×8×8", "t@2, 2 layers, again, 1×8×8"]


def test_one_of_many_numbers_is_seen(show: Callable[..., Any]) -> None:
    """A large flat value has an outline, and one unit of it at least 3 by 3 pixels."""
    tab = show(load(SIAMESE))
    before = tab.evaluate(MARKED, "sub")
    tab.focus("#explorer .board canvas >> nth=0")
    tab.keyboard.press("Shift+ArrowRight")
    tab.keyboard.press("Shift+ArrowDown")
    tab.wait_for_function("() => document.querySelector('.readout').innerText.startsWith('tower, unit 560')")
    assert before == 0
    assert 4 <= tab.evaluate(MARKED, "sub") <= 20
