"""Regularisers, layer scale and identity against torch, and against stochastic depth written apart."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from cnndsl.diagnostics import Problem
from cnndsl.init import initialiser
from cnndsl.op import Applied, ChannelsLast, Shape
from cnndsl.ops.regularize import AlphaDropout, Dropout, Dropout2d, Identity, LayerScale, Scale, StochasticDepth

from .checks import Case, Emitted, hold

DROPOUTS = ((Dropout, nn.Dropout), (AlphaDropout, nn.AlphaDropout))


class Skipping(nn.Module):  # type: ignore[misc]
    """Stochastic depth as its paper defines it, with the random numbers in torchvision's order."""

    def __init__(self, p: float, rows: bool) -> None:
        super().__init__()
        self.p, self.rows = p, rows

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.p == 0:
            return x
        survives = torch.empty([x.shape[0] if self.rows else 1] + [1] * (x.ndim - 1), dtype=x.dtype).bernoulli_(1.0 - self.p)
        return x * (survives.div_(1.0 - self.p) if self.p < 1 else survives)


class Scaling(nn.Module):  # type: ignore[misc]
    def __init__(self, *size: int, start: Callable[[Tensor], Tensor] = lambda t: nn.init.constant_(t, 1e-6)) -> None:
        super().__init__()
        self.label = nn.Parameter(start(torch.empty(size)))

    def forward(self, x: Tensor) -> Tensor:
        return self.label * x


CASES = [
    *(Case(op(p=p), ((3, 2, 4),), partial(peer, p)) for op, peer in DROPOUTS for p in (0, 0.3, 0.5, 1)),
    *(Case(op(p=p, inplace=True), ((3, 4),), partial(peer, p, True)) for op, peer in DROPOUTS for p in (0, 0.3, 1)),
    *(Case(op(), ((5,),), peer) for op, peer in DROPOUTS),
    *(Case(op(), (ChannelsLast((2, 2, 3)),), peer) for op, peer in DROPOUTS),
    *(Case(Dropout2d(p=p), ((4, 3, 2),), partial(nn.Dropout2d, p)) for p in (0, 0.3, 0.5, 1)),
    Case(Dropout2d(p=0.3, inplace=True), ((4, 3, 2),), lambda: nn.Dropout2d(0.3, inplace=True)),
    Case(Dropout2d(p=1, inplace=True), ((4, 3, 2),), lambda: nn.Dropout2d(1, inplace=True)),
    Case(Dropout2d(), ((4, 3),), nn.Dropout1d),
    Case(Dropout2d(p=0.2), ((4, 2, 1, 3),), lambda: nn.Dropout3d(0.2)),
    *(
        Case(StochasticDepth(p=p, mode=mode), (shape,), partial(Skipping, p, mode == "row"))
        for mode in ("row", "batch")
        for p in (0, 0.2, 0.75, 1)
        for shape in ((3, 2, 4), (5,))
    ),
    Case(StochasticDepth(p=0.5), (ChannelsLast((2, 2, 3)),), lambda: Skipping(0.5, True)),
    Case(LayerScale(), ((3, 2, 4),), lambda: Scaling(3, 1, 1)),
    Case(LayerScale(), ((3, 4),), lambda: Scaling(3, 1)),
    Case(LayerScale(), ((3, 1, 2, 2),), lambda: Scaling(3, 1, 1, 1)),
    Case(LayerScale(), ((3,),), lambda: Scaling(3)),
    Case(LayerScale(), (ChannelsLast((2, 4, 3)),), lambda: Scaling(3)),
    Case(LayerScale(init=1), ((3, 2, 4),), lambda: Scaling(3, 1, 1, start=nn.init.ones_)),
    Case(
        LayerScale(init=initialiser("normal", (), {"std": 0.1})),
        ((3,),),
        lambda: Scaling(3, start=lambda t: nn.init.normal_(t, std=0.1)),
    ),
    Case(Scale(factor=0.1), ((3, 2, 4),), lambda: lambda x: x * 0.1),
    Case(Scale(factor=-2), ((3,),), lambda: lambda x: -2 * x),
    Case(Scale(factor=2 / 3), (ChannelsLast((2, 2, 3)),), lambda: lambda x: x * (2 / 3)),
    Case(Identity(), ((3, 2, 4),), nn.Identity),
    Case(Identity(), ((3,),), nn.Identity),
    Case(Identity(), (ChannelsLast((2, 4, 3)),), nn.Identity),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_against_torch(case: Case) -> None:
    hold(case)


@pytest.mark.parametrize("shape", [(5,), ChannelsLast((2, 2, 3))], ids=str)
def test_dropout_of_channels_wants_a_map_with_the_channels_first(shape: Shape) -> None:
    with pytest.raises(Problem, match="Dropout2d wants") as refused:
        Applied(Dropout2d(), (shape,))
    assert refused.value.code == "E0304"


@pytest.mark.parametrize("p", [-0.1, 1.5, True, "half"])
def test_probability_is_from_0_to_1(p: Any) -> None:
    for op in (Dropout, Dropout2d, AlphaDropout, StochasticDepth):
        with pytest.raises(ValueError, match=r"not a number|from 0 to 1"):
            op(p=p)


def test_layer_scale_is_refused_what_cannot_fill_it() -> None:
    with pytest.raises(Problem, match="kaiming_normal fills"):
        _ = Applied(LayerScale(init="kaiming_normal"), ((3,),)).torch


def test_rows_are_skipped_by_themselves_and_kept_in_the_mean() -> None:
    emitted = Emitted(Applied(StochasticDepth(p=0.25), ((2, 1, 1),)).torch).train()
    torch.manual_seed(0)
    y = emitted(torch.ones(4000, 2, 1, 1))
    assert torch.equal(y[:, 0], y[:, 1])
    assert y.unique().tolist() == pytest.approx([0, 4 / 3])
    assert y.mean().item() == pytest.approx(1, abs=5 * (1 / 3 / 4000) ** 0.5)  # one of 4000 has the variance p / (1 - p)
