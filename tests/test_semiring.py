"""What is carried along paths: whether, and how often, with numbers that never wrap."""

from __future__ import annotations

import numpy as np

from cnndsl.semiring import HOW_MUCH, HOW_OFTEN, WHETHER, WIDEST


def test_the_same_along_many_paths() -> None:
    assert HOW_OFTEN.times(np.array([2, 3]), 5).tolist() == [10, 15]
    assert HOW_MUCH.times(np.array([0.5]), 3).tolist() == [1.5]
    assert WHETHER.times(np.array([True, False]), 5).tolist() == [True, False]


def test_counts_are_exact_beyond_64_bits() -> None:
    large = np.array([WIDEST // 2, 1])
    assert HOW_OFTEN.room(large, 2).dtype == np.int64
    assert HOW_OFTEN.room(large, 3).dtype == object
    assert HOW_OFTEN.times(large, 100).tolist() == [WIDEST // 2 * 100, 100]
    assert HOW_OFTEN.room(np.array([], np.int64), 3).dtype == np.int64
    assert HOW_MUCH.room(np.array([1e300]), 10**9).dtype == np.float64


def test_nothing_is_of_the_kind_of_what_it_stands_beside() -> None:
    assert HOW_OFTEN.empty((2,), np.array([1])).tolist() == [0, 0]
    assert HOW_OFTEN.empty((2,), np.array([2**70], object)).dtype == object
    assert not WHETHER.empty((1,), np.array([True])).any()
