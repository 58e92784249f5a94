"""Every lint finds what it is for, at its place, and leaves alone what is in order."""

from __future__ import annotations

from pathlib import Path

import pytest

import cnndsl
from cnndsl import lint

ROOT = Path(__file__).parents[2]
HEAD = "net N {\n  input x: 3x32x32\n"
FOUND = [  # code, body, the text under the main place
    ("L001", "  a: Conv(8, 3)\n  Conv(8, 3)\n", "Conv(8, 3)"),
    ("L001", "  f: { c: Conv(8, 3) -> BatchNorm }\n", "BatchNorm"),
    ("L002", "  default Conv(bias = false)\n  MaxPool(2)\n", "bias = false"),
    ("L002", "  default Conv(bias = false)\n  c: Conv(8, 3, bias=true)\n", "bias = false"),
    ("L003", "  add { | Conv(3, 1) }\n", "add"),
    ("L003", "  ReLU as y\n  cat(y)\n", "cat(y)"),
    ("L004", "  Conv(3, 16, 3)\n", "Conv(3, 16, 3)"),
    ("L004", "  ConvTranspose(3, 16, 2, 2)\n", "ConvTranspose(3, 16, 2, 2)"),
    ("L005", "", "N"),
    ("L006", "  act = ReLU\n  Tanh\n", "act = ReLU"),
    ("L006", "  ReLU\n  if true { conv1 = Conv(8, 3) }\n", "conv1 = Conv(8, 3)"),
]
CLEAN = [
    "  Conv(8, 3) -> BatchNorm -> ReLU\n",  # all by position
    "  a: Conv(8, 3) -> ReLU -> MaxPool(2)\n",  # what is unlabelled stores nothing
    "  default Conv(bias = false)\n  c: Conv(8, 3)\n",
    "  a: { Conv(8, 3) -> BatchNorm }\n",
    "  add { for i in 1..1 { | Conv(3, 1) } }\n",  # as many as the loop makes
    "  list { | ReLU | Tanh } as xs\n  cat(xs)\n",
    "  for n in 0..1 { add { | if n > 0 { | _ } | ReLU } }\n",
    "  Conv(3, kernel_size=16, stride=3)\n",
    "  Conv(3, 31, padding=15, groups=3)\n",
    "  Conv(3, 16, 16)\n",
    "  n = 1\n  for i in n..2 { conv$i: Conv(8, 3) }\n",
    "  i = 1\n  conv$i: Conv(8, 3)\n",
]


@pytest.mark.parametrize(("code", "body", "place"), FOUND)
def test_it_finds(code: str, body: str, place: str) -> None:
    found = cnndsl.parse(f"{HEAD}{body}}}").check()
    assert [(d.code, d.severity, d.span.text) for d in found] == [(code, "warning", place)]


@pytest.mark.parametrize("body", CLEAN)
def test_it_leaves_alone(body: str) -> None:
    assert cnndsl.parse(f"{HEAD}{body}}}").check() == ()


TEMPLATE = "default BatchNorm(eps = 0.01)\nnet T(c) {\n  input x: 3x8x8\n  Conv(c, 3) -> BatchNorm\n}\n"


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
    assert set(codes) == {code for code, _, _ in FOUND}


@pytest.mark.parametrize("path", sorted([*ROOT.glob("specs/*.cnn"), *ROOT.glob("examples/*.cnn")]), ids=lambda p: p.stem)
def test_what_ships_is_clean(path: Path) -> None:
    findings = [d for d in cnndsl.load(path).check() if d.severity != "note"]
    assert not findings
