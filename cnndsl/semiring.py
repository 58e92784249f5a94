"""What is carried along the paths of a network: whether, how often, from where, as arrays with one way to join them."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]

WIDEST = 2**62  # above it, int64 could wrap in silence at the next sum: Python's own integers go on


class Semiring(NamedTuple):
    """`join` adds what arrives along two paths, `nothing` is its neutral element, `dtype` that of the arrays.

    `repeats`: whether the same thing along two paths is more than along one.
    """

    join: np.ufunc
    nothing: Any
    dtype: Any
    repeats: bool = False

    def empty(self, shape: tuple[int, ...], like: Array) -> Array:
        """An array of nothing; of Python integers where the other one is."""
        return np.full(shape, self.nothing, like.dtype if like.dtype == object else self.dtype)

    def times(self, values: Array, number: int) -> Array:
        """The same thing along so many paths."""
        return self.room(values, number) * number if self.repeats else values

    def room(self, values: Array, number: int) -> Array:
        """The values, so kept that a sum of so many of them cannot wrap."""
        counted = self.repeats and values.dtype == np.int64 and values.size
        return values.astype(object) if counted and int(values.max()) * number > WIDEST else values


WHETHER = Semiring(np.logical_or, False, np.bool_)
HOW_OFTEN = Semiring(np.add, 0, np.int64, repeats=True)
HOW_MUCH = Semiring(np.add, 0.0, np.float64, repeats=True)
EARLIEST = Semiring(np.minimum, np.iinfo(np.int64).max, np.int64)
LATEST = Semiring(np.maximum, np.iinfo(np.int64).min, np.int64)
