"""A foreign layer: what it states is checked for sense, and its target is parsed, never run."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from cnndsl.diagnostics import Problem
from cnndsl.extern_op import Extern, parse_target
from cnndsl.notation import notation
from cnndsl.op import Applied, Call
from cnndsl.relation import DENSE, Relation, everything, taps
from cnndsl.symbols import symbol


def cbam(**changed: Any) -> Extern:
    facets: dict[str, Any] = {
        "output_shape": (64, 8, 8),
        "params": 610,
        "macs": 6784,
        "rf": 7,
        "torch": "mylib.attention:CBAM(channels=64)",
    }
    return Extern(name="CBAM", settings=(("reduction", 8),), **(facets | changed))


X = (64, 8, 8)


def test_what_is_stated_is_what_is_known() -> None:
    io = Applied(cbam(), (X,))
    assert (io.output, io.params, io.trainable, io.macs, io.weights) == (X, 610, 610, 6784, ())
    assert io.relations == (Relation((taps(7, 1, 1, -3),) * 2, DENSE),)
    assert notation(io.op) == "CBAM(reduction=8)"


def test_strings_of_a_foreign_layer_are_quoted() -> None:
    """Its own words need not be known where the text is read."""
    op = Extern(name="CBAM", settings=(("mode", "same"),), output_shape=X, params=0, macs=0, rf=1, weights=None, torch=None)
    assert notation(op) == 'CBAM(mode="same")'


def test_the_call_is_data() -> None:
    form = Applied(cbam(torch='pkg.mod:Cls(1, "a", sizes=[1, 2], act=none, bias=true)'), (X,)).torch
    assert form.imports == ("import pkg.mod",)
    assert form.module == Call("pkg.mod.Cls", {"0": 1, "1": "a", "sizes": [1, 2], "act": None, "bias": True}, 2)
    assert parse_target("a.b:C") == ("a.b", "C", [], {})


def test_weights_say_the_parameters() -> None:
    weights = (("fc.weight", (10, 64)), ("seen", (), "buffer", "int64"), ("fc.bias", (10,)))
    io = Applied(cbam(output_shape=(10,), params=None, rf=None, weights=weights), (X,))
    assert [(w.name, w.shape, w.trainable, w.buffer, w.dtype) for w in io.weights] == [
        ("fc.weight", (10, 64), True, False, ""),
        ("seen", (), False, True, "int64"),
        ("fc.bias", (10,), True, False, ""),
    ]
    assert io.params == 650
    assert io.relations == (everything(2, DENSE),)


def test_several_inputs_and_outputs_and_open_sizes() -> None:
    h = symbol("H")
    io = Applied(cbam(output_shape=((64, h, h), (1, h, h)), rf=(3, 1, 1), macs=h * 2), ((64, h, h), (8, h, h)))
    assert io.several
    assert io.outputs == ((64, h, h), (1, h, h))
    assert len(io.relations) == 2
    assert io.macs == 2 * h


@pytest.mark.parametrize(
    ("changed", "argument", "title"),
    [
        ({"params": None}, "params", "does not say its parameters"),
        ({"macs": None}, "macs", "does not say its work"),
        ({"rf": None}, "rf", "does not say its receptive field"),
        ({"rf": (3, 2, 1)}, "rf", "does not give its output shape"),
        ({"rf": (3, 1, "same")}, "rf", "padding in numbers"),
        ({"output_shape": (64, 8), "rf": 3}, "rf", "no kernel does that"),
        ({"weights": (("w", (3,)),)}, "params", "have 3 parameters, stated are 610"),
    ],
)
def test_what_does_not_fit_together_is_refused(changed: dict[str, Any], argument: str, title: str) -> None:
    with pytest.raises(Problem, match=title) as caught:
        Applied(cbam(**changed), (X,))
    assert caught.value.argument == argument


@pytest.mark.parametrize(
    "changed",
    [
        {"params": 1.5},
        {"params": -1},
        {"output_shape": 3},
        {"output_shape": (0, 1)},
        {"rf": (3, 1)},
        {"weights": (("a",),)},
        {"weights": (("a", (1,), "bufer"),)},
    ],
)
def test_facets_that_are_no_values_of_their_kind(changed: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        cbam(**changed)
    assert [error["loc"][0] for error in caught.value.errors()] == list(changed)


@pytest.mark.parametrize(
    "target",
    [
        "CBAM(1)",
        "os:system('x'), 1",
        "pkg:Cls(__import__('os').system('x'))",
        "pkg:Cls(**{})",
        "pkg:Cls(*[1])",
        "pkg:a.b(1)",
        "pkg:Cls(1)(2)",
        "pkg; import os:Cls()",
        "pkg\nimport os:Cls()",
        "import.x:Cls()",
        "pkg:Cls(x)",
        "pkg:Cls(1\n)\nimport os",
        "pkg:lambda: 1",
        "pkg:",
        ":Cls()",
        "pkg:Cls(" + "(" * 500 + ")" * 500 + ")",
    ],
)
def test_a_target_that_is_more_than_a_call_is_refused(target: str) -> None:
    with pytest.raises(Problem, match="not the call of a class"):
        parse_target(target)
