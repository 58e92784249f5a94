"""The benchmarks' own arithmetic: turns, intervals, the best batch; and that modules are compared at all."""

from __future__ import annotations

from functools import partial
from math import comb

import pytest
import torch

from ..specs import peer
from . import capacity, modules, timing
from .modules import Place


def test_calls_come_in_turn() -> None:
    called: list[str] = []
    found = timing.in_turn({name: partial(called.append, name) for name in "abc"}, 0, Place("cpu"))
    assert "".join(called) == "abc" + "abcbcacab" * 2  # once for warmth, then each round from another one on
    assert {name: len(times) for name, times in found.items()} == dict.fromkeys("abc", 6)


@pytest.mark.parametrize("size", [1, 5, 6, 9, 20, 101, 200])
def test_intervals_hold_the_median(size: int) -> None:
    """Sorted values cut by so many hold it with 95 %, and cut by one more do not; of five or fewer none can be spared."""
    cut = timing.outside(size)
    missed = [2 * sum(comb(size, below) for below in range(end + 1)) / 2**size for end in (cut, cut + 1)]
    assert missed[0] <= 0.05 or size < 6
    assert missed[1] > 0.05


def test_ratios_are_of_pairs() -> None:
    found = timing.ratio([2.0, 40.0, 6.0, 8.0, 100.0, 12.0], [1.0, 20.0, 3.0, 4.0, 100.0, 4.0])
    assert found == (2.0, 1.0, 3.0)
    assert str(found) == "2.000 (1.000–3.000)"


def test_the_best_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Doubled until it brings no more, or does not fit."""
    speeds = {8: 100.0, 16: 190.0, 32: 300.0, 64: 305.0, 128: 1000.0}
    monkeypatch.setattr(capacity, "rate", lambda call, batch, place: speeds[batch])
    assert capacity.best(lambda batch: list, Place("cpu")) == (305.0, 64)

    def tight(batch: int) -> type[list[int]]:
        if batch > 16:
            raise torch.OutOfMemoryError
        return list

    assert capacity.best(tight, Place("cpu")) == (190.0, 16)


@pytest.mark.slow
def test_modules_are_compared(capsys: pytest.CaptureFixture[str]) -> None:
    torchvision = peer.torchvision()
    if torchvision is None:
        pytest.skip("torchvision is not installed")
    modules.run(["--nets", "mobilenet_v2", "--threads", "1", "--batch", "1", "--seconds", "0"])
    head, blank, place, titles, forward, backward = capsys.readouterr().out.splitlines()
    assert head.startswith("Modules beside torchvision's, with the same weights: ms a call, medians (")
    assert (blank, place) == ("", "1 thread")
    assert titles.split()[:8] == ["network", "call", "batch", "torchvision", "cnndsl", "ratio", "goal", "1.02"]
    assert titles.split()[8:] == ["inference", "ratio", "goal", "0.83"]
    assert forward.split()[:3] == ["mobilenet_v2", "forward", "1"]
    assert backward.split()[:4] == ["mobilenet_v2", "and", "backward", "1"]
