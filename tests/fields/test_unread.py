"""What no output reads: against the supports of all output units, and in words."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import cnndsl
from cnndsl.fields.unread import Unread, sentence, unread
from tests.conftest import Ran

NETS = [
    "net N { input x: 2x7x9\n Conv(2, 3, stride=3) }",
    "net N { input x: 2x7x9\n Conv(2, 1, stride=2, groups=2) -> AvgPool(2) }",
    "net N { input x: 3x6x6\n Conv(2, 2, dilation=3, stride=2) }",
    "net N { input x: 1x7\n Conv(1, 2, stride=3) }",
]


def brute(net: cnndsl.Network) -> np.ndarray:
    """The numbers that are in no output unit's support."""
    (path, shape), *_ = [(layer.path, layer.output) for layer in reversed(net.layers)]
    found = np.zeros(next(iter(net.inputs.values())), bool)
    for channel, *place in itertools.product(*(range(n) for n in shape if isinstance(n, int))):
        found |= net.support(path, channel, *place)
    return ~found


@pytest.mark.parametrize("program", NETS)
def test_what_is_unread_is_in_no_support(program: str) -> None:
    net = cnndsl.parse(program).net()
    missing = brute(net)
    assert missing.any()
    (told,) = unread(net).values()
    assert told.numbers == missing.sum()
    rebuilt = np.zeros(missing.shape, bool)
    rebuilt[list(told.channels)] = True
    for axis, places in enumerate(told.axes, 1):
        rebuilt[(slice(None),) * axis + (list(places),)] = True
    assert not (rebuilt & ~missing).any()
    assert (missing & ~rebuilt).sum() == told.others


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Unread("image", 0, False, (), ((), ()), 0), ""),
        (Unread("image", 5, True, (0,), ((), ()), 0), "No output reads image."),
        (Unread("image", 447, False, (), ((223,), (223,)), 0), "Row 223 and column 223 of image are read by no output."),
        (Unread("image", 9, False, (), ((), (7,)), 0), "Column 7 of image is read by no output."),
        (Unread("x", 9, False, (1,), ((0, 1, 2, 5), ()), 0), "Channel 1 and rows 0 to 2, 5 of x are read by no output."),
        (Unread("x", 1, False, (), ((), ()), 1), "1 number of x is read by no output."),
        (Unread("x", 9, False, (), ((3,), ()), 2000), "Row 3 and 2,000 other numbers of x are read by no output."),
        (Unread("x", 9, False, (), (tuple(range(1, 40, 2)),), 0), "20 positions (1, 3, 5, 7, … 39) of x are read by no output."),
        (Unread("x", 9, False, (), ((1,), (), (2, 3)), 0), "Slice 1 and columns 2 to 3 of x are read by no output."),
    ],
)
def test_in_words(found: Unread, words: str) -> None:
    assert sentence(found) == words


def test_open_sizes_say_nothing() -> None:
    assert unread(cnndsl.parse("net N { input x: [1, H, 8]\n Conv(1, 3, stride=3) }").net()) == {}


HUGE = "net N {\n input x: 3x100000x100000\n c: Conv(8, 3, padding=1) -> MaxPool(50000, 50000)\n}"


@pytest.mark.parametrize("answer", ["support", "paths", "influence", "projective_field", "window", "unread"])
def test_what_is_too_large_is_refused_before_any_work(answer: str) -> None:
    unit = {"window": ("c",), "unread": ()}.get(answer, ("c", 0, 3, 3))
    with pytest.raises(cnndsl.Problem, match="x has 30,000,000,000 numbers") as caught:
        getattr(cnndsl.parse(HUGE).net(), answer)(*unit)
    assert caught.value.code == "E0701"
    assert "--input" in str(caught.value.help)


def test_the_growth_of_a_large_image_is_shown_without_what_is_unread(tmp_path: Path, cli: Callable[..., Ran]) -> None:
    (tmp_path / "n.cnn").write_text(HUGE)
    ran = cli("rf", str(tmp_path / "n.cnn"))
    assert (ran.code, "50002" in ran.out, "not looked for: x has 30,000,000,000 numbers" in ran.out) == (0, True, True)
