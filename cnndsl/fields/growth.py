"""A network to the growth of its receptive fields: a row for each layer, and the first that covers the input."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, NamedTuple

from ..field import Field
from ..figures import Seen
from ..network import Network
from ..op import Shape, spatial
from ..rows import Row, rows


class Step(NamedTuple):
    """A row that sees an input, and its field there.

    `share` is the part of the input's extent that the field has, by the axis where that is least (above 1: it reaches
    over the borders); None where it is not known.
    """

    row: Row
    field: Field
    share: float | None


@dataclass(frozen=True)
class Growth:
    """The rows that see an input, from the input on; `extent` are its spatial sizes."""

    input: str
    extent: Shape
    steps: list[Step]

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    @property
    def covering(self) -> Step | None:
        """The first row whose field is as large as the input, and is known to be."""
        return next((step for step in self if step.share is not None and step.share >= 1), None)


def growths(network: Network, depth: int | None = None) -> list[Growth]:
    """One for each input."""
    found = rows(network, depth)
    return [Growth(name, spatial(shape), list(steps(found, name, spatial(shape)))) for name, shape in network.inputs.items()]


def alike(found: Sequence[Growth]) -> list[Growth]:
    """Inputs of the same sizes with the same growth as one, named together."""
    together: dict[tuple[object, ...], list[Growth]] = {}
    for growth in found:
        key = (growth.extent, *((step.row.path, step.field) for step in growth))
        together.setdefault(key, []).append(growth)
    return [Growth(" and ".join(growth.input for growth in same), same[0].extent, same[0].steps) for same in together.values()]


def steps(found: list[Row], name: str, extent: Shape) -> Iterator[Step]:
    for row in found:
        field = field_in(row.rf, name)
        if field is not None:
            yield Step(row, field, share(field, extent))


def field_in(seen: Seen, name: str) -> Field | None:
    return seen.get(name) if isinstance(seen, Mapping) else seen


def share(field: Field, extent: Shape) -> float | None:
    """The part of the input's extent that every unit's field has, by the axis where that is least."""
    parts = []
    for size, n in zip(field.size_min, extent, strict=True):
        if size is None or not isinstance(n, int):
            return None
        parts.append(size / n)
    return min(parts, default=None)


def record(growth: Growth) -> dict[str, Any]:
    """As JSON has it: sizes, strides and starts as in the report of `analyze`."""
    covering = growth.covering
    return {
        "input": growth.input,
        "extent": [n if isinstance(n, int) else str(n) for n in growth.extent],
        "covered_by": covering.row.path if covering else None,
        "layers": [
            {
                "path": row.path,
                "call": row.call,
                "text": row.words,
                "layers": row.layers,
                "rf": field.to_json(growth.extent),
                "share": None if share == inf else share,
            }
            for row, field, share in growth
        ],
    }
