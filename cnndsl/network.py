"""A network with everything that is known of it: what `Program.net` gives, what backends print."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .analysis import Findings, Setting, run
from .diagnostics import Diagnostic, Problem, did_you_mean
from .field import Field
from .graph import Graph, Node, Value
from .notation import notation
from .op import Shape, Weight
from .sweeping import unswept
from .symbols import Dim
from .trace import Trail

if TYPE_CHECKING:
    from networkx import MultiDiGraph


@dataclass(frozen=True, slots=True)
class Layer:
    """One row: a layer or merge (of several calls of a shared layer: one row each), shapes without the batch.

    `path` dotted key; `op` the layer's name and `text` its call as the language writes it; `inputs` and `outputs`
    shapes (`output` the first); `params`, `trainable` and `weights` are none from the second call on; `macs`
    multiply–adds; `memory` bytes of the storage that it makes, 0 for a view; `rf` the receptive field, None where no
    input arrives, of several inputs a dict by name; `line` in its source, from 1.
    """

    node: Node = field(repr=False)
    path: str
    op: str
    text: str
    inputs: tuple[Shape, ...]
    outputs: tuple[Shape, ...]
    params: int
    trainable: int
    macs: Dim
    memory: Dim
    rf: Field | dict[str, Field | None] | None
    line: int
    call: int
    weights: tuple[Weight, ...]

    @property
    def output(self) -> Shape:
        return self.outputs[0]


class Network:
    """An elaborated network; figures are computed when first asked for.

    `setting` says the batch and the dtype that the memory figures are for; `diagnostics` are the warnings and notes of
    its making. Iterating gives the layers in program order.
    """

    def __init__(self, ir: Graph, setting: Setting = Setting()) -> None:  # noqa: B008  (frozen)
        self.ir = ir
        self.setting = setting
        self.diagnostics: tuple[Diagnostic, ...] = ()
        self.trail: Trail | None = None  # where it was traced

    @property
    def name(self) -> str:
        return self.ir.name

    @property
    def inputs(self) -> dict[str, Shape]:
        """Shapes of the inputs by name, without the batch."""
        return {name: node.io.output for name, node in self.ir.inputs.items()}

    @property
    def outputs(self) -> dict[str, Shape]:
        """Shapes of the outputs by name."""
        return {name: value.shape for name, value in self.ir.outputs.items()}

    @cached_property
    def findings(self) -> Findings:
        """The columns, totals and notes of all analyses."""
        with unswept():
            return run(self.ir, self.setting)

    @property
    def totals(self) -> dict[str, Any]:
        """params, trainable, macs, weight_bytes, activation_bytes, peak_bytes, train_peak_bytes, coverage, feature_map."""
        return self.findings.totals

    @property
    def notes(self) -> list[str]:
        """What the figures alone do not say, in sentences."""
        return self.findings.notes

    @property
    def params(self) -> int:
        """Number of parameters, shared ones once."""
        return self.totals["params"]  # type: ignore[no-any-return]

    @property
    def trainable(self) -> int:
        """Number of parameters that train."""
        return self.totals["trainable"]  # type: ignore[no-any-return]

    @property
    def macs(self) -> Dim:
        """Multiply–adds of convolution and linear layers for one sample; a formula where sizes are open."""
        return self.totals["macs"]  # type: ignore[no-any-return]

    @cached_property
    def layers(self) -> list[Layer]:
        """All layers and merges in program order."""
        columns = self.findings.columns
        figures = zip(*[columns[name] for name in ("params", "trainable", "macs", "memory", "rf")], strict=True)
        told: dict[int, tuple[str, str]] = {}
        return [layer(node, told, *row) for node, row in zip(self.ir.nodes, figures, strict=True) if not node.is_input]

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers)

    def __len__(self) -> int:
        return len(self.layers)

    def __getitem__(self, path: str) -> Layer:
        return self.layer(path)

    def layer(self, path: str) -> Layer:
        """The layer or merge of a dotted path, a shared one's first call; raises Problem where there is none."""
        found = self._by_path.get(path)
        if found is None:
            raise self._missing(path)
        return found

    def receptive_field(self, path: str) -> Field | dict[str, Field | None] | None:
        """The receptive field of a layer, a merge, or of what a block or group gives, by its dotted path.

        None where no input arrives there; of several inputs a dict by name. Raises Problem where there is no such path.
        """
        return self.findings.columns["rf"][self.value(path).node.index]  # type: ignore[no-any-return]

    def value(self, path: str) -> Value:
        """The value of an input, a layer or a merge, or what a block or group gives, by its dotted path; of several the first.

        Of a layer that is applied again, `path@2` is the second call. Raises Problem where there is no such path.
        """
        if path in self._by_path:
            return Value(self._by_path[path].node)
        if path in self.ir.inputs:
            return Value(self.ir.inputs[path])
        key, _, call = path.rpartition("@")
        for layer in self.layers:
            if layer.path == key and str(layer.call) == call:
                return Value(layer.node)
        given = self.ir.scope_values.get(tuple(path.split(".")))
        inside = given or [Value(layer.node) for layer in self.layers if layer.path.startswith(path + ".")][-1:]
        if not inside:
            raise self._missing(path)
        return inside[0]

    @cached_property
    def graph(self) -> MultiDiGraph:
        """The network as a networkx.MultiDiGraph, inputs included, in program order.

        A node is named by its path, from the second call of a shared layer on by `path@2`. Its attributes: op, shape
        (of the first output), params, macs, rf; those of an edge: shape, port (which output of the one) and slot (which
        input of the other).
        """
        from networkx import MultiDiGraph

        graph = MultiDiGraph(name=self.name)
        names: list[str] = []
        columns = self.findings.columns
        for node in self.ir.nodes:
            names.append(node.key if node.call == 1 else f"{node.key}@{node.call}")
            figures = {name: columns[name][node.index] for name in ("params", "macs", "rf")}
            graph.add_node(names[-1], op=node.op.title(), shape=node.io.output, **figures)
            for slot, value in enumerate(node.inputs):
                graph.add_edge(names[value.node.index], names[-1], shape=value.shape, port=value.port, slot=slot)
        return graph

    @cached_property
    def _by_path(self) -> dict[str, Layer]:
        return {layer.path: layer for layer in reversed(self.layers)}  # the first call stays

    def _missing(self, path: str) -> Problem:
        inside = [known for known in self._by_path if known.startswith(path + ".")]
        if inside:
            return Problem(f"{path} is no layer but a scope", code="E0922", help=f"in it are {inside[-1]} … {inside[0]}")
        near = did_you_mean(path, self._by_path)
        return Problem(f"{self.name} has no layer {path}", code="E0922", help=f"did you mean `{near}`?" if near else None)

    def __repr__(self) -> str:
        return f"<Network {self.name}: {len(self.ir.nodes) - len(self.ir.inputs)} layers>"


def layer(
    node: Node,
    told: dict[int, tuple[str, str]],
    params: int,
    trainable: int,
    macs: Dim,
    memory: Dim,
    rf: Any,
) -> Layer:
    """A row; `told` keeps by id the name and the call of ops that were met before."""
    io = node.io
    if id(io.op) not in told:
        told[id(io.op)] = (io.op.title(), notation(io.op))
    op, text = told[id(io.op)]
    weights = () if node.call > 1 else frozen(io.weights) if node.frozen else io.weights
    line = node.span.line
    return Layer(node, node.key, op, text, io.inputs, io.outputs, params, trainable, macs, memory, rf, line, node.call, weights)


def frozen(weights: tuple[Weight, ...]) -> tuple[Weight, ...]:
    """The tensors of a layer that does not train."""
    return tuple(weight._replace(trainable=False) for weight in weights)
