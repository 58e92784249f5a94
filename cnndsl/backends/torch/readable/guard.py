"""A guard of parameters: nets elaborated with other values of what their classes offer, for the writer to see as well."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from ....budget import Budget
from ....diagnostics import Located, Report, TooLarge
from ....elaborate import Elaborator
from ....graph import Graph
from ....model import Declared
from ....op import Shape
from ....ports import Request
from ....scopes import Poisoned
from ....sweeping import unswept
from ....trace import Event, Tracer


class Other(NamedTuple):
    """A net with another value of one parameter: its expansion, and that of the network that it is a variant of."""

    graph: Graph
    root: Event
    model: Event
    parameter: str


def others(model: Event, parameter: str, sizes: dict[str, Shape] | None, layers: int) -> Iterator[Other]:
    """The variants of a network's expansion that the program accepts, the most telling first.

    `sizes` are those that were asked for of the inputs; `layers` bounds how many layers a variant may have. What a net
    asserts of its figures is not asked: it holds for its defaults.
    """
    run, declared = model.run, model.declared
    assert run.env is not None
    assert declared is not None
    for value in changed(run.env.names[parameter]):
        names = {param.name: run.env.names[param.name] for param in declared.params} | {parameter: value}
        given = tuple((name, one, declared.span) for name, one in names.items())
        found = elaborated(declared, Request(given, sizes), layers)
        if found is not None:
            yield Other(found.graph, found.root.of("expansion")[0], model, parameter)


def elaborated(declared: Declared, request: Request, layers: int) -> Tracer | None:
    """A net with its trail; None where the program does not accept the request."""
    tracer = Tracer(Report(), Budget(layers))
    try:
        with unswept():
            Elaborator.net(tracer, declared, request)
    except (Located, Poisoned, TooLarge, RecursionError):
        return None
    return None if tracer.report.has_errors else tracer


def changed(value: Any) -> Iterator[Any]:
    """Other values of the same kind."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (one for one in dict.fromkeys((value * 2, value * 3, value + 1, value - 1)) if one > 0 and one != value)
    elif isinstance(value, float):
        yield value / 2 or 0.5
    elif isinstance(value, tuple) and value:
        yield from rows(value)


def rows(value: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """Other lists: longer with other items, as long with other items, longer or shorter."""
    if all(type(one) is int for one in value):
        items = tuple(one * (2 + place % 2) for place, one in enumerate(value))
        yield (*items, items[-1] * 2)
        yield items
    yield (*value, value[-1])
    yield value[:-1]
