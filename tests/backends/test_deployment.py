"""The form for deployment: with random weights and statistics its outputs are those of the trained module in evaluation."""

from __future__ import annotations

import copy
import os
import pickle
import random
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, fx, nn

from cnndsl import CompileError, parse
from cnndsl.backends.torch import deployed as written
from cnndsl.backends.torch import source
from cnndsl.compiler import load as read
from cnndsl.deployment import Deployment, deployed
from cnndsl.network import Network
from cnndsl.ops.norm import BatchNorm
from tests.language.random_programs import random_program
from tests.specs.subject import fill

from . import test_torch_random as torch_random
from .emitted import ROOT, check_lines, expected_state, load, network_class, outputs, ruff, samples, state

LARGE = 150_000_000  # parameters
SIDES = (32, 64, 96, 128, 224, 320)  # of images, the first that a network can do with
FAST = {"resnet20", "mobilenet_v2", "dcgan_generator", "densenet_cifar_40_12", "mobilenet_v3_small"}


def forms(net: Network, folder: Path) -> tuple[Deployment, nn.Module, Any]:
    """What was done, the trained module with random weights and statistics in float64, and the file for deployment."""
    trained = network_class(load(source(net), folder, "trained_form"))().double()
    fill(trained, torch.Generator().manual_seed(0))
    deployment = deployed(net)
    return deployment, trained.eval(), load(written(deployment), folder, "deployed_form")


def hold(net: Network, folder: Path) -> Deployment:
    """Both forms give the same, and neither the trained weights nor the caller's inputs are touched."""
    deployment, trained, file = forms(net, folder)
    weights = {key: value.clone() for key, value in trained.state_dict().items()}
    model = file.from_trained(weights)
    single = {key: value.float() if value.is_floating_point() else value for key, value in weights.items()}
    inputs = samples(net, 2, torch.float64)
    copies = [x.clone() for x in inputs]
    with torch.no_grad():
        theirs, ours = outputs(trained(*inputs)), outputs(model(*copies))
        assert all(map(torch.equal, inputs, copies))
        agree(theirs, ours, 1e-10)
        agree(theirs, outputs(file.from_trained(single)(*[x.float() for x in inputs])), 2e-4)
    assert all(torch.equal(weights[key], value) for key, value in trained.state_dict().items())
    assert not any(parameter.requires_grad for parameter in model.parameters())
    assert [key for key, *_ in state(model)] == [key for key, *_ in expected_state(deployment.network)]
    check_lines(deployment.network, written(deployment))
    return deployment


def agree(theirs: list[Tensor], ours: list[Tensor], tolerance: float) -> None:
    for a, b in zip(theirs, ours, strict=True):
        assert a.shape == b.shape
        assert (a - b).abs().max() <= tolerance * max(1.0, float(a.abs().max()))


# Every network that ships


def zoo() -> list[Any]:
    """Those that normalise by batch, and the first net of every file: most are too slow for every day."""
    found = []
    for file in sorted((ROOT / "specs").glob("*.cnn")):
        program = read(file)
        names = [name for name in program.nets if not program.is_template(name)]
        normalises = re.search(r"BatchNorm|Conv(BN|NormAct)", file.read_text("utf-8"))
        chosen = names if normalises else names[:1]
        found += [pytest.param(file, name, id=name, marks=[pytest.mark.slow] * (name not in FAST)) for name in chosen]
    return found


def small(file: Path, name: str) -> Network:
    """The network for the smallest images that it can do with."""
    net = read(file).net(name)
    shapes = list(net.inputs.values())
    if len(shapes) > 1 or len(shapes[0]) != 3 or not all(isinstance(n, int) for n in shapes[0]):
        return net
    for side in SIDES:
        with suppress(CompileError):
            return read(file).net(name, inputs=(shapes[0][0], side, side))
    return net


@pytest.mark.parametrize(("file", "name"), zoo())
def test_networks_that_ship(file: Path, name: str, tmp_path: Path) -> None:
    net = small(file, name)
    if net.params > LARGE:
        pytest.skip("too large for float64 here, and built like smaller ones")
    norms = {node.path for node in net.ir.layers if isinstance(node.op, BatchNorm)}
    deployment = hold(net, tmp_path)
    assert {fold.norm.path for fold in deployment.folds} | {stays.norm.path for stays in deployment.left} == norms


# Random programs and networks


@pytest.mark.parametrize("seed", range(30))
def test_random_programs(seed: int, tmp_path: Path) -> None:
    hold(parse(random_program(random.Random(seed))).net(), tmp_path)


@pytest.mark.parametrize("seed", range(30))
def test_random_networks(seed: int, tmp_path: Path) -> None:
    """Layers that are applied again, several inputs and outputs, frozen layers, values that nothing reads."""
    hold(torch_random.network(seed), tmp_path)


def test_the_random_ones_hold_what_they_should() -> None:
    nets = [parse(random_program(random.Random(seed))).net() for seed in range(30)] + list(map(torch_random.network, range(30)))
    done = [deployed(net) for net in nets]
    assert {fold.before for each in done for fold in each.folds} == {True, False}
    assert {stays.reason for each in done for stays in each.left} >= set(REASONS[1:5])
    assert any(each.overwriting for each in done)
    assert any(fold.layer.call > 1 or fold.norm.frozen for each in done for fold in each.folds)


# One case each: what is folded, what stays and why

REASONS = (
    "it takes the statistics of the batch",
    "no convolution or linear layer is beside it",
    "its input is read elsewhere too",
    "the convolution after it pads with zeros",
    "the layer beside it is applied without it too",
    "a transposed convolution does not spread a shift evenly",
)

FOLDED = {
    "plain": "c: Conv(6, 3, padding=1) -> b: BatchNorm -> ReLU",
    "bias of its own": "c: Conv(6, 3, bias=false) -> b: BatchNorm\nd: Conv(6, 3, bias=true) -> e: BatchNorm",
    "grouped": "c: Conv(8, 3, groups=2) -> b: BatchNorm",
    "depthwise": "c: Conv(4, 3, groups=4, padding=1) -> b: BatchNorm",
    "transposed": "c: ConvTranspose(6, 3, stride=2, padding=1, output_padding=1) -> b: BatchNorm",
    "transposed and grouped": "c: ConvTranspose(6, 4, stride=2, groups=2) -> b: BatchNorm",
    "transposed and cut": "c: ConvTranspose(6, 3, stride=2, padding=same) -> b: BatchNorm",
    "padded by mirrors": "c: Conv(6, 3, padding=1, padding_mode=reflect) -> b: BatchNorm",
    "padded unevenly": "c: Conv(6, 4, padding=same) -> b: BatchNorm",
    "linear": "Flatten -> c: Linear(6) -> b: BatchNorm -> ReLU",
    "not affine": "c: Conv(6, 3) -> b: BatchNorm(affine=false)",
    "without a shift": "c: Conv(6, 3) -> b: BatchNorm(bias=false)",
    "another eps": "c: Conv(6, 3) -> b: BatchNorm(eps=0.01)\nd: Conv(6, 3) -> e: BatchNorm",
    "eps by default": "default BatchNorm(eps=0.5)\nc: Conv(6, 3) -> b: BatchNorm",
    "plain mean": "c: Conv(6, 3) -> b: BatchNorm(momentum=none)",
    "twice": "c: Conv(6, 3) -> b: BatchNorm -> e: BatchNorm(eps=0.1)",
    "with dropout between": "c: Conv(6, 3) -> Dropout(0.5) -> Identity -> b: BatchNorm",
    "by instances, gathered": "c: Conv(6, 3) -> b: InstanceNorm(affine=true, track_running_stats=true)",
    "before, without padding": "ReLU -> b: BatchNorm -> c: Conv(6, 3)",
    "before, grouped": "b: BatchNorm -> c: Conv(6, 3, groups=2, bias=false)",
    "before, padded by mirrors": "b: BatchNorm -> c: Conv(6, 3, padding=1, padding_mode=replicate)",
    "before, wrapped": "b: BatchNorm -> c: Conv(6, 3, padding=1, padding_mode=circular, stride=2)",
    "before, linear": "Flatten -> b: BatchNorm -> c: Linear(5)",
    "before and after": "b: BatchNorm -> c: Conv(6, 1) -> e: BatchNorm(affine=false)",
    "between two": "c: Conv(6, 3) -> b: BatchNorm -> d: Conv(6, 3)",
    "frozen": "@frozen c: Conv(6, 3) -> b: BatchNorm\nd: Conv(6, 3) -> @frozen e: BatchNorm",
    "fixed": "c: Conv(1, 1, weight=[[[[1]], [[2]], [[3]], [[4]]]]) -> b: BatchNorm",
    "initialised": 'default Conv(init=kaiming_normal(mode="fan_out"), bias_init=0)\nc: Conv(6, 3) -> b: BatchNorm(init=0.5)',
    "together": "s: { Conv(6, 3) -> BatchNorm -> ReLU }\nt: { Conv(6, 3) -> BatchNorm -> ReLU }",
    "shared together": "c: Conv(4, 1) -> b: BatchNorm -> ReLU -> c -> b as y\ny",
    "one for two": "c: Conv(6, 1) -> b: BatchNorm as y\nx -> d: Conv(6, 1) -> b as z\nadd(y, z)",
    "named, and read by its norm alone": "c: Conv(6, 3) as y\ny -> b: BatchNorm",
}


@pytest.mark.parametrize("name", FOLDED)
def test_folded(name: str, tmp_path: Path) -> None:
    deployment = hold(net(FOLDED[name]), tmp_path)
    assert deployment.left == []
    assert not any(node.op.kind == "normalization" for node in deployment.network.ir.layers)


STAYS = {
    "no statistics": ("c: Conv(6, 3) -> b: BatchNorm(track_running_stats=false)", 0, "b has track_running_stats=false"),
    "first": ("b: BatchNorm -> ReLU", 1, "b between the input and ReLU"),
    "after a merge": ("cat { | c: Conv(6, 1) | d: Conv(2, 1) } -> b: BatchNorm", 1, "b after cat"),
    "two readers": ("c: Conv(4, 1) as y -> b: BatchNorm as z\nadd(y, z)", 2, "what c gives goes to add too"),
    "two norms": ("c: Conv(4, 1) as y\nadd { | y -> a: BatchNorm | y -> b: BatchNorm }", 2, "what c gives goes to b too"),
    "an output": ("c: Conv(4, 1) as y -> b: BatchNorm as z\noutput y\noutput z", 2, "what c gives goes to an output"),
    "zeros at the border": ("MaxPool(2) -> b: BatchNorm -> c: Conv(6, 3, padding=1)", 3, "b before c"),
    "before a transposed one": ("ReLU -> b: BatchNorm -> c: ConvTranspose(6, 3)", 5, "b before c"),
    "applied without it": ("c: Conv(4, 1) -> b: BatchNorm -> c as y\ny", 4, "c without b"),
}


@pytest.mark.parametrize("name", STAYS)
def test_left(name: str, tmp_path: Path) -> None:
    text, reason, here = STAYS[name]
    deployment = hold(net(text), tmp_path)
    assert (REASONS[reason], here) in [(stays.reason, stays.here) for stays in deployment.left]


def net(body: str) -> Network:
    return parse(f"net N {{\ninput x: 4x8x8\n{body}\n}}\n").net()


# What works in place


def overwriting(body: str, folder: Path) -> list[str]:
    return [node.key for node in hold(net(body), folder).overwriting]


def test_in_place_where_nothing_else_reads(tmp_path: Path) -> None:
    assert overwriting("a: ReLU -> Conv(4, 1) -> b: ReLU6 -> Conv(4, 1) -> c: SiLU -> d: ReLU", tmp_path) == ["b", "c", "d"]


@pytest.mark.parametrize(
    "body",
    [
        "a: ReLU",  # the caller's
        "Slice(1, 3) -> a: ReLU",  # a view of the caller's
        "c: Conv(4, 1) as y -> a: ReLU as z\ncat(y, z)",
        "c: Conv(4, 1) as y -> a: ReLU as z\noutput y\noutput z",
        "Conv(4, 1) as y -> Flatten as f\ny -> a: ReLU -> Flatten as g\nadd(f, g) -> Linear(2)",  # a view of it is read
        "Conv(4, 1) -> Sigmoid -> a: ReLU",  # whose gradient reads what it gave
        "Conv(4, 1) -> a: LeakyReLU(-0.1)",  # which torch refuses
    ],
)
def test_not_in_place(body: str, tmp_path: Path) -> None:
    assert "a" not in overwriting(body, tmp_path)


def test_a_layer_that_is_applied_again_is_in_place_at_every_call_or_none(tmp_path: Path) -> None:
    assert overwriting("Conv(4, 1) -> a: ReLU -> Conv(4, 1) -> a", tmp_path) == ["a", "a"]
    assert overwriting("Conv(4, 1) -> a: ReLU as y\nx -> a as z\nmul(y, z)", tmp_path) == []


@pytest.mark.parametrize("seed", range(10))
def test_gradients_of_the_inputs_can_still_be_had(seed: int, tmp_path: Path) -> None:
    network = torch_random.network(seed)
    _, trained, file = forms(network, tmp_path)
    inputs = [x.requires_grad_() for x in samples(network, 2, torch.float64)]
    found = []
    for model in (trained, file.from_trained(trained.state_dict())):
        total = torch.stack([y.square().sum() for y in outputs(model(*inputs))]).sum()
        found.append(torch.autograd.grad(total, inputs, allow_unused=True))
    for a, b in zip(*found, strict=True):
        assert (a is None) == (b is None)
        assert a is None or (a - b).abs().max() <= 1e-9 * max(1.0, float(a.abs().max()))


# The weights that it takes


BODY = "c: Conv(6, 3, bias=false) -> b: BatchNorm -> d: Conv(6, 3, padding=1) -> ReLU -> e: BatchNorm"


def test_keys_that_do_not_fit_are_told(tmp_path: Path) -> None:
    _, trained, file = forms(net(BODY), tmp_path)
    state = trained.state_dict()
    with pytest.raises(RuntimeError, match=r"no weights of the trained N: missing=\['b.weight', 'd.bias'\], unexpected=\['g'\]"):
        file.from_trained({key: state[key] for key in state if key not in ("b.weight", "d.bias")} | {"g": state["d.bias"]})
    with pytest.raises(RuntimeError, match=r"missing=\['b.bias', 'b.running_mean'"):
        file.from_trained(file.from_trained(state).state_dict())  # what is folded is not folded again
    with pytest.raises(RuntimeError, match=r"size mismatch for c\.weight"):
        file.from_trained(state | {"c.weight": torch.zeros(6, 4, 1, 1)})


def test_counts_of_batches_are_not_needed(tmp_path: Path) -> None:
    """Files from before torch 0.4.1 have none."""
    _, trained, file = forms(net(BODY), tmp_path)
    state = trained.state_dict()
    old = {key: value for key, value in state.items() if not key.endswith("num_batches_tracked")}
    x = torch.randn(2, 4, 8, 8, dtype=torch.float64)
    assert torch.equal(file.from_trained(state)(x), file.from_trained(old)(x))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_the_dtype_is_that_of_the_weights(dtype: torch.dtype, tmp_path: Path) -> None:
    _, trained, file = forms(net(BODY), tmp_path)
    model = file.from_trained(trained.to(dtype).state_dict())
    assert {parameter.dtype for parameter in model.parameters()} == {dtype}
    assert model(torch.randn(2, 4, 8, 8, dtype=dtype)).dtype == dtype


def test_its_own_weights_are_its_own(tmp_path: Path) -> None:
    _, trained, file = forms(net(BODY), tmp_path)
    model = file.from_trained(trained.state_dict())
    mine = {tensor.untyped_storage().data_ptr() for tensor in model.state_dict().values()}
    assert not mine & {tensor.untyped_storage().data_ptr() for tensor in trained.state_dict().values()}
    assert model.c.weight.is_contiguous(memory_format=torch.channels_last)
    assert not model.training


def test_a_foreign_layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sames.py").write_text(SAME, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    deployment = hold(parse(FOREIGN).net(), tmp_path)
    assert [fold.norm.key for fold in deployment.folds] == ["b"]
    assert [stays.norm.key for stays in deployment.left] == ["e"]
    assert deployment.overwriting == []


SAME = "from torch import nn\n\n\nclass Same(nn.Module):\n    def forward(self, x):\n        return x\n"
FOREIGN = """
extern Same {
  input x: [c, h, w]
  output_shape = [c, h, w]
  params = 0
  macs = 0
  rf = 1
  torch = "sames:Same"
}
net N {
  input x: 4x8x8
  c: Conv(4, 1) -> b: BatchNorm as y
  Same -> ReLU as z
  add(y, z) -> s: Same -> e: BatchNorm
}
"""


def test_several_inputs_and_outputs(tmp_path: Path) -> None:
    text = """
    block Tower { c: Conv(8, 3, bias=false) -> b: BatchNorm -> ReLU }
    net Two {
      input left: 3x16x16
      input right: 3x16x16
      left -> tower: Tower as l
      right -> tower as r
      sub(l, r) -> Abs -> head: Conv(2, 1) -> BatchNorm as far
      add(l, r) as near
      output near
      output far
    }
    """
    deployment = hold(parse(text).net(), tmp_path)
    assert [(fold.layer.key, fold.norm.key) for fold in deployment.folds] == [("tower.c", "tower.b"), ("head", "3")]


# The file


def test_names_that_the_file_needs_can_be_labels_and_nets(tmp_path: Path) -> None:
    text = "net Fold {\n  input state: 4x8x8\n  put: Conv(4, 1) -> fold: BatchNorm -> from_trained: Conv(4, 1) -> spread: ReLU\n}"
    _, trained, file = forms(parse(text).net(), tmp_path)
    x = torch.randn(2, 4, 8, 8, dtype=torch.float64)
    with torch.no_grad():
        agree([trained(x)], [file.from_trained(trained.state_dict())(x)], 1e-10)


def test_what_is_written_is_formatted_and_clean(tmp_path: Path) -> None:
    for number, body in enumerate(FOLDED.values()):
        (tmp_path / f"folded{number}.py").write_text(written(deployed(net(body))), "utf-8")
    for seed in range(30):
        (tmp_path / f"random{seed}.py").write_text(written(deployed(torch_random.network(seed))), "utf-8")
    (tmp_path / "densenet.py").write_text(written(deployed(read(ROOT / "specs" / "densenet.cnn").net("densenet121"))), "utf-8")
    assert ruff(tmp_path) == ""


@pytest.mark.slow
def test_what_is_written_is_well_typed(tmp_path: Path) -> None:
    for number, body in enumerate(FOLDED.values()):
        (tmp_path / f"folded{number}.py").write_text(written(deployed(net(body))), "utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--cache-dir", str(tmp_path / "cache"), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_traced_copied_and_pickled(tmp_path: Path) -> None:
    _, trained, file = forms(net(BODY), tmp_path)
    model = file.from_trained(trained.state_dict())
    x = torch.randn(2, 4, 8, 8, dtype=torch.float64)
    others = [copy.deepcopy(model), pickle.loads(pickle.dumps(model)), fx.symbolic_trace(model)]
    others += [torch.jit.trace(model, x)]
    for other in others:
        assert torch.equal(other(x), model(x))


GOLDEN = Path(__file__).parent / "golden" / "deployed.py.txt"


def test_golden() -> None:
    """Written anew by `WRITE_GOLDEN=1 pytest tests/backends/test_deployment.py`, and read in the diff."""
    text = written(deployed(parse(SHOWN, "shown.cnn").net()))
    if os.environ.get("WRITE_GOLDEN"):
        GOLDEN.write_text(text, "utf-8")
    assert text == GOLDEN.read_text("utf-8")


SHOWN = """
net Shown {
  input image: 3x16x16
  conv1: Conv(8, 3, padding=1, bias=false) -> bn1: BatchNorm -> ReLU
  add {
    | conv2: Conv(8, 3, padding=1) -> bn2: BatchNorm(eps=0.001) -> Dropout(0.1)
    | _
  }
  bn3: BatchNorm -> ReLU -> bn4: BatchNorm -> up: ConvTranspose(4, 2, stride=2, bias=false) -> bn5: BatchNorm
}
"""
