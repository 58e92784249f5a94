"""Numbers in words."""

from __future__ import annotations

import pytest

from cnndsl.field import EVERYTHING, UNKNOWN, VARIES, AxisField, Field, OneAxis
from cnndsl.figures import binary, count, field_size, field_stride, percent
from cnndsl.symbols import Dim, symbol

FIVE, SEVEN = AxisField((0,), (4,), 1), AxisField((-3,), (3,), 2)
PHASES = AxisField((0, 0), (4, 6), 1)
H = symbol("H")


@pytest.mark.parametrize(
    ("axes", "size", "stride"),
    [
        ((FIVE, FIVE), "5", "1"),
        ((FIVE, SEVEN), "5×7", "1×2"),
        ((PHASES, PHASES), "5–7", "1/2"),
        ((EVERYTHING, EVERYTHING), "all", ""),
        ((EVERYTHING, SEVEN), "all×7", "–×2"),
        ((VARIES, VARIES), "varies", ""),
        ((UNKNOWN,), "?", ""),
        ((AxisField((-9,), (-5,), 1), FIVE), "5", "1"),
        ((), "all", ""),
    ],
)
def test_fields(axes: tuple[OneAxis, ...], size: str, stride: str) -> None:
    field = Field(axes)
    assert (field_size(field), field_stride(field)) == (size, stride)


def test_marks_and_several_inputs() -> None:
    five, seven = Field((FIVE,)), Field((SEVEN,))
    assert field_size(Field((FIVE,), gated=True)) == "5*"
    assert field_size(Field((FIVE,), gated=True, statistics=True)) == "5*~"
    assert field_size(None) == field_stride(None) == ""
    assert field_size({"a": five, "b": seven}) == "5/7"
    assert field_stride({"a": five, "b": seven}) == "1/2"
    assert field_size({"a": five, "b": None}) == "5"
    assert field_size({"a": five, "b": five}) == "5"
    assert field_size({"a": five, "b": seven, "c": None}) == "5/7/–"
    assert field_size({"a": None, "b": None}) == ""


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1536, "1.5 KiB"),
        (2**20 - 1, "1.0 MiB"),
        (18_816, "18.4 KiB"),
        (5 * 2**40, "5.0 TiB"),
        (3000 * 2**50, "3000.0 PiB"),
        (H * 4, "?"),
        (None, "?"),
    ],
)
def test_bytes(size: Dim | None, text: str) -> None:
    assert binary(size) == text


def test_counts_and_shares() -> None:
    assert (count(61_706), count(0), count(H), count(None)) == ("61,706", "0", "?", "?")
    assert [percent(part, 10_000) for part in (3333, 0, 10_000, 1, 5, 9999, 9994)] == [
        "33.3",
        "",
        "100.0",
        "<0.1",
        "0.1",
        ">99.9",
        "99.9",
    ]
    assert (percent(0, 0), percent(H, 3), percent(3, H)) == ("", "?", "?")
