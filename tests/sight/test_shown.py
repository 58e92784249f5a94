"""What the analysis has to show: fields of well-known networks in `cnndsl rf`, the gaps of dilation, borders that mirror."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cnndsl
from cnndsl.field import Field
from tests.conftest import Ran

from .oracle import gradients

DATA = Path(__file__).parents[1] / "data"
Cli = Callable[..., Ran]


@pytest.mark.parametrize(
    ("family", "net", "layer", "size", "stride"),
    [
        ("resnet", "resnet50", "layer4", 427, 32),
        ("resnet_v1", "resnet50_v1", "layer4", 483, 32),
        ("resnet_v1", "resnet50_slim", "layer4", 483, 32),
        ("densenet", "densenet121", "features", 2071, 32),
        ("googlenet", "googlenet", "inception5b", 379, 32),
        ("unet", "UNet", "mid", 140, 16),
    ],
)
def test_rf_of_well_known_networks(cli: Cli, family: str, net: str, layer: str, size: int, stride: int) -> None:
    ran = cli("rf", f"zoo:{family}", "--net", net, "--depth", "1", "--format", "json")
    rows = {row["path"]: row["rf"] for row in json.loads(ran.out)["inputs"][0]["layers"]}
    assert (rows[layer]["size"], rows[layer]["stride"]) == ([size] * 2, [stride] * 2)
    table = cli("rf", f"zoo:{family}", "--net", net, "--depth", "1").out
    assert re.search(rf"^ {layer} .* {size} +{stride} ", table, re.MULTILINE)


def test_rf_of_unet_shows_both_phases(cli: Cli) -> None:
    ran = cli("rf", "zoo:unet", "--depth", "1", "--format", "json")
    rows = {row["path"]: row["rf"] for row in json.loads(ran.out)["inputs"][0]["layers"]}
    assert (rows["head"]["size_min"], rows["head"]["size"], rows["head"]["stride"]) == ([188] * 2, [204] * 2, [1] * 2)
    (line,) = [line for line in cli("rf", "zoo:unet", "--depth", "1").out.splitlines() if line.startswith(" head ")]
    assert "188–204" in line


def test_branches_of_inception() -> None:
    """Beside one another in the first block of Inception v3, whose input sees 31 at stride 8; together what the widest sees."""
    network = cnndsl.load("zoo:inception").net()
    wider = {"branch1x1": 0, "branch5x5_2": 4, "branch3x3dbl_1": 0, "branch3x3dbl_2": 2, "branch3x3dbl_3": 4, "branch_pool": 2}
    for path, steps in {"maxpool2": 0, "Mixed_5b": 4, **{f"Mixed_5b.{name}": n for name, n in wider.items()}}.items():
        found = network.receptive_field(path)
        assert isinstance(found, Field)
        assert (found.size, found.stride) == ((31 + 8 * steps,) * 2, (8, 8)), path


# Measured by autograd; of torchvision's own networks they are held in tests/specs


MEASURED = json.loads(gzip.decompress((DATA / "torchvision_receptive_fields.json.gz").read_bytes()))["models"]


def seen(network: cnndsl.Network, path: str) -> list[object]:
    field = network.receptive_field(path)
    assert isinstance(field, Field)
    return [field.size[-1], field.stride[-1], -field.start[-1]]  # type: ignore[operator]


ELSEWHERE = [("original_stride_on_1x1", "v1", 224), ("tfslim_stride_in_last_unit", "slim", 321)]


@pytest.mark.parametrize("depth", [50, 101])
@pytest.mark.parametrize(("measured", "ours", "side"), ELSEWHERE)
def test_resnet_with_its_stride_elsewhere(depth: int, measured: str, ours: str, side: int) -> None:
    """Of odd sizes, where Slim's padding is even on both sides, as in the measurement. Poolings bear other names there."""
    network = cnndsl.load("zoo:resnet_v1").net(f"resnet{depth}_{ours}", inputs=(3, side, side))
    rows = MEASURED[f"resnet{depth}__{measured}"]
    pools = {path.removesuffix(".0") for path, kind, *_ in rows if kind == "pool"}
    held = [row for row in rows if row[0].removesuffix(".0") not in pools]
    assert len(held) >= len(rows) - 7
    for path, _, *figures in held:
        assert seen(network, path) == figures[:3], path


def test_inception_v4() -> None:
    """Its 22 stages, in the order of the measurement."""
    network = cnndsl.load(Path(__file__).parent / "published" / "inception_v4.cnn").net()
    stages = list(dict.fromkeys(layer.path.split(".")[0] for layer in network))
    rows = MEASURED["timm_inception_v4"]
    for stage, (_, _, *figures) in zip([*stages, stages[-1]], rows, strict=True):
        assert seen(network, stage) == figures[:3], stage


# Gaps, and what stands beyond the border


def read(gradient: Any) -> Any:
    size = np.abs(gradient)
    return size > 1e-12 * size.max()


@pytest.mark.parametrize(("rates", "size", "count"), [((1, 2, 4), 15, 15 * 15), ((2, 2, 2), 13, 7 * 7)])
def test_dilated_stacks(rates: tuple[int, ...], size: int, count: int) -> None:
    text = "net N {\ninput x: 1x17x17\n" + "\n".join(f"Conv(1, 3, padding={d}, dilation={d})" for d in rates) + "\n}"
    network = cnndsl.parse(text).net()
    field, support = network.receptive_field("2"), network.support("2", 0, 8, 8)
    assert isinstance(field, Field)
    assert isinstance(support, np.ndarray)
    rows, columns = (np.flatnonzero(support.any(axis=axes)) for axes in ((0, 2), (0, 1)))
    assert field.size == (size, size) == (np.ptp(rows) + 1, np.ptp(columns) + 1)
    assert support.sum() == count == len(rows) * len(columns)
    (gradient,) = gradients(text, {"x": (1, 17, 17)}).values()
    assert (support == read(gradient[0, 8, 8])).all()


@pytest.mark.parametrize("mode", ["reflect", "replicate", "circular"])
def test_padding_is_seen_at_the_border_alone(mode: str) -> None:
    """Taps 3 apart: the unit at 1 reads 1 and 4 where zeros are around, and what stands in for -2 otherwise; by reflection 2."""
    supports = {}
    for around in ("zeros", mode):
        text = f"net N {{\ninput x: 1x9x9\nConv(1, 3, padding=3, dilation=3, padding_mode={around})\n}}"
        network = cnndsl.parse(text).net()
        (gradient,) = gradients(text, {"x": (1, 9, 9)}).values()
        units = list(np.ndindex(9, 9))
        supports[around] = {unit: network.support("0", 0, *unit) for unit in units}
        assert all((supports[around][unit] == read(gradient[0, *unit])).all() for unit in units)
    changed = {unit for unit in units if (supports["zeros"][unit] != supports[mode][unit]).any()}  # type: ignore[union-attr]
    inside = {unit for unit in units if all(3 <= place < 6 for place in unit)}
    assert (1, 1) in changed
    assert not changed & inside
    if mode == "reflect":
        assert [set(np.flatnonzero(supports[around][1, 1].any(axis=(0, 2)))) for around in supports] == [{1, 4}, {1, 2, 4}]  # type: ignore[union-attr]
