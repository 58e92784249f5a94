"""Rule 5 and decision 7: Python's operators and numbers over numbers, booleans, strings, lists and layers; and their limits."""

from typing import Any

import pytest

from cnndsl.compiler import parse
from cnndsl.diagnostics import Report
from cnndsl.elaborate import Elaborator
from cnndsl.settings import read

from .programs import body, fault, network, output


def value(text: str, before: str = "") -> Any:
    """The value of an expression, as it stands at the top of a file."""
    module = parse(before + "\nnet N { input x: 3x8x8 }\n").module
    assert module is not None
    ((_, found, _),) = read({"v": text}, module, Elaborator(Report()))
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("2 ** 3 ** 2", 512),
        ("-2 ** 2", -4),
        ("2 ** -1", 0.5),
        ("7 // 2", 3),
        ("-7 // 2", -4),
        ("7 % 3", 1),
        ("-7 % 3", 2),
        ("7 / 2", 3.5),
        ("4 / 2", 2.0),
        ("0.1 + 0.2", 0.1 + 0.2),
        ("64 * 0.5", 32.0),
        ("1 < 2", True),
        ("1 == 1.0", True),
        ("true == 1", False),
        ("1 != 2 and not 2 < 1", True),
        ("false or true and false", False),
        ("1 if 2 > 1 else 3", 1),
        ("1 if false else 2 if false else 3", 3),
        ("none", None),
        ('"a" + "b"', "ab"),
        ('"a" == "a"', True),
        ('"a\\"b\\\\\\n"', 'a"b\\\n'),
        ("[1, 2] + [3]", (1, 2, 3)),
        ("[1, 2] * 2", (1, 2, 1, 2)),
        ("[1, [2, 3]]", (1, (2, 3))),
        ("[[1, 2], [3, 4]][1][0]", 3),
        ("[1, 2, 3][-1]", 3),
        ("[1, 2,]", (1, 2)),
        ("[]", ()),
        ("3x4x5", (3, 4, 5)),
        ("3x4x5[1]", 4),
        ("[2 * i for i in 1..3]", (2, 4, 6)),
        ("[i for i in 0..10 if i % 3 == 0]", (0, 3, 6, 9)),
        ("[a + b for a, b in [[1, 2], [3, 4]]]", (3, 7)),
        ("[[i * j for j in 1..2] for i in 1..2]", ((1, 2), (2, 4))),
        ("25_557_032", 25557032),
        ("1e-4", 1e-4),
        ("1.5e3", 1500.0),
        ("4.2G", 4_200_000_000),
        ("1.5K", 1500),
        ("3M", 3_000_000),
        ("0.0001K", 0.1),
        ("10.25", 10.25),
    ],
)
def test_values(text: str, expected: object) -> None:
    found = value(text)
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("int(11.9)", 11),
        ("int(-11.9)", -11),
        ("float(2)", 2.0),
        ("round(2.5)", 2),
        ("round(3.5)", 4),
        ("round(2.567, 2)", 2.57),
        ("abs(-3)", 3),
        ("floor(-1.5)", -2),
        ("ceil(1.2)", 2),
        ("sqrt(16)", 4.0),
        ("log2(8)", 3.0),
        ("max(1, 3, 2)", 3),
        ("max([1, 3, 2])", 3),
        ("min(1..4)", 1),
        ("sum([1, 2, 3])", 6),
        ("sum(1..4)", 10),
        ("len([1, 2])", 2),
        ("len(1..4)", 4),
        ("len(4..1)", 0),
        ("any([false, true])", True),
        ("all([false, true])", False),
        ('enumerate(["a", "b"])', ((0, "a"), (1, "b"))),
        ("enumerate([5, 6], 1)", ((1, 5), (2, 6))),
        ("enumerate([5], start=3)", ((3, 5),)),
        ("reversed([1, 2])", (2, 1)),
        ("reversed(1..3)", (3, 2, 1)),
        ("zip([1, 2], [3, 4])", ((1, 3), (2, 4))),
    ],
)
def test_functions(text: str, expected: object) -> None:
    found = value(text)
    assert (found, type(found)) == (expected, type(expected))


def test_own_functions() -> None:
    before = "fn f(v, d = 8) = r if r >= 0.9 * v else r + d\n  where r = max(d, int(v + d / 2) // d * d)\n"
    assert [value(f"f({v})", before) for v in (11.2, 32, 24 * 0.35)] == [16, 32, 8]
    assert value("f(10, d=4)", before) == 12
    assert value("g(3)", "fn g(n) = 1 if n <= 1 else n * g(n - 1)\n") == 6
    assert value("h(2)", "k = 3\nfn h(n) = a + b where a = n * k, b = a + 1\n") == 13
    assert value("p()", "fn p() = 5") == 5


def test_functions_are_pure_and_see_only_their_file() -> None:
    text = "fn f(n) = n + «hidden»\n" + body("hidden = 3\nConv(f(1), 1)")
    fault(text, "E0201", "there is no hidden")


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("«1 < 2 < 3»", "E0401", ("do not chain", "`1 < 2 and 2 < 3`")),
        ("1 + «true»", "E0401", ("wants numbers", "true")),
        ("«true» * 2", "E0401", ("wants numbers",)),
        ('1 + «"a"»', "E0401", ("wants numbers", 'the text "a"')),
        ("«[1]» + 2", "E0401", ("wants numbers", "a list of 1")),
        ("1 / «0»", "E0402", ("division by zero",)),
        ("1 % «(1 - 1)»", "E0402", ("division by zero",)),
        ("1 // «0»", "E0402", ("division by zero",)),
        ("«(-8) ** 0.5»", "E0402", ("no such root",)),
        ("«10 ** 400»", "E0701", ("too large",)),
        ("«10.0 ** 400»", "E0701", ("too large",)),
        ("«10 ** 29 * 100»", "E0701", ("too large",)),
        ("[1, 2][«2»]", "E0402", ("no place 2", "0 to 1")),
        ("[1, 2][«0.5»]", "E0401", ("whole number",)),
        ("«7»[0]", "E0401", ("only lists",)),
        ("1 if «1» else 2", "E0401", ("true or false", "the number 1")),
        ("not «0»", "E0401", ("true or false",)),
        ("«1» and true", "E0401", ("true or false",)),
        ("[i for i in «5»]", "E0401", ("a list or a range", "the number 5")),
        ("[i for i, j in «[1, 2]»]", "E0401", ("2 names",)),
        ("«zip([1], [2, 3])»", "E0402", ("1 and 2 items",)),
        ("int(«[1]»)", "E0401", ("int cannot take this", "a number is wanted", "a list of 1")),
        ("«sqrt(-1)»", "E0402", ("-1 is negative",)),
        ("«log2(0)»", "E0402", ("0 is not above 0",)),
        ("any(«[1]»)", "E0401", ("true and false are wanted", "the number 1")),
        ("abs(1, «2»)", "E0205", ("abs takes 1 argument",)),
        ("«abs()»", "E0206", ("abs needs x",)),
        ("round(2.5, «digts»=1)", "E0204", ("did you mean `digits`?",)),
        ("round(2.5, «0.5»)", "E0401", ("number of digits",)),
        ("sum(«[true]»)", "E0401", ("a number is wanted", "true")),
        ('max(«"a", 3»)', "E0401", ("a number is wanted",)),
        ("«[1..3]»", "E0401", ("a list already", "`1..3`")),
        ("round(«true»)", "E0401", ("a number is wanted", "true")),
        ("«max([])»", "E0402", ("the list is empty",)),
        ("len(«5»)", "E0401", ("a list is wanted", "the number 5")),
        ("«nothere»(5)", "E0201", ("there is no nothere",)),
        ("«5»(5)", "E0207", ("cannot be called",)),
        ("len(1..«0.5»)", "E0401", ("whole number", "0.5")),
        (
            "len(«0..10_000_000»)",
            "E0701",
            ("too long",),
        ),
        ("«[0] * 20_000»", "E0701", ("10,000",)),
        ("«[1] < 3»", "E0401", ("wants numbers",)),
        ("«?» + 1", "E0401", ("belongs in shapes",)),
        ("1 + «Conv»", "E0401", ("the layer Conv",)),
        ("1 + «max»", "E0401", ("the function max",)),
    ],
)
def test_wrong_expressions(text: str, code: str, words: tuple[str, ...]) -> None:
    fault(body(f"v = {text}\nConv(v, 1)"), code, *words)


def test_functions_end() -> None:
    fault("fn f(n) = «f(n + 1)»\n" + body("Conv(f(1), 1)"), "E0702", "f", "condition")
    fault("fn f(n) = n\n" + body("Conv(f(1, «2»), 1)"), "E0205", "one argument too many", "f takes 1 argument: n")
    fault("fn f(n) = n\n" + body("Conv(«f()», 1)"), "E0206", "f needs n", "`f(n=…)`")
    fault("fn f(n) = n\n" + body("Conv(f(«m»=2), 1)"), "E0204", "no argument m")
    fault("«k = k + 1»\n" + body("Conv(k, 1)"), "E0218", "by itself")


@pytest.mark.parametrize(
    ("argument", "shape"),
    [("64 * 0.5", 32), ("int(11.9)", 11), ("4 / 2", 2), ("x.c ** 2", 9), ("len([x, x])", 2), ("(5 if x.h > 4 else 6)", 5)],
)
def test_a_whole_float_is_a_size(argument: str, shape: int) -> None:
    assert output(network(body(f"Conv({argument}, 1)")))[0] == shape


def test_a_function_is_no_argument() -> None:
    fault(body("Conv(4, 3, «bias=max»)"), "E0404", "neither true nor false")


def test_a_float_that_is_not_whole_is_no_size() -> None:
    fault(body("Conv(«32 * 0.35», 3)"), "E0404", "11.2", "int(…)", "round(…)", "//")
    fault("net N {\n  input x: [3, «0.5 * 3», 8]\n  ReLU\n}\n", "E0403", "1.5 is no size", "int(…)")
    fault(body("Conv(«true», 3)"), "E0404", "true is not a number")
    fault(body('Conv(«"8"», 3)'), "E0404", '"8" is not a number')


def test_layers_are_values() -> None:
    net = network(
        """
        block Unit(act = SiLU, conv = Conv(4, 3, padding=1)) { conv -> act }
        light = LeakyReLU(0.1)
        net N { input x: 3x8x8
          Unit
          Unit(act=light)
          Unit(light, Conv(5, 1))
          thin = Conv(kernel_size=1)
          thin(out_channels=6)
          acts = [Tanh, GELU(tanh)]
          acts[1]
        }
        """
    )
    assert [layer.text for layer in net] == [
        "Conv(4, 3, padding=1)",
        "SiLU",
        "Conv(4, 3, padding=1)",
        "LeakyReLU(0.1)",
        "Conv(5, 1)",
        "LeakyReLU(0.1)",
        "Conv(6, 1)",
        "GELU(approximate=tanh)",
    ]


def test_blocks_and_nets_are_layers_as_values_too() -> None:
    net = network("block A(c = 4) { Conv(c, 1) }\nblock Twice(unit) { unit -> unit }\n" + body("Twice(A) -> Twice(A(c=2))"))
    assert [layer.output[0] for layer in net] == [4, 4, 2, 2]


@pytest.mark.parametrize("word", ["same", '"same"'])
def test_words_may_stand_bare(word: str) -> None:
    assert output(network(body(f"Conv(4, 3, padding={word})"))) == (4, 8, 8)


def test_a_word_that_is_bound_in_scope_is_that_name() -> None:
    assert output(network(body("same = 0\nConv(4, 3, padding=same)"))) == (4, 6, 6)
    fault(
        "net N(reflect = 3) {\n  input x: 3x8x8\n  Conv(4, 3, padding=1, «padding_mode=reflect»)\n}\n",
        "E0404",
        "3 is none of",
        "zeros",
    )


def test_padding_is_per_axis_and_pairs_are_inner_lists() -> None:
    assert output(network(body("Conv(4, 3, padding=[1, 0])"))) == (4, 8, 6)
    assert output(network(body("Conv(4, 3, padding=[[0, 1], [1, 1]])"))) == (4, 7, 8)
    fault(body("Conv(4, 3, «padding=[1, 1, 1]»)"), "E0405", "3")
