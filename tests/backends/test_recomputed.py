"""Blocks that are computed again in the backward pass: the training step is that of the plain module, and keeps what is said."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from cnndsl import parse
from cnndsl.backends.torch import recomputed, source
from cnndsl.backward import peak
from cnndsl.checkpointing import checkpointed, kept
from cnndsl.compiler import load as read
from cnndsl.network import Network
from tests.benchmarks.training import measured
from tests.language.random_programs import random_program
from tests.specs.subject import fill

from . import test_torch_random as torch_random
from .emitted import ROOT, load, network_class, outputs, ruff, samples, state


def pair(net: Network, folder: Path) -> tuple[nn.Module, nn.Module]:
    """The plain module and the one whose blocks are computed again, with the same random weights and statistics."""
    plain = network_class(load(source(net), folder, "plain_form"))().double()
    text, _ = recomputed(net)
    model = network_class(load(text, folder, "recomputed_form"))().double()
    fill(plain, torch.Generator().manual_seed(0))
    assert state(model) == state(plain)
    model.load_state_dict(plain.state_dict())
    return plain, model


def step(model: nn.Module, inputs: list[Tensor]) -> list[Tensor]:
    """The outputs of a training step; all random numbers are drawn anew."""
    torch.manual_seed(1)
    found = outputs(model.train()(*[x.clone() for x in inputs]))
    total = torch.stack([y.square().mean() for y in found]).sum()
    if total.requires_grad:  # all may be frozen
        total.backward()
    return found


def hold(net: Network, folder: Path) -> None:
    """Outputs, gradients and statistics after two steps are equal to the bit, and so are outputs in evaluation."""
    plain, model = pair(net, folder)
    inputs = samples(net, 2, torch.float64)
    for _ in range(2):
        for a, b in zip(step(plain, inputs), step(model, inputs), strict=True):
            assert torch.equal(a, b)
    for (name, a), b in zip(plain.named_parameters(), model.parameters(), strict=True):
        assert (a.grad is None) == (b.grad is None), name
        assert a.grad is None or torch.equal(a.grad, b.grad), name
    for (name, a), b in zip(plain.named_buffers(), model.buffers(), strict=True):
        assert torch.equal(a, b), name
    with torch.no_grad():
        for a, b in zip(outputs(plain.eval()(*inputs)), outputs(model.eval()(*inputs)), strict=True):
            assert torch.equal(a, b)


@pytest.mark.parametrize("seed", range(25))
def test_random_programs(seed: int, tmp_path: Path) -> None:
    hold(parse(random_program(random.Random(seed))).net(), tmp_path)


@pytest.mark.parametrize("seed", range(25))
def test_random_networks(seed: int, tmp_path: Path) -> None:
    hold(torch_random.network(seed), tmp_path)


SHOWN = [
    ("resnet", "resnet18"),
    ("mobilenet_v2", "mobilenet_v2"),
    ("efficientnet", "efficientnet_b0"),
]
LONG = pytest.param("densenet", "densenet121", marks=pytest.mark.slow)


def small(file: str, name: str, batch: int = 2) -> Network:
    return read(ROOT / "specs" / f"{file}.cnn").net(name, inputs=(3, 64, 64), batch=batch)


@pytest.mark.parametrize(("file", "name"), [*SHOWN, LONG])
def test_networks_that_ship(file: str, name: str, tmp_path: Path) -> None:
    hold(small(file, name), tmp_path)


# What is kept


@pytest.mark.parametrize(("file", "name"), [*SHOWN, LONG])
def test_what_is_kept_and_the_peak_are_what_is_said(file: str, name: str, tmp_path: Path) -> None:
    net = small(file, name)
    text, made = recomputed(net)
    for written, chosen in ((source(net), []), (text, made.segments)):
        after, most = measured(network_class(load(written, tmp_path, "measured"))(), net)
        assert after == kept(net.ir, chosen, net.setting).after_forward
        assert most == pytest.approx(peak(net.ir, chosen, net.setting), rel=0.005)


# Which blocks


def method_names(body: str) -> list[str]:
    net = parse(f"block B {{ Conv(4, 3, padding=1) -> BatchNorm -> Sigmoid }}\nnet N {{\ninput x: 4x8x8\n{body}\n}}\n").net()
    return list(checkpointed(net, lambda name: name).bodies)


def test_blocks_and_what_is_between_them() -> None:
    assert method_names("stem: Conv(4, 1) -> norm: BatchNorm -> ReLU\na: B -> b: B\nhead: Conv(4, 1)") == ["stem_norm", "a", "b"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("a: B -> ReLU(inplace=true) -> b: B -> c: B", ["a", "b", "c"]),  # what they read stays, once they read it
        ("Conv(4, 1) as y -> a: B as z\ny -> ReLU(inplace=true) -> b: B -> c: B as w\nadd(z, w)", ["b", "c"]),
        ("Conv(4, 1) -> a: B -> b: { ReLU(inplace=true) -> Conv(4, 3) -> Sigmoid }", ["a"]),
    ],
)
def test_a_block_whose_input_is_overwritten_is_not_computed_again(body: str, expected: list[str]) -> None:
    assert [name for name in method_names(body) if name in ("a", "b", "c")] == expected


def test_nothing_to_spare() -> None:
    assert method_names("Conv(4, 1) -> ReLU") == []


def test_names_of_blocks_beside_those_of_layers(tmp_path: Path) -> None:
    net = parse(
        "block B { Conv(4, 3) -> BatchNorm -> Sigmoid }\nnet N {\ninput x: 4x16x16\nforward_: B -> Still: B -> B\n}"
    ).net()
    text, _ = recomputed(net)
    assert "recomputed(self, self.Still_block, x)" in text
    hold(net, tmp_path)


def test_what_is_written_is_formatted_and_clean(tmp_path: Path) -> None:
    for seed in range(25):
        (tmp_path / f"random{seed}.py").write_text(recomputed(torch_random.network(seed))[0], "utf-8")
        program = parse(random_program(random.Random(seed))).net()
        (tmp_path / f"program{seed}.py").write_text(recomputed(program)[0], "utf-8")
    for file, name in SHOWN:
        (tmp_path / f"{name}.py").write_text(recomputed(small(file, name))[0], "utf-8")
    assert ruff(tmp_path) == ""
