"""Rule 1: a body is a pipeline; lines start from the value before, from a name, from `in`, or from several."""

import pytest

from .programs import body, fault, network, output, outputs, paths, sources


def test_lines_and_arrows_both_take_the_value_before() -> None:
    net = network(body("Conv(4, 3) -> ReLU\nConv(5, 3)\nTanh"))
    assert [sources(net, path) for path in paths(net)] == [["x"], ["0"], ["1"], ["2"]]
    assert output(net) == (5, 4, 4)


def test_a_line_may_start_from_a_name() -> None:
    net = network(body("a: Conv(4, 3)\nb: Conv(5, 3)\na -> c: Conv(6, 3)"))
    assert sources(net, "c") == ["a"]


def test_a_name_alone_makes_it_the_current_value() -> None:
    net = network(body("a: Conv(4, 3)\nb: Conv(5, 3)\na\nc: ReLU"))
    assert sources(net, "c") == ["a"]


def test_in_is_the_input_of_the_net_in_groups_arms_conditions_and_loops_too() -> None:
    net = network(
        body("""
            a: Conv(3, 3, padding=1)
            g: { ReLU -> b: Conv(3, 1)
              in -> c: Conv(3, 1) }
            if true { in -> d: Conv(3, 1) }
            for i in 1..1 { in -> e: Conv(3, 1) }
            add { | in | in -> f: Conv(3, 1) }
        """)
    )
    assert [sources(net, path) for path in ("g.c", "d", "e", "f", "add")] == [["x"], ["x"], ["x"], ["x"], ["x", "f"]]


def test_in_is_the_input_of_the_block_inside_a_block() -> None:
    net = network("block B { Conv(4, 3)\n in -> Conv(2, 1) }\n" + body("stem: Conv(6, 1)\nb: B"))
    assert sources(net, "b.1") == ["stem"]


def test_here_is_the_current_value() -> None:
    net = network(body("a: Conv(3, 3, padding=1)\nb: Conv(3, 3, padding=1)\n[a, _] -> add -> c: ReLU\nadd(_, a)\n_ -> d: ReLU"))
    assert [sources(net, path) for path in ("add", "add_1", "d")] == [["a", "b"], ["c", "a"], ["add_1"]]


def test_here_in_an_arm_starts_as_the_value_before_the_merge() -> None:
    net = network(body("a: Conv(3, 1)\nadd { | _ | _ -> b: ReLU | c: Conv(3, 1)\n add(_, a) | }"))
    assert sources(net, "add_1") == ["a", "b", "add", "a"]


def test_the_value_of_a_body_is_its_last_lines() -> None:
    net = network("block B { Conv(4, 3)\n in -> Conv(2, 1) }\n" + body("B"))
    assert outputs(net) == {"out": "0.1"}
    assert output(net) == (2, 8, 8)


def test_an_empty_block_gives_its_input() -> None:
    net = network("block B { }\n" + body("B -> ReLU"))
    assert sources(net, "1") == ["x"]


def test_groups_arms_and_conditions_may_be_lines_of_several_statements() -> None:
    net = network(body("{ Conv(4, 3)\n ReLU; Tanh } -> Sigmoid"))
    assert paths(net) == ["0", "1", "2", "3"]


@pytest.mark.parametrize(
    "text",
    [
        "a: Conv(4, 3) ->\n    ReLU",
        "a: Conv(4, 3)\n    -> ReLU",
        "a: Conv(4,\n  3) -> ReLU",
        "a: Conv(4, 3)   # a comment\n\n\n  -> ReLU; ",
        "add\n{\n | Conv(4, 3) -> ReLU\n}\n",
        "{ Conv(4, 3)\n -> ReLU\n}",
        "if true\n{\n Conv(4, 3) -> ReLU }",
        "if true { Conv(4, 3) -> ReLU }\nelse\n{ Tanh }",
        "for i in 1..1\n{ Conv(4, 3) -> ReLU }",
    ],
)
def test_where_lines_may_break(text: str) -> None:
    assert [layer.op for layer in network(body(text)).layers][:2] == ["Conv", "ReLU"]


def test_a_line_that_is_in_ends_where_it_ends() -> None:
    net = network(body("Conv(4, 3)\nin\nReLU"))
    assert sources(net, "1") == ["x"]


TWO = "block Two {\n  input a: [?, ?, ?]\n  input b: [?, ?, ?]\n  %s\n}\nnet N {\n  input x: 3x8x8\n  [x, x] -> Two\n}\n"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("«Conv(4, 3)»", ("several inputs", "`a -> Conv(4, 3)`")),
        ("«in» -> Conv(4, 3)", ("several inputs",)),
        ("«_» -> Conv(4, 3)", ("several inputs",)),
        ("add(«_», a)", ("several inputs",)),
    ],
)
def test_several_inputs_have_no_in_and_no_leading_here(line: str, words: tuple[str, ...]) -> None:
    fault(TWO % line, "E0209", *words)


def test_a_merge_alone_takes_all_inputs_by_their_names_only() -> None:
    net = network(TWO % "cat(a, b) -> Conv(4, 3)")
    assert sources(net, "0.cat") == ["x", "x"]


@pytest.mark.parametrize(
    ("statements", "code", "words"),
    [
        ("a: Conv(4, 3)\nReLU -> «[a, _]»", "E0216", ("starts a flow", "new line")),
        ("«7» -> ReLU", "E0101", ()),
        ("h = 4\n«h» -> ReLU", "E0207", ("no layer", "the number 4")),
        ("a: Conv(4, 3) -> ReLU\nReLU -> «b»", "E0201", ("there is no b",)),
    ],
)
def test_what_cannot_flow(statements: str, code: str, words: tuple[str, ...]) -> None:
    fault(body(statements), code, *words)


def test_a_net_without_an_input_and_a_net_without_a_layer() -> None:
    fault("net N {\n  «ReLU»\n}\n", "E0209", "no input yet", "`input image: 3x224x224`")
    fault("net N «{ input a: 3x8x8\n  input b: 3x8x8\n}»\n", "E0214", "output")
    assert outputs(network("net N { input a: 3x8x8 }")) == {"out": "a"}
