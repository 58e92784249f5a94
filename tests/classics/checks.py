"""A published network of the zoo, held against a module of plain torch that was written apart from it."""

# mypy: allow-subclassing-any
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from math import prod
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from cnndsl import Network, Program, load
from cnndsl.op import Shape

torch.set_num_threads(1)


@dataclass(frozen=True)
class Case:
    """A net of the zoo, and how plain torch writes it: a module whose tensors are registered in the same order.

    `small`: the input of the real passes, where that of the paper is slow; `gain`: of the kernels, less than 1 where
    very many residuals add up; `keys`: the tensors have the peer's names too; `idle`: a layer whose output nothing uses,
    in the published network as here.
    """

    net: str
    peer: Callable[[], nn.Module]
    small: Shape | None = None
    gain: float = 1
    keys: bool = False
    idle: str = ""

    def __str__(self) -> str:
        return self.net

    def network(self, inputs: Shape | None = None) -> Network:
        return program(self.net).net(self.net, inputs=inputs)


def cases(*given: Case, slow: tuple[str, ...] = ()) -> list[Any]:
    return [pytest.param(case, id=case.net, marks=[pytest.mark.slow] if case.net in slow else []) for case in given]


@cache
def program(net: str) -> Program:
    return load(f"zoo:{net}")


def hold_figures(case: Case) -> None:
    """Parameters, stored tensors, multiply–adds and shapes at the size of the paper; nothing is computed."""
    net = case.network()
    assert [d.title for d in net.diagnostics if d.severity != "note"] == []
    with torch.device("meta"):
        peer = case.peer().eval()
        with FlopCounterMode(display=False) as counter:
            outputs = tensors(peer(*(torch.empty(1, *shape) for shape in net.inputs.values())))
    assert net.params == sum(p.numel() for p in peer.parameters())
    stored = [(f"{layer.path}.{weight.name}", weight.shape) for layer in net for weight in layer.weights]
    expected = [(name, tuple(t.shape)) for name, t in peer.state_dict().items()]
    assert stored == expected if case.keys else [shape for _, shape in stored] == [shape for _, shape in expected]
    assert net.macs == counter.get_total_flops() / 2
    assert list(net.outputs.values()) == [tuple(t.shape[1:]) for t in outputs]


def hold_values(case: Case) -> None:
    """With the same weights the same outputs, bit for bit; and every parameter that trains gets a gradient."""
    torch.manual_seed(0)
    net = case.network(case.small)
    with torch.device("meta"):
        model, peer = net.to_torch(), case.peer()
    drawn = [weights(name, t, case.gain) for name, t in peer.state_dict().items()]
    for module in (model, peer):
        module.load_state_dict(dict(zip(module.state_dict(), drawn, strict=True)), assign=True)
        module.eval()
    inputs = [torch.rand(2, *shape) for shape in net.inputs.values()]
    with torch.no_grad():
        ours, theirs = tensors(model(*inputs)), tensors(peer(*inputs))
    for a, b in zip(ours, theirs, strict=True):
        assert torch.isfinite(b).all()
        assert b.std() > 0, "a constant output shows nothing"
        assert torch.equal(a, b)
    assert without_gradient(model.train(), inputs) == {case.idle} - {""}


def without_gradient(model: nn.Module, inputs: list[Tensor]) -> set[str]:
    """The layers that no part of the outputs depends on."""
    sum(t.square().mean() for t in tensors(model(*inputs))).backward()
    return {name.rpartition(".")[0] for name, p in model.named_parameters() if p.requires_grad and p.grad is None}


def tensors(outputs: Any) -> list[Tensor]:
    return [outputs] if isinstance(outputs, Tensor) else list(outputs.values() if isinstance(outputs, dict) else outputs)


def weights(name: str, like: Tensor, gain: float) -> Tensor:
    """Numbers that keep activations of a size: kernels by their fan-in, scales and variances about 1, shifts about 0."""
    if not like.is_floating_point():
        return torch.zeros(like.shape, dtype=like.dtype)
    if like.dim() > 1:
        bound = gain * (6 / prod(like.shape[1:])) ** 0.5
        return torch.empty(like.shape).uniform_(-bound, bound)
    if name.endswith(("bias", "mean")):
        return torch.empty(like.shape).uniform_(-0.2, 0.2)
    return torch.empty(like.shape).uniform_(0.5, 1.5)


# What many of the modules are made of


class Merge(nn.Module):
    """Several branches on one value, and what makes one of their outputs."""

    def __init__(self, how: Callable[[list[Tensor]], Tensor], *branches: nn.Module) -> None:
        super().__init__()
        self.how = how
        self.branches = nn.ModuleList(branches)

    def forward(self, x: Tensor) -> Tensor:
        return self.how([branch(x) for branch in self.branches])


class Lambda(nn.Module):
    """A function as a module."""

    def __init__(self, function: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x)


def total(xs: list[Tensor]) -> Tensor:
    """The sum, from the first on."""
    result = xs[0]
    for x in xs[1:]:
        result = result + x
    return result


def joined(xs: list[Tensor]) -> Tensor:
    return torch.cat(xs, 1)


def mean_flat() -> nn.Sequential:
    return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
