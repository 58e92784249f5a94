"""Parameters, what trains of them, the bytes of all that is stored; multiply–adds."""

from __future__ import annotations

import pytest

from cnndsl.analysis import Setting
from cnndsl.compiler import parse
from cnndsl.network import Network
from cnndsl.symbols import symbol
from tests.build import Build, op


def test_columns_and_totals() -> None:
    network = parse(
        """net N {
          input x: 3x8x8
          @frozen c: Conv(4, 3, padding=1, bias=false)
          n: BatchNorm
          Flatten -> f: Linear(10)
        }"""
    ).net()
    columns = network.findings.columns
    assert columns["params"] == [0, 108, 8, 0, 2570]
    assert columns["trainable"] == [0, 0, 8, 0, 2570]
    assert columns["macs"] == [0, 108 * 64, 0, 0, 2560]
    assert (network.params, network.trainable, network.macs) == (2686, 2578, 108 * 64 + 2560)
    buffers = 2 * 4 * 4 + 8  # running mean and variance, and a counter in int64
    assert network.totals["weight_bytes"] == 4 * 2686 + buffers


@pytest.mark.parametrize(("dtype", "size"), [("float64", 8), ("float16", 2), ("bfloat16", 2)])
def test_buffers_keep_their_own_dtype(dtype: str, size: int) -> None:
    b = Build()
    b.input("x", (4, 8))
    b("BatchNorm")
    assert Network(b.done().ir, Setting(1, dtype)).totals["weight_bytes"] == 16 * size + 8


def test_an_extern_whose_tensors_are_unknown() -> None:
    network = parse(
        """extern Foreign() {
          input x: [c, h, w]
          output_shape = [c, h, w]
          params = 100
          macs = 7 * h
          rf = 3
        }
        net N { input x: 2x8x8
          @frozen Foreign() -> Foreign() }"""
    ).net()
    assert (network.params, network.trainable, network.totals["weight_bytes"], network.macs) == (200, 100, 800, 112)


def test_a_shared_layer_counts_its_parameters_once_and_its_work_each_time() -> None:
    network = parse(
        """net N {
          input a: 1x8x8
          input b: 1x8x8
          a -> c: Conv(2, 3) as fa
          b -> c as fb
          add(fa, fb)
        }"""
    ).net()
    assert network.findings.columns["params"] == [0, 0, 20, 0, 0]
    assert network.macs == 2 * 18 * 36


def test_open_sizes() -> None:
    b = Build()
    h = symbol("H")
    b.input("x", (3, h, h))
    b.layer("c", op("Conv", 4, 3, padding=1, stride=2))
    half = (h - 1) // 2 + 1
    assert b.done().macs == 4 * 27 * half * half
