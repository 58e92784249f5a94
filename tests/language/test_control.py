"""Conditions, loops, bindings and defaults."""

import pytest

from .programs import body, diagnostics, fault, network, output, paths


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("if true { ReLU }", ["ReLU"]),
        ("if false { ReLU }", []),
        ("if false { ReLU } else { Tanh }", ["Tanh"]),
        ("k = 2\nif k == 1 { ReLU } else if k == 2 { Tanh } else { GELU }", ["Tanh"]),
        ("k = 3\nif k == 1 { ReLU } else if k == 2 { Tanh } else { GELU }", ["GELU"]),
        ("k = 3\nif k == 1 { ReLU } else if k == 2 { Tanh }", []),
        ("if x.c == 3 and x.h > 4 { if not x.w > 9 { ReLU } }", ["ReLU"]),
        ("if true { }", []),
        ("if true { ReLU; Tanh }", ["ReLU", "Tanh"]),
    ],
)
def test_conditions(condition: str, expected: list[str]) -> None:
    assert [layer.op for layer in network(body(condition))] == expected


def test_a_condition_flows_on_and_without_else_is_the_identity() -> None:
    net = network(body("a: Conv(3, 1)\nif true { b: ReLU }\nc: Tanh\nif false { GELU }\nd: Tanh"))
    assert [layer.node.inputs[0].node.key for layer in net] == ["x", "a", "b", "c"]


@pytest.mark.parametrize(
    ("loop", "expected"),
    [
        ("for i in 1..3 { Conv(i, 1) }", [1, 2, 3]),
        ("for i in 3..1 { Conv(i, 1) }", []),
        ("for i in [5, 7] { Conv(i, 1) }", [5, 7]),
        ("for i in [] { Conv(i, 1) }", []),
        ("for a, b in [[1, 2], [3, 4]] { Conv(a, 1) -> Conv(b, 1) }", [1, 2, 3, 4]),
        ("for i, c in enumerate([5, 6]) { Conv(c + i, 1) }", [5, 7]),
        ("for i, ab in enumerate([[1, 2], [3, 4]]) { Conv(ab[i], 1) }", [1, 4]),
        ("for c in reversed([5, 6]) { Conv(c, 1) }", [6, 5]),
        ("for a, b in zip([1, 2], [3, 4]) { Conv(a * b, 1) }", [3, 8]),
        ("for i in 1..2 { for j in 1..i { Conv(10 * i + j, 1) } }", [11, 21, 22]),
        ("n = 2\nfor i in 1..n + 1 { Conv(i, 1) }", [1, 2, 3]),
        ("for i in x.shape { Conv(i, 1) }", [3, 8, 8]),
    ],
)
def test_loops(loop: str, expected: list[int]) -> None:
    assert [layer.output[0] for layer in network(body(loop))] == expected


def test_loops_over_layers() -> None:
    assert [layer.op for layer in network(body("for act in [ReLU, Tanh, LeakyReLU(0.1)] { act }"))] == [
        "ReLU",
        "Tanh",
        "LeakyReLU",
    ]


def test_loops_over_values() -> None:
    net = network(body("Chunk(3) as xs\nfor v in xs { v -> Conv(2, 1) as c }".replace(" as c", "")))
    assert [layer.node.inputs[0].port for layer in net.layers[1:]] == [0, 1, 2]


@pytest.mark.parametrize(
    ("statements", "code", "words"),
    [
        ("for i in «5» { ReLU }", "E0401", ("a list or a range", "the number 5")),
        ("for i, j in «[1, 2]» { ReLU }", "E0401", ("2 names",)),
        ("for i, j in «[[1, 2, 3]]» { ReLU }", "E0401", ("2 names", "3")),
        ("if «3» { ReLU }", "E0401", ("true or false", "the number 3")),
        ("if «x» { ReLU }", "E0401", ("true or false", "3×8×8")),
        ("for i in 0..«1.5» { ReLU }", "E0401", ("whole number",)),
        ("for «x» in 1..2 { ReLU }", "E0202", ("x is bound already", "another name")),
        ("for i in 1..2 { for «i» in 1..2 { ReLU } }", "E0202", ("i is bound already",)),
        ("for i, «i» in [[1, 2]] { ReLU }", "E0202", ("i is bound already",)),
        ("add { for «x» in 1..2 { | ReLU } }", "E0202", ("x is bound already",)),
    ],
)
def test_wrong_control(statements: str, code: str, words: tuple[str, ...]) -> None:
    fault(body(statements), code, *words)


def test_an_error_in_a_loop_is_told_once() -> None:
    fault(body("for i in 1..5 { Conv(4, «0») }"), "E0404", "at least 1")


DEFAULTS = """
default Conv(bias = false)
block B { Conv(4, 1)
  { default Conv(bias = true, stride = 2)
    Conv(4, 1) -> { Conv(4, 1) } }
  Conv(4, 1) }
"""


def test_defaults_of_file_net_block_and_group_the_nearest_wins_argument_by_argument() -> None:
    net = network(DEFAULTS + body("default Conv(padding = 1)\nConv(4, 1) -> B -> Conv(4, 1, bias=true)", "3x16x16"))
    assert [layer.text for layer in net] == [
        "Conv(4, 1, padding=1, bias=false)",
        "Conv(4, 1, bias=false)",
        "Conv(4, 1, stride=2)",
        "Conv(4, 1, stride=2)",
        "Conv(4, 1, bias=false)",
        "Conv(4, 1, padding=1)",
    ]


def test_required_arguments_may_be_defaulted() -> None:
    assert [layer.text for layer in network(body("default MaxPool(3, 2)\nMaxPool -> MaxPool(2)"))] == [
        "MaxPool(3, 2)",
        "MaxPool(2, 2)",
    ]


def test_defaults_of_a_block_and_of_its_own_parameters() -> None:
    net = network("block B(c, k = 3) { Conv(c, k) }\n" + body("default B(k = 1)\nB(4) -> B(4, 3)"))
    assert [layer.text for layer in net] == ["Conv(4, 1)", "Conv(4, 3)"]


def test_a_layer_as_a_value_takes_the_defaults_of_where_it_is_written() -> None:
    net = network(
        """
        block B(unit) { default Conv(stride = 2)
          unit -> Conv(4, 1) }
        net N { input x: 3x8x8
          default Conv(bias = false)
          B(Conv(4, 1)) }
        """
    )
    assert [layer.text for layer in net] == ["Conv(4, 1, bias=false)", "Conv(4, 1, stride=2)"]


def test_defaults_of_conv_leave_conv_transpose_alone() -> None:
    assert network(body("default Conv(bias = false)\nConvTranspose(4, 2, 2)")).layers[0].params == 52


def test_defaults_in_a_branch_or_loop_end_with_it() -> None:
    net = network(body("if true { default Conv(bias = false)\n Conv(4, 1) }\nConv(4, 1)"))
    assert [layer.params for layer in net] == [12, 20]


def test_initialisers_may_be_defaults() -> None:
    net = network(body('default Conv(init = kaiming_normal(mode="fan_out"), bias_init = 0)\nConv(4, 1)'))
    assert net.layers[0].text == "Conv(4, 1, init=kaiming_normal(mode=fan_out), bias_init=0)"


@pytest.mark.parametrize(
    ("statements", "code", "words"),
    [
        ("default «Convv»(bias = false)\nReLU", "E0201", ("did you mean `Conv`?",)),
        ("default Conv(«bia» = false)\nConv(4, 1)", "E0204", ("did you mean `bias`?",)),
        ("ReLU\n«default Conv(bias = false)»\nConv(4, 1)", "E0210", ("before the first layer", "move it up")),
        ("default «max»(3)\nReLU", "E0207", ("takes no defaults",)),
        ("h = 3\ndefault «h»(3)\nReLU", "E0207", ("takes no defaults", "the number 3")),
        ("default Conv(«bias = 3»)\nConv(4, 1)", "E0404", ("neither true nor false",)),
    ],
)
def test_wrong_defaults(statements: str, code: str, words: tuple[str, ...]) -> None:
    fault(body(statements), code, *words)


def test_wrong_defaults_of_the_file() -> None:
    fault("default «Convv»(bias = false)\n" + body("ReLU"), "E0201", "did you mean `Conv`?")


def test_bindings() -> None:
    net = network(body("a = 4\nb = a * 2\nConv(b, 1)\nc = _.c + 1\nConv(c, 1)"))
    assert output(net) == (9, 8, 8)
    assert paths(net) == ["0", "1"]


def test_bindings_are_made_where_they_stand() -> None:
    fault(body("Conv(«late», 1)\nlate = 4"), "E0201", "late is not known yet", "move that line up")


def test_a_binding_may_be_a_value() -> None:
    net = network(body("a: Conv(3, 1)\nkeep = a\nReLU\nkeep -> Tanh"))
    assert net.layers[-1].node.inputs[0].node.key == "a"


def test_limits_on_steps_and_layers() -> None:
    fault(body("for i in 1..2000 { «{ } * 1000» }"), "E0701", "400,000 steps")
    fault(body("«Conv(3, 1)» * 30"), "E0701", "more than 20 layers", "--max-layers", max_layers=20)
    assert len(network(body("Conv(3, 1) * 20"), max_layers=20).layers) == 20
    written = "\n".join(["ReLU"] * 30)
    assert len(network(body(written), max_layers=20).layers) == 30
    assert diagnostics(body("for i in 1..10 { for j in 1..10 { } }")) == ()
