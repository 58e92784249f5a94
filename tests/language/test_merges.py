"""Rule 4: merges take arms, each from the current value, or named values; arms may be made by `if` and `for`."""

import pytest

from .programs import body, fault, network, output, paths, sources


def test_arms_start_from_the_value_before_and_flow_on_over_lines() -> None:
    net = network(body("a: Conv(4, 1)\ncat { | b: Conv(2, 1)\n ReLU\n| c: Conv(3, 1) -> d: Tanh }"))
    assert (sources(net, "b"), sources(net, "c"), sources(net, "cat")) == (["a"], ["a"], ["2", "d"])


def test_an_empty_arm_and_here_are_the_value_unchanged_and_in_is_the_blocks_input() -> None:
    net = network(body("a: Conv(3, 1)\nadd { | | _ | in | x }"))
    assert sources(net, "add") == ["a", "a", "x", "x"]


def test_named_values_in_the_order_written() -> None:
    net = network(body("a: Conv(3, 1)\nb: Conv(4, 1)\ncat(b, a, _, in)"))
    assert (sources(net, "cat"), output(net)) == (["b", "a", "b", "x"], (14, 8, 8))


def test_merges_nest_as_arguments() -> None:
    net = network(body("a: Conv(3, 1)\nb: Conv(3, 1)\ncat(add(a, b), mul(a, sub(b, a))) -> ReLU"))
    assert paths(net)[2:5] == ["add", "sub", "mul"]
    assert sources(net, "cat") == ["add", "mul"]


def test_merges_nest_in_arms() -> None:
    net = network(body("add { | add { | ReLU | Tanh } -> Sigmoid | mul { | _ | ReLU } }"))
    assert (sources(net, "add"), sources(net, "add_1"), sources(net, "mul")) == (["0", "1"], ["2", "mul"], ["x", "3"])


def test_a_merge_of_one_list_and_of_the_current_list() -> None:
    net = network(body("Conv(4, 1) -> Chunk(2) as parts\nadd(parts)\nparts -> cat\n[x, x] -> add"))
    assert (sources(net, "add"), sources(net, "cat")) == (["1", "1[1]"], ["1", "1[1]"])


def test_arms_feed_any_layer_of_several_inputs() -> None:
    net = network(
        "block Up { input skip: [?, h, w]\n input below: [?, ?, ?]\n below -> Upsample(size=[h, w])\n cat(skip, _) }\n"
        + body("a: Conv(4, 1)\nu: Up { | a | MaxPool(2) }\nCrop { | _ | MaxPool(2) }")
    )
    assert output(net) == (8, 4, 4)


@pytest.mark.parametrize(
    ("arms", "expected"),
    [
        ("if true { | a: ReLU } | b: ReLU", ["a", "b"]),
        ("if false { | a: ReLU } | b: ReLU | c: ReLU", ["b", "c"]),
        ("| b: ReLU\n if x.c == 3 { | a: ReLU | c: ReLU }", ["b", "a", "c"]),
        ("for i in 1..3 { | c$i: ReLU }", ["c1", "c2", "c3"]),
        ("| b: ReLU\nfor i in 1..2 { if i == 2 { | c$i: ReLU } | d$i: ReLU }", ["b", "d1", "c2", "d2"]),
        ("for i in 1..0 { | c$i: ReLU } | b: ReLU", ["b"]),
        ("| if false { ReLU } | b: ReLU", ["x", "b"]),
        ("| if true { a: ReLU } | b: ReLU", ["a", "b"]),
    ],
)
def test_arms_may_be_made(arms: str, expected: list[str]) -> None:
    assert sources(network(body(f"add {{ {arms} }}")), "add") == expected


def test_an_arm_made_before_the_first_bar() -> None:
    net = network(
        """
        block RepVGG(c, stride = 1) {
          add {
            if stride == 1 and in.c == c { | identity: BatchNorm }
            | dense: Conv(c, 3, stride, padding=1)
            | point: Conv(c, 1, stride)
          }
        }
        net N { input x: 3x8x8
          a: RepVGG(3)
          b: RepVGG(4, 2) }
        """
    )
    assert sources(net, "a.add") == ["a.identity", "a.dense", "a.point"]
    assert sources(net, "b.add") == ["b.dense", "b.point"]


def test_a_merge_of_one_arm_is_that_arm() -> None:
    net = network(body("add { | a: ReLU } -> Tanh"))
    assert sources(net, "add") == ["a"]


@pytest.mark.parametrize(
    ("statements", "shape"),
    [
        ("add { | Conv(4, 1) | Conv(4, 1) }", (4, 8, 8)),
        ("maximum { | Conv(4, 1) | Conv(4, 1) | Conv(4, 1) }", (4, 8, 8)),
        ("sub { | Conv(4, 1) | Conv(4, 1) }", (4, 8, 8)),
        ("mul { | Conv(4, 1) | Conv(4, 1) }", (4, 8, 8)),
        ("mul { | _ | GlobalAvgPool }", (3, 8, 8)),
        ("mul { | Conv(1, 1) -> Sigmoid | _ }", (3, 8, 8)),
        ("cat { | Conv(4, 1) | Conv(5, 1) }", (9, 8, 8)),
        ("Flatten\ncat { | Linear(4) | Linear(5) }", (9,)),
        ("softmax { | Conv(4, 1) | Conv(4, 1) } -> add", (4, 8, 8)),
        ("softmax { | Conv(4, 1) | Conv(4, 1) } as a, b\nb", (4, 8, 8)),
        ("list { | Conv(4, 1) | Conv(4, 1) } -> cat", (8, 8, 8)),
    ],
)
def test_what_merges_give(statements: str, shape: tuple[int, ...]) -> None:
    assert output(network(body(statements))) == shape


def test_only_mul_broadcasts() -> None:
    for word in ("add", "sub", "maximum"):
        fault(body(f"«{word}» {{ | _ | GlobalAvgPool }}"), "E0306", "3×8×8", "3×1×1", "`mul`")
    fault(body("«cat» { | _ | GlobalAvgPool }"), "E0306", "3×8×8", "3×1×1", "`mul`")
    fault(body("«mul» { | _ | Conv(4, 1) }"), "E0306", "3×8×8", "4×8×8", "only gates are spread")


@pytest.mark.parametrize(
    ("statements", "code", "words"),
    [
        ("«add(x) { | ReLU | _ }»", "E0219", ("arms or values",)),
        ("add(x, «dim=1»)", "E0204", ("takes values",)),
        ("add(x, «3»)", "E0207", ("the number 3",)),
        ("«sub» { | _ | _ | _ }", "E0305", ("takes 2 values, not 3", "`[a, b] -> …`")),
        ("«add» { for i in 1..0 { | ReLU } }", "E0305", ("nothing to join", "at least one arm")),
        ("«|» ReLU", "E0101", ("outside a merge", "`add { | … | … }`")),
    ],
)
def test_wrong_merges(statements: str, code: str, words: tuple[str, ...]) -> None:
    fault(body(statements), code, *words)


def test_one_wrong_arm_is_one_error() -> None:
    fault(body("add { | «Convv»(3, 1) | Conv(4, 1) }\nReLU -> Linear(4)"), "E0201")


def test_of_three_sizes_all_arms_are_named_that_have_to_change() -> None:
    arms = "«cat» {\n | Conv(4, 3)\n | Conv(4, 5)\n | Conv(4, 5, padding=2)\n}"
    fault(body(arms), "E0306", "`Crop(4)` on the arms of 6×6 and 8×8")
