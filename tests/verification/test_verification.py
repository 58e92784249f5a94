"""Verification finds no difference in networks of all kinds, and finds every claim that is made wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import cnndsl
from cnndsl.compiler import parse
from cnndsl.diagnostics import Problem
from cnndsl.graph import Value
from cnndsl.live import Network
from cnndsl.op import NOTHING_SAVED, Applied, Call, Saved, Torch, Weight
from cnndsl.ops.conv import Conv
from cnndsl.ops.squash import Tanh
from cnndsl.relation import DENSE, Relation, taps
from cnndsl.verdict import DIFFERS, HOLDS, UNCHECKED, Verification
from cnndsl.verification import Effort, names, verify
from tests.commands.programs import LENET, OPEN

torch.set_num_threads(1)
ROOT = Path(__file__).parents[2]

SIAMESE = """
block Tower { conv1: Conv(6, 5) -> ReLU -> MaxPool(2)
  conv2: Conv(8, 3) -> ReLU -> Flatten
  fc: Linear(16) -> Sigmoid }
net Siamese {
  input a: 1x20x20
  input b: 1x20x20
  a -> tower: Tower as fa
  b -> tower as fb
  sub(fa, fb) -> Abs -> score: Linear(1) -> Sigmoid
  output score = _, embedding = fa
}
"""
SHARED = """
net Shared {
  input x: 4x12x12
  c: Conv(4, 3, padding=1) -> ReLU as once
  once -> c as twice
  add(once, twice) -> c as again
  cat(again, in) -> GlobalAvgPool -> Flatten -> Linear(3)
}
"""
ONE = """
net Waves {
  input x: 2x64
  for i in 0..3 { c$i: Conv(4, 2, dilation=2 ** i, padding=[[2 ** i, 0]]) -> GELU }
  up: ConvTranspose(4, 3, stride=2) -> GroupNorm(2) -> Upsample(size=50, mode="linear") -> LPPool(2, 3)
  head: Conv(1, 1)
}
"""
THREE = """
net Volume {
  input x: 1x8x16x16
  c: Conv(4, 3, padding=1, padding_mode=replicate, bias=false) -> BatchNorm -> ReLU(inplace=true)
  MaxPool([1, 2, 2]) -> d: Conv(6, [3, 1, 1], stride=[2, 1, 1], padding=[1, 0, 0], groups=2) -> InstanceNorm
  AdaptiveMaxPool([2, 4, 3]) -> Dropout(0.2) -> Flatten -> Linear(5) -> Softmax
}
"""
GATED = """
net Gated {
  input x: 8x20x20
  c: Conv(16, 3, stride=2, padding=same) -> LRN(5) -> ChannelShuffle(4)
  mul { | _ | GlobalAvgPool -> s: Conv(4, 1) -> SiLU -> e: Conv(16, 1) -> Hardsigmoid }
  Chunk(2) as l, r
  l -> d: Conv(8, 5, padding=2, padding_mode=reflect, groups=8) as ld
  softmax(ld, r) as p, q
  maximum(p, q) -> LayerNorm -> scale: LayerScale -> PixelShuffle(2)
  up: Upsample(scale_factor=2, mode="bicubic") -> AvgPool(3, 2, padding=1, count_include_pad=false, ceil_mode=true)
  MaxPool(3, 2, padding=same)
}
"""
NETWORKS = {"LeNet": LENET, "siamese": SIAMESE, "shared": SHARED, "1-D": ONE, "3-D": THREE, "gated": GATED}


def small_unet() -> Network:
    return cnndsl.load(ROOT / "examples" / "unet.cnn").net("UNetBN", inputs=(3, 32, 32), base=4)


def differing(found: Verification) -> dict[str, list[Any]]:
    return {verdict.name: verdict.differences for verdict in found.verdicts if verdict.differences}


def open_questions(found: Verification) -> dict[str, list[str]]:
    return {verdict.name: list(verdict.reasons) for verdict in found.verdicts if verdict.unchecked}


def states(found: Verification) -> dict[str, str]:
    return {verdict.name: verdict.state for verdict in found.verdicts}


CHECKS = ("shapes", "state_dict", "params", "macs", "memory", "training", "windows")


def test_the_checks_are_found_by_folder() -> None:
    assert names() == CHECKS


@pytest.mark.parametrize("name", NETWORKS)
def test_no_difference(name: str) -> None:
    found = verify(parse(NETWORKS[name]).net(), Effort(units=4))
    assert not differing(found)
    assert not open_questions(found)
    assert set(states(found).values()) == {HOLDS}


def test_a_unet() -> None:
    found = verify(small_unet())
    assert not differing(found)
    assert not open_questions(found)


def test_every_layer_is_compared() -> None:
    network = parse(SIAMESE).net()
    by_name = {verdict.name: verdict for verdict in verify(network).verdicts}
    assert {node.index for node in network.ir.layers} == set(by_name["shapes"].states) == set(by_name["windows"].states)
    assert [claim.node.key for claim in by_name["macs"].claims if claim.node] == [
        layer.path for layer in network.layers if layer.macs
    ]


# What is wrong is found: one claim at a time, and nothing but it


def wrong(network: Network) -> dict[str, list[Any]]:
    found = differing(verify(network))
    assert len(found) == 1, found
    return found


def lenet() -> Network:
    return parse(LENET).net()


def test_wrong_macs(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Conv.macs
    monkeypatch.setattr(Conv, "macs", lambda self, io: right(self, io) + (self.out_channels == 16))
    (claim, total) = wrong(lenet())["macs"]
    assert (claim.node.key, claim.said, claim.found) == ("c3", 240_001, 240_000)
    assert (total.node, total.said, total.found) == (None, 416_521, 416_520)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda w: (w[0]._replace(name="kernel"), *w[1:]), "a name"),
        (lambda w: (w[0]._replace(dtype="float64"), *w[1:]), "a dtype"),
        (lambda w: (w[0]._replace(shape=w[0].shape[::-1]), *w[1:]), "a shape"),
        (lambda w: w[::-1], "the order"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_wrong_keys(monkeypatch: pytest.MonkeyPatch, change: Callable[[Any], tuple[Weight, ...]], what: str) -> None:
    network = lenet()
    _ = network.findings  # bytes and numbers as they were
    conv = network.ir.nodes[1].io
    conv.weights = change(conv.weights)
    found = wrong(network)["state_dict"]
    assert {claim.node and claim.node.key for claim in found} <= {"c1", None}, what


def test_wrong_parameters() -> None:
    network = lenet()
    network.findings.columns["params"][1] += 1
    network.totals["trainable"] -= 1
    assert [(c.what, c.said, c.found) for c in wrong(network)["params"]] == [
        ("parameters", 157, 156),
        ("all that train", 61_705, 61_706),
    ]


def test_what_trains(monkeypatch: pytest.MonkeyPatch) -> None:
    text = LENET.replace("c3:", "@frozen c3:")
    assert not differing(verify(parse(text).net()))
    network = parse(text).net()
    source = network.torch_source()
    monkeypatch.setattr(network, "torch_source", lambda: source.replace("requires_grad_(False)", "train()"))
    found = differing(verify(network))
    assert [(c.node and c.node.key, c.said, c.found) for c in found["params"]] == [("c3", 0, 2416), (None, 59_290, 61_706)]
    assert [c.node.key for c in found["state_dict"]] == ["c3"]


def test_wrong_shape() -> None:
    network = lenet()
    network.layer("4").node.io.outputs = ((16, 10, 11),)
    found = differing(verify(network))["shapes"]
    assert [(c.node.key, c.said, c.found) for c in found] == 2 * [("4", [(1, 16, 10, 11)], [(1, 16, 10, 10)])]


def test_wrong_output() -> None:
    network = lenet()
    network.ir.outputs["out"] = Value(network.ir.nodes[-2])
    source = lenet().torch_source()
    network.torch_source = lambda: source  # type: ignore[method-assign]
    (claim, same) = wrong(network)["shapes"]
    assert (claim.what, claim.said, claim.found) == ("the network's output out", (1, 84), (1, 10))
    assert same == claim


def test_wrong_memory() -> None:
    network = lenet()
    network.findings.columns["memory"][1] += 4
    network.totals["peak_bytes"] -= 4
    found = wrong(network)["memory"]
    assert [(c.what, c.said - c.found) for c in found] == [("bytes made", 4), ("bytes alive at once, at most", -4)]


def test_wrong_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tanh, "saved", lambda self, io: NOTHING_SAVED)
    first, *rest = wrong(lenet())["training"]
    assert (first.node.key, first.said, first.found) == ("1", 0, 2 * 4 * 6 * 28 * 28)
    assert [claim.node.key for claim in rest] == ["4", "7", "10"]  # the layers behind keep the same: the total stands


def test_too_much_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tanh, "saved", lambda self, io: Saved(output=True, fixed=1))
    assert [c.said - c.found for c in wrong(lenet())["training"]] == [4, 4, 4, 4, 16]


def test_wrong_window(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Conv.relation

    def shifted(self: Conv, io: Applied, index: int = 0) -> Relation:
        relation = right(self, io, index)
        return relation._replace(axes=(taps(5, start=1), *relation.axes[1:])) if self.out_channels == 16 else relation

    monkeypatch.setattr(Conv, "relation", shifted)
    found = wrong(lenet())["windows"]
    assert {claim.node.key for claim in found} >= {"c3", "4", "5"}
    assert not {claim.node.key for claim in found} & {"c1", "1", "2"}
    assert {claim.what.split()[0] for claim in found} == {"units", "window", "field", "support"}


def test_wrong_channels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows are right, but not every channel reads what is said: only the support tells."""
    network = parse("net N { input x: 4x9x9\n c: Conv(8, 3, groups=2) }").net()
    right = Conv.relation
    monkeypatch.setattr(Conv, "relation", lambda self, io, index=0: right(self, io, index)._replace(channels=DENSE))
    assert {claim.what.split()[0] for claim in wrong(network)["windows"]} == {"support"}


def test_what_torch_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tanh, "torch", lambda self, io: Torch("{0}[:, 999]"))
    found = differing(verify(lenet()))
    assert {name: [(c.node.key, c.said) for c in claims] for name, claims in found.items()} == {
        name: [("1", "runs")] for name in CHECKS if name not in ("state_dict", "params", "windows")
    }
    assert all(claim.found.startswith("IndexError: index 999") for claims in found.values() for claim in claims)


def test_what_cannot_be_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tanh, "torch", lambda self, io: Torch(module=Call("nn.Tanhh")))
    found = verify(lenet())
    assert {name: [c.what for c in claims] for name, claims in differing(found).items()} == {name: ["run"] for name in CHECKS}


# What cannot be compared is said


def test_open_sizes() -> None:
    found = verify(parse(OPEN).net())
    assert not differing(found)
    assert set(open_questions(found)) == set(CHECKS) - {"state_dict", "params"}
    assert states(found)["params"] == HOLDS


def test_too_large_for_the_memory() -> None:
    found = verify(lenet(), Effort(memory=1000))
    assert not differing(found)
    questions = open_questions(found)
    assert set(questions) == {"shapes", "training", "windows"}
    assert states(found)["shapes"] == HOLDS  # on the meta device
    assert states(found)["windows"] == UNCHECKED


def test_windows_cost_no_more_than_is_spent() -> None:
    network = small_unet()
    found = {verdict.name: verdict for verdict in verify(network, Effort(work=10_000_000)).verdicts}["windows"]
    assert found.states[network.layer("head").node.index] == HOLDS  # the last comes first
    assert 0 < list(found.states.values()).count(UNCHECKED) < len(found.states)
    (why,) = found.reasons
    assert why.startswith("single units of ")
    assert " layers: to follow all gradients takes --work 1, " in why


def test_all_units_are_swept_where_that_may_be_spent() -> None:
    """Every window is compared by cutting the input, also where gradients would take too much."""
    network = small_unet()
    found = {verdict.name: verdict for verdict in verify(network, Effort(work=2 * 10**9)).verdicts}["windows"]
    assert set(found.states.values()) == {HOLDS}
    assert len(found.states) == len(network.layers)
    assert {claim.said for claim in found.claims if claim.what.startswith("units that see otherwise")} == {0}


EXTERN = """
extern Gate(r = 2) {
  input x: [c, h, w]
  output_shape = [c, h, w]
  params = 2 * c * c
  macs = 2 * c * c
  rf = "global"
  torch = "foreign:Gate(channels={c})"
}
net N {
  input x: 3x12x12
  a: Conv(4, 3, padding=1)
  gate: Gate
  b: Conv(4, 3)
}
"""


class Gate(nn.Module):  # type: ignore[misc]
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.squeeze = nn.Linear(channels, channels, bias=False)
        self.excite = nn.Linear(channels, channels, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.sigmoid(self.excite(torch.relu(self.squeeze(x.mean((2, 3))))))[..., None, None]


@pytest.fixture
def foreign(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("foreign")
    module.Gate, module.Blur = Gate, Blur  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "foreign", module)


@pytest.mark.usefixtures("foreign")
def test_an_extern() -> None:
    network = parse(EXTERN).net()
    found = verify(network)
    assert not differing(found)
    assert set(open_questions(found)) == {"state_dict", "training", "windows"}
    by_layer = {verdict.name: [verdict.of(node) for node in network.ir.layers] for verdict in found.verdicts}
    assert by_layer["windows"] == [HOLDS, UNCHECKED, UNCHECKED]
    assert by_layer["state_dict"] == [HOLDS, UNCHECKED, HOLDS]
    assert by_layer["params"] == [HOLDS, HOLDS, HOLDS]


@pytest.mark.usefixtures("foreign")
def test_an_extern_that_says_too_little() -> None:
    found = verify(parse(EXTERN.replace("params = 2", "params = 1").replace("macs = 2", "macs = 3")).net())
    assert {name: next((c.said, c.found) for c in claims) for name, claims in differing(found).items()} == {
        "params": (16, 32),
        "macs": (48, 32),
    }


BLUR = """
extern Blur() {
  input x: [c, h, w]
  output_shape = [c, h, w]
  weights = [["kernel", [c, 1, 3, 3]]]
  macs = 9 * c * h * w
  rf = FIELD
  torch = "foreign:Blur(channels={c})"
}
net N {
  input x: 3x12x12
  a: Conv(4, 3, padding=1)
  blur: Blur
}
"""


class Blur(nn.Module):  # type: ignore[misc]
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.kernel = nn.Parameter(torch.rand(channels, 1, 3, 3))

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.conv2d(x, self.kernel, padding=1, groups=x.shape[1])


@pytest.mark.usefixtures("foreign")
def test_what_an_extern_reads() -> None:
    found = verify(parse(BLUR.replace("FIELD", "3")).net())
    assert not differing(found)
    assert set(open_questions(found)) == {"training"}
    (claim, *_) = [c for c in wrong(parse(BLUR.replace("FIELD", "1")).net())["windows"] if c.node.key == "blur"]
    assert (claim.node.key, claim.what, claim.said) == ("blur", "numbers that unit 6,6 reads outside its field", 0)
    assert claim.found == 8 * 4  # each channel its own eight neighbours


def test_a_foreign_package_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "foreign", raising=False)
    with pytest.raises(Problem, match="cannot be imported: No module named 'foreign'"):
        verify(parse(EXTERN).net())


def test_differences_stand_out() -> None:
    network = lenet()
    network.findings.columns["macs"][1] += 1
    verdict = next(verdict for verdict in verify(network).verdicts if verdict.name == "macs")
    assert [verdict.of(node) for node in network.ir.layers][:4] == [DIFFERS, "", "", HOLDS]
