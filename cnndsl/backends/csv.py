"""Networks to CSV: a line for each layer or folded block of each, sizes as 6x28x28, figures without separators."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from io import StringIO
from math import inf

from ..backend import Options
from ..field import Field
from ..network import Layer, Network
from ..op import Shape, spatial
from ..rows import Row, rows
from ..symbols import Symbolic, wrapped

COLUMNS = (
    *("network", "path", "op", "call", "inputs", "output", "params", "trainable", "macs", "memory_bytes"),
    *(
        "rf_size",
        "rf_size_min",
        "rf_stride",
        "rf_start",
        "rf_global",
        "rf_gated",
        "rf_statistics",
        "rf_varies",
        "text",
        "line",
        "layers",
    ),
)


def render(networks: Sequence[Network], options: Options) -> str:
    """All layers; with a depth, a scope that is folded has one line, which names no op and no inputs.

    Where everything is seen, the size is the input's and there is no stride. What is different for each of several inputs
    is written `a:5x5 b:7x7`. The sums of a column are the same at every depth.
    """
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for network in networks:
        writer.writerows(lines(network, options.depth))
    return out.getvalue()


def lines(network: Network, depth: int | None) -> Iterator[tuple[object, ...]]:
    if depth is None:
        yield from (line(network, layer) for layer in network.layers)
        return
    layers = {(layer.path, layer.call): layer for layer in network.layers}
    for row in rows(network, depth):
        yield block(network, row) if row.kind == "scope" else line(network, layers[row.path, row.call])


def block(network: Network, row: Row) -> tuple[object, ...]:
    figures = (row.params, row.trainable, row.macs, row.memory)
    head = (network.name, row.path, "", row.call, "", shape(row.output))
    return (*head, *figures, *fields(network, row), row.text, row.line, row.layers)


def line(network: Network, layer: Layer) -> tuple[object, ...]:
    inputs = " ".join(map(shape, layer.inputs))
    figures = (layer.params, layer.trainable, layer.macs, layer.memory)
    head = (network.name, layer.path, layer.op, layer.call, inputs, shape(layer.output))
    return (*head, *figures, *fields(network, layer), layer.text, layer.line, 1)


def fields(network: Network, layer: Layer | Row) -> list[str]:
    """The eight columns of the receptive field."""
    if layer.rf is None:
        return [""] * 8
    if isinstance(layer.rf, Field):
        return field_of(layer.rf, next(iter(network.inputs.values())))
    found = [(name, field_of(field, network.inputs[name])) for name, field in layer.rf.items() if field]
    return [" ".join(f"{name}:{texts[place]}" for name, texts in found if texts[place]) for place in range(8)]


def field_of(field: Field, source: Shape) -> list[str]:
    whole = spatial(source)
    sizes = [[n if size == inf else size for size, n in zip(sizes, whole, strict=True)] for sizes in (field.size, field.size_min)]
    ways = (field.is_global, field.gated, field.statistics, field.varies)
    return [*map(shape, [*sizes, field.stride, field.start]), *["true" if way else "false" for way in ways]]


def shape(sizes: Sequence[object]) -> str:
    """6x28x28; a formula in parentheses, 8x(H - 2)x(W - 2); what is None is left out."""
    return "x".join(wrapped(size) if isinstance(size, Symbolic) else str(size) for size in sizes if size is not None)
