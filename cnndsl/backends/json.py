"""Networks to JSON, the contract for scripts: `schema.json` beside this file says every field; a layer or block has a line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ..backend import Options
from ..field import Field
from ..network import Layer, Network
from ..op import Shape, Weight, spatial
from ..rows import Row, rows
from ..sizes import conditions, ties
from ..symbols import Dim, names

SCHEMA = 1  # grows when a field changes its meaning; that there are more fields is no change


def render(networks: Sequence[Network], options: Options) -> str:
    """All networks with all their layers; with a depth also folded, as `blocks`."""
    return f'{{"schema": {SCHEMA}, "networks": [\n' + ",\n".join(text(one, options.depth) for one in networks) + "\n]}\n"


def text(network: Network, depth: int | None) -> str:
    """One network; written by hand but for its parts, so that each layer has its line."""
    extents = {name: spatial(shape) for name, shape in network.inputs.items()}
    head = json.dumps(described(network), ensure_ascii=False)
    if any(names(size) for shape in network.inputs.values() for size in shape):
        head = f"{head[:-1]}, {json.dumps(open_sizes(network), ensure_ascii=False)[1:]}"
    parts = listed("layers", [layer_of(layer, network, extents) for layer in network.layers])
    if depth is not None:
        parts += f', "depth": {depth}, ' + listed("blocks", [block_of(row, extents) for row in rows(network, depth)])
    return f" {head[:-1]}, {parts}}}"


def listed(name: str, items: Sequence[dict[str, Any]]) -> str:
    body = ",\n".join(f"  {json.dumps(item, ensure_ascii=False)}" for item in items)
    return f'"{name}": [\n{body}\n ]'


def described(network: Network) -> dict[str, Any]:
    """All but the layers."""
    figures = ("params", "trainable", "macs", "weight_bytes", "activation_bytes", "peak_bytes", "train_peak_bytes")
    totals = {name: plain(network.totals[name]) for name in figures}
    return {
        "name": network.name,
        "inputs": {name: shape_of(shape) for name, shape in network.inputs.items()},
        "outputs": {name: shape_of(shape) for name, shape in network.outputs.items()},
        "batch": network.setting.batch,
        "dtype": network.setting.dtype,
        "totals": totals | {name: network.totals[name] for name in ("feature_map", "coverage")},
    }


def open_sizes(network: Network) -> dict[str, Any]:
    """For which sizes the network works; one of which that is not known is left out."""
    return {
        "conditions": [
            {
                "size": one.name,
                "period": one.period,
                "remainders": list(one.remainders),
                "from": one.start,
                "also": list(one.below),
                "refused_by": list(one.by),
                "too_small_for": list(one.least),
            }
            for one in conditions(network.ir)
        ],
        "equations": [{"left": str(tie.left), "right": str(tie.right), "path": tie.node.key} for tie in ties(network.ir)],
    }


def layer_of(layer: Layer, network: Network, extents: dict[str, Shape]) -> dict[str, Any]:
    return {
        "path": layer.path,
        "op": layer.op,
        "inputs": [shape_of(shape) for shape in layer.inputs],
        "output": shape_of(layer.output),
        "params": layer.params,
        "macs": plain(layer.macs),
        "line": layer.line,
        "call": layer.call,
        "weights": [weight_of(weight, network.setting.dtype) for weight in layer.weights],
        "rf": fields_of(layer, extents),
    }


def block_of(row: Row, extents: dict[str, Shape]) -> dict[str, Any]:
    """A row of the table folded to a depth."""
    return {
        "path": row.path,
        "text": row.text,
        "layers": row.layers,
        "output": shape_of(row.output),
        "params": row.params,
        "trainable": row.trainable,
        "macs": plain(row.macs),
        "memory_bytes": plain(row.memory),
        "line": row.line,
        "call": row.call,
        "rf": fields_of(row, extents),
    }


def fields_of(layer: Layer | Row, extents: dict[str, Shape]) -> dict[str, Any] | None:
    """The receptive field, of several inputs one for each by name; null where nothing of an input arrives."""
    if isinstance(layer.rf, dict):
        return {name: field.to_json(extents[name]) if field else None for name, field in layer.rf.items()}
    return layer.rf.to_json(next(iter(extents.values()))) if isinstance(layer.rf, Field) else None


def weight_of(weight: Weight, dtype: str) -> dict[str, Any]:
    return {
        "name": weight.name,
        "shape": list(weight.shape),
        "dtype": weight.dtype or dtype,
        "trainable": weight.trainable and not weight.buffer,
        "buffer": weight.buffer,
    }


def shape_of(shape: Shape) -> list[int | str]:
    return [size if isinstance(size, int) else str(size) for size in shape]


def plain(value: Dim | None) -> int | str | None:
    """A number, the formula of one that is open, or null."""
    return value if isinstance(value, int) or value is None else str(value)
