"""What an emitted class offers as parameters: with other values it is the network that the program is with them."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pytest
import torch

from cnndsl.backends.torch import readable
from cnndsl.compiler import load as read
from cnndsl.compiler import parse

from .emitted import concrete, load, outputs, samples

STAGES = """
net N(widths = [16, 32], classes = 10) {
  input x: 3x16x16
  stem: Conv(16, 3, padding=1)
  for i, c in enumerate(widths) { s$i: Conv(c, 3, padding=1) -> ReLU }
  GlobalAvgPool -> Flatten
  head: Linear(classes)
}
"""
REPEATED = """
block R(c) { conv: Conv(c, 3, padding=1) -> ReLU }
net N(widths = [16, 32], depth = 2) {
  input x: 3x16x16
  stem: Conv(16, 3, padding=1)
  for i, c in enumerate(widths) { s$i: R(c) * depth }
  GlobalAvgPool -> Flatten
  head: Linear(10)
}
"""
SINGLE = """
net N(width = 16) {
  input x: 3x16x16
  a: Conv(16, 3) -> b: Conv(width, 3) -> c: Conv(16, 3) -> d: Conv(2 * width, 3)
}
"""
LISTS = [{"widths": value} for value in ((8, 24), (32, 16), (16, 16, 8), (4,))]


@pytest.mark.parametrize(
    ("text", "name", "settings"),
    [
        pytest.param(STAGES, "N", [*LISTS, {"classes": 3}], id="stages"),
        pytest.param(STAGES + "net P = N(widths = [8, 24])", "N", LISTS, id="stages and a preset"),
        pytest.param(REPEATED, "N", [*LISTS, {"depth": 1}, {"depth": 3}, {"widths": (4, 8, 4), "depth": 3}], id="repeats"),
        pytest.param(SINGLE, "N", [{"width": 8}, {"width": 5}], id="one width"),
        pytest.param("zoo:unet", "UNet", [{"base": 8}, {"depth": 2, "base": 4}, {"classes": 5, "base": 8}], id="unet"),
    ],
)
def test_other_values(text: str, name: str, settings: list[dict[str, Any]], tmp_path: Path) -> None:
    program = read(text) if text.startswith("zoo:") else parse(text)
    emitted = readable([program.traced(net) for net in program.complete()])
    assert emitted is not None
    made = getattr(load(emitted, tmp_path), name)
    offered = inspect.signature(made).parameters
    for given in settings:
        assert set(given) <= set(offered)
        network = program.net(name, **given)
        model = made(**given).eval()
        assert sum(p.numel() for p in model.parameters()) == network.params
        with torch.no_grad():
            found = outputs(model(*samples(network, 1)))
        if not text.startswith("zoo:"):  # whose sizes are open
            assert [tuple(tensor.shape[1:]) for tensor in found] == [concrete(shape) for shape in network.outputs.values()]
