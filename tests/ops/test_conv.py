"""Convolution and transposed convolution against torch, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from cnndsl.diagnostics import Problem
from cnndsl.init import initialiser
from cnndsl.op import Applied, Op, Shape
from cnndsl.ops.conv import Conv, ConvTranspose
from cnndsl.symbols import symbol

from .checks import Case, hold

H, W = symbol("H"), symbol("W")


def around(
    module: nn.Module, before: Callable[[Tensor], Tensor] = lambda x: x, after: Callable[[Tensor], Tensor] = lambda y: y
) -> nn.Module:
    """A module of torch with something before and after it."""
    inner = module.forward
    module.forward = lambda x: after(inner(before(x)))
    return module


def conv(op: Conv, *shape: int) -> Case:
    """A case whose peer takes the same arguments."""
    rank = len(shape) - 1
    classes: dict[int, Any] = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
    return Case(op, (shape,), lambda: classes[rank](shape[0], **op.written()), unit=True)


def padded(op: Conv, shape: Shape, pads: tuple[int, ...], mode: str = "constant", **arguments: Any) -> Case:
    """A case whose peer is torch's convolution of an input padded before; pad's order."""
    classes: dict[int, Any] = {1: nn.Conv1d, 2: nn.Conv2d, 3: nn.Conv3d}
    module = classes[len(shape) - 1]
    return Case(
        op,
        (shape,),
        lambda: around(module(shape[0], **arguments), before=lambda x: functional.pad(x, pads, mode=mode)),
        unit=True,
    )


def transposed(op: ConvTranspose, shape: Shape, cut: Callable[[Tensor], Tensor] = lambda y: y, **arguments: Any) -> Case:
    classes: dict[int, Any] = {1: nn.ConvTranspose1d, 2: nn.ConvTranspose2d, 3: nn.ConvTranspose3d}
    module = classes[len(shape) - 1]
    return Case(op, (shape,), lambda: around(module(shape[0], **(arguments or op.written())), after=cut), unit=True)


def started(op: Op, shape: Shape, module: Callable[[], nn.Module], *start: Callable[[Any], Any]) -> Case:
    """A case whose peer fills its tensors itself."""

    def peer() -> nn.Module:
        made = module()
        for fill in start:
            fill(made)
        return made

    return Case(op, (shape,), peer, unit=True)


SOBEL = ((((-1.0, 0.0, 1.0), (-2.0, 0.0, 2.0), (-1.0, 0.0, 1.0)),),)

CASES = [
    conv(Conv(out_channels=3, kernel_size=1), 2, 1),
    conv(Conv(out_channels=3, kernel_size=3), 2, 8),
    conv(Conv(out_channels=4, kernel_size=4, stride=3, padding=2, dilation=2, groups=2), 2, 11),
    conv(Conv(out_channels=3, kernel_size=1), 2, 1, 1),
    conv(Conv(out_channels=3, kernel_size=3, padding=1), 2, 1, 1),
    conv(Conv(out_channels=3, kernel_size=3), 2, 5, 6),
    conv(Conv(out_channels=3, kernel_size=(1, 5), padding=(0, 2), bias=False), 2, 3, 5),
    conv(Conv(out_channels=2, kernel_size=2, stride=2), 3, 7, 6),
    conv(Conv(out_channels=2, kernel_size=4, stride=(1, 2), padding=(3, 1)), 2, 5, 6),
    conv(Conv(out_channels=2, kernel_size=3, padding=7), 1, 2, 2),
    conv(Conv(out_channels=4, kernel_size=3, dilation=(2, 3), padding=2), 2, 6, 7),
    conv(Conv(out_channels=4, kernel_size=3, groups=4, padding=1), 4, 5, 5),
    conv(Conv(out_channels=8, kernel_size=3, groups=4), 4, 4, 4),
    conv(Conv(out_channels=6, kernel_size=1, groups=2), 4, 3, 3),
    conv(Conv(out_channels=2, kernel_size=3, padding=2, padding_mode="reflect"), 2, 4, 3),
    conv(Conv(out_channels=2, kernel_size=3, stride=2, padding=3, padding_mode="replicate"), 2, 4, 3),
    conv(Conv(out_channels=2, kernel_size=4, padding=(3, 2), padding_mode="circular"), 2, 4, 3),
    conv(Conv(out_channels=2, kernel_size=3, padding=1, padding_mode="circular"), 2, 5),
    conv(Conv(out_channels=2, kernel_size=3, padding=1, padding_mode="reflect"), 2, 5),
    conv(Conv(out_channels=2, kernel_size=3, padding=1, padding_mode="replicate"), 2, 1),
    conv(Conv(out_channels=2, kernel_size=3), 2, 3, 4, 5),
    conv(Conv(out_channels=2, kernel_size=(1, 2, 3), stride=(1, 2, 1), padding=(0, 1, 1), dilation=(1, 1, 2)), 2, 2, 4, 5),
    conv(Conv(out_channels=2, kernel_size=3, padding=1, padding_mode="circular"), 1, 2, 3, 4),
    padded(Conv(out_channels=2, kernel_size=3, padding_mode="reflect"), (2, 4, 4), (0, 0), out_channels=2, kernel_size=3),
    padded(
        Conv(out_channels=2, kernel_size=(3, 3), stride=(1, 1), padding=((1, 1), (1, 1))),
        (2, 4, 4),
        (1, 1, 1, 1),
        out_channels=2,
        kernel_size=3,
    ),
    padded(
        Conv(out_channels=2, kernel_size=3, stride=2, padding=((0, 1), (0, 1))),
        (3, 6, 6),
        (0, 1, 0, 1),
        out_channels=2,
        kernel_size=3,
        stride=2,
    ),
    padded(Conv(out_channels=2, kernel_size=2, padding=(0, (1, 0))), (1, 4, 3), (1, 0), out_channels=2, kernel_size=2),
    padded(Conv(out_channels=2, kernel_size=2, padding=((2, 0), 1)), (1, 4, 3), (1, 1, 2, 0), out_channels=2, kernel_size=2),
    padded(
        Conv(out_channels=2, kernel_size=3, padding=((2, 0), (0, 1)), padding_mode="reflect", bias=False),
        (2, 4, 3),
        (0, 1, 2, 0),
        "reflect",
        out_channels=2,
        kernel_size=3,
        bias=False,
    ),
    padded(
        Conv(out_channels=2, kernel_size=3, padding=((0, 2),), padding_mode="circular"),
        (2, 4),
        (0, 2),
        "circular",
        out_channels=2,
        kernel_size=3,
    ),
    padded(
        Conv(out_channels=2, kernel_size=3, padding=(0, (1, 0)), padding_mode="replicate"),
        (2, 4, 3),
        (1, 0, 0, 0),
        "replicate",
        out_channels=2,
        kernel_size=3,
    ),
    padded(Conv(out_channels=2, kernel_size=3, padding="same"), (2, 5, 4), (1, 1, 1, 1), out_channels=2, kernel_size=3),
    padded(Conv(out_channels=2, kernel_size=4, padding="same"), (2, 5, 4), (1, 2, 1, 2), out_channels=2, kernel_size=4),
    padded(
        Conv(out_channels=2, kernel_size=3, stride=2, padding="same"),
        (2, 6, 7),
        (1, 1, 0, 1),
        out_channels=2,
        kernel_size=3,
        stride=2,
    ),
    padded(
        Conv(out_channels=2, kernel_size=1, stride=3, padding="same"),
        (2, 6, 7),
        (0, 0, 0, 0),
        out_channels=2,
        kernel_size=1,
        stride=3,
    ),
    padded(
        Conv(out_channels=2, kernel_size=3, dilation=2, stride=3, padding="same"),
        (2, 8),
        (1, 2),
        out_channels=2,
        kernel_size=3,
        stride=3,
        dilation=2,
    ),
    padded(Conv(out_channels=1, kernel_size=2, padding="same"), (1, 2, 3, 2), (0, 1, 0, 1, 0, 1), out_channels=1, kernel_size=2),
    transposed(ConvTranspose(out_channels=3, kernel_size=2, stride=2), (2, 3, 4)),
    transposed(ConvTranspose(out_channels=3, kernel_size=1), (2, 1, 1)),
    transposed(ConvTranspose(out_channels=3, kernel_size=3, stride=2, padding=1, output_padding=1), (2, 3, 4)),
    transposed(ConvTranspose(out_channels=3, kernel_size=4, stride=2, padding=1, bias=False), (2, 3, 4)),
    transposed(ConvTranspose(out_channels=2, kernel_size=2, stride=4, output_padding=(3, 1)), (2, 3, 2)),
    transposed(ConvTranspose(out_channels=2, kernel_size=3, dilation=3, output_padding=2, padding=1), (2, 3, 2)),
    transposed(ConvTranspose(out_channels=4, kernel_size=3, groups=2, padding=3), (2, 5, 6)),
    transposed(ConvTranspose(out_channels=4, kernel_size=3, groups=4), (4, 2, 3)),
    transposed(ConvTranspose(out_channels=2, kernel_size=(1, 3), stride=(2, 3), padding=(0, 1)), (2, 3, 3)),
    transposed(ConvTranspose(out_channels=3, kernel_size=4, stride=3, padding=2), (2, 5)),
    transposed(ConvTranspose(out_channels=2, kernel_size=2, stride=2), (2, 2, 1, 3)),
    transposed(
        ConvTranspose(out_channels=2, kernel_size=3, stride=2, padding="same"),
        (2, 3, 4),
        lambda y: y[:, :, :-1, :-1],
        out_channels=2,
        kernel_size=3,
        stride=2,
    ),
    transposed(
        ConvTranspose(out_channels=2, kernel_size=4, padding="same"),
        (2, 3, 4),
        lambda y: y[:, :, :-1, :-1],
        out_channels=2,
        kernel_size=4,
        padding=1,
    ),
    transposed(
        ConvTranspose(out_channels=2, kernel_size=2, stride=3, padding="same"),
        (2, 3, 4),
        out_channels=2,
        kernel_size=2,
        stride=3,
        output_padding=1,
    ),
    transposed(
        ConvTranspose(out_channels=2, kernel_size=3, stride=2, padding=((2, 0), (1, 3))),
        (2, 3, 4),
        lambda y: y[:, :, 2:, :-2],
        out_channels=2,
        kernel_size=3,
        stride=2,
        padding=(0, 1),
    ),
    started(
        Conv(out_channels=4, kernel_size=3, init=initialiser("kaiming_normal", (), {"mode": "fan_out"}), bias_init=0),
        (2, 4, 4),
        lambda: nn.Conv2d(2, 4, 3),
        lambda m: nn.init.kaiming_normal_(m.weight, mode="fan_out"),
        lambda m: nn.init.zeros_(m.bias),
    ),
    started(
        Conv(out_channels=4, kernel_size=3, init="orthogonal", bias_init=2, bias=False),
        (2, 4, 4),
        lambda: nn.Conv2d(2, 4, 3, bias=False),
        lambda m: nn.init.orthogonal_(m.weight),
    ),
    started(
        Conv(out_channels=1, kernel_size=3, weight=SOBEL, bias=False),
        (1, 4, 4),
        lambda: nn.Conv2d(1, 1, 3, bias=False),
        lambda m: m.weight.data.copy_(torch.tensor(SOBEL)),
    ),
    started(
        ConvTranspose(out_channels=2, kernel_size=3, init=initialiser("uniform", (-1, 2)), bias_init=0.5),
        (2, 4, 4),
        lambda: nn.ConvTranspose2d(2, 2, 3),
        lambda m: nn.init.uniform_(m.weight, -1, 2),
        lambda m: nn.init.constant_(m.bias, 0.5),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_against_torch(case: Case) -> None:
    hold(case)


REFUSED = [
    (Conv(out_channels=8, kernel_size=7), (3, 5, 9), "E0301", "a kernel of 5 fits here at most; padding=1 makes room"),
    (
        Conv(out_channels=8, kernel_size=3, dilation=4, padding=((1, 0),)),
        (3, 5),
        "E0301",
        "a kernel of 2 fits here at most; padding=2 makes room",
    ),
    (Conv(out_channels=8, kernel_size=3, groups=3), (3, 5, 5), "E0303", "what divides both 3 and 8: groups=1"),
    (Conv(out_channels=8, kernel_size=3, groups=8), (12, 5, 5), "E0303", "what divides both 12 and 8: groups=1, 2 or 4"),
    (Conv(out_channels=8, kernel_size=3, padding=3, padding_mode="reflect"), (3, 3, 9), "E0302", "at most 2"),
    (Conv(out_channels=8, kernel_size=3, padding=4, padding_mode="circular"), (3, 3, 9), "E0302", "at most 3"),
    (Conv(out_channels=8, kernel_size=3), (3,), "E0304", "Unflatten"),
    (Conv(out_channels=8, kernel_size=(3, 3, 3)), (3, 8, 8), "E0405", "or 2"),
    (Conv(out_channels=8, kernel_size=3), (symbol("C"), 8, 8), "E0308", "--input"),
    (Conv(out_channels=1, kernel_size=3, weight=((1.0, 2.0),)), (1, 8, 8), "E0309", "1 × 1 × 3 × 3"),
    (Conv(out_channels=1, kernel_size=3, init="eye"), (1, 8, 8), "E0405", "dirac"),
    (Conv(out_channels=1, kernel_size=3, bias_init="kaiming_normal"), (1, 8, 8), "E0405", "uniform"),
    (Conv(out_channels=1, kernel_size=3, init=initialiser("dirac", (2,))), (1, 8, 8), "E0405", None),
    (ConvTranspose(out_channels=1, kernel_size=3, output_padding=1), (1, 8, 8), "E0302", "Pad"),
    (ConvTranspose(out_channels=1, kernel_size=3, padding=3), (1, 2, 8), "E0302", "padding 1"),
    (
        ConvTranspose(out_channels=1, kernel_size=3, stride=2, padding="same", output_padding=1),
        (1, 2, 8),
        "E0302",
        "leave output_padding out",
    ),
    (ConvTranspose(out_channels=3, kernel_size=3, groups=2), (2, 2, 8), "E0303", "groups=1"),
]


@pytest.mark.parametrize(("op", "shape", "code", "help"), REFUSED, ids=lambda v: str(v)[:60])
def test_refuses(op: Op, shape: Shape, code: str, help: str | None) -> None:
    with pytest.raises(Problem) as refused:
        Applied(op, (shape,))
    assert refused.value.code == code
    assert help is None or help in (refused.value.help or "")


def test_open_sizes_keep_their_floors() -> None:
    for padding in (1, "same"):
        op = Conv(out_channels=8, kernel_size=3, stride=2, padding=padding)
        assert op.shape((3, H, W)) == (8, (H - 1) // 2 + 1, (W - 1) // 2 + 1)
    assert str(op.shape((3, H, W))[1]) == "⌊(H - 1)/2⌋ + 1"
    assert ConvTranspose(out_channels=8, kernel_size=5, stride=2, padding="same").shape((3, H, W)) == (8, 2 * H, 2 * W)


def test_start_of_same_with_a_stride_needs_the_size() -> None:
    io = Applied(Conv(out_channels=8, kernel_size=3, stride=2, padding="same"), ((3, H, W),))
    with pytest.raises(Problem, match="padding=same"):
        _ = io.relations
    assert Applied(Conv(out_channels=8, kernel_size=3, padding="same"), ((3, H, W),)).relations


def test_published_costs() -> None:
    stem = Applied(Conv(out_channels=64, kernel_size=7, stride=2, padding=3, bias=False), ((3, 224, 224),))
    assert (stem.output, stem.params, stem.macs) == ((64, 112, 112), 9408, 118_013_952)
