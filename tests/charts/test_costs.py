"""Where parameters, multiply-adds and memory are: that bars are to scale, sum up, and say their figures."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from cnndsl.charts.costs import ROWS, chart
from cnndsl.compiler import load, parse
from cnndsl.network import Network
from cnndsl.sheet import Area, Sheet, Words

ROOT = Path(__file__).parents[2]
PANELS = ("parameters", "MACs", "memory of the outputs")


def net(file: str, name: str) -> Network:
    return load(ROOT / file).net(name)


def bars(page: Sheet, panel: str) -> dict[str, float]:
    """The length of every bar of a panel by its row."""
    found = [shape for shape in page.shapes if isinstance(shape, Area) and shape.about.endswith(f" {panel}")]
    return {area.about.partition(":")[0]: area.points[1][0] - area.points[0][0] for area in found}


def texts(page: Sheet) -> list[str]:
    return [shape.text for shape in page.shapes if isinstance(shape, Words)]


def test_bars_are_as_long_as_the_figures_are_large() -> None:
    network = net("specs/lenet.cnn", "LeNet5")
    page = chart(network)
    for panel, figure in zip(PANELS, ("params", "macs", "memory"), strict=True):
        lengths = bars(page, panel)
        values = {layer.path: getattr(layer, figure) for layer in network.layers if getattr(layer, figure)}
        assert set(lengths) == set(values)
        most = max(values, key=lambda path: values[path])
        for path, value in values.items():
            assert lengths[path] == pytest.approx(max(lengths[most] * value / values[most], 0.75))


def test_figures_and_shares_are_written() -> None:
    page = chart(net("specs/lenet.cnn", "LeNet5"))
    assert {"48,120  78.0 %", "240,000  57.6 %", "18.4 KiB  32.2 %", "61,706", "416,520", "57.0 KiB"} <= set(texts(page))
    assert page.about.endswith("Most parameters: c5, 48,120. Most MACs: c3, 240,000. Most memory of the outputs: c1, 18.4 KiB.")


@pytest.mark.parametrize(("file", "name"), [("specs/resnet.cnn", "resnet152"), ("specs/densenet.cnn", "densenet121")])
def test_blocks_of_a_deep_network_share_a_row_and_nothing_is_lost(file: str, name: str) -> None:
    network = net(file, name)
    page = chart(network)
    rows = bars(page, "memory of the outputs")
    assert len(rows) <= ROWS < len(network)
    longest = max(bars(page, "parameters").values())
    shares = sum(float(text.split("  ")[1].strip("% <>")) for text in texts(page) if text.endswith("%")) / 3
    assert shares == pytest.approx(100, abs=2)
    assert longest > 50


def test_a_depth_can_be_asked_for() -> None:
    assert "layer3" in texts(chart(net("specs/resnet.cnn", "resnet50"), depth=1))
    assert "layer3.0.conv1" in texts(chart(net("specs/resnet.cnn", "resnet50"), depth=9))


def test_open_sizes_and_shared_weights_are_told() -> None:
    page = chart(parse("net N { input x: [3, ?, ?]\n a: Conv(4, 3) }").net())
    assert "112  100.0 %" in texts(page)
    assert texts(page).count("?") >= 2
    twice = chart(net("examples/siamese.cnn", "Siamese"))
    assert "tower.conv1 (call 2)" in texts(twice)
    assert "tower.conv1 (call 2)" not in bars(twice, "parameters")


def test_it_is_svg_and_the_same_again(cli) -> None:
    assert cli("diagram", "zoo:LeNet5", "--style", "costs", "--theme", "dark", "-o", "a.svg").code == 0
    assert cli("diagram", "zoo:LeNet5", "--style", "costs", "--theme", "dark", "-o", "b.svg").code == 0
    assert Path("a.svg").read_bytes() == Path("b.svg").read_bytes()
    root = ElementTree.fromstring(Path("a.svg").read_bytes())
    assert root.get("role") == "img"
    assert cli("diagram", "zoo:LeNet5", "--style", "costs", "--level", "net").code == 2
