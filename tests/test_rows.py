"""Rows of a report: headings, folding, sums, shared calls."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnndsl.compiler import load, parse
from cnndsl.diagnostics import Problem
from cnndsl.network import Network
from cnndsl.rows import Row, outline, rows
from cnndsl.symbols import Dim

ROOT = Path(__file__).parents[1]
TEXT = """
block Residual(c) { add { | conv: Conv(c, 3, padding=1) -> bn: BatchNorm | _ } -> ReLU }
net N {
  input image: 3x16x16
  stem: { Conv(8, 3, stride=2, padding=1) -> ReLU }
  stage: { Residual(8) * 2 }
  GlobalAvgPool -> Flatten
  @frozen fc: Linear(10)
}
"""


def drawn(table: list[Row]) -> list[str]:
    return [f"{'  ' * row.level}{row.name} {row.text}" for row in table]


def test_outline() -> None:
    assert drawn(outline(parse(TEXT).net())) == [
        "stem { … }",
        "  0 Conv(8, 3, stride=2, padding=1)",
        "  1 ReLU",
        "stage { … }",
        "  0 Residual",
        "    conv Conv(8, 3, padding=1)",
        "    bn BatchNorm",
        "    add add(bn, stem.1)",
        "    2 ReLU",
        "  1 Residual",
        "    conv Conv(8, 3, padding=1)",
        "    bn BatchNorm",
        "    add add(bn, stage.0.2)",
        "    2 ReLU",
        "2 GlobalAvgPool",
        "3 Flatten",
        "fc @frozen Linear(10)",
    ]


def test_depth() -> None:
    network = parse(TEXT).net()
    assert drawn(outline(network, 2)) == [
        "stem { … }",
        "  0 Conv(8, 3, stride=2, padding=1)",
        "  1 ReLU",
        "stage { … }",
        "  0 Residual",
        "  1 Residual",
        "2 GlobalAvgPool",
        "3 Flatten",
        "fc @frozen Linear(10)",
    ]
    folded = rows(network, 1)
    tail = ["2 GlobalAvgPool", "3 Flatten", "fc @frozen Linear(10)"]
    assert drawn(folded) == ["stem { … }", "stage { … }", *tail]
    assert [row.words for row in folded[:3]] == ["{ … }, 2 layers", "{ … }, 8 layers", "GlobalAvgPool"]
    assert [(row.layers, row.line) for row in folded] == [(2, 5), (8, 6), (1, 7), (1, 7), (1, 8)]
    stage = folded[1]
    assert (stage.path, stage.output, stage.params, stage.macs, stage.memory) == ("stage", (8, 8, 8), 1200, 73_728, 8 * 2048)
    assert stage.rf == network.receptive_field("stage")


@pytest.mark.parametrize("depth", [None, 1, 2, 3])
@pytest.mark.parametrize("program", ["attention", "siamese", "unet_loops", "inception"])
def test_sums_are_the_totals_at_any_depth(program: str, depth: int | None) -> None:
    source = load(ROOT / "examples" / f"{program}.cnn")
    for name in source.nets:
        if source.is_template(name):
            continue
        network: Network = source.net(name)
        found = rows(network, depth)
        assert sum(row.layers for row in found) == len(network)
        for figure, of in [("params", "params"), ("trainable", "trainable"), ("macs", "macs"), ("activation_bytes", "memory")]:
            whole: Dim = 0
            for row in found:
                whole = whole + getattr(row, of)
            assert whole == network.totals[figure]


def test_a_shared_block_has_rows_of_its_own_for_each_call() -> None:
    network = parse(
        """
        block Tower { c: Conv(4, 3) -> ReLU }
        net N {
          input a: 1x8x8
          input b: 1x8x8
          a -> tower: Tower as fa
          b -> tower as fb
          sub(fa, fb)
        }"""
    ).net()
    assert drawn(outline(network)) == [
        "tower Tower",
        "  c Conv(4, 3)",
        "  1 ReLU",
        "tower Tower again",
        "  c Conv(4, 3)",
        "  1 ReLU",
        "sub sub(tower.1, tower.1@2)",
    ]
    first, second, _ = rows(network, 1)
    assert (first.text, first.params, first.shared) == ("Tower", 40, False)
    assert (second.text, second.params, second.shared, second.macs) == ("Tower again", 0, True, first.macs)


def test_a_merge_of_many_says_how_many() -> None:
    arms = " | ".join(f"a{i}: Conv(1, 1)" for i in range(5))
    assert rows(parse(f"net N {{ input x: 1x4x4\n cat {{ | {arms} }} }}").net())[-1].text == "cat of 5 values"


def test_nothing_is_no_depth() -> None:
    with pytest.raises(Problem, match="a depth of 0 shows nothing"):
        rows(parse(TEXT).net(), 0)
