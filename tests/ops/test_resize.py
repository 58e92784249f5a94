"""Interpolation, padding and cropping against torch, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from cnndsl.diagnostics import Problem
from cnndsl.op import Applied, ChannelsLast, Op, Shape
from cnndsl.ops.border import Crop, Pad, PadChannels
from cnndsl.ops.resize import Upsample
from cnndsl.symbols import symbol

from .checks import Case, Emitted, hold

H, W = symbol("H"), symbol("W")
LINEAR = {1: "linear", 2: "bilinear", 3: "trilinear"}


def up(*shape: int, **arguments: Any) -> Case:
    return Case(Upsample(**arguments), (shape,), lambda: nn.Upsample(**arguments))


def up_to(shape: Shape, beside: Shape, **arguments: Any) -> Case:
    return Case(Upsample(**arguments), (shape, beside), lambda: lambda x, y: nn.Upsample(y.shape[2:], **arguments)(x))


def pad(op: Pad, shape: Shape, *amounts: int) -> Case:
    """The peer's amounts are in F.pad's order, from the last axis."""
    value = op.value if op.mode == "constant" else None
    return Case(op, (shape,), lambda: lambda x: nn.functional.pad(x, amounts, mode=op.mode, value=value))


def crop(op: Crop, shape: Shape, *starts: int, beside: Shape | None = None) -> Case:
    """The peer cuts by slices that start there."""
    size = beside[1:] if beside else op.size if isinstance(op.size, tuple) else (op.size,) * len(starts)

    def cut(x: Tensor, *others: Tensor) -> Tensor:
        return x[(..., *(slice(start, start + n) for start, n in zip(starts, size, strict=True)))]

    return Case(op, (shape, beside) if beside else (shape,), lambda: cut)


FACTORS = (2, 3, 1, 0.5, 1.5, 2.5, 0.75, 1 / 3, 1.1, 0.3)

CASES = [
    *(up(1, 7, scale_factor=s) for s in FACTORS),
    *(up(1, 7, scale_factor=s, mode="linear") for s in FACTORS),
    *(up(1, 7, scale_factor=s, mode="linear", align_corners=True) for s in FACTORS),
    *(up(2, 4, 5, scale_factor=s) for s in FACTORS),
    *(up(2, 4, 5, scale_factor=s, mode="bilinear") for s in FACTORS),
    *(up(2, 4, 5, scale_factor=s, mode="bilinear", align_corners=True) for s in FACTORS),
    *(up(2, 4, 5, scale_factor=s, mode="bicubic") for s in FACTORS),
    *(up(2, 4, 5, scale_factor=s, mode="bicubic", align_corners=True) for s in FACTORS),
    *(up(1, 3, 2, 4, scale_factor=s, **more) for s in (2, 1.5, 0.5) for more in ({}, {"mode": "trilinear"})),
    up(1, 3, 2, 4, scale_factor=2, mode="trilinear", align_corners=True),
    *(up(2, 4, 5, size=(6, 3), mode=mode) for mode in ("nearest", "bilinear", "bicubic")),
    *(up(2, 4, 5, size=(7, 5), mode=mode, align_corners=True) for mode in ("bilinear", "bicubic")),
    *(up(2, 4, 5, size=1, mode=mode) for mode in ("nearest", "bilinear", "bicubic")),
    *(up(2, 4, 5, size=1, mode=mode, align_corners=True) for mode in ("bilinear", "bicubic")),
    *(up(2, 1, 1, size=(3, 4), mode=mode) for mode in ("nearest", "bilinear", "bicubic")),
    *(up(2, 1, 1, size=(3, 4), mode=mode, align_corners=True) for mode in ("bilinear", "bicubic")),
    up(1, 9, size=4),
    up(1, 5, size=13),
    up(1, 5, size=13, mode="linear"),
    up(1, 5, size=13, mode="linear", align_corners=False),
    up(1, 3, 2, 4, size=(2, 5, 4), mode="trilinear"),
    up(2, 4, 5, scale_factor=(2, 1.5)),
    up(2, 4, 5, scale_factor=(1, 3), mode="bilinear"),
    *(up_to((2, 4, 5), (3, 6, 3), mode=mode) for mode in ("nearest", "bilinear", "bicubic")),
    up_to((2, 4, 5), (3, 6, 3), mode="bilinear", align_corners=True),
    up_to((2, 4, 5), (1, 4, 5), mode="bilinear"),
    up_to((2, 1, 1), (1, 4, 5), mode="bilinear"),
    up_to((2, 5), (1, 8)),
    up_to((2, 2, 3, 4), (3, 4, 3, 2), mode="trilinear", align_corners=False),
    pad(Pad(padding=1), (2, 3, 4), 1, 1, 1, 1),
    pad(Pad(padding=0), (2, 3, 4), 0, 0, 0, 0),
    pad(Pad(padding=((0, 1), (2, 3))), (2, 3, 4), 2, 3, 0, 1),
    pad(Pad(padding=(0, (2, 1))), (2, 3, 4), 2, 1),
    pad(Pad(padding=(1, 2), value=0.5), (2, 3, 4), 2, 2, 1, 1),
    pad(Pad(padding=1, value=-3), (2, 4), 1, 1),
    pad(Pad(padding=(1, 0, (0, 2))), (1, 2, 1, 3), 0, 2, 0, 0, 1, 1),
    pad(Pad(padding=2, mode="reflect"), (2, 3, 4), 2, 2, 2, 2),
    pad(Pad(padding=((1, 2), 0), mode="reflect"), (2, 3, 4), 0, 0, 1, 2),
    pad(Pad(padding=0, mode="reflect"), (2, 1, 1), 0, 0, 0, 0),
    pad(Pad(padding=5, mode="replicate"), (2, 3, 1), 5, 5, 5, 5),
    pad(Pad(padding=((0, 3),), mode="replicate"), (2, 3), 0, 3),
    pad(Pad(padding=(3, (1, 4)), mode="circular"), (2, 3, 4), 1, 4, 3, 3),
    pad(Pad(padding=3, mode="circular"), (2, 3), 3, 3),
    pad(Pad(padding=1, mode="reflect"), (1, 2, 3, 2), 1, 1, 1, 1, 1, 1),
    pad(Pad(padding=1, mode="circular"), (1, 2, 3, 2), 1, 1, 1, 1, 1, 1),
    Case(PadChannels(before=0, after=2), ((2, 4, 3),), lambda: lambda x: torch.cat([x, torch.zeros_like(x)], dim=1)),
    Case(PadChannels(before=1, after=0), ((2, 4),), lambda: lambda x: nn.functional.pad(x, (0, 0, 1, 0))),
    Case(PadChannels(before=1, after=2), ((3, 2, 2, 4),), lambda: lambda x: nn.functional.pad(x, (0, 0, 0, 0, 0, 0, 1, 2))),
    Case(PadChannels(before=2, after=3), ((5,),), lambda: lambda x: nn.functional.pad(x, (2, 3))),
    Case(PadChannels(before=1, after=2), (ChannelsLast((2, 3, 4)),), lambda: lambda x: nn.functional.pad(x, (1, 2))),
    crop(Crop(size=2), (2, 4, 4), 1, 1),
    crop(Crop(size=2), (2, 5, 3), 1, 0),
    crop(Crop(size=(4, 1)), (2, 4, 6), 0, 2),
    crop(Crop(size=(4, 6)), (2, 4, 6), 0, 0),
    crop(Crop(size=3), (2, 8), 2),
    crop(Crop(size=(1, 2, 3)), (2, 2, 4, 4), 0, 1, 0),
    crop(Crop(), (2, 7, 6), 2, 1, beside=(3, 3, 4)),
    crop(Crop(), (3, 6), 1, beside=(1, 3)),
    crop(Crop(), (2, 3, 4), 0, 0, beside=(2, 3, 4)),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_against_torch(case: Case) -> None:
    hold(case)


@pytest.mark.parametrize("factor", [0.29, 0.7, 1.1, 1 / 3, 2 / 3, 9.9, 3.7])
def test_sizes_are_those_of_torch_in_floating_point(factor: float) -> None:
    for n in range(10, 400):
        wanted = nn.functional.interpolate(torch.empty(1, 1, n), scale_factor=factor).shape[2]
        assert Upsample(scale_factor=factor).shape((1, n)) == (1, wanted)


REFUSED = [
    (Upsample(), (3, 4, 4), "E0405", "scale_factor=2"),
    (Upsample(size=8, scale_factor=2), (3, 4, 4), "E0405", "scale_factor=2"),
    (Upsample(size=8), (3,), "E0304", "Unflatten"),
    (Upsample(size=8), ChannelsLast((4, 4, 3)), "E0304", "Permute"),
    (Upsample(size=(8, 8)), (3, 4), "E0405", "or 1"),
    (Upsample(scale_factor=(2, 2, 2)), (3, 4, 4), "E0405", "or 2"),
    (Upsample(scale_factor=2, mode="linear"), (3, 4, 4), "E0405", "mode=bilinear"),
    (Upsample(scale_factor=2, mode="bicubic"), (3, 4), "E0405", "mode=linear"),
    (Upsample(scale_factor=2, mode="bilinear"), (3, 4, 4, 4), "E0405", "mode=trilinear"),
    (Upsample(scale_factor=2, align_corners=False), (3, 4, 4), "E0405", "leave it out"),
    (Upsample(scale_factor=0.25), (3, 8, 3), "E0308", "1/3"),
    (Upsample(scale_factor=2**0.5), (3, 8, 8), "E0405", "size="),
    (Upsample(scale_factor=1e7), (3, 8, 8), "E0405", "size="),
    (Pad(padding=1), (3,), "E0304", None),
    (Pad(padding=(1, 2, 3)), (3, 4, 4), "E0405", "or 2"),
    (Pad(padding=(1, 4), mode="reflect"), (3, 4, 4), "E0302", "at most 3"),
    (Pad(padding=((0, 5), 1), mode="circular"), (3, 4, 4), "E0302", "at most 4"),
    (Pad(padding=1, mode="reflect", value=1), (3, 4, 4), "E0405", "leave value out"),
    (Crop(), (3, 4, 4), "E0405", "[x, y] -> Crop"),
    (Crop(size=5), (3, 4, 8), "E0308", "Pad"),
    (Crop(size=(2, 2)), (3, 8), "E0405", "or 1"),
    (Crop(size=2), (3,), "E0304", None),
]


@pytest.mark.parametrize(("op", "shape", "code", "help"), REFUSED, ids=lambda v: str(v)[:60])
def test_refuses(op: Op, shape: Shape, code: str, help: str | None) -> None:
    with pytest.raises(Problem) as refused:
        Applied(op, (shape,))
    assert refused.value.code == code
    assert help is None or help in (refused.value.help or "")


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), 1e-7])
def test_pad_writes_any_number(value: float) -> None:
    y = Emitted(Applied(Pad(padding=((1, 0),), value=value), ((1, 2),)).torch)(torch.zeros(1, 1, 2, dtype=torch.float64))
    assert y.tolist() == [[[value, 0, 0]]]


@pytest.mark.parametrize(
    ("op", "shapes", "code"),
    [
        (Crop(size=2), ((3, 4, 4), (3, 2, 2)), "E0405"),
        (Crop(), ((3, 4, 4), (3, 2, 2), (3, 2, 2)), "E0305"),
        (Crop(), ((3, 4, 4), (3, 2)), "E0304"),
        (Crop(), ((3, 4, 4), (3, 2, 5)), "E0308"),
        (Upsample(size=8), ((3, 4, 4), (3, 8, 8)), "E0405"),
        (Upsample(scale_factor=2), ((3, 4, 4), (3, 8, 8)), "E0405"),
        (Upsample(), ((3, 4, 4), (3, 8, 8), (3, 8, 8)), "E0305"),
        (Upsample(), ((3, 4, 4), (3, 8)), "E0304"),
        (Upsample(mode="linear"), ((3, 4, 4), (3, 8, 8)), "E0405"),
    ],
    ids=str,
)
def test_to_another_refuses(op: Crop, shapes: tuple[Shape, ...], code: str) -> None:
    with pytest.raises(Problem) as refused:
        Applied(op, shapes)
    assert refused.value.code == code


@pytest.mark.parametrize("value", ["same", -1, ((1, 2, 3),), (1.5,)])
def test_pad_wants_amounts(value: object) -> None:
    with pytest.raises(ValueError, match=r"is no padding|too small|no pair|not a whole number"):
        Pad(padding=value)


@pytest.mark.parametrize("value", [0, -2, float("inf"), True, ()])
def test_a_factor_is_above_0(value: object) -> None:
    with pytest.raises(ValueError, match=r"above 0|not a number|empty list"):
        Upsample(scale_factor=value)


def test_open_sizes_keep_their_floors() -> None:
    assert Upsample(scale_factor=2).shape((3, H, W)) == (3, 2 * H, 2 * W)
    assert str(Upsample(scale_factor=(1.5, 0.5)).shape((3, H, W))[1]) == str(H + H // 2)
    assert Upsample(scale_factor=(1.5, 0.5)).shape((3, H, W))[2] == W // 2
    assert Pad(padding=((0, 1), 2)).shape((3, H, W)) == (3, H + 1, W + 4)
    assert Crop(size=5).shape((3, H, W)) == (3, 5, 5)
    assert Upsample().shape((3, 4, 4), (1, H, W)) == (3, H, W)


def test_what_depends_on_the_size_needs_it() -> None:
    open_size = (3, H, W)
    assert Applied(Upsample(scale_factor=2, mode="bilinear"), (open_size,)).relations
    for op in (Upsample(size=8), Upsample(scale_factor=2, mode="bilinear", align_corners=True), Crop(size=4)):
        with pytest.raises(Problem, match="must be known"):
            _ = Applied(op, (open_size,)).relations


def test_crop_of_an_open_size_to_one_that_is_a_known_number_smaller() -> None:
    io = Applied(Crop(), ((3, H, W), (8, H - 5, W - 4)))
    assert io.output == (3, H - 5, W - 4)
    assert [[list(reads) for reads in axis.reads] for axis in io.relations[0].axes if axis] == [[[2]], [[2]]]
    assert io.op.port_relation(io, 0, 1) is None


def test_crop_to_another_follows_sizes_that_the_program_did_not_know() -> None:
    emitted = Emitted(Applied(Crop(), ((3, 6, 6), (3, 4, 4))).torch)
    x = torch.rand(1, 3, 9, 8)
    assert torch.equal(emitted(x, torch.rand(1, 2, 4, 7)), x[:, :, 2:6, 0:7])


def test_upsample_to_another_follows_sizes_that_the_program_did_not_know() -> None:
    emitted = Emitted(Applied(Upsample(mode="bilinear"), ((3, 2, 2), (3, 4, 4))).torch)
    x, y = torch.rand(1, 3, 3, 3), torch.rand(1, 2, 7, 6)
    assert torch.equal(emitted(x, y), nn.functional.interpolate(x, (7, 6), mode="bilinear"))
