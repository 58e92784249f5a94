"""The text of a call: what people would write, and what reads back the same."""

from __future__ import annotations

from typing import ClassVar

import pytest

import cnndsl.init  # noqa: F401  (its words may stand bare)
from cnndsl.arguments import Count, Extent, Flag, Initialiser, Number, Pads
from cnndsl.notation import notation, quoted, text
from cnndsl.op import Op


class Convolution(Op):
    spelt: ClassVar[str] = "Conv"

    out_channels: Count
    kernel_size: Extent
    stride: Extent = 1
    padding: Pads = 0
    bias: Flag = True
    weight: object = None


class Pool(Op):
    kernel_size: Extent
    stride: Extent | None = None
    ceil_mode: Flag = False


class Norm(Op):
    eps: Number = 1e-5


class Leaky(Op):
    negative_slope: Number = 0.01
    inplace: Flag = False


class Features(Op):
    out_features: Count
    bias: Flag = True


class Axes(Op):
    variadic: ClassVar[str] = "dims"

    dims: tuple[int, ...]


class Merge(Op):
    spelt: ClassVar[str] = "add"
    merge: ClassVar[bool] = True


@pytest.mark.parametrize(
    ("op", "expected"),
    [
        (Convolution(out_channels=6, kernel_size=5), "Conv(6, 5)"),
        (
            Convolution(out_channels=64, kernel_size=7, stride=2, padding=3, bias=False),
            "Conv(64, 7, stride=2, padding=3, bias=false)",
        ),
        (Convolution(out_channels=8, kernel_size=(1, 7), padding=(0, 3)), "Conv(8, 1x7, padding=[0, 3])"),
        (Convolution(out_channels=8, kernel_size=3, padding=((0, 1), (2, 3))), "Conv(8, 3, padding=[[0, 1], [2, 3]])"),
        (Convolution(out_channels=8, kernel_size=3, padding="same"), "Conv(8, 3, padding=same)"),
        (Convolution(out_channels=1, kernel_size=3, weight=((((1, 0.5, -1),),),)), "Conv(1, 3, weight=[[[[1, 0.5, -1]]]])"),
        (Pool(kernel_size=2), "Pool(2)"),
        (Pool(kernel_size=3, stride=2, ceil_mode=True), "Pool(3, 2, ceil_mode=true)"),
        (Pool(kernel_size=3, ceil_mode=True), "Pool(3, ceil_mode=true)"),
        (Norm(), "Norm"),
        (Norm(eps=1e-3), "Norm(eps=0.001)"),
        (Leaky(negative_slope=0.1), "Leaky(0.1)"),
        (Leaky(inplace=True), "Leaky(inplace=true)"),
        (Features(out_features=10, bias=False), "Features(10, bias=false)"),
        (Axes(dims=(0, 2, 3, 1)), "Axes(0, 2, 3, 1)"),
        (Merge(), "add"),
    ],
)
def test_calls(op: Op, expected: str) -> None:
    assert notation(op) == expected


def test_a_word_that_is_bound_is_said_otherwise() -> None:
    op = Convolution(out_channels=8, kernel_size=3, padding="same")
    assert notation(op, bound={"same": "same_1", "Conv": "Conv_1"}) == 'Conv_1(8, 3, padding="same")'
    assert text(Initialiser("normal", (("std", 0.5),)), bound={"normal": "normal_1"}) == "normal_1(std=0.5)"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, "true"),
        (1e-6, "1e-06"),
        (float("-inf"), "-1e999"),
        ((1, 2), "[1, 2]"),
        ((), "[]"),
        ("a word", '"a word"'),
        (Norm(eps=1), "Norm(eps=1)"),
        (Initialiser("zeros"), "zeros"),
        (Initialiser("constant", (("val", -0.5),)), "-0.5"),
        (Initialiser("kaiming_normal", (("mode", "fan_out"), ("a", 0.5))), "kaiming_normal(mode=fan_out, a=0.5)"),
    ],
)
def test_values(value: object, expected: str) -> None:
    assert text(value) == expected


def test_quotes_leave_no_way_out() -> None:
    assert quoted('a"\\\nb') == '"a\\"\\\\\\nb"'
