"""Layers that only move numbers, against torch, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest
from torch import nn

from cnndsl.diagnostics import Problem
from cnndsl.op import Applied, ChannelsLast, Op, Shape
from cnndsl.ops.reshape import Flatten, Permute, Unflatten
from cnndsl.ops.shuffle import ChannelShuffle, PixelShuffle, PixelUnshuffle
from cnndsl.reading import Reading, resolved
from cnndsl.symbols import symbol

from .checks import Case, hold, multiplicities

H, W = symbol("H"), symbol("W")


def like(op: Op, shape: Shape) -> Case:
    return Case(op, (shape,), lambda: getattr(nn, type(op).__name__)(**op.written()))


def unflatten(size: tuple[int, ...], dim: int = 1) -> Case:
    features = 1
    for n in size:
        features *= n
    return Case(Unflatten(dim=dim, unflattened_size=size), ((abs(features),),), lambda: nn.Unflatten(dim, size))


def permute(shape: Shape, *dims: int) -> Case:
    return Case(Permute(dims=dims), (shape,), lambda: lambda x: x.permute(*dims))


CASES = [
    like(Flatten(), (3, 2, 4)),
    like(Flatten(), (3, 4)),
    like(Flatten(), (2, 2, 1, 3)),
    like(Flatten(), ChannelsLast((2, 4, 3))),
    like(Flatten(), (3, 1, 1)),
    like(Flatten(), (3,)),
    like(Flatten(), ChannelsLast((1, 1, 3))),
    like(Flatten(start_dim=1, end_dim=3), (3, 2, 4)),
    like(Flatten(start_dim=2), (3, 2, 4)),
    like(Flatten(start_dim=-2), (3, 2, 4)),
    like(Flatten(start_dim=2, end_dim=4), (3, 2, 1, 4)),
    like(Flatten(start_dim=2), (3, 4)),
    like(Flatten(start_dim=1, end_dim=2), ChannelsLast((2, 4, 3))),
    like(Flatten(start_dim=1, end_dim=-2), ChannelsLast((2, 1, 4, 3))),
    like(Flatten(start_dim=2, end_dim=2), (3, 2, 4)),
    unflatten((4, 2, 3)),
    unflatten((4, 3), dim=-1),
    unflatten((2, 1, 3, 2)),
    unflatten((4, 1, 1)),
    unflatten((-1, 2, 3)),
    unflatten((4, -1)),
    permute((3, 2, 4), 0, 2, 3, 1),
    permute((3, 2, 4), 0, -2, -1, 1),
    permute((3, 4), 0, 2, 1),
    permute((3, 2, 1, 4), 0, 2, 3, 4, 1),
    permute(ChannelsLast((2, 4, 3)), 0, 3, 1, 2),
    permute(ChannelsLast((4, 3)), 0, 2, 1),
    permute(ChannelsLast((2, 1, 4, 3)), 0, 4, 1, 2, 3),
    *(like(PixelShuffle(upscale_factor=r), (2 * r * r, 2, 3)) for r in (1, 2, 3)),
    *(like(PixelUnshuffle(downscale_factor=r), (2, 2 * r, r)) for r in (1, 2, 3)),
    *(like(ChannelShuffle(groups=g), (6, 2, 3)) for g in (1, 2, 3, 6)),
    like(ChannelShuffle(groups=2), (4, 3)),
    like(ChannelShuffle(groups=2), (4, 1, 2, 3)),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_against_torch(case: Case) -> None:
    hold(case)


@pytest.mark.parametrize("op", [PixelShuffle(upscale_factor=3), PixelUnshuffle(downscale_factor=3)], ids=str)
def test_rows_and_columns_of_a_shuffle_are_those_of_its_pairs(op: Op) -> None:
    io = Applied(op, ((18, 6, 3),))
    pairs = multiplicities(Reading(io.relations[0], io.input, io.output))
    for place, axis in enumerate(io.relations[0].axes):
        assert axis is not None
        seen = pairs.amax([dim for dim in range(6) if dim not in (1 + place, 4 + place)])
        outputs, inputs = seen.shape
        assert [row.nonzero().flatten().tolist() for row in seen] == resolved(axis, inputs, range(outputs)).tolist()


REFUSED = [
    (Flatten(start_dim=0), (3, 2, 4), "E0405", "axes count from the batch"),
    (Flatten(start_dim=3, end_dim=1), (3, 2, 4), "E0405", "Flatten(2) the spatial axes"),
    (Flatten(end_dim=4), (3, 2, 4), "E0405", "to 3"),
    (Flatten(end_dim=2), (3, 2, 4), "E0304", "Flatten alone joins everything, Flatten(2) the spatial axes"),
    (Flatten(start_dim=2, end_dim=3), (3, 2, 4, 4), "E0304", "Flatten(2)"),
    (Flatten(start_dim=2), ChannelsLast((2, 4, 3)), "E0304", "Flatten(1, -2)"),
    (Unflatten(dim=1, unflattened_size=(3, 2, 2)), (3, 2, 2), "E0304", "Flatten before"),
    (Unflatten(dim=0, unflattened_size=(3, 2, 2)), (12,), "E0405", "the batch"),
    (Unflatten(dim=2, unflattened_size=(3, 2, 2)), (12,), "E0405", "to 1"),
    (Unflatten(dim=1, unflattened_size=(3, 2, 2)), (13,), "E0308", "product"),
    (Unflatten(dim=1, unflattened_size=(-1, 2, 2)), (13,), "E0308", "product"),
    (Unflatten(dim=1, unflattened_size=(-1, 2, 2)), (2,), "E0308", "product"),
    (Unflatten(dim=1, unflattened_size=(1, 1, 2, 2, 2)), (8,), "E0405", None),
    (Permute(dims=(0, 1, 2, 3)), (3, 2, 4), "E0405", "Permute(0, 2, 3, 1)"),
    (Permute(dims=(0, 1, 3, 2)), (3, 2, 4), "E0405", "Permute(0, 2, 3, 1)"),
    (Permute(dims=(0, 3, 1, 2)), (3, 2, 4), "E0405", "Permute(0, 2, 3, 1)"),
    (Permute(dims=(2, 3, 1)), (3, 2, 4), "E0405", "Permute(0, 2, 3, 1)"),
    (Permute(dims=(0, 2, 3, 1)), ChannelsLast((2, 4, 3)), "E0405", "Permute(0, 3, 1, 2)"),
    (Permute(dims=(0, 1)), (3,), "E0304", "Unflatten"),
    (PixelShuffle(upscale_factor=2), (6, 2, 2), "E0303", "c·4"),
    (PixelShuffle(upscale_factor=2), (4, 2), "E0304", None),
    (PixelUnshuffle(downscale_factor=2), (6, 2, 3), "E0308", "Crop"),
    (ChannelShuffle(groups=4), (6, 2, 3), "E0303", "divide 6"),
    (ChannelShuffle(groups=2), (6,), "E0304", None),
]


@pytest.mark.parametrize(("op", "shape", "code", "help"), REFUSED, ids=lambda v: str(v)[:60])
def test_refuses(op: Op, shape: Shape, code: str, help: str | None) -> None:
    with pytest.raises(Problem) as refused:
        Applied(op, (shape,))
    assert refused.value.code == code
    assert help is None or help in (refused.value.help or "")


@pytest.mark.parametrize("value", [3, (), (3,), (3, 0), (-1, -1), (3, 2.5), ("same", 2)])
def test_unflatten_wants_channels_and_sizes(value: Any) -> None:
    with pytest.raises(ValueError, match=r"is no list|at least 1|whole|not a number"):
        Unflatten(dim=1, unflattened_size=value)


def test_permute_takes_its_axes_one_by_one_or_in_a_list() -> None:
    assert Permute.variadic == "dims"
    assert Permute(dims=((0, 2, 3, 1),)) == Permute(dims=(0, 2, 3, 1))


def test_open_sizes() -> None:
    assert Flatten().shape((3, H, W)) == (3 * H * W,)
    assert Unflatten(dim=1, unflattened_size=(-1, 2, 2)).shape((4 * H,)) == (H, 2, 2)
    assert str(PixelUnshuffle(downscale_factor=2).shape((3, H, W))) == "(12, Symbolic(⌊H/2⌋), Symbolic(⌊W/2⌋))"
    with pytest.raises(Problem, match="cannot divide height"):
        PixelUnshuffle(downscale_factor=2).shape((3, 2 * H + 1, W))
    with pytest.raises(Problem, match="cannot be divided"):
        Unflatten(dim=1, unflattened_size=(-1, 2, 2)).shape((4 * H + 2,))


def test_a_symbolic_map_keeps_which_end_its_channels_are_at() -> None:
    assert Permute(dims=(0, 2, 3, 1)).shape((3, H, W)) == ChannelsLast((H, W, 3))
