"""For which sizes a network works: what is derived, beside building it for every size."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cnndsl
from cnndsl.cli import main
from cnndsl.graph import Graph
from cnndsl.sizes import Condition, conditions, sentences, ties
from cnndsl.symbols import Dim, at, names, period, symbol

UNET = """
block Double(c) { Conv(c, 3, padding=1) -> ReLU -> Conv(c, 3, padding=1) }
net N {
  input x: [3, H, W]
  enc1: Double(4)
  MaxPool(2) -> enc2: Double(4)
  MaxPool(2) -> enc3: Double(4)
  MaxPool(2) -> mid: Double(4)
  up3: ConvTranspose(4, 2, stride=2)
  cat(enc3, up3) -> ConvTranspose(4, 2, stride=2) as up2
  add(enc2, up2) -> ConvTranspose(4, 2, stride=2) as up1
  add(enc1, up1)
}
"""


def net(*lines: str, size: str = "[3, H, W]") -> str:
    return "\n  ".join([f"net N {{\n  input x: {size}", *lines]) + "\n}\n"


PROGRAMS = {
    "unet": UNET,
    "valid": net("Conv(4, 5) -> MaxPool(2) -> Conv(4, 5) -> MaxPool(3, 2)"),
    "odd": net("add { | Conv(4, 3, stride=2) | Conv(4, 2, stride=2) }"),
    "even": net("add { | Conv(4, 3, stride=2, padding=1) | MaxPool(2) -> Conv(4, 1) }"),
    "cells": net("PixelUnshuffle(3) -> Conv(4, 3)"),
    "crop": net("Conv(4, 3) -> MaxPool(2) -> Upsample(scale_factor=3) -> Crop(20)"),
    "axes": net("add { | Conv(4, [3, 1]) -> MaxPool([2, 1]) -> Upsample(scale_factor=[2, 1]) | Conv(4, [3, 1]) }"),
    "reflect": net(
        "Conv(4, 9, padding=4, padding_mode=reflect)", "MaxPool(3, 2, ceil_mode=true) -> MaxPool(3, 2, ceil_mode=true)"
    ),
    "fixed": net("add { | AdaptiveAvgPool(7) | Conv(3, 3, stride=2) }"),
    "none": net("add { | _ | Conv(3, 3) -> Pad(3) -> MaxPool(2) -> Upsample(scale_factor=2) -> Conv(3, 2) }"),
    "mixed": net("add { | MaxPool(4) -> Upsample(scale_factor=4) | MaxPool(6) -> Upsample(scale_factor=6) }"),
    "square": net("add { | MaxPool(2) -> Upsample(scale_factor=2) | _ }", size="[3, n, n]"),
    "line": net("Conv(4, 7, stride=3) -> ConvTranspose(3, 7, stride=3) -> add { | _ | x }", size="[3, L]"),
}

MIXED = (
    "H and W may be 12·n or 12·n + 1 or 12·n + 2 or 12·n + 3 from 12 on: add takes no others; "
    "below that, 0 (MaxPool) does not fit."
)


def graph(program: str) -> Graph:
    return cnndsl.parse(program).net().ir


def works(program: str, shape: tuple[int, ...]) -> bool:
    """Whether the network can be built for a size."""
    try:
        cnndsl.parse(program).net(inputs=shape)
    except cnndsl.CompileError:
        return False
    return True


@pytest.mark.parametrize("name", PROGRAMS)
def test_what_is_derived_is_what_can_be_built(name: str) -> None:
    """Each size from 1 to 100 in turn, the others being one that works."""
    program = PROGRAMS[name]
    found = conditions(graph(program))
    (shape,) = cnndsl.parse(program).net().inputs.values()
    good = {
        one.name: next((n for n in range(80, 300) if one.holds(n)), *one.below[:1])
        for one in found
        if one.remainders or one.below
    }
    for one in found:
        for size in range(1, 101):
            sizes = {**good, one.name: size}
            shaped = tuple(n if isinstance(n, int) else sizes.get(str(n), 16) for n in shape)
            assert works(program, shaped) == one.holds(size), (one, size)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("unet", ["H and W may be multiples of 8: add_1, add, cat take no others."]),
        ("valid", ["H and W may be any size from 18 on: below that, 3 (MaxPool) does not fit."]),
        ("odd", ["H and W may be odd from 3 on: add takes no others; below that, 0 (Conv) does not fit."]),
        ("even", ["H and W may be multiples of 2: add takes no others."]),
        ("fixed", ["H and W may be 15, 16 only: add takes no others."]),
        ("mixed", [MIXED]),
        (
            "axes",
            ["H may be multiples of 2 from 4 on: add takes no others; below that, 0 (Conv) does not fit.", "W may be any size."],
        ),
        ("square", ["n may be multiples of 2: add takes no others."]),
        ("line", ["L may be 3·n + 1 from 7 on: add takes no others; below that, 0 (Conv) does not fit."]),
    ],
)
def test_sentences(name: str, said: list[str]) -> None:
    assert sentences(graph(PROGRAMS[name])) == said


def test_sizes_that_are_known_have_no_conditions() -> None:
    assert sentences(graph(net("Conv(4, 3)", size="3x8x8"))) == []


def test_two_inputs_that_meet() -> None:
    program = "net N {\n  input a: [3, H, W]\n  input b: [3, M, W]\n  b -> MaxPool([2, 1]) as c\n  add(a, c)\n}"
    assert sentences(graph(program))[-1] == "H = ⌊M/2⌋ must hold: add wants it."
    (note,) = cnndsl.parse(program).check()
    assert (note.code, note.severity, note.title) == ("N0504", "note", "it works only where H = ⌊M/2⌋")
    assert note.labels[0].text == "it joins 3×H×W and 3×⌊M/2⌋×W"
    assert cnndsl.parse(program).check(inputs={"a": (3, 4, 5), "b": (3, 8, 5)}) == ()
    (tie,) = ties(graph(program))
    assert [n for n in range(1, 20) if tie.holds({"H": 4, "W": 7, "M": n})] == [8, 9]


def test_all_equations_of_a_merge_are_in_one_note() -> None:
    program = "net N {\n  input a: [3, H, W]\n  input b: [3, M, L]\n  sub(a, b)\n}"
    assert [note.title for note in cnndsl.parse(program).check()] == ["it works only where H = M and W = L"]


STEPS = st.sampled_from(
    [
        *("Conv(4, 3)", "Conv(4, 3, padding=1)", "Conv(4, 3, 2, padding=1)", "Conv(4, 2, 2)", "Conv(4, 5, dilation=2)"),
        *("MaxPool(2)", "MaxPool(3, 2)", "AvgPool(2, ceil_mode=true)", "Conv(4, [1, 3], [1, 2])", "Conv(4, 3, padding=same)"),
        *("Upsample(scale_factor=2)", "ConvTranspose(4, 2, stride=2)", "ConvTranspose(4, 3, stride=2, padding=1)"),
        *("Pad([1, 2, 0, 1])", "PixelUnshuffle(2) -> Conv(4, 1)", "Conv(4, 1, padding=[0, 2], padding_mode=reflect)"),
    ]
)
ARM = st.lists(STEPS, max_size=3).map(lambda steps: " -> ".join(["Conv(4, 1)", *steps]))


@settings(max_examples=12)
@given(st.lists(st.tuples(ARM, ARM, st.sampled_from(["add", "cat"])), min_size=1, max_size=2), st.data())
def test_random_programs_work_where_it_is_said(merges: list[tuple[str, str, str]], data: st.DataObject) -> None:
    """Both sizes at once, against building the network for each pair; what fails for all sizes is an error already."""
    program = net(*(f"{merge} {{ | {one} | {two} }}" for one, two, merge in merges))
    try:
        ir = graph(program)
    except cnndsl.CompileError:
        assert not any(works(program, (3, n, n)) for n in range(1, 30))
        return
    found, equal = conditions(ir), ties(ir)
    assert len(found) == 2
    good = [[n for n in range(1, 41) if one.holds(n)] or [1] for one in found]
    for _ in range(12):
        sizes = {one.name: data.draw(st.integers(1, 40) | st.sampled_from(fit)) for one, fit in zip(found, good, strict=True)}
        said = all(one.holds(sizes[one.name]) for one in found) and all(tie.holds(sizes) for tie in equal)
        assert works(program, (3, sizes["H"], sizes["W"])) == said, (sizes, found)


def test_a_period_that_is_too_long_is_left_alone() -> None:
    program = graph(net("MaxPool(37) -> MaxPool(41)"))
    assert conditions(program) == []
    assert sentences(program) == [f"Which {name} work is not worked out: there are too many cases." for name in "HW"]


def test_analyze_says_it(tmp_path, capsys) -> None:
    (tmp_path / "unet.cnn").write_text(UNET, "utf-8")
    assert main(["analyze", str(tmp_path / "unet.cnn")]) == 0
    assert "H and W may be multiples of 8: add_1, add, cat take no others." in capsys.readouterr().out


def test_holds() -> None:
    one = Condition("H", 4, (0, 1), 9, (3,))
    assert [size for size in range(15) if one.holds(size)] == [3, 9, 12, 13]


def test_formulas_at_a_size() -> None:
    h, w = symbol("H"), symbol("W")
    size: Dim = ((h - 3) // 2 + w) // 4 + h * w
    assert names(size) == {"H", "W"}
    assert names(5) == set()
    assert str(at(size, "H", 9)) == str((w + 3) // 4 + 9 * w)
    assert at(at(size, "H", 9), "W", 5) == 47
    assert at(size, "X", 9) == size
    assert [period(n, "H") for n in (h, (h - 1) // 2, ((h - 1) // 2) // 3 + h // 4, 7, w // 5)] == [1, 2, 12, 1, 1]


@pytest.mark.parametrize("size", range(1, 60))
def test_a_formula_grows_by_the_same_over_a_period(size: int) -> None:
    h = symbol("H")
    formula = ((h + 5) // 3 + h // 2 + 1) // 4 + 2 * h
    step = period(formula, "H")
    assert differences(formula, size, step) == differences(formula, 1, step)


def differences(formula: Dim, size: int, step: int) -> int:
    return int(at(formula, "H", size + step)) - int(at(formula, "H", size))  # type: ignore[arg-type]
