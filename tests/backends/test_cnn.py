"""The flat form is the same network: read again, it gives the same layers, figures and outputs, and the same flat form."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent

import pytest

from cnndsl.backends.cnn import source
from cnndsl.backends.cnn.words import KEYWORDS
from cnndsl.compiler import load, parse
from cnndsl.diagnostics import CompileError
from cnndsl.network import Network

from .emitted import ROOT
from .test_torch import CASES
from .test_torch_programs import EXTERN, PROGRAMS
from .test_torch_random import network as random_network


def check(net: Network) -> str:
    """Hold a network against its flat form; the text of that."""
    text = source(net)
    program = parse(text, "flat.cnn")
    assert program.nets == (net.name,)
    again = program.net()
    assert rows(again) == rows(net)
    assert again.totals == net.totals
    assert again.inputs == net.inputs
    assert [(name, value.node.index, value.port) for name, value in again.ir.outputs.items()] == [
        (name, value.node.index, value.port) for name, value in net.ir.outputs.items()
    ]
    assert (again.ir.doc, again.ir.torch_name) == (net.ir.doc, net.ir.torch_name)
    assert without_origin(source(again)) == without_origin(text)
    return text


def rows(net: Network) -> list[object]:
    """All that is known of each layer, and which values it reads."""
    return [
        (
            *(
                row.path,
                row.call,
                row.text,
                row.inputs,
                row.outputs,
                row.params,
                row.trainable,
                row.macs,
                row.memory,
                row.rf,
                row.weights,
            ),
            [(value.node.index, value.port) for value in row.node.inputs],
        )
        for row in net.layers
    ]


def without_origin(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("#")]


@pytest.mark.parametrize(("file", "name"), CASES)
def test_what_ships(file: Path, name: str) -> None:
    check(load(file).net(name))


@pytest.mark.parametrize("name", PROGRAMS)
def test_constructs(name: str) -> None:
    check(parse(PROGRAMS[name]).net())


def sayable(net: Network) -> bool:
    """Whether a program could say it: no label is an input's name, and no number is applied again."""
    labels = {node.path[0] for node in net.ir.layers}
    return not labels & net.ir.inputs.keys() and not any(node.call > 1 and node.path[0].isdigit() for node in net.ir.layers)


@pytest.mark.parametrize("seed", [seed for seed in range(150) if sayable(random_network(seed))])
def test_random_networks(seed: int) -> None:
    check(random_network(seed))


def test_lenet_in_full() -> None:
    text = source(load(ROOT / "specs" / "lenet.cnn").net("LeNet5"))
    assert without_origin(text) == [
        "",
        "net LeNet5 {",
        '  "Every map connected to every map, plain averages"',
        "  input image: 1x32x32",
        "  c1: Conv(6, 5)  # 6×28×28",
        '  "1": Tanh  # 6×28×28',
        '  "2": AvgPool(2)  # 6×14×14',
        "  c3: Conv(16, 5)  # 16×10×10",
        '  "4": Tanh  # 16×10×10',
        '  "5": AvgPool(2)  # 16×5×5',
        "  c5: Conv(120, 5)  # 120×1×1",
        '  "7": Tanh  # 120×1×1',
        '  "8": Flatten  # 120',
        "  f6: Linear(84)  # 84",
        '  "10": Tanh  # 84',
        "  out: Linear(10)  # 10",
        "  assert params == 61_706",
        "  assert macs == 416_520",
        "}",
    ]
    assert text.splitlines()[0] == "# cnndsl 1"


HIDDEN = {
    "layers": """
        block Two { Conv(4, 1) -> ReLU -> BatchNorm }
        net N { input x: 4x8x8; "ReLU": Two -> "Conv": Two -> BatchNorm: Two }""",
    "merges": """
        block Sum { add { | | Conv(4, 1) } }
        net N { input x: 4x8x8; "add": Sum -> "cat": Conv(4, 1) -> Sum -> Sum }""",
    "words": """
        block Same { Conv(4, 3, padding=same, padding_mode=reflect, init=normal(std=0.5), bias_init=zeros) }
        net N { input x: 4x8x8; same: Same -> reflect: Same -> "normal": Same -> zeros: Same }""",
    "counted": """
        net N { input x: 4x8x8; add { | | } -> add_1: Conv(4, 1) -> add { | | } -> sum: add { | | } -> add { | | } }""",
    "values": """
        net N { input v3: 4x8x8; v1: Conv(4, 1) -> Conv(4, 1) -> v2: Conv(4, 1); add(v1, v2) -> "v_1": ReLU; add(v1, v3) }""",
    "sizes": "net N { input x: [4, H, W]; input y: [?, ?, 8]; x -> Conv(2, 3) as a; y -> MaxPool(2) as b; output a, b }",
    "keywords": """
        block Odd { "in": Conv(4, 1) -> "a-b": ReLU -> "c.0.net": { "x y": Conv(4, 1) } }
        net N { input x: 4x8x8; first: Odd -> first -> "as": Conv(4, 1) }""",
    "texts": """
        net N {
          "A \\"doc\\" \\\\ of $name ${x} {y},\\ttabs and\\nlines × é"
          input x: 1x8x8
          "$": Conv(1, 1) -> "5 $ é": Conv(1, 1)
        }""",
    "flat": "net N { input x: [7]; Linear(3) -> Linear(2); output a = x }",
    "again": """
        block T { "é": Conv(1, 1) -> "a b": ReLU }
        block U { c: Conv(1, 1) -> c }
        net N { input x: 1x4x4; t: T -> t -> "1x1": T -> "1x1" -> U -> U }""",
    "nothing": "net N { input x: 1x4x4; input y: 1x4x4; x -> Identity; output y }",
}


@pytest.mark.parametrize("name", HIDDEN)
def test_labels_that_hide_words(name: str) -> None:
    check(parse(HIDDEN[name]).net())


def test_parameters_given_from_outside() -> None:
    net = load(ROOT / "specs" / "lenet.cnn").net("LeNet5", classes=7, inputs=(1, 40, 40))
    text = check(net)
    assert text.splitlines()[1].endswith("lenet.cnn with classes=7")


def test_foreign_layers() -> None:
    net = parse(EXTERN.replace("gate: Gate(8) ->", "gate: Gate(8) -> again: Gate(4) -> Conv(64, 1) ->")).net()
    text = source(net)
    again = parse(text).net()
    assert [(row.path, row.params, row.macs, row.rf, row.weights) for row in again.layers] == [
        (row.path, row.params, row.macs, row.rf, row.weights) for row in net.layers
    ]
    assert again.totals == net.totals
    assert [row.node.io.torch for row in again.layers] == [row.node.io.torch for row in net.layers]
    assert re.findall(r"^extern (\w+)\(", text, re.MULTILINE) == ["Gate", "Gate_1"]  # Gate(8) is Gate, 8 being the default


def test_a_foreign_layer_whose_field_is_a_kernel() -> None:
    check(
        parse("""
        extern Blur(k = 3) {
          input x: [c, h, w]
          output_shape = [c, h, w]
          params = 0
          macs = c * h * w * k * k
          rf = k
          torch = "blurs:Blur({k}, mode={k})"
        }
        extern Two {
          input a: [c, h, w]
          input b: [c, h, w]
          output_shape = [[c, h, w], [2 * c, h // 2, w // 2]]
          params = 5; macs = 0; rf = "global"
        }
        net N { input x: 4x8x8; Blur as y -> Blur -> Blur; [_, y] -> Two as a, b; output a, b }""").net()
    )


FOREIGN = "extern E {\n input x: [c, h, w]\n output_shape = [c, h, w]\n params = 0\n macs = h\n rf = 1\n}\n"


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ('name = "$a"\nnet N { input x: 1x4x4; "b$name": Conv(1, 1) }', "the label b$a cannot be written out"),
        (FOREIGN + "net N { input x: [1, ?, ?]; E }", "the flat form states extern E in numbers, and sizes are open"),
    ],
)
def test_what_cannot_be_said(text: str, title: str) -> None:
    with pytest.raises(CompileError) as caught:
        source(parse(text, "odd.cnn").net())
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.title == title
    assert diagnostic.help is not None
    assert diagnostic.span.line == text.count("\n") + 1 or "block" in text


def test_the_keywords_are_the_grammars() -> None:
    grammar = (ROOT / "grammar" / "cnn.lark").read_text("utf-8")
    assert set(re.findall(r'^[A-Z]+: "([a-z_]+)"$', grammar, re.MULTILINE)) == KEYWORDS


def test_what_is_asserted_of_the_whole_stays() -> None:
    """Numbers stand for names; what is asserted of a part, or of fields, is left out."""
    text = """
        block B(c) {
          conv: Conv(c, 1)
          assert params == 4 * c
        }
        net N(c = 8) {
          input x: 3x8x8
          b: B(c)
          assert params == 4 * c and macs < 1K * c, "small"
          assert rf(b) == 1
        }
        net P = N(4) { assert trainable <= 16 }
    """
    program = parse(dedent(text))
    wanted = ['  assert params == 32, "small"', '  assert macs < 8_000, "small"']
    assert [line for line in source(program.net("N")).splitlines() if "assert" in line] == wanted
    assert [line for line in source(program.net("P")).splitlines() if "assert" in line] == ["  assert trainable <= 16"]
