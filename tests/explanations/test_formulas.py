"""Every formula of every layer: its value, and its text read back as arithmetic, are the figure of the analysis."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from fractions import Fraction
from math import ceil, floor
from pathlib import Path

import pytest

import cnndsl
from cnndsl import zoo
from cnndsl.analyses.params import weight_bytes
from cnndsl.explanations import Line
from cnndsl.explanations.layer import explain, folded
from cnndsl.explanations.script import LATEX, PLAIN, write
from cnndsl.field import AxisField, Field
from cnndsl.formula import AXES, Expr, by_axis, ceiled, floored, largest, named, smallest, total
from cnndsl.network import Network
from cnndsl.op import Applied
from cnndsl.symbols import symbol
from tests.ops.checks import Case

FAMILIES = sorted(path.stem for path in (Path(__file__).parents[1] / "ops").glob("test_*.py"))
LARGE = ("densenet", "densenet_cifar", "efficientnet", "regnet", "resnet_cifar")


def cases(family: str) -> list[Case]:
    module = importlib.import_module(f"tests.ops.{family}")
    return list(getattr(module, "CASES", ()))


def reckoned(formula: Expr) -> Fraction | int:
    """What the formula comes to as it is written, numbers put in: its text, read as Python's arithmetic."""
    written = re.sub(r",(?=\d{3})", "", write(formula, True, PLAIN))
    for sign, python in (("⌊", "floor("), ("⌋", ")"), ("⌈", "ceil("), ("⌉", ")"), ("·", "*"), ("−", "-")):
        written = written.replace(sign, python)
    exact = re.sub(r"\d+(\.\d+)?", lambda match: f"F('{match[0]}')", written)
    return eval(exact, {"F": Fraction, "floor": floor, "ceil": ceil, "max": max, "min": min})  # type: ignore[no-any-return]


def holds(formula: Expr, figure: object) -> None:
    assert formula.value == figure
    if isinstance(figure, int) and not any(isinstance(part.value, float) for part in parts(formula)):
        assert reckoned(formula) == figure


def parts(formula: Expr) -> Iterator[Expr]:
    yield formula
    for part in formula.parts:
        yield from parts(part)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_case_of_every_layer_comes_to_its_figures(family: str) -> None:
    for case in cases(family):
        io = Applied(case.op, case.inputs)
        found = io.op.arithmetic(io)
        assert len(found.sizes) == len(io.outputs)
        for formulas, shape in zip(found.sizes, io.outputs, strict=True):
            for formula, size in zip(formulas, shape, strict=True):
                holds(formula, size)
        holds(found.params, io.params)
        holds(found.macs, io.macs)


def test_the_cases_are_found() -> None:
    assert sum(len(cases(family)) for family in FAMILIES) > 1000


def check(network: Network) -> None:
    """All lines of all layers, beside the columns."""
    columns = network.findings.columns
    folds = folded(network)
    told: set[object] = set()
    for node in network.ir.layers:
        fields = columns["rf"][node.index]
        key = (id(node.io), id(fields), node.call)
        if key in told:
            continue
        told.add(key)
        found = explain(network, node, folds)
        sections = {section.title: {line.name: line for line in section.lines} for section in found.sections}
        agrees(sections["parameters"].get(""), columns["params"][node.index])
        agrees(sections["MACs"].get(""), columns["macs"][node.index])
        sizes = [
            line.formula.value for line in found.sections[-1].lines if line.formula and line.name.startswith(("output", "value"))
        ]
        assert sum(sizes) == columns["memory"][node.index]
        if "stored" in sections["memory"]:
            agrees(sections["memory"]["stored"], weight_bytes(node.io, network.setting))
        for title, lines in sections.items():
            if title.startswith("receptive field"):
                name = title.removeprefix("receptive field").removeprefix(" in ") or next(iter(folds))
                sees(lines, fields.get(name) if isinstance(fields, dict) else fields)


def agrees(line: Line | None, figure: object) -> None:
    assert line is not None
    if line.formula is None:
        assert figure == 0
    else:
        holds(line.formula, figure)


def sees(lines: dict[str, Line], field: Field | None) -> None:
    """The formulas of size, stride and start are those of the field, on every axis of which there are some."""
    if field is None:
        assert all(line.formula is None for line in lines.values())
        return
    for place, name in enumerate(AXES[len(field.axes)]):
        for what, value in (("size", field.size), ("stride", field.stride), ("start", field.start)):
            line = lines.get(f"{what} along the {name}", lines.get(what))
            if line is not None and line.formula is not None:
                assert isinstance(field.axes[place], AxisField)
                holds(line.formula, value[place])


@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] * (name in LARGE)) for name in zoo.entries()])
def test_every_layer_of_every_network_comes_to_its_figures(name: str) -> None:
    program = cnndsl.load(f"zoo:{name}")
    for net in program.complete():
        check(program.net(net))


def test_formulas_are_set_in_brackets_where_they_must_be() -> None:
    a, b, c = named("a", -3, "first"), named("b", 2, "second"), named("c", 4, "third")
    shown = {
        a + b * c: ("a + b·c", "−3 + 2·4", 5),
        b - (a + c): ("b − (a + c)", "2 − (−3 + 4)", 1),
        (a + b) * c: ("(a + b)·c", "(−3 + 2)·4", -4),
        b + a: ("b + a", "2 + (−3)", -1),
        b * a: ("b·a", "2·(−3)", -6),
        c / (b * b): ("c/(b·b)", "4/(2·2)", 1),
        floored(a - 1, b): ("⌊(a − 1)/b⌋", "⌊(−3 − 1)/2⌋", -2),
        ceiled(a, b) + 1: ("⌈a/b⌉ + 1", "⌈(−3)/2⌉ + 1", 0),
        largest(a, b + c): ("max(a, b + c)", "max(−3, 2 + 4)", 6),
        smallest(a, 0): ("min(a, 0)", "min(−3, 0)", -3),
        c / named("d", 8, "") * b: ("c/d·b", "4/8·2", 1),
    }
    for formula, (names, numbers, value) in shown.items():
        assert (write(formula, False, PLAIN), write(formula, True, PLAIN), formula.value) == (names, numbers, value)
        assert reckoned(formula) == value


def test_open_sizes_stay_formulas() -> None:
    n = named("n", symbol("H"), "")
    assert str((floored(n - 1, 2) + 1).value) == "⌊(H - 1)/2⌋ + 1"
    assert ceiled(n, 2).value == floored(n - 1, 2).value + 1
    assert write(n * 2 + 1, True, PLAIN) == "H·2 + 1"
    assert write(total([n, 1]) * 2, True, PLAIN) == "(H + 1)·2"


def test_latex_has_its_own_signs() -> None:
    n, k = named("H_in", 28, ""), named("layer_1", 2, "")
    assert write(floored(n - k, 2), False, LATEX) == r"\left\lfloor \frac{H_{\mathrm{in}} − \texttt{layer\_1}}{2} \right\rfloor"
    assert write(largest(n, 1000), True, LATEX) == r"\max\left(28, 1{,}000\right)"


def test_one_name_stands_for_all_axes_where_they_agree() -> None:
    assert [size.name for size in by_axis("k", (3, 3), "kernel_size")] == ["k", "k"]
    assert [size.name for size in by_axis("k", (1, 3, 3), "kernel_size")] == ["k_d", "k_h", "k_w"]
