"""Activations against torch, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import nn

from cnndsl.diagnostics import Problem
from cnndsl.init import initialiser
from cnndsl.op import Applied, ChannelsLast, Op, Shape
from cnndsl.ops.rectify import Abs, Hardswish, LeakyReLU, PReLU, ReLU, ReLU6
from cnndsl.ops.smooth import ELU, GELU, SELU, Mish, SiLU, Softplus
from cnndsl.ops.softmax import LogSoftmax, Softmax
from cnndsl.ops.squash import Hardsigmoid, Sigmoid, Tanh
from cnndsl.symbols import symbol

from .checks import Case, hold

LAST = ChannelsLast((4, 2, 3))


def like(op: Op, shape: Shape, **more: Any) -> Case:
    """A case whose peer is torch's module of that name and those arguments."""
    return Case(op, (shape,), lambda: getattr(nn, type(op).__name__)(**{**op.written(), **more}))


def started() -> nn.Module:
    module = nn.PReLU(3)
    nn.init.uniform_(module.weight, 0.1, 0.2)
    return module


CASES = [
    *(like(kind(), shape) for kind in (ReLU, ReLU6, LeakyReLU, ELU, SELU, GELU, SiLU, Mish) for shape in ((3, 2, 4), (5,))),
    *(like(kind(), shape) for kind in (Hardswish, Hardsigmoid, Sigmoid, Tanh, Softplus, PReLU) for shape in ((3, 2, 4), (2, 1))),
    *(like(kind(inplace=True), (3, 2, 4)) for kind in (ReLU, ReLU6, LeakyReLU, ELU, SELU, SiLU, Mish, Hardswish, Hardsigmoid)),
    *(like(kind(), LAST) for kind in (ReLU, GELU, PReLU)),
    like(ReLU(), (2, 3, 2, 2)),
    like(LeakyReLU(negative_slope=0.1), (3, 2, 4)),
    like(LeakyReLU(negative_slope=-0.5), (3, 2, 4)),
    like(LeakyReLU(negative_slope=0, inplace=True), (3, 2, 4)),
    like(ELU(alpha=0.5), (3, 2, 4)),
    like(ELU(alpha=0, inplace=True), (3, 2, 4)),
    like(GELU(approximate="tanh"), (3, 2, 4)),
    like(Softplus(beta=2, threshold=1), (3, 2, 4)),
    like(PReLU(num_parameters=3), (3, 2, 4)),
    like(PReLU(num_parameters=3, init=0.1), (3,)),
    like(PReLU(init=1), (3, 1)),
    Case(PReLU(num_parameters=3, init=initialiser("uniform", (0.1, 0.2))), ((3, 2, 4),), started),
    Case(Abs(), ((3, 2, 4),), lambda: torch.abs),
    Case(Abs(), ((3,),), lambda: torch.abs),
    *(like(kind(), shape, dim=1) for kind in (Softmax, LogSoftmax) for shape in ((3, 2, 4), (5,), (4, 3), (2, 2, 3, 2))),
    *(like(kind(dim=dim), (3, 2, 4)) for kind in (Softmax, LogSoftmax) for dim in (2, 3, -1, -2, -3)),
    *(like(kind(dim=dim), LAST, dim=dim) for kind in (Softmax, LogSoftmax) for dim in (1, 2, 3, -1)),
    like(Softmax(dim=-1), (5,)),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_against_torch(case: Case) -> None:
    hold(case)


REFUSED = [
    (LeakyReLU(negative_slope=-0.1, inplace=True), (3, 2, 2), "E0405", "leave inplace out"),
    (ELU(alpha=-1, inplace=True), (3, 2, 2), "E0405", "leave inplace out"),
    (PReLU(num_parameters=4), (3, 2, 2), "E0303", "PReLU(3)"),
    (PReLU(num_parameters=3), ChannelsLast((2, 2, 3)), "E0304", "before the Permute"),
    (Softplus(beta=0), (3,), "E0405", "1 by default"),
    (Softmax(dim=0), (3, 2, 2), "E0405", "1 is the channels"),
    (LogSoftmax(dim=-2), (3,), "E0405", "axes count from the batch"),
    (Softmax(dim=4), (3, 2, 2), "E0405", "from 0, the batch, to 3"),
    (Softmax(dim=-5), ChannelsLast((3, 2, 2)), "E0405", "-1 is the channels"),
]


@pytest.mark.parametrize(("op", "shape", "code", "help"), REFUSED, ids=lambda v: str(v)[:60])
def test_refuses(op: Op, shape: Shape, code: str, help: str) -> None:
    with pytest.raises(Problem) as refused:
        Applied(op, (shape,))
    assert refused.value.code == code
    assert help in (refused.value.help or "")


def test_negative_slope_in_place_is_refused_since_torch_cannot_go_back() -> None:
    for module in (nn.LeakyReLU(-0.1, inplace=True), nn.ELU(-1.0, inplace=True)):
        x = torch.ones(1, 1, requires_grad=True)
        with pytest.raises(RuntimeError, match="negative"):
            module(x.clone()).sum().backward()


@pytest.mark.parametrize("value", ["tan", 1, True])
def test_gelu_knows_two_forms(value: Any) -> None:
    with pytest.raises(ValueError, match="neither none nor tanh"):
        GELU(approximate=value)
    assert GELU.model_validate({"approximate": None}) == GELU(approximate="none") == GELU()


def test_open_sizes_pass() -> None:
    shape = (3, symbol("H"), symbol("W"))
    assert Applied(Softmax(dim=2), (shape,)).output == shape
    assert Applied(PReLU(num_parameters=8), ((symbol("C"), 2, 2),)).output == (symbol("C"), 2, 2)
