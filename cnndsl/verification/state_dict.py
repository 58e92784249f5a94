"""Every stored tensor by its key: shape, dtype, whether it trains; and the order of all keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

from torch import nn

from ..graph import Node, Path
from ..network import Layer
from ..op import show
from ..verdict import Claim, Unchecked
from .emitted import Bench

ORDER = 2
TITLE = "keys"
METHOD = "the state_dict: keys, their order, shapes, dtypes, what trains"
UNSTATED = "its extern states no keys (`weights`)"


def verify(bench: Bench) -> Iterator[Claim | Unchecked]:
    model = bench.build("meta")
    stored = described(model)
    layers = {layer.path: layer for layer in bench.network.layers if layer.call == 1}
    keys: list[str] = []
    for path in ordered([layer.node for layer in layers.values()]):
        layer = layers[".".join(path)]
        here = under(stored, layer.path)
        if layer.node.op.unlisted(layer.node.io):
            yield Unchecked(UNSTATED, layer.node)
            keys += here
            continue
        said = entries(layer)
        keys += said
        if said or here:
            yield Claim("tensors", list(said.values()), list(here.values()), layer.node)
    for place, (said_key, key) in enumerate(zip_longest(keys, stored)):
        if said_key != key:
            yield Claim(f"key {place + 1}", said_key, key)
            return
    yield Claim("keys", len(keys), len(stored))


def described(model: nn.Module) -> dict[str, str]:
    """Every entry of a state_dict in words."""
    trains = {name: parameter.requires_grad for name, parameter in model.named_parameters()}
    return {
        key: entry(key, tuple(t.shape), str(t.dtype).removeprefix("torch."), trains.get(key))
        for key, t in model.state_dict().items()
    }


def entries(layer: Layer) -> dict[str, str]:
    """The same, as the analysis says it of one layer."""
    found = {}
    for weight in layer.weights:
        key = f"{layer.path}.{weight.name}" if weight.name else layer.path
        found[key] = entry(key, weight.shape, weight.dtype or "float32", None if weight.buffer else weight.trainable)
    return found


def entry(key: str, shape: tuple[int, ...], dtype: str, trains: bool | None) -> str:
    """`fc.weight 10×84 float32`; what is fixed, or a buffer, says so."""
    more = " buffer" if trains is None else "" if trains else " fixed"
    return f"{key} {show(shape) or 'scalar'} {dtype}{more}"


def under(stored: Mapping[str, str], path: str) -> dict[str, str]:
    """The entries of one layer."""
    return {key: words for key, words in stored.items() if key == path or key.startswith(f"{path}.")}


def ordered(nodes: list[Node]) -> Iterator[Path]:
    """Paths in the order of a state_dict: a scope's own tensors first, then child by child as they were registered."""
    scopes: dict[str, Any] = {}
    for node in nodes:
        if not node.op.merge:
            inner = scopes
            for label in node.path[:-1]:
                inner = inner.setdefault(label, {})
            inner.setdefault(node.path[-1], node)
    yield from registered(scopes)


def registered(scope: dict[str, Any]) -> Iterator[Path]:
    own = [node for node in scope.values() if isinstance(node, Node) and any(not w.name for w in node.io.weights)]
    yield from (node.path for node in own)
    for child in scope.values():
        if not isinstance(child, Node):
            yield from registered(child)
        elif child not in own:
            yield child.path
