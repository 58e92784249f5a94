"""The text itself: words, numbers, strings, comments, line ends; and what is said where it does not parse."""

from pathlib import Path

import pytest

from cnndsl.compiler import load, parse
from cnndsl.diagnostics import Diagnostic

from .programs import body, fault, network, outputs, paths


def errors(text: str) -> list[Diagnostic]:
    return [d for d in parse(text, "wrong.cnn").diagnostics if d.is_error]


# ---- what may be written ---------------------------------------------------------------


def test_byte_order_mark_and_carriage_returns(tmp_path: Path) -> None:
    path = tmp_path / "n.cnn"
    path.write_bytes(
        b"\xef\xbb\xbf" + body("a: Conv(4, 3) # c\n  -> ReLU\nadd {\n | ReLU\n | Tanh\n}").replace("\n", "\r\n").encode()
    )
    assert paths(load(path).net()) == ["a", "1", "2", "3", "add"]


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", ";", '"only a doc string"\n'])
def test_files_that_declare_nothing(text: str) -> None:
    assert (parse(text).diagnostics, parse(text).nets) == ((), ())


def test_comments_and_strings_hold_any_unicode() -> None:
    net = network('# Größe → ∞\nnet N { "Schönes Netz: 日本語 ✓"\n  input x: 3x8x8 # ein Bild 🖼\n  ReLU }\n')
    assert net.ir.doc == "Schönes Netz: 日本語 ✓"


@pytest.mark.parametrize(
    "text",
    [
        "Conv(4, 3,)",
        "Conv(\n    4,\n    3,\n  )",
        "[x, x,] -> add",
        "Conv(4, [3, 3,])",
        "Conv(4, 3); ReLU;",
        "Conv(4, 3);;ReLU",
        "\n\n\nConv(4, 3)\n\n\n",
        "Conv(4, 3) # end\n# whole line\nReLU",
        "{ Conv(4, 3) }",
        "{\n\nConv(4, 3)\n\n}",
    ],
)
def test_trailing_commas_blank_lines_and_semicolons(text: str) -> None:
    assert network(body(text)).layers


def test_parameters_and_presets_take_trailing_commas() -> None:
    net = network("net N(a = 1, b = 2,) { input x: 3x8x8\n Conv(a + b, 1) }\nnet M = N(1, b = 3,)\n", "M")
    assert net.outputs == {"out": (4, 8, 8)}


def test_attributes_on_the_line_before() -> None:
    assert network('@frozen\n@torch(name = "A")\nnet N {\n  input x: 3x8x8\n  @frozen\n  Conv(4, 1)\n}').trainable == 0


@pytest.mark.parametrize("word", ["net", "input", "in", "for", "true", "none", "default", "and"])
def test_reserved_words_may_be_keys_in_quotes(word: str) -> None:
    assert paths(network(body(f'"{word}": Conv(4, 1)'))) == [word]
    found = errors(body(f"{word}: Conv(4, 1)"))
    assert found
    assert found[0].help is not None
    assert f'"{word}"' in found[0].help


@pytest.mark.parametrize("word", ["add", "cat", "Conv", "max", "same", "rf", "params", "std", "list"])
def test_all_other_words_are_ordinary_names(word: str) -> None:
    assert paths(network(body(f"{word}: Tanh"))) == [word]


def test_members_by_number() -> None:
    assert outputs(network(body("g: { Conv(4, 1) -> ReLU }\noutput first = g.0, last = g.1"))) == {"first": "g.0", "last": "g.1"}


def test_two_dots_and_one() -> None:
    assert [layer.output[0] for layer in network(body("for i in 1..2 { Conv(i, 1) }\nConv(int(1.5), 1)"))] == [1, 2, 1]


# ---- what does not parse ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("net N {\n  input x: 3x8x8\n  c: Conv«(»8, 3\n  d: ReLU\n}\n", "E0104", ("`(` is not closed", "write the missing `)`")),
        (
            "net N {\n  input x: 3x8x8\n  c: Conv(8, «[»3, 3)\n}\n",
            "E0104",
            ("`[` is not closed", "`]` should have come before this"),
        ),
        ("net N {\n  input x: 3x8x8\n  add «{»\n    | ReLU\n    | x\n}\n", "E0104", ("`{` is not closed",)),
        ("net N «{»\n  input x: 3x8x8\n  ReLU\n", "E0104", ("`{` is not closed", "write the missing `}`")),
        ("net N «{»\n  input x: 3x8x8\n  ReLU\n\nblock B { ReLU }\n", "E0104", ("`{` is not closed",)),
        ("net N {\n  input x: 3x8x8\n  ReLU\n}\n«}»\n", "E0104", ("closes nothing", "no bracket is open")),
        ("net N {\n  input x: 3x8x8\n  Conv(8, 3)«)»\n}\n", "E0104", ("closes nothing",)),
        ('net N {\n  input x: 3x8x8\n  «"a: ReLU»\n}\n', "E0102", ("a text is not closed", 'close it on the same line with `"`')),
        ("net N {\n  input x: 3x8x8\n  c: Conv(8, 3) «->»\n}\n", "E0105", ("`->`", "something must follow")),
        ("net N {\n  input x: 3x8x8\n  Conv(8, 3) «ReLU»\n}\n", "E0101", ("by an arrow", "`… -> ReLU`")),
        ("net N {\n  input x: 3x8x8\n  Conv «ReLU»\n}\n", "E0101", ("`Conv -> ReLU`", "`Conv: ReLU`")),
        ("net N {\n  input x: 3x8x8\n  Conv «8»\n}\n", "E0101", ("in parentheses", "`Conv(8)`")),
        ("net N {\n  «inptu» x: 3x8x8\n  ReLU\n}\n", "E0101", ("did you mean `input`?",)),
        ("«bock» B { ReLU }\n", "E0101", ("did you mean `block`?",)),
        ("net N {\n  input x «3x8x8»\n  ReLU\n}\n", "E0101", ("write `input x: 3x8x8`",)),
        ("net N {\n  input x: 3x8x8\n  for i «on» 1..3 { ReLU }\n}\n", "E0101", ("`for i in 1..3 { … }`",)),
        ("net N {\n  input x: 3x8x8\n  if x.c == 3 «ReLU»\n}\n", "E0101", ("{",)),
        ("net N {\n  input x: 3x8x8\n  «|» ReLU\n}\n", "E0101", ("`add { | … | … }`",)),
        ("net N {\n  input x: 3x8x8\n  c: Conv(8, 3) «&» ReLU\n}\n", "E0103", ("write the word `and`",)),
        ("net N {\n  input x: 3x8x8\n  c: Conv(8, 3, padding=«'same'»)\n}\n", "E0103", ("double quotes", 'write `"same"`')),
        ("net N {\n  input x: «3×8×8»\n  ReLU\n}\n", "E0103", ("the letter `x`", "`3x8x8`")),
        ("net N {\n  input x: 3x8x8\n  Conv(«8_», 3)\n}\n", "E0103", ("neither a number nor a name",)),
        ("net N {\n  input x: 3x8x8\n  Conv(«8px», 3)\n}\n", "E0103", ("neither a number nor a name",)),
        ("net N {\n  input x: 3x8x8\n  «ñ»: ReLU\n}\n", "E0103", ("letters", "ASCII")),
        ("net N {\n  input x: 3x8x8\n  x «==» 3\n}\n", "E0101", ("a line of a body applies layers",)),
        ("net «{»\n  input x: 3x8x8\n  ReLU\n}\n", "E0101", ("`net Name { … }`",)),
        ("fn f(n) «2» * n\n", "E0101", ("`fn double(n) = 2 * n`",)),
        ("«ReLU»\n", "E0101", ("stands in no net", "`net Name {")),
        ("x«:» 3\n", "E0101", ("a name is bound by `=`",)),
    ],
)
def test_syntax_errors(text: str, code: str, words: tuple[str, ...]) -> None:
    fault(text, code, *words)


def test_every_error_of_a_file_is_told_and_none_that_is_not() -> None:
    found = errors(
        """\
block A(c) {
  Conv(c, 3
  ReLU
}
block B {
  add { | Conv(4 3) | ReLU -> }
  Tanh
}
net N {
  inpt x: 3x8x8
  c1: Conv(8, 3) ReLU
  for i in { ReLU }
  c2: Conv(8, 3)
}
nett M {
  input y: 3x8x8
}
"""
    )
    assert [(d.span.line, d.code, d.span.text) for d in found] == [
        (2, "E0104", "("),
        (6, "E0101", "3"),
        (6, "E0105", "->"),
        (10, "E0101", "inpt"),
        (11, "E0101", "ReLU"),
        (12, "E0101", "{"),
        (15, "E0101", "nett"),
    ]
