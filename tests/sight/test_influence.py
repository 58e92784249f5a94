"""Influence against the mean squared gradient over random starts of the emitted module, made linear."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from cnndsl.compiler import parse
from cnndsl.live import Network

from .oracle import POOLS, replaced
from .programs import Program, programs
from .proofs import network

STARTS = 400
KEPT = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d, nn.Linear)


class Mean(nn.Module):  # type: ignore[misc]
    """The mean of each window of a max pooling layer, of what is in it."""

    def __init__(self, pool: Any) -> None:
        super().__init__()
        arguments = (pool.kernel_size, pool.stride, pool.padding, pool.ceil_mode, False)
        self.pool = getattr(nn, type(pool).__name__.replace("Max", "Avg"))(*arguments)

    def forward(self, x: Tensor) -> Tensor:
        return self.pool(x)


def module_of(text: str) -> nn.Module:
    """The emitted module with activations as the identity and max pooling as the mean of its window."""
    module = parse(text).net().to_torch().double().eval()
    norms = {name: child for name, child in module.named_modules() if isinstance(child, nn.modules.batchnorm._BatchNorm)}
    module = means(module)
    module = replaced(module, ones=False)
    for name, norm in norms.items():  # normalisation by the statistics that it starts from stays
        owner, _, last = name.rpartition(".")
        setattr(module.get_submodule(owner), last, norm)
    return module


def means(module: nn.Module) -> nn.Module:
    for name, child in module.named_children():
        setattr(module, name, Mean(child) if isinstance(child, POOLS) else means(child))
    return module


def hold(text: str, net: Network, path: str, unit: tuple[int, ...], starts: int = STARTS) -> None:
    """Row by row and column by column, what we say lies within five standard errors of the mean."""
    found = net.influence(path, *unit)
    expected = found if isinstance(found, dict) else {next(iter(net.inputs)): found}
    module = module_of(text)
    inputs = [torch.ones(1, *shape, dtype=torch.float64, requires_grad=True) for shape in net.inputs.values()]
    squares: dict[str, list[Any]] = {name: [] for name in net.inputs}
    for start in range(starts):
        torch.manual_seed(start)
        for child in module.modules():
            if isinstance(child, KEPT):
                child.reset_parameters()
        output = module(*inputs)
        gradients = torch.autograd.grad(output[(0, *unit)], inputs, allow_unused=True)
        for name, x, gradient in zip(net.inputs, inputs, gradients, strict=True):
            squares[name].append((torch.zeros_like(x) if gradient is None else gradient)[0].square().numpy())
    for name, influence in expected.items():
        samples = np.stack(squares[name])
        for axis in range(1, samples.ndim):
            check(influence.map, samples, axis)


def check(ours: Any, samples: Any, axis: int) -> None:
    others = tuple(other for other in range(samples.ndim) if other not in (0, axis))
    marginals = samples.sum(axis=others)
    mean, error = marginals.mean(axis=0), marginals.std(axis=0) / np.sqrt(len(samples))
    claimed = ours.sum(axis=tuple(other - 1 for other in others))
    scale = max(mean.max(), 1e-300)
    assert (np.abs(claimed - mean) <= 5 * error + 1e-9 * scale).all(), (claimed, mean, error)


@st.composite
def shallow(draw: st.DrawFn) -> Program:
    return draw(programs(lines=4, extent=(2, 9), rank=draw(st.sampled_from([1, 2]))))


@pytest.mark.parametrize("examples", [15, pytest.param(400, marks=pytest.mark.slow)])
def test_influence_is_the_mean_squared_gradient(examples: int) -> None:
    held = 0

    @settings(max_examples=examples, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(shallow(), st.integers(0, 2**16))
    def holds(program: Program, seed: int) -> None:
        nonlocal held
        net, path, _ = network(program)
        sizes = tuple(int(size) for size in net.value(path).shape)  # type: ignore[arg-type]
        unit = tuple(int(place) for place in np.unravel_index(seed % int(np.prod(sizes)), sizes))
        found = net.influence(path, *unit)
        one = next(iter(found.values())) if isinstance(found, dict) else found
        assume(not one.approximate)
        assume(" dilation" not in " ".join(line for line in program.lines if "MaxPool" in line))  # torch has no such mean
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            hold(program.text, net, path, unit)
        held += 1

    holds()
    assert held >= examples // 2


EXACT = {
    "stack": (
        "2x20x20",
        "a: Conv(4, 3, padding=1) -> ReLU -> b: Conv(4, 3, padding=2, dilation=2) -> c: Conv(2, 3)",
        "c",
        (1, 8, 8),
    ),
    "shortcut": (
        "2x14x14",
        "a: Conv(4, 3, padding=1) -> MaxPool(3, 2, padding=1)\n add { | b: Conv(4, 3, padding=1) | _ }",
        "add",
        (1, 4, 4),
    ),
    "mirror": ("1x9x9", "a: Conv(3, 3, padding=1, padding_mode=reflect) -> b: Conv(3, 3)", "b", (0, 0, 3)),
    "up": ("1x8x8", "a: Conv(3, 3) -> Upsample(scale_factor=2, mode=bicubic) -> b: Conv(2, 3, stride=2)", "b", (1, 2, 2)),
}


@pytest.mark.parametrize("name", EXACT)
def test_exact_ones(name: str) -> None:
    size, body, path, unit = EXACT[name]
    text = f"net N {{ input x: {size}\n {body} }}"
    net = parse(text).net()
    assert isinstance(net, Network)
    found = net.influence(path, *unit)
    assert not isinstance(found, dict)
    assert found.approximate == ()
    assert found.places.sum() == pytest.approx(1)
    hold(text, net, path, unit)


@pytest.mark.parametrize("init", ["xavier_normal", "kaiming_normal", "normal(std=0.1)", "uniform(-1, 1)", "kaiming_uniform(a=1)"])
def test_the_variance_of_an_initialiser_is_that_of_its_draws(init: str) -> None:
    net = parse(f"net N {{ input x: 40x1\n a: Conv(50, 1, init={init}, bias=false) }}").net()
    assert isinstance(net, Network)
    found = net.influence("a", 0, 0)
    assert not isinstance(found, dict)
    torch.manual_seed(0)
    drawn = torch.cat([net.to_torch().a.weight.flatten() for _ in range(10)])
    assert found.map.mean() == pytest.approx(drawn.double().var().item(), rel=0.05)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("a: Conv(2, 3, padding=1) -> a", "the weights of a are met twice"),
        ("AvgPool(3, 1) -> a: Conv(2, 3) -> AvgPool(3, 1)", "fixed layers overlap before and after layers with weights"),
        ("a: Conv(2, 3, padding=1)\n mul { | _ | b: Conv(2, 1) }", "mul (mul) is not linear"),
        ("a: Conv(2, 3, padding=1)\n add { | _ | AvgPool(3, 1, padding=1) }", "paths meet that no weights tell apart"),
        ("a: Conv(1, 1, weight=[[[[1]], [[0]]]])", "a (Conv) is not linear"),
    ],
)
def test_what_is_not_exact_says_why(body: str, why: str) -> None:
    net = parse(f"net N {{ input x: 2x9x9\n {body} }}").net()
    assert isinstance(net, Network)
    last = net.layers[-1]
    found = net.influence(f"{last.path}@{last.call}", 0, 2, 2)
    assert not isinstance(found, dict)
    assert why in found.approximate


def test_closed_form_of_a_stack() -> None:
    """n convolutions of kernel k: the variance of the position is n·(k² - 1)/12 (Luo et al., 2016, section 2)."""
    for n, k in ((1, 3), (4, 3), (6, 5)):
        layers = " -> ".join(f"c{i}: Conv(1, {k})" for i in range(n))
        net = parse(f"net N {{ input x: 1x41x41\n {layers} }}").net()
        assert isinstance(net, Network)
        unit = (41 - n * (k - 1)) // 2
        found = net.influence(f"c{n - 1}", 0, unit, unit)
        assert not isinstance(found, dict)
        assert found.deviation == pytest.approx([np.sqrt(n * (k * k - 1) / 12)] * 2)
        assert found.centre == pytest.approx([20, 20])
