"""Every file terminates, soon: loops, functions, lists, numbers and nesting have limits, each told at its place."""

import time
import tracemalloc
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
    assert time.process_time() - start < 10


def test_functions_that_call_themselves_twice() -> None:
    text = "fn f(n) = f(n - 1) + «f(n - 1)» if n > 0 else 1\n"
    fault(text + body("Conv(f(60), 1)"), "E0701", "400,000 steps", "--max-layers")


def test_functions_that_call_each_other() -> None:
    text = "fn f(n) = «g(n - 1)»\nfn g(n) = h(n)\nfn h(n) = f(n - 1)\n"
    found = fault(text + body("Conv(f(3), 1)"), "E0702", "functions go more than 100 deep", "condition that ends it")
    assert found.notes[0] == "g → h → f → g"
    fault("fn f(n) = «f(n - 1)»\n" + body("Conv(f(3), 1)"), "E0702", "f calls itself more than 100 times")


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
    fault(body(text), "E0701", "400,000 steps")


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
    fault("block B(n) { if n > 0 { B(n - 1) -> «B(n - 1)» } else { ReLU } }\n" + body("B(40)"), "E0701", "400,000 steps")
    fault("block B { ReLU -> ReLU -> «ReLU» }\n" + body("B * 1_000_000"), "E0701", "20,000 layers")
    fault("block B(n) { if n > 0 { B(n - 1) -> «B(n - 1)» } }\n" + body("B(50)"), "E0701", "400,000 steps")


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


BRANCHING = "".join(f"block B{i} {{\n  B{i + 1}\n  B{i + 1}\n}}\n" for i in range(12))
SMALL = {  # files of a few hundred bytes
    "comprehensions": body("n = len([[0 for j in 1..10_000] for i in 1..10_000])"),
    "sums": body("n = len([sum(1..10_000) for i in 1..10_000])"),
    "largest": body("xs = 1..10_000\nn = len([max(xs) for i in 1..10_000])"),
    "templates": body("ReLU as m1\nn = len([[m$i for i in 1..1] for j in 1..10_000_000])"),
    "loops": body("for i in 1..10_000 { for j in 1..10_000 { } }"),
    "conditions": body("for i in 1..1_000_000 { if i > 2 { if i > 3 { if i > 4 { n = i } } } }"),
    "repeats": body("{ { { } * 10_000 } * 10_000 } * 10_000"),
    "arms": body("add { for i in 1..1_000 { for j in 1..1_000 { | _ } } }"),
    "small merges": body("for i in 1..1_000_000 { add { | _ | _ | _ } }"),
    "large merges": body("for i in 1..9_000 { ReLU as m$i }\nadd([m$i for i in 1..9_000]) * 9_000"),
    "dense": body("ReLU as m0\nfor i in 1..3_000 { cat([m$j for j in 0..i - 1]) -> Conv(4, 1) as m$i }"),
    "blocks": BRANCHING + "block B12 { ReLU }\n" + body("B0 * 100"),
    "empty blocks": BRANCHING + "block B12 { _ }\n" + body("B0 * 100"),
    "unlike layers": body("for i in 1..18_000 { Conv(3, 3, padding=i, dilation=i) }"),
    "errors": body("for i in 1..1_000_000 { Cnv(8, 99) }"),
    "unlike errors": body("for i in 1..1_000_000 { Conv(8, 99 + i) }"),
    "lists as arguments": body("xs = [0] * 9_999\nfor i in 1..10_000 { Select(xs) }"),
    "nets": "\n".join(
        f"net N{i} {{\n  input x: 3x8x8\n  for i in 1..10_000 {{ for j in 1..10_000 {{ }} }}\n}}" for i in range(9)
    ),
}


@pytest.mark.parametrize("name", SMALL)
def test_small_files_are_refused_soon(name: str) -> None:
    """In about a second and 200 MB; the bounds here leave room for a busy machine."""
    start = time.process_time()
    found = parse(SMALL[name]).check()
    assert time.process_time() - start < 4
    assert "E0701" in {d.code for d in found if d.is_error}


@pytest.mark.parametrize("name", ["blocks", "unlike layers", "unlike errors"])
def test_small_files_do_not_fill_the_memory(name: str) -> None:
    tracemalloc.start()
    try:
        diagnostics(SMALL[name])
        assert tracemalloc.get_traced_memory()[1] < 100e6
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("layer", ["Chunk(«1_000_000»)", "Split(«1»)"])
def test_parts_are_10_000_at_most(layer: str) -> None:
    fault(f"net N {{\n  input x: 1000000x1x1\n  {layer}\n}}\n", "E0701", "1,000,000 parts")
    few = network("net N {\n  input x: 10000x1x1\n  Split(1) -> add\n}\n")
    assert few.layer("0").output[0] == 1


@pytest.mark.parametrize("layer", ["Slice(0, 999_999_999)", "ChannelShuffle(1_000)", "Chunk(2) -> add", "Select([0])"])
def test_channels_that_are_moved_are_a_million_at_most(layer: str) -> None:
    first, arrow, rest = layer.partition(" -> ")
    fault(f"net N {{\n  input x: 1000000000x1x1\n  «{first}»{arrow}{rest}\n}}\n", "E0701", "1,000,000,000 are too many")


def test_the_nets_of_a_file_share_a_limit() -> None:
    nets = "".join(f"net N{i} {{\n  input x: 3x8x8\n  ReLU * {n}\n}}\n" for i, n in enumerate((20_000, 15_000, 6_000)))
    (found,) = parse(nets).check()
    assert (found.code, found.span.line) == ("E0701", 11)
    assert found.title == "the nets of this file take more than 40,000 layers together"
    assert not parse(nets.replace("6000", "5000")).check()


def test_large_networks_are_within_the_limits() -> None:
    """A ResNet of 1,202 layers thrice over, whose blocks are of blocks."""
    unit = "block CBR(c) { Conv(c, 3, padding=1, bias=false) -> BatchNorm -> ReLU }\n"
    unit += "block Unit(c) { add { | CBR(c) -> CBR(c) | _ } -> ReLU }\n"
    assert len(network(unit + body("Conv(8, 3)\nfor i in 1..2_400 { u$i: Unit(8) }")).layers) > 19_000
