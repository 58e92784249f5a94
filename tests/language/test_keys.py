"""Rule 3: the key of a layer is the dotted path of its labels, or its position among the children of its scope."""

from typing import Any

import pytest

from cnndsl.backends.torch import source

from .programs import body, fault, keys, network, paths


def test_unlabelled_layers_are_named_by_position_in_their_scope() -> None:
    net = network(body("features: { Conv(4, 3) -> ReLU -> MaxPool(2); Conv(5, 3) }\nFlatten -> Linear(10)"))
    assert paths(net) == ["features.0", "features.1", "features.2", "features.3", "1", "2"]
    assert keys(net) == ["features.0.weight", "features.0.bias", "features.3.weight", "features.3.bias", "2.weight", "2.bias"]


def test_a_labelled_child_counts_as_a_position() -> None:
    assert paths(network(body("ReLU; a: ReLU; ReLU; g: { ReLU }; ReLU"))) == ["0", "a", "2", "g.0", "4"]


def test_groups_repeats_arms_conditions_and_loops_without_a_label_open_no_scope() -> None:
    net = network(
        body("""
            { ReLU -> ReLU }
            { ReLU } * 2
            ReLU * 2
            add { | ReLU | ReLU -> ReLU }
            if true { ReLU } else { Tanh }
            for i in 1..2 { ReLU }
        """)
    )
    assert paths(net) == ["0", "1", "2", "3", "4", "5", "6", "7", "8", "add", "9", "10", "11"]


def test_branches_not_taken_and_merges_take_no_position() -> None:
    net = network(body("ReLU\nif false { Conv(4, 3) }\nadd { | ReLU | if false { Conv(4, 3) } }\nadd(_, x)\nReLU"))
    assert paths(net) == ["0", "1", "add", "add_1", "2"]


def test_merges_are_numbered_by_word_in_their_scope_or_labelled() -> None:
    net = network(body("add(x, x) -> cat(_, _)\nadd(_, _) -> join: add(_, _)\ng: { add(_, _) }\nReLU"))
    assert paths(net) == ["add", "cat", "add_1", "join", "g.add", "1"]


def test_a_block_instance_is_a_scope_named_by_label_or_position() -> None:
    net = network("block B { Conv(3, 1, bias=false) -> r: ReLU }\n" + body("B -> B\nb: B\nReLU -> B"))
    assert paths(net) == ["0.0", "0.r", "1.0", "1.r", "b.0", "b.r", "3", "4.0", "4.r"]


def test_here_as_a_label_is_a_scope_named_by_position() -> None:
    assert paths(network(body("ReLU\n_: { ReLU -> ReLU }\n_: ReLU"))) == ["0", "1.0", "1.1", "2"]


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ("x0: { ReLU -> Tanh } * 2", ["x0.0.0", "x0.0.1", "x0.1.0", "x0.1.1"]),
        ("x0: { ReLU -> Tanh } * 1", ["x0.0.0", "x0.0.1"]),
        ("x0: { ReLU -> Tanh } * 0", []),
        ("{ ReLU -> Tanh } * 2", ["0", "1", "2", "3"]),
        ("{ ReLU -> Tanh } * 0\nReLU", ["0"]),
        ("r: ReLU * 2", ["r.0", "r.1"]),
        ("ReLU * (1 + 1)", ["0", "1"]),
        ("n = 2\nReLU * n -> Tanh", ["0", "1", "2"]),
        ("ns = [1, 2]\nReLU * ns[1]", ["0", "1"]),
        ("ReLU * x.c", ["0", "1", "2"]),
        ("b: { a: ReLU } * 2", ["b.0.a", "b.1.a"]),
        ("ReLU * (4 / 2)", ["0", "1"]),
        ("b: B * 2", ["b.0.0", "b.1.0"]),
        ("B * 2 -> b2: B", ["0.0", "1.0", "b2.0"]),
    ],
)
def test_repeats(statements: str, expected: list[str]) -> None:
    assert paths(network("block B { ReLU }\n" + body(statements))) == expected


@pytest.mark.parametrize(
    ("statements", "code", "words"),
    [
        ("ReLU * «1.5»", "E0403", ("whole numbers", "1.5")),
        ("ReLU * «(0 - 1)»", "E0403", ("-1", "0 leaves it out")),
        ("ReLU * «true»", "E0403", ("true",)),
    ],
)
def test_a_repeat_counts_in_whole_numbers(statements: str, code: str, words: tuple[str, ...]) -> None:
    fault(body(statements), code, *words)


def test_a_dot_in_a_quoted_label_opens_a_scope_and_opens_it_again() -> None:
    net = network(body('for i in 0..1 { "convs.$i": Conv(3, 1) -> "bns.$i": BatchNorm }'))
    assert paths(net) == ["convs.0", "bns.0", "convs.1", "bns.1"]


def test_scopes_opened_by_dots_take_one_position() -> None:
    net = network(body('"a.b.c": ReLU\n"a.b.d": ReLU\n"a.e": { ReLU -> ReLU }\nReLU'))
    assert paths(net) == ["a.b.c", "a.b.d", "a.e.0", "a.e.1", "1"]


def test_labels_in_dotted_scopes_are_read_as_members() -> None:
    net = network(body('"a.b": Conv(3, 1)\n"a.c": Conv(3, 1)\nadd(a.b, a.c)'))
    assert paths(net) == ["a.b", "a.c", "add"]


def test_names_in_a_line_with_a_dotted_label_are_those_of_the_line_not_of_the_scope_that_it_opens() -> None:
    net = network(body('a: Conv(5, 1)\n"s.a": Conv(4, 1)\n"s.sub": Conv(a.c, 1)\n"s.b": sub(_, a)\n"s.g": { a -> Conv(3, 1) }'))
    assert [layer.output[0] for layer in net] == [5, 4, 5, 5, 3]


def test_the_order_of_the_keys_is_that_of_the_program() -> None:
    net = network(body("add { | if x.c == 3 { first: Conv(3, 1, bias=false) } | second: BatchNorm(track_running_stats=false) }"))
    assert keys(net) == ["first.weight", "second.weight", "second.bias"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "block B { conv: Conv(3, 1) -> layer_scale: LayerScale(0.1) }\n" + body("b: B"),
            ["b.layer_scale", "b.conv.weight", "b.conv.bias"],
        ),
        (body("Linear(3) -> g: LayerScale(0.1) -> Linear(3, bias=false)", "4"), ["g", "0.weight", "0.bias", "2.weight"]),
        (
            body('for i in 0..1 { "convs.$i": Conv(3, 1, bias=false) -> "bns.$i": PReLU }'),
            ["convs.0.weight", "convs.1.weight", "bns.0.weight", "bns.1.weight"],
        ),
    ],
)
def test_the_state_dict_has_own_tensors_first_and_children_together(text: str, expected: list[str]) -> None:
    """As torch itself orders them, whatever the order in which the program names them."""
    net = network(text)
    made: dict[str, Any] = {}
    exec(source(net), made)
    assert list(made["N"]().state_dict()) == expected
    assert sorted(keys(net)) == sorted(expected)


@pytest.mark.parametrize("word", ["type", "half", "forward", "training", "parameters", "to", "T_destination"])
def test_labels_that_torch_refuses(word: str) -> None:
    fault(body(f"«{word}»: Conv(3, 1)"), "E0217", f"torch refuses the label {word}", f"`{word}_`")


def test_quoted_and_made_labels_that_torch_refuses() -> None:
    fault(body('«"a.train"»: Conv(3, 1)'), "E0217", "train")
    fault(body('for w in ["ward"] { «for$w»: ReLU }'), "E0217", "torch refuses the label forward")


@pytest.mark.parametrize("label", ['«""»', '«"a..b"»', '«"a."»', '«"."»', r'«"a\"b"»', r'«"a\nb"»'])
def test_labels_that_are_no_keys(label: str) -> None:
    fault(body(f"{label}: Conv(3, 1)"), "E0217", "cannot be a key")


def test_a_digit_label_equal_to_a_position_is_an_error() -> None:
    fault(body('ReLU\n«"0"»: ReLU'), "E0202", "position 0")
    fault(body('"1": ReLU\n«Tanh»'), "E0202", "position 1", "1")
    assert paths(network(body('"5": ReLU\nTanh'))) == ["5", "1"]
