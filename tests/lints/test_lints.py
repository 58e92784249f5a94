"""Every lint finds what it is for, at its place, and leaves alone what is in order."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import cnndsl
from cnndsl import lint, render
from cnndsl.lint import Lint
from tests.lints.page import page, path

ROOT = Path(__file__).parents[2]
HEAD = "net N {\n  input x: 3x32x32\n"
FOUND = [  # code, body, the text under the main place
    ("L001", "  a: Conv(8, 3) -> ReLU\n  Conv(8, 3)\n", "Conv(8, 3)"),
    ("L001", "  f: { c: Conv(8, 3, bias=false) -> BatchNorm }\n", "BatchNorm"),
    ("L002", "  default Conv(bias = false)\n  MaxPool(2)\n", "bias = false"),
    ("L002", "  default Conv(bias = false)\n  c: Conv(8, 3, bias=true)\n", "bias = false"),
    ("L003", "  add { | Conv(3, 1) }\n", "add"),
    ("L003", "  ReLU as y\n  cat(y)\n", "cat(y)"),
    ("L004", "  Conv(3, 16, 3)\n", "Conv(3, 16, 3)"),
    ("L004", "  ConvTranspose(3, 16, 2, 2)\n", "ConvTranspose(3, 16, 2, 2)"),
    ("L005", "", "N"),
    ("L006", "  act = ReLU\n  Tanh\n", "act = ReLU"),
    ("L006", "  ReLU\n  if true { conv1 = Conv(8, 3) }\n", "conv1 = Conv(8, 3)"),
    ("L006", "  ReLU as y\n  Tanh\n", "y"),
    ("L010", "  x -> Tanh\n  x -> ReLU\n", "Tanh"),
    ("L011", "  Conv(8, 3, stride=1)\n", "stride=1"),
    ("L011", '  Conv(8, 3, padding_mode="zeros")\n', 'padding_mode="zeros"'),
    ("L012", "  Conv(8, 22) -> GlobalAvgPool\n", "Conv(8, 22)"),
    ("L012", "  Conv(8, 3) -> ReLU -> AdaptiveMaxPool(1) -> Flatten\n", "ReLU"),
    ("L013", "  Conv(8, 3, stride=4)\n", "Conv(8, 3, stride=4)"),
    ("L013", "  MaxPool(1, 2)\n", "MaxPool(1, 2)"),
    ("L013", "  ReLU\n  add { | Conv(8, 1, 2) | Conv(8, 1, 2, bias=false) }\n", "Conv(8, 1, 2)"),
    ("L013", "  Conv(8, 3, 3, dilation=3)\n", "Conv(8, 3, 3, dilation=3)"),
    ("L014", "  Conv(8, 3, dilation=2)\n", "Conv(8, 3, dilation=2)"),
    ("L014", "  Conv(8, 3) -> ReLU -> Conv(8, 3, dilation=4)\n", "Conv(8, 3, dilation=4)"),
    ("L016", "  Conv(8, 3, padding=3)\n", "Conv(8, 3, padding=3)"),
    ("L016", "  Conv(8, 1x3, padding=1)\n", "Conv(8, 1x3, padding=1)"),
    ("L018", "  cat { | Conv(8, 2, padding=[[0, 1], [0, 1]]) | _ }\n", "cat"),
    ("L018", "  add { | Conv(3, 3, 2, padding=[[0, 1], [0, 1]]) | Conv(3, 3, 2, padding=1) }\n", "add"),
    ("L019", "  Conv(8, 3) -> BatchNorm\n", "Conv(8, 3)"),
    ("L019", "  Conv(8, 3, bias=true) -> InstanceNorm(affine=true)\n", "Conv(8, 3, bias=true)"),
    ("L019", "  Flatten -> Linear(8) -> BatchNorm\n", "Linear(8)"),
    ("L020", "  Conv(8, 3) -> Conv(4, 1)\n", "Conv(4, 1)"),
    ("L020", "  Flatten -> Linear(300) -> Linear(10)\n", "Linear(10)"),
    ("L021", "  Flatten -> Linear(10) -> Softmax\n", "Softmax"),
    ("L022", "  Dropout2d(0.1) -> ReLU -> BatchNorm\n", "Dropout2d(0.1)"),
    ("L022", "  cat { | Dropout(0.1) | _ } -> BatchNorm\n", "Dropout(0.1)"),
    ("L023", "  Flatten -> Linear(400)\n", "Linear(400)"),
    ("L024", "  Conv(8, 2, padding=same)\n", "Conv(8, 2, padding=same)"),
    ("L025", "  add { | ReLU(inplace=true) | _ }\n", "ReLU(inplace=true)"),
    ("L025", "  c: Conv(8, 3)\n  c -> ReLU(inplace=true) as y\n  output a = c, b = y\n", "ReLU(inplace=true)"),
    ("L025", "  Flatten as y -> ReLU(inplace=true)\n  sub(_, y)\n", "ReLU(inplace=true)"),
    (
        "L025",
        "  c: Conv(8, 3)\n  c -> d: Conv(8, 3, padding=1) as e\n  c -> ReLU(inplace=true)\n  add(_, e)\n",
        "ReLU(inplace=true)",
    ),
    ("L026", "  add { | _ | if false { ReLU } }\n", "false"),
    ("L026", "  mul { | if x.c > 3 { ReLU } | Sigmoid }\n", "x.c > 3"),
    ("L027", "  ReLU  # cnndsl: ignore L019\n", "L019"),
    ("L027", "  ReLU  # cnndsl: ignore L9\n", "L9"),
    ("L027", "  ReLU  # cnndsl: ignore: as published\n", "# cnndsl: ignore"),
    ("L027", "  ReLU  # cnndsl: ignor L019\n", "# cnndsl: ignor L019"),
]
FILES = [  # whole files: code, text, the text under the main place
    ("L007", "block B(c, d) { Conv(c, 3) }\nnet N {\n  input x: 3x8x8\n  B(8, 2)\n}\n", "d"),
    ("L007", "fn f(a, b = 1) = a\nnet N {\n  input x: 3x8x8\n  Conv(f(8), 3)\n}\n", "b = 1"),
    ("L007", "block B(stride = 1) { Conv(8, 3, stride=2, padding=1) }\nnet N {\n  input x: 3x8x8\n  B\n}\n", "stride = 1"),
    ("L008", "size = 3\nnet N {\n  input x: 3x8x8\n  Conv(8, 3)\n}\n", "size = 3"),
    ("L008", "block T(n) { if n > 0 { T(n - 1) } }\nnet N {\n  input x: 3x8x8\n  Conv(8, 3)\n}\n", "T"),
    ("L009", "from std import SE, ConvBN\nnet N {\n  input x: 3x8x8\n  ConvBN(8)\n}\n", "SE"),
    ("L010", "net N {\n  input a: 3x8x8\n  input b: 3x8x8\n  a -> Conv(8, 3)\n}\n", "input b: 3x8x8"),
    ("L015", "net N {\n  input x: 3x9x8\n  MaxPool(2)\n}\n", "MaxPool(2)"),
    ("L015", "net N {\n  input x: 3x8x8\n  Conv(8, 5, 5)\n}\n", "Conv(8, 5, 5)"),
    ("L015", "net N {\n  input x: 3x32x32\n  Conv(8, 3, 40)\n}\n", "Conv(8, 3, 40)"),
    ("L015", "net N {\n  input x: 3x32x32\n  MaxPool(2, 60)\n}\n", "MaxPool(2, 60)"),
    ("L017", "# cnndsl: select L017\nnet N {\n  input x: 3x8x8\n  Conv(8, 5, padding=2)\n}\n", "Conv(8, 5, padding=2)"),
]
CLEAN = [
    "  Conv(8, 3, bias=false) -> BatchNorm -> ReLU\n",  # all by position
    "  a: Conv(8, 3) -> ReLU -> MaxPool(2)\n",  # what is unlabelled stores nothing
    "  default Conv(bias = false)\n  c: Conv(8, 3)\n",
    "  a: { Conv(8, 3, bias=false) -> BatchNorm }\n",
    "  add { for i in 1..1 { | Conv(3, 1) } }\n",  # as many as the loop makes
    "  list { | ReLU | Tanh } as xs\n  cat(xs)\n",
    "  for n in 0..1 { add { | if n > 0 { | _ } | ReLU } }\n",
    "  Conv(3, kernel_size=16, stride=3)\n",
    "  Conv(3, 31, padding=15, groups=3)\n",
    "  Conv(3, 16, 16)\n",
    "  n = 1\n  for i in n..2 { conv$i: Conv(8, 3) -> ReLU }\n",
    "  i = 1\n  conv$i: Conv(8, 3)\n",
    "  Conv(8, 3) as features\n",  # says what leaves
    "  for i in 1..2 { ReLU as m$i }\n  cat([m$i for i in 1..2])\n",
    "  ReLU as m1\n  Tanh as m2\n  cat([m$i for i in 1..2])\n",
    "  x -> Tanh as t\n  x -> ReLU\n  output a = _, b = t\n",
    "  Conv(8, 3, 1, padding=1)\n",  # by position, for the sake of what follows
    "  default Conv(bias = false)\n  a: Conv(8, 3) -> ReLU -> b: Conv(8, 3, bias=true)\n",
    "  Conv(8, 23) -> GlobalAvgPool\n",  # 529 of 1024 positions
    "  Conv(8, 3) -> ReLU -> Flatten -> Linear(10)\n",  # places go on
    "  Conv(8, 3) -> ReLU\n",  # a map is what is wanted
    "  Conv(8, 2, stride=2)\n",
    "  a: Conv(8, 3, 2, padding=1)\n  x -> b: Conv(8, 1, 2)\n  add(a, b)\n",  # the other arm reads all
    "  Conv(8, 1, 2) as a\n  x -> ReLU as b\n  output a, b\n",
    "  Conv(8, 3) -> ReLU -> Conv(8, 3, dilation=2) -> ReLU -> Conv(8, 3, dilation=4)\n",
    "  Conv(8, 3) -> ReLU -> Conv(8, 3, dilation=3)\n",  # as much as is seen before it
    "  Conv(8, 3, padding=2, dilation=2) -> ReLU -> MaxPool(3, 2)\n",  # the pooling fills them
    "  MaxPool(3, 2, ceil_mode=true)\n",
    "  Conv(8, 7, 2, padding=3)\n",  # only padding is left out
    "  MaxPool(3, 2)\n",  # one row of 32
    "  Conv(8, 3, padding=2)\n",  # a corner unit sees one position
    "  add { | Conv(3, 3, padding=1) | _ }\n",
    "  add { | Conv(3, 2, padding=[[1, 0], [1, 0]]) | _ }\n",  # causal
    "  add { | Conv(3, 3, 2, padding=1) -> ReLU | AvgPool(2) -> Conv(3, 1) }\n",  # a quarter of a step
    "  add { | MaxPool(2) -> Upsample(scale_factor=2) | Conv(3, 3, padding=1) }\n",
    "  c: Conv(8, 3)\n  b: BatchNorm as y\n  add(y, c)\n",  # the bias is read elsewhere
    "  Conv(8, 3) -> GroupNorm(4)\n",
    "  Conv(8, 3, bias=false) -> BatchNorm\n",
    "  @frozen c: Conv(8, 3) -> b: BatchNorm\n",
    "  Conv(64, 3) -> ReLU -> Conv(8, 1)\n",
    "  Conv(2, 1) -> Conv(64, 3)\n",  # a bottleneck
    "  Conv(8, 3x1) -> Conv(8, 1x3)\n",  # separable in space
    "  Conv(3, 3, groups=3) -> Conv(8, 1)\n",  # separable in channels
    "  Flatten -> fc: Linear(10) -> LogSoftmax\n",
    "  Flatten -> fc: Linear(10) -> Softmax as p\n  output p, fc\n",  # the logits leave too
    "  mul { | _ | Softmax }\n",
    "  Dropout(0) -> BatchNorm\n",
    "  Dropout(0.1) -> Conv(8, 3, bias=false) -> BatchNorm\n",  # weights between
    "  BatchNorm -> Dropout(0.1)\n",
    "  Flatten -> Linear(300)\n",  # less than a million
    "  Conv(8, 3, padding=same)\n",
    "  Conv(8, 4, stride=2, padding=same)\n",  # one before and one behind
    "  Conv(8, 3) -> ReLU(inplace=true)\n",
    "  c: Conv(8, 3) -> r: ReLU(inplace=true) -> Tanh\n",
    "  add { | _ | ReLU } -> ReLU(inplace=true)\n",
    "  add { | Conv(8, 1) | if x.c != 8 { Conv(8, 1, bias=false) } }\n",
    "  add { | Conv(3, 1) | if x.c != 3 { Conv(3, 1) } }\n",  # the shortcut of a residual block
    "  cat { | ReLU | if false { Tanh } else { _ } }\n",
    "  Conv(8, 3) -> BatchNorm  # cnndsl: ignore L019: old weights\n",
    "  # cnndsl: ignore L022\n  Dropout(0.1) -> BatchNorm\n",
    '  "# cnndsl: ignore L999"\n  ReLU\n',  # a text, no comment
]


@pytest.mark.parametrize(("code", "body", "place"), FOUND)
def test_it_finds(code: str, body: str, place: str) -> None:
    found = cnndsl.parse(f"{HEAD}{body}}}").check()
    assert [(d.code, d.severity, d.span.text) for d in found] == [(code, "warning", place)]


@pytest.mark.parametrize(("code", "text", "place"), FILES)
def test_it_finds_in_a_file(code: str, text: str, place: str) -> None:
    found = cnndsl.parse(text).check()
    assert [(d.code, d.severity, d.span.text) for d in found] == [(code, "warning", place)]


@pytest.mark.parametrize("body", CLEAN)
def test_it_leaves_alone(body: str) -> None:
    assert cnndsl.parse(f"{HEAD}{body}}}").check() == ()


@pytest.mark.parametrize("one", lint.known(), ids=lambda one: one.CODE)
def test_the_example_is_found_and_what_is_better_is_clean(one: Lint) -> None:
    assert {d.code for d in cnndsl.parse(one.EXAMPLE.lstrip("\n")).check()} == {one.CODE}
    assert cnndsl.parse(one.BETTER.lstrip("\n")).check() == ()


@pytest.mark.parametrize("one", lint.known(), ids=lambda one: one.CODE)
def test_its_page_holds_the_whole_report(one: Lint) -> None:
    assert path(one).read_text("utf-8") == page(one), "python -m tests.lints"


@pytest.mark.parametrize("form", ["json", "sarif", "github"])
def test_every_form_carries_them(form: str) -> None:
    one = next(one for one in lint.known() if one.CODE == "L013")
    found = cnndsl.parse(one.EXAMPLE.lstrip("\n"), "net.cnn").check()
    written = render.find(form).render(found)
    assert "L013" in written
    if form == "sarif":
        assert json.loads(written)["runs"][0]["results"][0]["level"] == "warning"


@pytest.mark.parametrize(("padding", "border"), [("", ""), (", padding=1", "apart from the border, ")])
def test_only_padding_has_a_border(padding: str, border: str) -> None:
    found = cnndsl.parse(f"net N {{\n  input x: 3x8x8\n  Conv(8, 3{padding}) -> Conv(8, 3)\n}}").check()
    assert [one.notes for one in found if one.code == "L020"] == [(f"{border}one `Conv(8, 5)` can do the same",)]


def test_a_fix_says_what_it_writes() -> None:
    text = HEAD + "  c: Conv(8, 3) -> b: BatchNorm -> d: Conv(8, 3, dilation=1, padding=1) -> ReLU(inplace=false)\n}"
    written = text
    for found in reversed(cnndsl.parse(text).check()):
        assert found.fix is not None
        written = written[: found.fix.span.start] + found.fix.text + written[found.fix.span.end :]
    line = "  c: Conv(8, 3, bias=false) -> b: BatchNorm -> d: Conv(8, 3, padding=1) -> ReLU\n}"
    assert written == HEAD + line
    assert cnndsl.parse(written).check() == ()


ONCE = "block B(norm) {\n  c: Conv(8, 3)\n  if norm { b: BatchNorm }\n  ReLU\n}\n"


def test_what_is_right_in_one_place_is_right() -> None:
    """A bias that one instance of a block needs is no fault of the block."""
    both = ONCE + "net N {\n  input x: 3x32x32\n  p: B(true) -> q: B(false)\n}\n"
    assert cnndsl.parse(both).check() == ()
    assert [d.code for d in cnndsl.parse(both.replace("B(false)", "B(true)")).check()] == ["L019"]


def test_what_is_made_by_another_file_is_told_where_it_is_called(tmp_path: Path) -> None:
    (tmp_path / "parts.cnn").write_text("block Skip(c) { Conv(c, 1, stride=2, bias=false) -> b: BatchNorm -> ReLU }\n")
    path = tmp_path / "net.cnn"
    path.write_text('from "parts.cnn" import Skip\nnet N {\n  input x: 3x8x8\n  s: Skip(8)\n}\n')
    assert [(d.code, d.span.text) for d in cnndsl.load(path).check()] == [("L013", "Skip(8)")]


TEMPLATE = "default BatchNorm(eps = 0.01)\nnet T(c) {\n  input x: 3x8x8\n  Conv(c, 3, bias=false) -> BatchNorm\n}\n"


def test_what_was_not_looked_at_may_take_a_default() -> None:
    """A net that still needs a parameter, and all others where one is chosen."""
    plain = "net A {\n  input x: 3x8x8\n  Conv(4, 3)\n}\n"
    assert cnndsl.parse(TEMPLATE + plain).check() == ()
    assert cnndsl.parse(TEMPLATE + plain + "net B = T(4)\n").check() == ()
    assert [d.code for d in cnndsl.parse(TEMPLATE.replace("-> BatchNorm", "") + plain + "net B = T(4)\n").check()] == ["L002"]
    assert cnndsl.parse(TEMPLATE + plain + "net B = T(4)\n").check("A") == ()


def test_codes_are_distinct_and_every_lint_is_tested() -> None:
    codes = [one.CODE for one in lint.known()]
    assert len(set(codes)) == len(codes)
    assert set(codes) == {code for code, _, _ in [*FOUND, *FILES]}
    for one in lint.known():
        assert one.SOURCE
        assert len(lint.about(one)) > 1


@pytest.mark.parametrize("path", sorted([*ROOT.glob("specs/*.cnn"), *ROOT.glob("examples/*.cnn")]), ids=lambda p: p.stem)
def test_what_ships_is_clean(path: Path) -> None:
    findings = [d for d in cnndsl.load(path).check() if d.severity != "note"]
    assert not findings


@pytest.mark.parametrize("padding", [0, 1, '"same"'])
def test_the_dilation_that_is_offered_fits_and_leaves_nothing_to_find(padding: object) -> None:
    body = f"  c1: Conv(16, 3)\n  c2: Conv(16, 3, padding={padding})\n  GlobalAvgPool\n"
    (found,) = [d for d in cnndsl.parse(HEAD + body + "}").check() if d.code == "L012"]
    offered = str(found.help).split("`")[1]
    assert offered.startswith("dilation=")
    mended = body.replace(f"3, padding={padding}", "3, " + (offered if "padding" in offered else f"padding={padding}, {offered}"))
    after = cnndsl.parse(HEAD + mended + "}").check()
    assert not [d.code for d in after if d.is_error or d.code == "L012"]


def test_what_an_edge_lacks_is_counted() -> None:
    """As many positions more as the help of L015 says, and every window fits; with fewer, it says so of what is missing."""
    source = "net N {{\n  input image: 3x10x11\n  c: Conv(8, 4, 4, padding={}) -> ReLU\n}}\n"
    (told,) = [d for d in cnndsl.parse(source.format(0)).check() if d.code == "L015"]
    assert "pad by 2 rows and 1 column more at the end" in (told.help or "")
    assert not [d for d in cnndsl.parse(source.format("[[0, 2], [0, 1]]")).check() if d.code == "L015" or d.is_error]
    assert [d for d in cnndsl.parse(source.format("[[0, 1], [0, 1]]")).check() if d.code == "L015"]
