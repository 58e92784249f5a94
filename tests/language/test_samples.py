"""Thirteen programs of published networks: what they assert, their keys, parameters, work and receptive fields."""

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cnndsl.compiler import load
from cnndsl.network import Network

from .programs import keys, output, paths, state

HERE = Path(__file__).parent
SAMPLES = HERE / "samples"
DATA = json.loads(gzip.decompress((HERE.parent / "data" / "torchvision_state_dicts.json.gz").read_bytes()))


@cache
def sample(file: str, net: str | None = None) -> Network:
    return load(SAMPLES / f"{file}.cnn").net(net)


def field(network: Network, path: str) -> Any:
    return network.receptive_field(path)


@pytest.mark.parametrize(
    ("file", "net", "params", "macs"),
    [
        ("lenet5", "LeNet5", 61_706, 416_520),
        ("alexnet", "AlexNet", 60_965_224, 724_406_816),
        ("vgg16", "VGG16", 138_357_544, 15_470_264_320),
        ("resnet50", "ResNet50", 25_557_032, 4_089_184_256),
        ("resnet50", "ResNet101", 44_549_160, 7_801_405_440),
        ("densenet121", "DenseNet121", 7_978_856, 2_834_161_664),
        ("mobilenet_v2", "MobileNetV2_100", 3_504_872, 300_774_272),
        ("mobilenet_v2", "MobileNetV2_035", 1_677_128, None),
        ("squeezenet", "SqueezeNet", 1_235_496, 349_151_936),
        ("inception_a", "Mixed5", 818_528, None),
        ("siamese", "Siamese", 38_951_745, None),
        ("sobel", "SobelNet", 260, None),
        ("unet", "UNet", 31_037_698, None),
        ("unet_loops", "UNetD", 31_037_698, None),
        ("extras", "Tiny_n", 11_796, None),
    ],
)
def test_parameters_and_work(file: str, net: str, params: int, macs: int | None) -> None:
    found = sample(file, net)
    assert found.params == params
    assert macs is None or found.macs == macs
    assert [d for d in found.diagnostics if d.is_error] == []


@pytest.mark.parametrize("file", sorted(path.stem for path in SAMPLES.glob("*.cnn")))
def test_every_net_of_every_sample_has_no_error(file: str) -> None:
    assert [d for d in load(SAMPLES / f"{file}.cnn").check() if d.is_error] == []


def expected(name: str) -> dict[str, tuple[int, ...]]:
    return {key: tuple(shape) for key, shape in DATA["state_dicts"][name]}


@pytest.mark.parametrize(
    ("file", "net", "name"),
    [
        ("resnet50", "ResNet50", "resnet50"),
        ("resnet50", "ResNet101", "resnet101"),
        ("densenet121", "DenseNet121", "densenet121"),
        ("mobilenet_v2", "MobileNetV2_100", "mobilenet_v2"),
        ("vgg16", "VGG16", "vgg16"),
    ],
)
def test_keys_are_torchvisions_in_torchvisions_order(file: str, net: str, name: str) -> None:
    assert list(state(sample(file, net)).items()) == list(expected(name).items())


def test_squeezenet_1_1_pools_earlier_than_1_0() -> None:
    fires = sorted({int(key.split(".")[1]) for key in keys(sample("squeezenet")) if ".squeeze." in key})
    assert fires == [3, 4, 6, 7, 9, 10, 11, 12]
    assert [key for key in keys(sample("squeezenet")) if "fire" not in key][-2:] == ["classifier.1.weight", "classifier.1.bias"]
    layer = "features.3."
    assert [key.removeprefix(layer) for key in keys(sample("squeezenet")) if key.startswith(layer)] == [
        *("squeeze.weight", "squeeze.bias", "expand1x1.weight", "expand1x1.bias", "expand3x3.weight", "expand3x3.bias"),
    ]


def test_both_u_nets_are_one_but_for_the_order_in_which_they_are_written() -> None:
    plain, loops = sample("unet", "UNet"), sample("unet_loops")
    assert state(plain) == state(loops)
    assert output(plain) == output(loops) == (2, 256, 256)


def test_the_siamese_towers_share_their_weights() -> None:
    found = sample("siamese")
    assert len([path for path in paths(found) if path.endswith("@2")]) == 14
    assert sum(layer.macs for layer in found if layer.call == 2) == sum(
        layer.macs for layer in found if layer.path.startswith("tower") and layer.call == 1
    )
    assert list(found.outputs.items()) == [("score", (1,)), ("embedding", (4096,))]


def test_the_sobel_kernels_do_not_train() -> None:
    found = sample("sobel")
    assert (found.params - found.trainable, found.layer("sobel").trainable) == (18, 0)


def test_extras_under_its_presets() -> None:
    small, large = sample("extras", "Tiny_n"), sample("extras", "Tiny_s")
    assert list(small.outputs) == ["small", "large"]
    assert (small.layer("c4.conv").output[0], large.layer("c4.conv").output[0]) == (64, 128)
    assert [layer.op for layer in large if layer.op == "CBAM"] == ["CBAM"]
    assert small.ir.torch_name == "Detector"


@pytest.mark.parametrize(
    ("file", "net", "path", "size", "stride"),
    [
        ("lenet5", None, "c1", 5, 1),
        ("lenet5", None, "2", 6, 2),
        ("lenet5", None, "c3", 14, 2),
        ("lenet5", None, "5", 16, 4),
        ("lenet5", None, "c5", 32, 4),
        ("alexnet", None, "14", 195, 32),
        ("vgg16", None, "features.28", 196, 16),
        ("vgg16", None, "features.30", 212, 32),
        ("resnet50", "ResNet50", "layer1", 35, 4),
        ("resnet50", "ResNet50", "layer2", 91, 8),
        ("resnet50", "ResNet50", "layer3", 267, 16),
        ("resnet50", "ResNet50", "layer4", 427, 32),
        ("resnet50", "ResNet101", "layer4", 971, 32),
        ("mobilenet_v2", "MobileNetV2_100", "features.18", 491, 32),
        ("sobel", None, "conv", 5, 1),
    ],
)
def test_receptive_fields(file: str, net: str | None, path: str, size: int, stride: int) -> None:
    found = field(sample(file, net), path)
    assert (found.size, found.stride) == ((size, size), (stride, stride))
