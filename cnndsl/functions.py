"""The functions of the language by name: what each takes, and what it gives."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from .expressions import kind_of


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """`takes` gives each parameter its check; of the last `optional` the defaults are the function's own.

    `variadic`: the one parameter takes any number of values, or a list of them. `sized`: it also does with sizes that
    are open. `compute` may raise ValueError with a sentence.
    """

    name: str
    takes: Mapping[str, Callable[[Any], None]]
    compute: Callable[..., Any]
    optional: int = 0
    variadic: bool = False
    sized: bool = False

    @property
    def described(self) -> str:
        return f"the function {self.name}"


# ---- what a parameter takes: each check raises TypeError with what is wanted -------------


def number(value: Any) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"a number is wanted, and this is {kind_of(value)}")


def digits(value: Any) -> None:
    if type(value) is not int or abs(value) > 100:
        raise TypeError(f"the number of digits is wanted, and this is {kind_of(value)}")


def items(value: Any) -> None:
    if not isinstance(value, tuple):
        raise TypeError(f"a list is wanted, and this is {kind_of(value)}")


def numbers(value: Any) -> None:
    items(value)
    for one in value:
        number(one)


def truths(value: Any) -> None:
    items(value)
    for one in value:
        if not isinstance(one, bool):
            raise TypeError(f"true and false are wanted, and this is {kind_of(one)}")


def lists(value: Any) -> None:
    for one in value:
        items(one)


# ---- what it gives ----------------------------------------------------------------


def rounded(value: float, places: int = 0) -> float | int:
    return round(value, places) if places else round(value)


def root(value: float) -> float:
    if value < 0:
        raise ValueError(f"{value:g} is negative")
    return math.sqrt(value)


def logarithm(value: float) -> float:
    if value <= 0:
        raise ValueError(f"{value:g} is not above 0")
    return math.log2(value)


def extremum(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def over(values: tuple[Any, ...]) -> Any:
        if not values:
            raise ValueError("the list is empty")
        return function(values)

    return over


def pairs(values: tuple[tuple[Any, ...], ...]) -> tuple[Any, ...]:
    if len({len(one) for one in values}) > 1:
        raise ValueError("the lists have " + " and ".join(str(len(one)) for one in values) + " items")
    return tuple(zip(*values, strict=True))


ONE = {"x": number}
TABLE = (
    Function("int", ONE, int),
    Function("float", ONE, float),
    Function("round", {"x": number, "digits": digits}, rounded, optional=1),
    Function("abs", ONE, abs),
    Function("floor", ONE, math.floor),
    Function("ceil", ONE, math.ceil),
    Function("sqrt", ONE, root),
    Function("log2", ONE, logarithm),
    Function("max", {"values": numbers}, extremum(max), variadic=True),
    Function("min", {"values": numbers}, extremum(min), variadic=True),
    Function("sum", {"values": numbers}, sum),
    Function("len", {"list": items}, len, sized=True),
    Function("any", {"list": truths}, any),
    Function("all", {"list": truths}, all),
    Function(
        "enumerate",
        {"list": items, "start": number},
        lambda values, start=0: tuple(enumerate(values, start)),
        optional=1,
        sized=True,
    ),
    Function("reversed", {"list": items}, lambda values: values[::-1], sized=True),
    Function("zip", {"lists": lists}, pairs, variadic=True, sized=True),
)
FUNCTIONS = {function.name: function for function in TABLE}
