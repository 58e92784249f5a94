"""The fully connected layer against torch, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from cnndsl.diagnostics import Problem
from cnndsl.op import Applied, ChannelsLast, Shape
from cnndsl.ops.linear import Linear
from cnndsl.symbols import symbol

from .checks import Case, hold

H = symbol("H")
MATRIX = ((1, 2, 3), (4, 5, 6))


def linear(op: Linear, shape: Shape) -> Case:
    return Case(op, (shape,), lambda: nn.Linear(shape[-1], op.out_features, op.bias), unit=True)


def filled() -> nn.Module:
    """The fixed matrix, and a bias of ones."""
    module = nn.Linear(3, 2)
    module.weight.data.copy_(torch.tensor(MATRIX))
    nn.init.ones_(module.bias)
    return module


CASES = [
    linear(Linear(out_features=5), (3,)),
    linear(Linear(out_features=1, bias=False), (1,)),
    linear(Linear(out_features=5), ChannelsLast((4, 3))),
    linear(Linear(out_features=2, bias=False), ChannelsLast((4, 5, 3))),
    linear(Linear(out_features=2), ChannelsLast((1, 1, 3))),
    linear(Linear(out_features=2), ChannelsLast((2, 3, 4, 2))),
    Case(Linear(out_features=2, weight=MATRIX, bias_init=1, init="normal"), ((3,),), filled),
    Case(Linear(out_features=4, init=Linear(out_features=1, init="eye").init), ((10,),), lambda: eye(10, 4)),
]


def eye(features: int, out: int) -> nn.Module:
    module = nn.Linear(features, out)
    nn.init.eye_(module.weight)
    return module


@pytest.mark.parametrize("case", CASES, ids=str)
def test_against_torch(case: Case) -> None:
    hold(case)


def test_a_map_is_refused_with_what_flattening_gives() -> None:
    with pytest.raises(Problem) as refused:
        Applied(Linear(out_features=10), ((512, 7, 7),))
    assert refused.value.code == "E0307"
    assert refused.value.help == "`Flatten` makes 512·7·7 = 25088 features of it; `GlobalAvgPool -> Flatten` leaves 512"
    with pytest.raises(Problem) as refused:
        Applied(Linear(out_features=10), ((512, H, H - 2),))
    assert "512·H·(H - 2)" in str(refused.value.help)


@pytest.mark.parametrize(
    ("arguments", "shape", "code"),
    [
        ({"weight": MATRIX}, (4,), "E0309"),
        ({"weight": ((1, 2, 3),)}, (3,), "E0309"),
        ({"init": "dirac"}, (3,), "E0405"),
        ({}, (H * 4,), "E0308"),
    ],
)
def test_refuses(arguments: dict[str, Any], shape: Shape, code: str) -> None:
    with pytest.raises(Problem) as refused:
        Applied(Linear(out_features=2, **arguments), (shape,))
    assert refused.value.code == code


def test_published_costs() -> None:
    last = Applied(Linear(out_features=1000), ((2048,),))
    assert (last.params, last.macs) == (2_049_000, 2_048_000)
