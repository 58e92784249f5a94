"""Every file terminates: loops, functions, lists, numbers and nesting have limits, each told at its place."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cnndsl.compiler import load, parse

from .programs import body, diagnostics, fault, network, written


@pytest.fixture(autouse=True)
def _soon() -> Iterator[None]:
    """Each answer within seconds."""
    start = time.process_time()
    yield
    assert time.process_time() - start < 20


def test_functions_that_call_themselves_twice() -> None:
    text = "fn f(n) = f(n - 1) + «f(n - 1)» if n > 0 else 1\n"
    fault(text + body("Conv(f(60), 1)"), "E0701", "1,000,000 steps", "--max-layers")


@pytest.mark.parametrize(
    "text",
    [
        "for i in 1..10_000 { «for j in 1..10_000 { }» }",
        "for i in 1..100 { for j in 1..100 { «{ } * 1_000» } }",
        "n = len([«[0 for j in 1..10_000]» for i in 1..10_000])",
        "add { «for i in 1..10_000_000_000 { if false { | ReLU } }» }",
    ],
)
def test_loops_within_loops(text: str) -> None:
    fault(body(text), "E0701", "1,000,000 steps")


def test_lists_that_double() -> None:
    lines = ["a0 = [1, 2]", *(f"a{i + 1} = [a{i}, a{i}]" for i in range(60))]
    (found,) = [d for d in diagnostics(body("\n".join(lines) + "\nConv(4, 1)")) if d.is_error]
    assert (found.code, found.span.text) == ("E0701", "[a11, a11]")
    lines = ["a0 = [1, 2]", *(f"a{i + 1} = a{i} + a{i}" for i in range(60))]
    (found,) = [d for d in diagnostics(body("\n".join(lines))) if d.is_error]
    assert (found.code, found.span.text) == ("E0701", "a12 + a12")


def test_values_that_double() -> None:
    lines = ["list { | _ | _ }" for _ in range(40)]
    found = [d for d in diagnostics(body("\n".join(lines) + "\nadd")) if d.is_error]
    assert [d.code for d in found] == ["E0701"]


def test_texts_that_double() -> None:
    lines = ['a0 = "ab"', *(f"a{i + 1} = a{i} + a{i}" for i in range(60))]
    assert [d.code for d in diagnostics(body("\n".join(lines))) if d.is_error] == ["E0701"]


def test_numbers_that_double() -> None:
    lines = ["a0 = 10", *(f"a{i + 1} = a{i} * a{i}" for i in range(60))]
    assert [d.code for d in diagnostics(body("\n".join(lines))) if d.is_error] == ["E0701"]


@pytest.mark.parametrize("number", ["9" * 5000, "1e999", "9" * 400 + "G"])
def test_numbers_without_end(number: str) -> None:
    assert [d.code for d in diagnostics(body(f"Conv({number}, 1)")) if d.is_error]


def test_blocks_that_branch_without_end() -> None:
    fault("block B(n) { if n > 0 { B(n - 1) -> B(n - 1) } else { «ReLU» } }\n" + body("B(40)"), "E0701", "20,000 layers")
    fault("block B(n) { if n > 0 { B(n - 1) -> «B(n - 1)» } }\n" + body("B(50)"), "E0701", "1,000,000 steps")


@pytest.mark.parametrize(("left", "right"), [("(", ")"), ("[", "]"), ("-", ""), ("not ", "")])
def test_deep_nesting_of_expressions(left: str, right: str) -> None:
    found = diagnostics(body(f"n = {left * 20_000}1{right * 20_000}\nConv(4, 1)"))
    assert [d.code for d in found if d.is_error] in (["E0702"], ["E0701"], ["E0401"], [])


def test_deep_nesting_of_groups() -> None:
    text = body("{ " * 5_000 + "ReLU" + " }" * 5_000)
    assert [d.code for d in diagnostics(text) if d.is_error] in (["E0702"], [])


def test_long_sums() -> None:
    found = diagnostics(body("n = " + " + ".join(["1"] * 20_000) + "\nConv(4, 1)"))
    assert [d.code for d in found if d.is_error] in (["E0702"], [])


def test_many_errors_are_not_all_told() -> None:
    assert len(parse("net N {\n" + "  Conv(8 3)\n" * 5_000 + "}\n").diagnostics) == 50
    assert len(parse("net N {\n" + "  ä: Conv(8)\n" * 5_000 + "}\n").diagnostics) == 50


def test_long_files_of_nothing_but_brackets() -> None:
    for text in ("(" * 50_000, "{" * 50_000, "}" * 50_000, "net N {" * 5_000, '"' * 50_001):
        assert parse(text + "\n").diagnostics


def test_imports_are_32_deep_at_most(tmp_path: Path) -> None:
    files = {f"f{i}": f'from "f{i + 1}.cnn" import B\n' for i in range(40)}
    written(tmp_path, **files, f40="block B { ReLU }\n")
    found = load(tmp_path / "f0.cnn").diagnostics
    assert "E0701" in [d.code for d in found]


def test_what_is_within_the_limits() -> None:
    assert len(network(body("for i in 1..100 { for j in 1..100 { ReLU } }")).layers) == 10_000
    assert network(body("n = sum([i for i in 1..9_999])\nReLU")).params == 0
