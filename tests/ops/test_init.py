"""Initialisers: the table against torch.nn.init, what is written and what it draws, and what is refused."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import torch
from pydantic import ValidationError
from torch import nn

from cnndsl.arguments import Initialiser
from cnndsl.diagnostics import Problem
from cnndsl.init import (
    FUNCTIONS,
    INITIALISERS,
    MODES,
    NONLINEARITIES,
    REQUIRED,
    as_initialiser,
    as_kernel,
    check_start,
    initialise,
    initialiser,
)
from cnndsl.ops.linear import Linear

UNNAMED = {"generator"}  # arguments that programs cannot have
OTHERS = {"calculate_gain", "xavier_uniform", "xavier_normal", "kaiming_uniform", "kaiming_normal"}  # torch's old names


def signature(name: str) -> dict[str, object]:
    """The arguments of a function of torch.nn.init after the tensor, with their defaults."""
    parameters = list(inspect.signature(getattr(nn.init, f"{name}_")).parameters.values())[1:]
    return {p.name: REQUIRED if p.default is p.empty else p.default for p in parameters if p.name not in UNNAMED}


@pytest.mark.parametrize("name", sorted(INITIALISERS))
def test_arguments_are_those_of_torch(name: str) -> None:
    assert list(FUNCTIONS[name].defaults.items()) == list(signature(name).items())


def test_every_function_of_torch_is_there() -> None:
    theirs = {name[:-1] for name in dir(nn.init) if name.endswith("_") and not name.startswith("_")}
    assert theirs == INITIALISERS


@pytest.mark.parametrize("name", sorted(INITIALISERS))
def test_axes_are_those_that_torch_takes(name: str) -> None:
    for axes in range(1, 6):
        fill = getattr(nn.init, f"{name}_")
        given = {k: 1 for k, v in FUNCTIONS[name].defaults.items() if v is REQUIRED}
        low, high = FUNCTIONS[name].axes
        try:
            fill(torch.empty((2,) * axes), **given)
        except ValueError:
            assert not low <= axes <= high, f"torch refuses {axes} axes"
        else:
            assert low <= axes <= high, f"torch takes {axes} axes"


def test_words_are_those_that_torch_takes() -> None:
    for word in NONLINEARITIES:
        nn.init.kaiming_normal_(torch.empty(2, 2), nonlinearity=word)
    for word in MODES:
        nn.init.kaiming_normal_(torch.empty(2, 2), mode=word)
    annotation = inspect.signature(nn.init.kaiming_normal_, eval_str=True).parameters["nonlinearity"].annotation
    assert set(getattr(annotation, "__args__", NONLINEARITIES)) == set(NONLINEARITIES)


@pytest.mark.parametrize(
    ("args", "kwargs", "written"),
    [
        (("kaiming_normal",), {"mode": "fan_out", "nonlinearity": "relu"}, 'kaiming_normal(mode="fan_out", nonlinearity="relu")'),
        (("kaiming_normal",), {"mode": "fan_in", "a": 0}, "kaiming_normal"),
        (("normal", 0, 0.01), {}, "normal(std=0.01)"),
        (("trunc_normal",), {"std": 0.02, "mean": 1}, "trunc_normal(mean=1, std=0.02)"),
        (("constant", 3), {}, "constant(val=3)"),
        (("orthogonal", 2.5), {}, "orthogonal(gain=2.5)"),
        (("sparse", 0.9), {}, "sparse(sparsity=0.9)"),
        (("dirac", 2.0), {}, "dirac(groups=2)"),
    ],
)
def test_what_equals_the_default_is_left_out(args: tuple[Any, ...], kwargs: dict[str, Any], written: str) -> None:
    name, *values = args
    assert str(initialiser(name, values, kwargs)) == written


@pytest.mark.parametrize("name", sorted(INITIALISERS))
@pytest.mark.parametrize("least", [True, False])
def test_statements_fill_as_torch_does(name: str, least: bool) -> None:
    """With the arguments that must be, and with others than the defaults."""
    odd: dict[str, Any] = {"a": -0.5, "b": 0.5, "mean": 0.25, "std": 0.125, "val": 3, "groups": 2, "gain": 2.5, "sparsity": 0.5}
    odd |= {"mode": "fan_out", "nonlinearity": "selu"}
    given = {k: odd[k] for k, v in FUNCTIONS[name].defaults.items() if v is REQUIRED or not least}
    low, high = FUNCTIONS[name].axes
    mine, theirs = (nn.Module() for _ in range(2))
    for module in (mine, theirs):
        module.register_parameter("weight", nn.Parameter(torch.empty((4,) * max(low, min(high, 3)))))
    (statement,) = initialise(None, initialiser(name, (), given), None)
    torch.manual_seed(0)
    exec(statement.format(m="m"), {"nn": nn, "torch": torch, "m": mine})
    torch.manual_seed(0)
    getattr(nn.init, f"{name}_")(theirs.weight, **given)
    assert torch.equal(mine.weight, theirs.weight)


def test_statements_read_as_one_writes_them() -> None:
    fan_out = initialiser("kaiming_normal", (), {"mode": "fan_out"})
    assert initialise(None, fan_out, as_initialiser(0)) == (
        'nn.init.kaiming_normal_({m}.weight, mode="fan_out")',
        "nn.init.zeros_({m}.bias)",
    )
    assert initialise(None, as_initialiser(1.0), as_initialiser(-0.5)) == (
        "nn.init.ones_({m}.weight)",
        "nn.init.constant_({m}.bias, -0.5)",
    )
    assert initialise(((1, 0),), fan_out, as_initialiser(0), bias=False) == ("{m}.weight.data.copy_(torch.tensor([[1.0, 0.0]]))",)
    assert initialise(None, None, None) == ()


@pytest.mark.parametrize(
    ("name", "args", "kwargs", "title", "help"),
    [
        ("kaimig_normal", (), {}, "kaimig_normal is no initialiser", "did you mean kaiming_normal?"),
        ("kaiming_normal", (), {"mod": "fan_out"}, "kaiming_normal has no argument mod", "did you mean mode?"),
        ("kaiming_normal", (), {"mode": "fanout"}, "fan_out", None),
        ("kaiming_normal", (), {"nonlinearity": "gelu"}, "none of", None),
        ("zeros", (1,), {}, "zeros takes no arguments, and gets 1 value", None),
        ("zeros", (), {"val": 1}, "zeros has no argument val", "it is written without arguments"),
        ("normal", (1, 2, 3), {}, "normal takes mean, std", None),
        ("normal", (0,), {"mean": 1}, "normal gets mean twice", None),
        ("normal", (), {"std": -1}, "negative", None),
        ("normal", (), {"std": True}, "not a number", None),
        ("constant", (), {}, "constant needs val", "write constant(val=…)"),
        ("uniform", (2,), {}, "a=2", None),
        ("dirac", (0,), {}, "at least 1", None),
        ("sparse", (2,), {}, "probability", None),
        ("constant", (float("nan"),), {}, "nan is no number to start from", None),
    ],
)
def test_refuses(name: str, args: tuple[Any, ...], kwargs: dict[str, Any], title: str, help: str | None) -> None:
    with pytest.raises(Problem) as refused:
        initialiser(name, args, kwargs)
    assert refused.value.code == "E0405"
    assert title in refused.value.title
    assert help is None or refused.value.help == help


def test_a_bare_name_and_a_number() -> None:
    assert as_initialiser("xavier_uniform") == Initialiser("xavier_uniform")
    assert as_initialiser(0.5) == Initialiser("constant", (("val", 0.5),))
    assert as_initialiser(None) is None
    for wrong in ("xavier", "constant", True, (1, 2)):
        with pytest.raises(ValueError, match=r"initialiser|needs val|number"):
            as_initialiser(wrong)
    with pytest.raises(ValidationError, match="did you mean xavier_normal"):
        Linear(out_features=2, init="xavier_norml")


@pytest.mark.parametrize("kernel", [((1, 2), (3,)), (1, (2, 3)), (), ((), ()), ("a",), ((True, 1),), 3.0 * 1j, (float("inf"),)])
def test_uneven_kernels_are_refused(kernel: object) -> None:
    with pytest.raises(ValueError, match=r"differ|empty|number"):
        as_kernel(kernel)


def test_a_kernel_of_another_shape_gives_both() -> None:
    with pytest.raises(Problem) as refused:
        check_start((2, 3), None, None, ((1, 2), (3, 4)))
    assert refused.value.title == "weight= has the shape [2, 2], the layer's weight [2, 3]"


def test_dirac_wants_groups_that_divide() -> None:
    check_start((4, 4, 3), initialiser("dirac", (2,)))
    with pytest.raises(Problem, match="divide"):
        check_start((4, 4, 3), initialiser("dirac", (3,)))
