"""Merges against torch, and what they say where arms do not go together."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product as product_of
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks

from cnndsl.diagnostics import Problem
from cnndsl.op import Applied, ChannelsLast, Op, Shape
from cnndsl.ops.merge import Add, Cat, ListOfArms, Maximum, Mul, SoftmaxOfArms, Sub
from cnndsl.symbols import symbol

from .checks import Case, Emitted, hold

H, W = symbol("H"), symbol("W")
MAP = (3, 2, 4)
LAST = ChannelsLast((2, 4, 3))
KINDS: tuple[Shape, ...] = (MAP, (5,), (2, 4), (2, 3, 1, 2), LAST)


def arms(op: Op, peer: Callable[..., Any], *shapes: Shape) -> Case:
    return Case(op, shapes, lambda: peer)


def largest(*xs: Tensor) -> Tensor:
    return torch.stack(xs).amax(0)


def together(*xs: Tensor) -> Tensor:
    total = torch.zeros_like(xs[0])
    for x in xs:
        total = total + x
    return total


def product(*xs: Tensor) -> Tensor:
    result = torch.ones((), dtype=xs[0].dtype)
    for x in xs:
        result = result * x
    return result


def shares(*xs: Tensor) -> list[Tensor]:
    exponentials = [x.exp() for x in xs]
    return [e / together(*exponentials) for e in exponentials]


GATED: tuple[tuple[Shape, ...], ...] = (
    (MAP, (3, 1, 1)),
    (MAP, (1, 2, 4)),
    ((3, 1, 1), MAP),
    ((1, 2, 4), MAP),
    (MAP, (3, 1, 1), (1, 2, 4)),
    ((3, 1, 1), (1, 2, 4), MAP),
    ((3, 1, 1), (3, 1, 1), MAP),
    ((2, 4), (2, 1)),
    ((2, 4), (1, 4)),
    ((2, 3, 1, 2), (2, 1, 1, 1)),
    ((1, 2, 4), (1, 1, 1)),
    ((3, 1, 1), (3, 1, 1)),
    ((3, 1, 1), (1, 1, 1)),
    ((1, 1, 1), (1, 1, 1)),
    ((3, 1, 4), (3, 1, 1)),
    (LAST, ChannelsLast((1, 1, 3))),
    (ChannelsLast((2, 4, 1)), LAST),
)

CASES = [
    *(arms(Add(), together, *[shape] * k) for shape in KINDS for k in (1, 2, 3)),
    *(arms(Sub(), lambda a, b: a + -b, shape, shape) for shape in KINDS),
    *(arms(Maximum(), largest, *[shape] * k) for shape in KINDS for k in (1, 2, 3, 4)),
    *(arms(Mul(), product, *[shape] * k) for shape in KINDS for k in (1, 2, 3, 4)),
    *(arms(Mul(), product, *shapes) for shapes in GATED),
    arms(Cat(), lambda *xs: torch.cat(xs, 1), (1, 2, 4), MAP),
    arms(Cat(), lambda *xs: torch.cat(xs, 1), (1, 2, 4), MAP, (2, 2, 4)),
    *(arms(Cat(), lambda *xs: torch.cat(xs, 1), *[shape] * k) for shape in KINDS[:-1] for k in (1, 2)),
    arms(Cat(), lambda *xs: torch.cat(xs, 1), (2,), (5,), (1,)),
    arms(Cat(), lambda *xs: torch.cat(xs, 3), LAST, ChannelsLast((2, 4, 1))),
    *(Case(SoftmaxOfArms(), (shape,) * k, lambda: shares, exact=False) for shape in KINDS for k in (2, 3)),
    arms(ListOfArms(), lambda *xs: list(xs), MAP),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_against_torch(case: Case) -> None:
    hold(case)


def test_list_passes_every_arm_on() -> None:
    io = Applied(ListOfArms(), (MAP, (5,), LAST))
    assert io.outputs == (MAP, (5,), LAST)
    assert io.torch.forward == "[{0}, {1}, {2}]"
    for port in range(3):
        assert [io.op.port_relation(io, port, index) is not None for index in range(3)] == [index == port for index in range(3)]
    assert [all(axis.reads == ((),) for axis in relation.axes if axis) for relation in io.relations] == [False, True, True]


@pytest.mark.parametrize(
    ("op", "text"),
    [
        (Add(), "{0} + {1} + {2}"),
        (Mul(), "{0} * {1} * {2}"),
        (Cat(), "torch.cat([{0}, {1}, {2}], dim=1)"),
        (Maximum(), "torch.maximum(torch.maximum({0}, {1}), {2})"),
        (SoftmaxOfArms(), "torch.stack([{0}, {1}, {2}], dim=1).softmax(dim=1).unbind(dim=1)"),
    ],
    ids=lambda v: v if isinstance(v, str) else type(v).__name__,
)
def test_what_is_written(op: Op, text: str) -> None:
    assert Applied(op, (MAP,) * 3).torch.forward == text
    if not isinstance(op, SoftmaxOfArms):
        assert Applied(op, (MAP,)).torch.forward == "{0}"


@pytest.mark.parametrize(
    ("arms", "between"),
    [((MAP, MAP), 0), (((3, 1, 1), (3, 1, 1), MAP), 3), (((3, 1, 1), (1, 2, 4), MAP), 24), ((MAP,) * 4, 48)],
    ids=str,
)
def test_what_is_kept_between_the_steps_of_a_product(arms: tuple[Shape, ...], between: int) -> None:
    assert Applied(Mul(), arms).saved.elements == between


@pytest.mark.parametrize("needs", [n for k in (1, 2, 3, 4) for n in product_of((False, True), repeat=k) if any(n)], ids=str)
@pytest.mark.parametrize("op", [Mul(), Maximum()], ids=lambda op: op.word())
def test_whose_gradient_an_arm_is_kept_for(op: Op, needs: tuple[bool, ...]) -> None:
    io = Applied(op, ((4,),) * len(needs))
    xs = [torch.rand(1, 4, requires_grad=True) if need else torch.rand(1, 4) for need in needs]
    kept: list[Tensor] = []
    with saved_tensors_hooks(kept.append, lambda nothing: nothing):
        Emitted(io.torch)(*xs)
    found = {place for place, x in enumerate(xs) for t in kept if t.data_ptr() == x.data_ptr()}
    assert {place for place, by in io.saved.guarded if needs[by]} == found


REFUSED = [
    (Add(), ((256, 56, 56), (512, 28, 28)), "channels, and gets 256 and 512", "`Conv(512, 1, stride=2)` on the arm of 56×56"),
    (Add(), ((512, 28, 28), (256, 56, 56)), "channels, and gets 512 and 256", "`Conv(512, 1, stride=2)` on the arm of 56×56"),
    (Add(), ((64, 7, 7), (64, 4, 4)), "height, and gets 7 and 4", "a stride of 1 on that of 4×4"),
    (Add(), ((64, 56, 56), (256, 56, 56)), "channels, and gets 64 and 256", "`Conv(256, 1)` on the arm of 64 channels"),
    (Add(), ((64, 56, 56), (64, 56, 56), (64, 56, 54)), "width, and gets 56 and 54", "`Crop([56, 54])` on the arm of 56×56"),
    (
        Add(),
        ((64, 30, 30), (64, 28, 28)),
        "height, and gets 30 and 28",
        "`Crop(28)` on the arm of 30×30, or kernels",
    ),
    (Add(), ((64, 30, 28), (64, 28, 30)), "height, and gets 30 and 28", "`[x, y] -> Crop`"),
    (Sub(), ((64, 9), (64, 10)), "width, and gets 9 and 10", "`Crop(9)` on the arm of 10, or `Pad` on the other"),
    (Maximum(), ((8, 4, 8, 8), (8, 2, 4, 4)), "depth, and gets 4 and 2", "stride=2"),
    (Add(), ((10,), (12,)), "features, and gets 10 and 12", "`Linear(12)` on the value of 10"),
    (Add(), ((10,), (12, 4, 4)), "one kind, and gets 10 and 12×4×4", "`Flatten` makes the map flat"),
    (Add(), ((10, 4), (10, 2, 2)), "one kind", "`Flatten(2)`"),
    (Add(), (MAP, LAST), "one kind, and gets 3×2×4 and 2×4×3 (channels last)", "`Permute`"),
    (Add(), (MAP, (3, 1, 1)), "height, and gets 2 and 1", None),
    (SoftmaxOfArms(), (MAP, (4, 2, 4)), "softmax wants equal channels, and gets 3 and 4", "`Conv(4, 1)`"),
    (
        Cat(),
        ((64, 56, 56), (64, 28, 28)),
        "cat wants equal height, and gets 56 and 28",
        "`Upsample(scale_factor=2)` 28×28 larger",
    ),
    (Cat(), ((64, 64, 64), (64, 56, 56)), "cat wants equal height, and gets 64 and 56", "`Crop(56)` on the arm of 64×64"),
    (Cat(), (LAST, ChannelsLast((3, 4, 3))), "cat wants equal height, and gets 2 and 3", "`Crop([2, 4])`"),
    (Mul(), ((64, 56, 56), (64, 28, 28)), "mul wants equal height, and gets 56 and 28", "c×1×1 over all positions, 1×h×w"),
    (Mul(), ((64, 56, 56), (32, 1, 1)), "mul wants equal channels, and gets 64 and 32", "a gate has as many channels"),
    (Mul(), ((64, 56, 56), (64, 56, 1)), "mul wants equal width, and gets 56 and 1", "`Upsample(size=[h, w])`"),
    (Mul(), ((64, 56, 56), (1, 1, 1)), "mul wants equal channels, and gets 64 and 1", "a gate has as many channels"),
    (Mul(), ((64, 1, 1), (1, 56, 56)), "gates only, 64×1×1 and 1×56×56", "name the value that is gated"),
    (Mul(), ((64,), (1,)), "features, and gets 64 and 1", "`Linear(64)`"),
    (Mul(), ((64, 8, 8), (64,)), "one kind", "`Unflatten(1, [64, 1, 1])` makes the flat value a gate"),
]


@pytest.mark.parametrize(("op", "shapes", "title", "help"), REFUSED, ids=lambda v: str(v)[:60])
def test_shapes_that_disagree(op: Op, shapes: tuple[Shape, ...], title: str, help: str | None) -> None:
    with pytest.raises(Problem) as refused:
        Applied(op, shapes)
    problem = refused.value
    assert problem.code == "E0306"
    assert title in problem.title
    assert help is None or help in (problem.help or "")


@pytest.mark.parametrize("count", [1, 3])
def test_sub_takes_two(count: int) -> None:
    with pytest.raises(Problem, match=f"sub takes 2 values, not {count}") as refused:
        Applied(Sub(), (MAP,) * count)
    assert refused.value.code == "E0305"


def test_softmax_of_one_arm_says_nothing() -> None:
    with pytest.raises(Problem, match="1 everywhere"):
        Applied(SoftmaxOfArms(), (MAP,))


def test_open_sizes_meet_where_they_may_be_equal() -> None:
    assert Add().shape((8, H, W), (8, 2 * (H // 2), 32)) == (8, H, 32)
    assert Cat().shape((8, H, W), (symbol("C"), H, W)) == (symbol("C") + 8, H, W)
    assert Mul().shape((8, H, W), (8, 1, 1)) == Mul().shape((8, 1, 1), (8, H, W)) == (8, H, W)
    assert Mul().shape((1, H, W), (8, H, W)) == (8, H, W)
    with pytest.raises(Problem, match=r"height, and gets H and H - 4"):
        Add().shape((8, H, W), (8, H - 4, W))
