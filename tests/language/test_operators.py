"""Precedence and associativity are Python's: random expressions, held against Python itself."""

from __future__ import annotations

from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from cnndsl import syntax
from cnndsl.source import Source

NUMBERS = st.integers(0, 9).map(str)


def joined(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Larger sums and products."""
    signs = st.sampled_from(["+", "-", "*", "//", "%"])
    two = st.tuples(parts, signs, parts).map(" ".join)
    power = st.tuples(st.sampled_from("23"), st.sampled_from(["** 2", "** -1", "** 2 ** 0"])).map(" ".join)
    return st.one_of(two, power, parts.map("-{}".format), parts.map("({})".format))


SUMS = st.recursive(NUMBERS, joined, max_leaves=12)
COMPARED = st.tuples(SUMS, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), SUMS).map(" ".join)


def combined(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Larger conditions."""
    two = st.tuples(parts, st.sampled_from(["and", "or"]), parts).map(" ".join)
    return st.one_of(two, parts.map("not {}".format), parts.map("({})".format))


CONDITIONS = st.recursive(COMPARED, combined, max_leaves=5)


class Nothing:
    """A scope that binds no name, and opens nothing."""

    def value(self, found: Any) -> Any:
        return found


@given(st.one_of(SUMS, CONDITIONS))
def test_an_expression_means_what_python_takes_it_for(text: str) -> None:
    try:
        wanted = eval(text)
    except ZeroDivisionError:
        assume(False)
    assert syntax.expression(Source(text), 0).evaluate(Nothing()) == wanted  # type: ignore[arg-type]
