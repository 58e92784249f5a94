"""Receptive fields against papers and courses: LeNet, AlexNet, VGG, MobileNet, dilated context, FCN, U-Net."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import cnndsl
from cnndsl import Network
from cnndsl.field import Field
from cnndsl.sight import Windows

TEXTBOOK = json.loads((Path(__file__).parents[1] / "data" / "textbook_receptive_fields.json").read_text("utf-8"))["cases"]
WINDOWED = ("Conv", "MaxPool", "AvgPool")


def zoo(family: str, name: str) -> Network:
    return cnndsl.load(f"zoo:{family}").net(name)


def field(network: Network, path: str) -> Field:
    found = network.receptive_field(path)
    assert isinstance(found, Field)
    return found


def row(network: Network, path: str) -> list[object]:
    """Size, stride and effective padding, alike on both axes."""
    found = field(network, path)
    (size,), (stride,), (start,) = set(found.size), set(found.stride), set(found.start)
    return [size, stride, None if start is None else -start]


def rows(network: Network, *ops: str) -> list[list[object]]:
    """Of all layers of some kinds."""
    return [row(network, layer.path) for layer in network if layer.op in (ops or WINDOWED)]


def chain(*layers: str, side: int = 700) -> Network:
    lines = "\n".join(f"l{number}: {layer}" for number, layer in enumerate(layers))
    return cnndsl.parse(f"net N {{\ninput x: 1x{side}x{side}\n{lines}\n}}").net()


def sizes(network: Network) -> list[object]:
    return [size for size, _, _ in rows(network)]


def test_lenet() -> None:
    """Its fifth row is c5, which its paper has as a convolution."""
    assert rows(zoo("lenet", "LeNet5")) == TEXTBOOK["lenet5"]["rows"]


def test_alexnet() -> None:
    found = rows(zoo("alexnet", "AlexNet2012"))
    assert [size for size, _, _ in found] == TEXTBOOK["alexnet"]["sizes"]
    assert [stride for _, stride, _ in found] == TEXTBOOK["alexnet"]["strides"]
    assert [row[:2] for row in rows(zoo("alexnet", "alexnet"))] == [row[:2] for row in found]


def test_mobilenet() -> None:
    assert rows(zoo("mobilenet_v1", "mobilenet_v1"), "Conv") == TEXTBOOK["mobilenet_v1"]["rows"]


@pytest.mark.parametrize(("count", "size"), TEXTBOOK["stack_3x3"]["sizes"].items())
def test_stacks_of_3x3(count: str, size: int) -> None:
    assert sizes(chain(*["Conv(1, 3)"] * int(count)))[-1] == size


def test_dilated_context() -> None:
    case = TEXTBOOK["dilated_context"]
    for name in ("context_basic", "context_large"):
        network = zoo("dilated_context", name)
        assert [size for size, _, _ in rows(network, "Conv")] == case["sizes"]
    layers = [f"Conv(1, {k}, dilation={d})" for k, d in zip(case["kernels"], case["dilations"], strict=True)]
    assert sizes(chain(*layers)) == case["sizes"]


def test_dilations_that_double() -> None:
    case = TEXTBOOK["dilated_figure"]
    assert sizes(chain(*(f"Conv(1, 3, dilation={d})" for d in case["dilations"]))) == case["sizes"]


def test_dilated_kernels() -> None:
    for rate, size in TEXTBOOK["aspp"]["kernels"].items():
        assert sizes(chain(f"Conv(1, 3, dilation={rate})")) == [size]


VGG16 = [layer for n in (2, 2, 3, 3, 3) for layer in ["Conv(1, 3, padding=1)"] * n + ["MaxPool(2)"]]
ALEXNET = ["Conv(1, 11, 4)", "MaxPool(3, 2)", "Conv(1, 5, padding=2)", "MaxPool(3, 2)", *["Conv(1, 3, padding=1)"] * 3]


@pytest.mark.parametrize(
    ("name", "layers"),
    [("AlexNet", [*ALEXNET, "MaxPool(3, 2)", "Conv(1, 6)"]), ("VGG16", [*VGG16, "Conv(1, 7)"])],
)
def test_fully_convolutional(name: str, layers: list[str]) -> None:
    """Table 1 counts the first fully connected layer, as the convolution that it becomes."""
    last = rows(chain(*layers))[-1]
    assert last[:2] == [TEXTBOOK["fcn"]["sizes"][name], TEXTBOOK["fcn"]["stride"]]


def test_fully_convolutional_googlenet() -> None:
    """The network that ships up to its last average pooling, which Table 1 counts as the 7×7 that it is at 224×224."""
    text = (Path(__file__).parents[2] / "specs" / "googlenet_2014.cnn").read_text("utf-8")
    text = text.replace("GlobalAvgPool", "last: AvgPool(7, 1)")
    network = cnndsl.parse(text).net("googlenet_2014")
    assert row(network, "last")[:2] == [TEXTBOOK["fcn"]["sizes"]["GoogLeNet"], TEXTBOOK["fcn"]["stride"]]
    assert row(network, "inception5b")[0] == 715


def test_unet_by_phase() -> None:
    """Two phases an axis at each of four steps up: what a unit sees depends on where it stands, and its window shows it."""
    case, network = TEXTBOOK["unet"], zoo("unet", "UNet")
    assert row(network, "mid")[:2] == [case["middle"], 16]
    found = field(network, "head")
    assert network["head"].output == (2, 388, 388)
    assert (found.size_min, found.size, found.stride) == ((case["output"][0],) * 2, (case["output"][1],) * 2, (1, 1))
    windows = network.window("head")
    assert isinstance(windows, Windows)
    for first, last in zip(windows.first, windows.last, strict=True):  # nothing is padded: every unit is an interior one
        seen = last - first + 1
        assert (seen.min(), seen.max()) == tuple(case["output"])
        assert (first.min(), last.max()) == (0, 571)
