"""Inputs declared by nets, patterns matched by blocks, open sizes, and outputs."""

import pytest

from .programs import body, diagnostics, fault, network, output, outputs, paths, program, sources


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ("3x8x8", (3, 8, 8)),
        ("3x8", (3, 8)),
        ("3x8x8x8", (3, 8, 8, 8)),
        ("100", (100,)),
        ("[3, 8, 8]", (3, 8, 8)),
        ("[100]", (100,)),
        ("[3, 2 * 4, size]", (3, 8, 16)),
    ],
)
def test_a_net_declares_its_inputs(shape: str, expected: tuple[int, ...]) -> None:
    net = network(f"size = 16\nnet N {{\n  input x: {shape}\n  ReLU\n}}\n")
    assert net.inputs == {"x": expected}


def test_one_two_and_three_dimensions_by_what_arrives() -> None:
    for size, shape in (("2x9", (4, 7)), ("2x9x9", (4, 7, 7)), ("2x9x9x9", (4, 7, 7, 7))):
        assert output(network(body("Conv(4, 3) -> BatchNorm -> ReLU", size))) == shape
    assert output(network(body("Conv(4, 3, padding=[0, 1, 0])", "2x9x9x9"))) == (4, 7, 9, 7)


def test_sizes_by_axis_of_one_two_and_three_dimensions() -> None:
    assert output(network(body("Conv(x.l, 1)", "2x9"))) == (9, 9)
    assert output(network(body("Conv(x.h + 10 * x.w, 1)", "2x3x4"))) == (43, 3, 4)
    assert output(network(body("Conv(x.d + 10 * x.h + 100 * x.w, 1)", "2x3x4x5"))) == (543, 3, 4, 5)
    fault(body("Conv(«x.h», 1)", "2x9"), "E0207", "no `.h`", "l")


def test_open_sizes_are_symbols() -> None:
    net = network(body("Conv(4, 3, stride=2) -> Conv(4, 3, padding=1)", "[3, H, W]"))
    assert str(output(net)[1]) == "⌊(H - 1)/2⌋"
    assert [str(size) for size in net.inputs["x"]] == ["3", "H", "W"]
    net = network(body("MaxPool(2)", "[3, ?, ?]"))
    assert [str(size) for size in output(net)] == ["3", "⌊x.h/2⌋", "⌊x.w/2⌋"]
    assert network(body("Conv(H - W + 1, 1)", "[3, H, W]"), inputs=(3, 9, 8)).outputs["out"][0] == 2


def test_open_sizes_that_agree_are_one_symbol() -> None:
    net = network("net N {\n input a: [3, H, W]\n input b: [3, H, W]\n add(a, b)\n}\n")
    assert [str(size) for size in output(net)] == ["3", "H", "W"]
    fault("net N {\n input a: [3, H, W]\n input b: [3, H + 1, W]\n «add(a, b)»\n}\n", "E0306", "H", "H + 1")


def test_input_sizes_may_be_asked_for() -> None:
    text = body("Conv(4, 3, stride=2)", "[3, H, W]")
    assert output(network(text, inputs=(3, 9, 11))) == (4, 4, 5)
    assert output(network(text, inputs={"x": (3, 9, 11)})) == (4, 4, 5)
    two = "net N {\n input a: 3x8x8\n input b: 3x8x8\n add(a, b)\n}\n"
    assert output(network(two, inputs={"a": (3, 4, 4), "b": (3, 4, 4)})) == (3, 4, 4)


@pytest.mark.parametrize(
    ("text", "inputs", "code", "words"),
    [
        (body("ReLU").replace("input x: 3x8x8", "«input x: 3x8x8»"), (3, 8), "E0503", ("3 numbers", "3×8")),
        ("net «N» {\n  input x: 3x8x8\n}\n", {"y": (3, 8, 8)}, "E0204", ("N has no input y", "x")),
    ],
)
def test_wrong_sizes_asked_for(text: str, inputs: object, code: str, words: tuple[str, ...]) -> None:
    fault(text, code, *words, inputs=inputs)


def test_sizes_that_follow_from_others_cannot_be_asked_for() -> None:
    text = "net N {\n input a: [3, H, W]\n input b: [3, «H», W]\n add(a, b)\n}\n"
    fault(text, "E0503", "8 where H = 4 is wanted", inputs={"a": (3, 4, 4), "b": (3, 8, 8)})
    text = text.replace("«", "").replace("»", "")
    assert output(network(text, inputs={"a": (3, 4, 4)})) == (3, 4, 4)
    fault("net N(c = 8) {\n input a: [«c», 8, 8]\n ReLU\n}\n", "E0503", "4 where c = 8 is wanted", inputs=(4, 8, 8))


def test_a_decidable_condition_on_an_open_size_goes_on() -> None:
    net = network(body("if x.h >= x.h { ReLU }\nif x.c == 3 { Tanh }\nif H + 1 > H { Sigmoid }", "[3, H, W]"))
    assert [layer.op for layer in net] == ["ReLU", "Tanh", "Sigmoid"]


def test_an_undecidable_condition_needs_the_size() -> None:
    fault(body("if «x.h > 8» { ReLU }", "[3, ?, ?]"), "E0601", "leaves open", "`--input 3x224x224`")
    assert paths(network(body("if x.h > 8 { ReLU }\nTanh", "[3, ?, ?]"), inputs=(3, 4, 4))) == ["0"]


def test_an_undecidable_assertion_is_a_note() -> None:
    (note,) = diagnostics(body("assert x.h % 16 == 0\nReLU", "[3, H, ?]"))
    assert (note.code, note.severity, note.span.text) == ("N0502", "note", "x.h % 16 == 0")
    fault(
        body('assert «x.h % 16 == 0», "size must divide by 16"\nReLU', "[3, H, ?]"), "E0501", "divide by 16", inputs=(3, 24, 24)
    )
    assert diagnostics(body("assert x.h % 16 == 0\nReLU", "[3, H, ?]"), inputs=(3, 32, 24)) == ()


def test_the_number_of_channels_has_to_be_known_where_weights_depend_on_it() -> None:
    fault(body("«Conv(4, 3)»", "[?, 8, 8]"), "E0308", "--input")


BLOCK = "block B(c = 3) {{\n  input y: {}\n  ReLU\n}}\n"


@pytest.mark.parametrize(
    "pattern",
    ["[?, ?, ?]", "[c, ?, ?]", "[c, h, w]", "[..]", "[?, ..]", "[.., w]", "[c, .., w]", "3x8x8", "[c, h, h]", "[c, h, 2 * 4]"],
)
def test_patterns_that_match(pattern: str) -> None:
    assert paths(network(BLOCK.format(pattern) + body("B"))) == ["0.0"]


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("[c, h, h + 1]", ("8 where h + 1 = 9 is wanted",)),
        ("[4, ?, ?]", ("3 where 4 is wanted",)),
        ("[c + 1, ?, ?]", ("3 where c + 1 = 4 is wanted",)),
        ("[?, ?]", ("3 axes, 2 are wanted",)),
        ("[?]", ("3 axes, 1 are wanted",)),
        ("[?, ?, ?, ..,  ?]", ("3 axes, at least 4 are wanted",)),
        ("3x8x9", ("8 where 9 is wanted",)),
    ],
)
def test_patterns_that_do_not(pattern: str, words: tuple[str, ...]) -> None:
    found = fault(BLOCK.format(pattern) + body("«B»"), "E0503", "B does not take 3×8×8", *words)
    assert found.labels[1].span.text == pattern


def test_repeated_names_must_agree_over_inputs() -> None:
    text = "block J {\n input a: [?, h, w]\n input b: [?, h, w]\n cat(a, b)\n}\n"
    assert output(network(text + body("[x, x] -> J"))) == (6, 8, 8)
    fault(text + body("MaxPool(2) as y\n[x, y] -> «J»"), "E0503", "4 where h = 8 is wanted")


def test_pattern_names_are_numbers_in_the_block() -> None:
    assert output(network("block B {\n input y: [c, h, w]\n Conv(c + h, 1)\n}\n" + body("B"))) == (11, 8, 8)


def test_a_pattern_unifies_with_the_blocks_parameters_only() -> None:
    net = network("h = 5\nblock B {\n input y: [?, h, w]\n Conv(h, 1)\n}\n" + body("B", "3x8x8"))
    assert output(net)[0] == 8


def test_inputs_may_be_named_by_template() -> None:
    text = "net N {\n input x$i: 3x8x8\n ReLU\n}\n"
    fault(text.replace("$i", "$«i»"), "E0201", "there is no i")
    assert network("i = 2\n" + text).inputs == {"x2": (3, 8, 8)}


def test_inputs_may_be_declared_in_loops_and_conditions() -> None:
    net = network(
        """
        net N(n = 3, more = true) {
          for i in 1..n { input x$i: [i, 8, 8] }
          if more { input y: 3x8x8 }
          cat([x$i for i in 1..n], y)
        }
        """
    )
    assert net.inputs == {"x1": (1, 8, 8), "x2": (2, 8, 8), "x3": (3, 8, 8), "y": (3, 8, 8)}


@pytest.mark.parametrize(
    ("statements", "code", "words"),
    [
        ("ReLU\n«input y: 3x8x8»\n[x, y] -> add", "E0210", ("before the first layer", "top")),
        ("input «x»: 3x8x8\nReLU", "E0202", ("given twice",)),
        ("g: { «input y: 3x8x8»\n y -> ReLU }", "E0210", ("no group and no arm", "top of N")),
        ("add { | «input y: 3x8x8»\n y | x }", "E0210", ("no group and no arm",)),
        ("«input *ys: 3x8x8»\nx -> ReLU\nadd(ys)", "E0305", ("how many inputs", "blocks")),
        ("input «y»: [3, y, 8]\nadd(x, y)", "E0202", ("given twice", "pattern")),
        ("input y: [3, «..»]\nadd(x, y)", "E0401", ("each of its axes", "`?`")),
        ("input y: [3, «0», 8]\nadd(x, y)", "E0403", ("at least 1",)),
        ("input y: «[]»\nadd(x, y)", "E0403", ("0 numbers", "one to four")),
        ("input y: «[3, 4, 2, 5, 6]»\nadd(x, y)", "E0403", ("5 numbers", "one to four")),
        ("input y: «3x4x2x5x6»\nadd(x, y)", "E0403", ("5 numbers", "one to four")),
        ("input y: «0»\nadd(x, y)", "E0403", ("at least 1",)),
        ("input y: [3, «true», 8]\nadd(x, y)", "E0401", ("whole number",)),
    ],
)
def test_wrong_inputs(statements: str, code: str, words: tuple[str, ...]) -> None:
    fault(body(statements), code, *words)


def test_too_few_and_too_many_values() -> None:
    two = "block J {\n input a: [?, ?, ?]\n input b: [?, ?, ?]\n add(a, b)\n}\n"
    found = fault(two + body("«J»"), "E0305", "takes 2 values", "only 1 value arrives", "`[a, b] -> J")
    assert found.labels[1].span.text == "input b: [?, ?, ?]"
    fault(two + body("[x, x, x] -> «J»"), "E0305", "takes 2 values", "3 arrive")
    fault("block B { «ReLU» }\n" + body("[x, x] -> B"), "E0305", "ReLU takes 1 value, not 2")


def test_a_failed_input_is_one_error() -> None:
    text = "block J {\n input a: [?, h, w]\n input b: [?, k, l]\n b -> Upsample(size=[k, h])\n add(a, _)\n}\n"
    fault(text + body("j: «J»\nConv(j.c, 1) -> Linear(5)"), "E0305")


def test_outputs_by_name() -> None:
    net = network(body("a: Conv(4, 1) -> ReLU\nb: Conv(5, 1)\noutput b, first = a, act = _"))
    assert outputs(net) == {"b": "b", "first": "a", "act": "b"}
    net = network(body("for i in 1..2 { c$i: Conv(i, 1) }\noutput c1, last = c2"))
    assert outputs(net) == {"c1": "c1", "last": "c2"}
    net = network(body("for i in 1..2 { c$i: Conv(i, 1)\n output p$i = c$i }"))
    assert outputs(net) == {"p1": "c1", "p2": "c2"}
    assert outputs(network(body("g: { a: ReLU }\noutput g.a"))) == {"a": "g.a"}


@pytest.mark.parametrize(
    ("statements", "code", "words"),
    [
        ("a: ReLU\noutput a, «a»", "E0202", ("named twice", "`output name = …`")),
        ("Chunk(3) as xs\noutput «xs[0]»", "E0215", ("needs a name", "`output name = xs[0]`")),
        ("Chunk(3) as xs\noutput y = «xs»", "E0207", ("one value", "a list of 3")),
        ("h = 3\nReLU\noutput «h»", "E0207", ("one value", "the number 3")),
        ("output «b»", "E0201", ("there is no b",)),
    ],
)
def test_wrong_outputs(statements: str, code: str, words: tuple[str, ...]) -> None:
    fault(body(statements), code, *words)


def test_outputs_belong_in_nets() -> None:
    fault("block B {\n ReLU as r\n «output r»\n}\n" + body("B"), "E0215", "last line", "`net`")


def test_the_default_output() -> None:
    assert outputs(network(body("a: ReLU"))) == {"out": "a"}
    assert program(body("a: ReLU")).nets == ("N",)
    assert sources(network(body("ReLU as r\nTanh\nr")), "1") == ["0"]
