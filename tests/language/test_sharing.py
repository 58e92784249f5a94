"""Applying a layer again: the same weights, told apart in the rows."""

import pytest

from .programs import body, fault, keys, network, output, paths, sources


def test_a_known_name_after_an_arrow_is_an_application() -> None:
    net = network(body("c: Conv(3, 3, padding=1)\nReLU -> c"))
    assert paths(net) == ["c", "1", "c@2"]
    assert keys(net) == ["c.weight", "c.bias"]
    first, _, second = net.layers
    assert (first.params, second.params, second.macs == first.macs, second.call) == (84, 0, True, 2)
    assert net.params == 84


def test_the_names_value_stays_the_first_calls_and_later_ones_need_as() -> None:
    net = network(body("c: Conv(3, 3, padding=1) as one\nin -> c as two\nadd(c, one, two)"))
    nodes = [value.node for value in net.layer("add").node.inputs]
    assert [(node.key, node.call) for node in nodes] == [("c", 1), ("c", 1), ("c", 2)]


def test_blocks_groups_and_repeats_are_shared_whole() -> None:
    net = network(
        "block B { conv: Conv(3, 1) -> bn: BatchNorm; add(in, _) }\n"
        + body("b: B\ng: { Conv(3, 1) -> ReLU }\nr: B * 2\n_ -> b -> g -> r")
    )
    once = ["b.conv", "b.bn", "b.add", "g.0", "g.1", "r.0.conv", "r.0.bn", "r.0.add", "r.1.conv", "r.1.bn", "r.1.add"]
    assert paths(net) == [*once, *(f"{path}@2" for path in once)]
    assert sources(net, "g.0") == ["b.add"]
    assert net.params == 4 * (12 + 6) - 6


def test_a_layer_may_be_applied_many_times_in_a_loop_and_in_arms() -> None:
    net = network(body("head: Conv(3, 1)\nfor i in 1..3 { _ -> head }\nadd { | _ -> head | _ -> head | head }"))
    assert paths(net) == ["head", "head@2", "head@3", "head@4", "head@5", "head@6", "add"]
    assert [value.node.call for value in net.layer("add").node.inputs] == [5, 6, 1]


def test_layers_of_any_key_are_applied_again_by_that_key_in_quotes() -> None:
    net = network(body('"block1-1": Conv(3, 1)\n"g.0": Conv(3, 1)\n_ -> "block1-1" as y -> "g.0" -> "block1-1" * 2\nadd(_, y)'))
    assert paths(net) == ["block1-1", "g.0", "block1-1@2", "g.0@2", "block1-1@3", "block1-1@4", "add"]
    assert sources(net, "add") == ["block1-1", "block1-1"]
    net = network(body('for i in 1..2 { "b-$i": Conv(3, 1) }\nfor i in 1..2 { _ -> "b-${3 - i}" }'))
    assert paths(net) == ["b-1", "b-2", "b-2@2", "b-1@2"]
    fault(body('"b-1": ReLU -> «"b-2"»'), "E0201", "no label b-2", "did you mean `b-1`?")
    fault(body('ReLU -> «"ReLU"»'), "E0201", "no label ReLU")


def test_shared_on_maps_of_other_sizes() -> None:
    net = network(body("c: Conv(4, 3)\nx -> MaxPool(2) -> c as small\nsmall"))
    assert output(net) == (4, 2, 2)


def test_members_are_applied_too() -> None:
    net = network("block B { conv: Conv(3, 1) -> ReLU }\n" + body("b: B\nTanh -> b.conv"))
    assert paths(net) == ["b.conv", "b.1", "1", "b.conv@2"]


def test_a_shared_layer_with_several_inputs() -> None:
    net = network(
        "block J { input a: [?, ?, ?]\n input b: [?, ?, ?]\n cat(a, b) -> c: Conv(3, 1) }\n"
        + body("[x, x] -> j: J\nReLU as k\n[k, x] -> j")
    )
    assert paths(net) == ["j.cat", "j.c", "1", "j.cat@2", "j.c@2"]


def test_the_stored_tensors_must_be_the_same() -> None:
    found = fault(body("c: Conv(3, 1)\nConv(4, 1) -> «c»"), "E0220", "3×3×1×1", "3×4×1×1", "same number of channels")
    assert found.labels[1].span.text == "Conv(3, 1)"


def test_the_layers_must_be_the_same() -> None:
    text = "block B { Conv(3, 1)\nif in.h > 4 { Conv(3, 1) } }\n" + body("b: B\nb2: { MaxPool(2) -> ReLU }\n_ -> b")
    assert paths(network(text))[-1] == "b.0@2"
    text = "block B { Conv(3, 1)\nif in.h < 8 { Conv(3, 3) } }\n" + body("b: B\nMaxPool(2) -> «b»")
    fault(text, "E0220", "b.1", "second time")


@pytest.mark.parametrize(
    ("statements", "code", "words"),
    [
        ("c: Conv(3, 1)\nReLU -> «c(3, 1)»", "E0219", ("arguments already", "write `c`")),
        ("c: Conv(3, 1)\nReLU -> d: «c»", "E0203", ("label already", "`c as d`")),
        ("Conv(3, 1) as v\nReLU -> «v»", "E0207", ("is a value", "`v -> …`")),
        ("ReLU -> «x»", "E0207", ("is a value",)),
    ],
)
def test_what_cannot_be_applied_again(statements: str, code: str, words: tuple[str, ...]) -> None:
    fault(body(statements), code, *words)
