"""Pooling against torch, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from cnndsl.diagnostics import Problem
from cnndsl.op import Applied, Op, Shape
from cnndsl.ops.adaptive import AdaptiveAvgPool, AdaptiveMaxPool, GlobalAvgPool, GlobalMaxPool
from cnndsl.ops.pool import AvgPool, LPPool, MaxPool
from cnndsl.relation import EVERYTHING, IDENTITY
from cnndsl.symbols import symbol

from .checks import Case, hold

H, W = symbol("H"), symbol("W")
INF = float("inf")
LINE, PLANE, SPACE = (2, 9), (2, 7, 8), (2, 3, 5, 4)


def pool(op: Op, shape: Shape) -> Case:
    """A case whose peer is torch's class of the same name, with the same arguments."""
    name = type(op).__name__.replace("Global", "Adaptive")
    arguments: dict[str, Any] = op.written() or {"output_size": 1}
    module: Any = getattr(nn, f"{name}{len(shape) - 1}d")
    return Case(op, (shape,), lambda: module(**arguments))


def lowest(pads: tuple[int, ...], *arguments: Any) -> Any:
    """Max pooling after a padding that is never the largest."""
    return lambda: lambda x: functional.max_pool2d(functional.pad(x, pads, value=-INF), *arguments)


def uneven(pads: tuple[int, int, int, int], kernel: int, stride: int, there: bool) -> Any:
    """Average pooling window by window: the sum, divided by all positions or by those that are there."""
    left, right, top, bottom = pads

    def peer(x: Tensor) -> Tensor:
        rows = (x.shape[2] + top + bottom - kernel) // stride + 1
        columns = (x.shape[3] + left + right - kernel) // stride + 1
        out = x.new_zeros(x.shape[0], x.shape[1], rows, columns)
        for i in range(rows):
            for j in range(columns):
                low, at = i * stride - top, j * stride - left
                window = x[:, :, max(low, 0) : low + kernel, max(at, 0) : at + kernel]
                number = window.shape[2] * window.shape[3] if there else kernel * kernel
                out[:, :, i, j] = window.sum((2, 3)) / number
        return out

    return lambda: peer


CASES = [
    *(pool(MaxPool(kernel_size=2), shape) for shape in (LINE, PLANE, SPACE)),
    *(pool(MaxPool(kernel_size=3, stride=2, padding=1), shape) for shape in (LINE, PLANE, SPACE)),
    *(pool(MaxPool(kernel_size=3, stride=2, padding=1, ceil_mode=True), shape) for shape in (LINE, PLANE, SPACE)),
    *(pool(MaxPool(kernel_size=2, stride=1, dilation=2), shape) for shape in (LINE, PLANE, (2, 3, 3, 4))),
    pool(MaxPool(kernel_size=1), (1, 1, 1)),
    pool(MaxPool(kernel_size=3, padding=1), (1, 1, 1)),
    pool(MaxPool(kernel_size=3, stride=2, ceil_mode=True), (1, 2, 3)),
    pool(MaxPool(kernel_size=(1, 3), stride=(2, 1), padding=(0, 1)), PLANE),
    pool(MaxPool(kernel_size=(2, 2), stride=(2, 2)), PLANE),
    pool(MaxPool(kernel_size=2, stride=3, padding=1, ceil_mode=True), (1, 4, 5)),
    pool(MaxPool(kernel_size=4, stride=5, padding=2, ceil_mode=True), (1, 8, 13)),
    pool(MaxPool(kernel_size=1, stride=4, ceil_mode=True), (1, 6, 9)),
    pool(MaxPool(kernel_size=3, stride=3, dilation=2, padding=1, ceil_mode=True), (1, 8, 7)),
    Case(MaxPool(kernel_size=3, stride=2, padding=((0, 1), (0, 1))), (PLANE,), lowest((0, 1, 0, 1), 3, 2)),
    Case(MaxPool(kernel_size=3, stride=2, padding="same"), (PLANE,), lowest((0, 1, 1, 1), 3, 2)),
    Case(MaxPool(kernel_size=2, stride=1, padding="same", ceil_mode=True), (PLANE,), lowest((0, 1, 0, 1), 2, 1)),
    Case(MaxPool(kernel_size=3, stride=1, padding="same", dilation=2), (PLANE,), lowest((2, 2, 2, 2), 3, 1, 0, 2)),
    Case(MaxPool(kernel_size=3, stride=1, padding=2, dilation=2), (PLANE,), lowest((2, 2, 2, 2), 3, 1, 0, 2)),
    Case(MaxPool(kernel_size=1, stride=3, padding="same", ceil_mode=True), ((2, 7, 8),), lambda: nn.MaxPool2d(1, 3)),
    *(pool(AvgPool(kernel_size=2), shape) for shape in (LINE, PLANE, SPACE)),
    *(pool(AvgPool(kernel_size=3, stride=2, padding=1), shape) for shape in (LINE, PLANE, SPACE)),
    *(pool(AvgPool(kernel_size=3, stride=2, padding=1, count_include_pad=False), shape) for shape in (LINE, PLANE, SPACE)),
    *(pool(AvgPool(kernel_size=2, stride=3, padding=1, ceil_mode=True), shape) for shape in (LINE, PLANE, SPACE)),
    pool(AvgPool(kernel_size=3, stride=2, ceil_mode=True, count_include_pad=False), PLANE),
    pool(AvgPool(kernel_size=3, divisor_override=2), PLANE),
    pool(AvgPool(kernel_size=(1, 2, 2), padding=(0, 1, 1), divisor_override=5, count_include_pad=False), SPACE),
    pool(AvgPool(kernel_size=1), (1, 1, 1)),
    Case(AvgPool(kernel_size=3, stride=2, padding=((0, 1), (1, 0))), (PLANE,), uneven((1, 0, 0, 1), 3, 2, False), exact=False),
    Case(AvgPool(kernel_size=2, stride=1, padding="same"), (PLANE,), uneven((0, 1, 0, 1), 2, 1, False), exact=False),
    Case(
        AvgPool(kernel_size=3, stride=2, padding="same", count_include_pad=False),
        (PLANE,),
        uneven((0, 1, 1, 1), 3, 2, True),
        exact=False,
    ),
    Case(
        AvgPool(kernel_size=2, stride=1, padding=((1, 0), (0, 1)), count_include_pad=False, divisor_override=4),
        (PLANE,),
        uneven((0, 1, 1, 0), 2, 1, False),
        exact=False,
    ),
    *(pool(LPPool(norm_type=2, kernel_size=2), shape) for shape in (LINE, PLANE, SPACE)),
    *(pool(LPPool(norm_type=3.5, kernel_size=3, stride=2), shape) for shape in (LINE, PLANE, SPACE)),
    *(pool(LPPool(norm_type=INF, kernel_size=2), shape) for shape in (LINE, PLANE, SPACE)),
    pool(LPPool(norm_type=1, kernel_size=(1, 3), stride=(2, 2), ceil_mode=True), PLANE),
    *(pool(AdaptiveAvgPool(output_size=1), shape) for shape in (LINE, PLANE, SPACE)),
    *(pool(AdaptiveAvgPool(output_size=3), shape) for shape in (LINE, PLANE, SPACE)),
    *(pool(AdaptiveMaxPool(output_size=1), shape) for shape in (LINE, PLANE, SPACE)),
    *(pool(AdaptiveMaxPool(output_size=4), shape) for shape in (LINE, PLANE, SPACE)),
    pool(AdaptiveAvgPool(output_size=(None, 1)), PLANE),
    pool(AdaptiveAvgPool(output_size=(None, 1)), (2, 1, 3)),
    pool(AdaptiveAvgPool(output_size=(None, 5, 2)), SPACE),
    pool(AdaptiveMaxPool(output_size=(3, None)), PLANE),
    pool(AdaptiveAvgPool(output_size=(6, 12)), (1, 4, 5)),
    pool(AdaptiveAvgPool(output_size=(7, 8)), PLANE),
    pool(AdaptiveAvgPool(output_size=(2, 2)), PLANE),
    Case(AdaptiveAvgPool(output_size=("keep",)), (LINE,), lambda: nn.AdaptiveAvgPool1d(9)),
    Case(AdaptiveMaxPool(output_size=("keep", 2)), (PLANE,), lambda: nn.AdaptiveMaxPool2d((None, 2))),
    *(pool(GlobalAvgPool(), shape) for shape in (LINE, PLANE, SPACE, (3, 1, 1))),
    *(pool(GlobalMaxPool(), shape) for shape in (LINE, PLANE, SPACE, (3, 1, 1))),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_against_torch(case: Case) -> None:
    hold(case)


def test_ceil_mode_on_every_small_size() -> None:
    """The closed form is torch's rule, on every axis it can meet."""
    for kernel in range(1, 6):
        for stride in range(1, 6):
            for padding in range(kernel // 2 + 1):
                op = MaxPool(kernel_size=kernel, stride=stride, padding=padding, ceil_mode=True)
                for n in range(1, 16):
                    check_size(op, n, nn.MaxPool1d(kernel, stride, padding, ceil_mode=True))


def check_size(op: MaxPool, n: int, peer: nn.Module) -> None:
    try:
        expected = tuple(peer(torch.zeros(1, 1, n)).shape[1:])
    except RuntimeError:
        with pytest.raises(Problem):
            op.shape((1, n))
    else:
        assert op.shape((1, n)) == expected, (op, n)


REFUSED = [
    (MaxPool(kernel_size=5), (3, 4, 9), "E0301", "a kernel of 4"),
    (MaxPool(kernel_size=8, stride=2, ceil_mode=True), (3, 4, 9), "E0301", "a kernel of 4"),
    (AvgPool(kernel_size=3, padding=1), (3, 4, 2, 4), "E0301", "a kernel of 2"),
    (AvgPool(kernel_size=3, padding="same", stride=1), (3, 4, 4, 2), "E0301", "a kernel of 2"),
    (LPPool(norm_type=1, kernel_size=2, ceil_mode=True), (3, 4, 4, 1), "E0301", "a kernel of 1"),
    (MaxPool(kernel_size=3, padding=2), (3, 8, 8), "E0302", "pad by 1"),
    (AvgPool(kernel_size=2, padding=((0, 2), 0)), (3, 8, 8), "E0302", "pad by 1"),
    (MaxPool(kernel_size=3, padding=((0, 1), 0), ceil_mode=True), (3, 8, 8), "E0302", "ceil_mode"),
    (AvgPool(kernel_size=3, divisor_override=2), (3, 8), "E0405", "Conv"),
    (AvgPool(kernel_size=(2, 2)), (3, 8), "E0405", "or 1"),
    (MaxPool(kernel_size=2), (8,), "E0304", "Unflatten"),
    (GlobalAvgPool(), (8,), "E0304", "Unflatten"),
    (AdaptiveAvgPool(output_size=(1, 1)), (8, 2), "E0405", "or 1"),
]


@pytest.mark.parametrize(("op", "shape", "code", "help"), REFUSED, ids=lambda v: str(v)[:60])
def test_refuses(op: Op, shape: Shape, code: str, help: str) -> None:
    with pytest.raises(Problem) as refused:
        Applied(op, (shape,))
    assert refused.value.code == code
    assert help in (refused.value.help or "")


def test_arguments_that_say_nothing() -> None:
    for wrong in ("keep", None, (), 0, (0, 1), "same"):
        with pytest.raises(ValueError, match=r"keep|empty|small|number"):
            AdaptiveAvgPool(output_size=wrong)
    with pytest.raises(ValueError, match="root"):
        LPPool(norm_type=0, kernel_size=2)


def test_open_sizes() -> None:
    assert str(MaxPool(kernel_size=3, stride=2, ceil_mode=True).shape((3, H, W))[1]) == "⌊H/2⌋"
    assert AdaptiveAvgPool(output_size=(None, 1)).shape((3, H, W)) == (3, H, 1)
    io = Applied(AdaptiveAvgPool(output_size=(None, 1)), ((3, H, W),))
    assert io.relations[0].axes == (IDENTITY, EVERYTHING)
    with pytest.raises(Problem, match="divided"):
        _ = Applied(AdaptiveAvgPool(output_size=2), ((3, H, W),)).relations
