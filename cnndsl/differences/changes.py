"""Pairs of nodes to what changed in each, and in the network as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from ..graph import Node, Value
from ..network import Layer, Network
from ..symbols import Dim
from .alignment import Pair, aligned, own

# What is said of a change, the strongest first; of one that did not change nothing is said.
ADDED, REMOVED, MOVED, CHANGED, RENAMED, AFFECTED, SAME = "added", "removed", "moved", "changed", "renamed", "affected", "same"
KINDS = (ADDED, REMOVED, MOVED, CHANGED, RENAMED, AFFECTED)
OWN = ("call", "frozen", "reads", "weights")  # what is changed in the program, and does not follow from what stands before
FIGURES = ("inputs", "output", "params", "trainable", "macs", "memory", "rf")
TOTALS = ("params", "trainable", "macs", "weight_bytes", "activation_bytes", "peak_bytes", "train_peak_bytes")


class Change(NamedTuple):
    """A layer in both networks, None where it is in one only; `differs`: what is not the same, of OWN and FIGURES."""

    kind: str
    old: Layer | None
    new: Layer | None
    differs: tuple[str, ...] = ()

    @property
    def layer(self) -> Layer:
        """As it is now, or as it was."""
        return self.new or self.old  # type: ignore[return-value]


@dataclass(frozen=True)
class Difference:
    """Two networks, `old` and `new`."""

    old: Network
    new: Network

    @cached_property
    def pairs(self) -> list[Pair]:
        return aligned(self.old.ir, self.new.ir)

    @cached_property
    def changes(self) -> list[Change]:
        """All layers and merges in the new order, those that are the same too."""
        olds = {id(layer.node): layer for layer in self.old.layers}
        news = {id(layer.node): layer for layer in self.new.layers}
        wiring = Wiring(self)
        return [change(pair, olds.get(id(pair.old)), news.get(id(pair.new)), wiring) for pair in self.pairs]

    @cached_property
    def totals(self) -> dict[str, tuple[Dim | None, Dim | None]]:
        """Each total, as it was and as it is."""
        return {name: (self.old.totals[name], self.new.totals[name]) for name in TOTALS}

    @cached_property
    def ends(self) -> dict[str, bool]:
        """Whether the inputs are the same, by name and shape, and the outputs, also by what they come from."""
        wiring = Wiring(self)
        froms = [{name: wiring.roots(value) for name, value in network.ir.outputs.items()} for network in (self.old, self.new)]
        return {
            "inputs": told(self.old.inputs) == told(self.new.inputs),
            "outputs": told(self.old.outputs) == told(self.new.outputs) and froms[0] == froms[1],
        }

    @property
    def same(self) -> bool:
        """Whether nothing differs but the network's name."""
        return all(change.kind == SAME for change in self.changes) and all(self.ends.values())

    def count(self, kind: str) -> int:
        return sum(change.kind == kind for change in self.changes)


class Wiring:
    """Where values come from, in words that both networks share.

    Layers that one network has alone, or in another place, are looked through, to what they read: putting one in between
    does not change what the next one reads, while a new shortcut does.
    """

    def __init__(self, difference: Difference) -> None:
        self.names: dict[int, object] = {}
        for number, pair in enumerate(difference.pairs):
            if pair.old is not None and pair.new is not None and not pair.moved:
                self.names[id(pair.old)] = self.names[id(pair.new)] = number
        for network in (difference.old, difference.new):
            self.names.update((id(node), name) for name, node in network.ir.inputs.items())

        self.looked: dict[int, frozenset[object]] = {}
        for network in (difference.old, difference.new):
            for node in network.ir.nodes:
                if id(node) not in self.names:
                    self.looked[id(node)] = frozenset().union(*map(self.roots, node.inputs))

    def roots(self, value: Value) -> frozenset[object]:
        """The nearest values that both networks have."""
        known = self.names.get(id(value.node))
        return self.looked[id(value.node)] if known is None else frozenset([(known, value.port)])

    def reads(self, node: Node) -> list[frozenset[object]]:
        return [self.roots(value) for value in node.inputs]


def change(pair: Pair, old: Layer | None, new: Layer | None, wiring: Wiring) -> Change:
    if old is None or new is None:
        return Change(ADDED if old is None else REMOVED, old, new)
    differs = tuple(differences(old, new, wiring))
    if pair.moved:
        return Change(MOVED, old, new, differs)
    if set(differs) & set(OWN):
        return Change(CHANGED, old, new, differs)
    if renamed(old, new):
        return Change(RENAMED, old, new, differs)
    return Change(AFFECTED if differs else SAME, old, new, differs)


def renamed(old: Layer, new: Layer) -> bool:
    """Whether the path changed of a layer that has a name, or tensors that bear it; others are only counted."""
    return old.path != new.path and bool(new.weights or old.weights or own(old.node) or own(new.node))


def differences(old: Layer, new: Layer, wiring: Wiring) -> Iterator[str]:
    """What differs; of the stored tensors their names, kinds and number, as their shapes may follow from what arrives."""
    if old.text != new.text:
        yield "call"
    if old.node.frozen != new.node.frozen:
        yield "frozen"
    if wiring.reads(old.node) != wiring.reads(new.node):
        yield "reads"
    if (old.call > 1) != (new.call > 1) or [w.name for w in old.weights] != [w.name for w in new.weights]:
        yield "weights"
    yield from (name for name in FIGURES if told(getattr(old, name)) != told(getattr(new, name)))


def told(value: Any) -> Any:
    """A figure such that those of two networks can be compared: sizes that are open by their names."""
    if isinstance(value, dict):
        return {name: told(part) for name, part in value.items()}
    if type(value) is tuple:
        return tuple(map(told, value))
    return value if isinstance(value, int | float) or value is None else str(value)
