"""A network to what a report says of it: headline, cells of each row, totals and remarks, all as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from .figures import GATED, OPEN, STATISTICS, binary, count, field_size, field_stride, percent
from .network import Network
from .op import show
from .rows import Row
from .sizes import sentences

TITLES = ("layer", "call", "output", "params", "%", "MACs", "%", "field", "stride", "memory")
SUMMARY = ("network", "input", "output", "params", "MACs", "field", "peak memory")
CONVENTION = "multiply–adds of convolution and linear layers, bias not counted"
LEGEND = {
    OPEN: "depends on sizes that are open: say the input's, as in --input 3x224x224",
    GATED: "through gates everything is seen; `field` leaves them out, as published tables do",
    STATISTICS: "through normalisation by statistics of its input everything is seen; `field` leaves that out",
}


class Fact(NamedTuple):
    """A total: what it is of, the figure, and what is to be known of it."""

    name: str
    value: str
    remark: str = ""


class Cells:
    """The cells of rows, under TITLES; equal layers are put into words once."""

    def __init__(self, totals: dict[str, Any]) -> None:
        self.params = totals["params"]
        self.macs = totals["macs"]
        self.known: dict[object, tuple[str, ...]] = {}
        self.fields: dict[int, tuple[str, str]] = {}

    def of(self, row: Row, name: str) -> tuple[str, ...]:
        """The cells, with a name of one's own choice in the first."""
        if not row.layers:
            return (name, row.text, "", "", "", "", "", "", "", "")
        key = (row.io, row.shared)
        if row.io is None or key not in self.known:
            self.known[key] = self.figures(row)
        output, params, share, macs, part, memory = self.known[key]
        return (name, row.words, output, params, share, macs, part, *self.field(row), memory)

    def figures(self, row: Row) -> tuple[str, ...]:
        """Output, parameters, MACs, each with its share, and memory."""
        params = "shared" if row.shared else count(row.params) if row.params else ""
        macs = "" if row.macs == 0 else count(row.macs)
        memory = "" if row.memory == 0 else binary(row.memory)
        return show(row.output), params, percent(row.params, self.params), macs, percent(row.macs, self.macs), memory

    def field(self, row: Row) -> tuple[str, str]:
        key = id(row.rf)
        if key not in self.fields:
            self.fields[key] = (field_size(row.rf), field_stride(row.rf))
        return self.fields[key]


def headline(network: Network) -> str:
    """image 1×32×32 → 10; outputs have their names where there are several."""
    inputs = ", ".join(f"{name} {show(shape)}" for name, shape in network.inputs.items())
    outputs = network.outputs
    named = len(outputs) > 1
    return f"{inputs} → " + ", ".join(f"{name} {show(shape)}" if named else show(shape) for name, shape in outputs.items())


def sentence(network: Network) -> str:
    """A network in a sentence, as those hear it who do not see its picture."""
    totals, layers = network.totals, len(network)
    sizes = f"{count(totals['params'])} parameters and {count(totals['macs'])} MACs in {layers} layers and merges"
    return f"{network.name}, {headline(network)}: {sizes}."


def facts(network: Network) -> list[Fact]:
    """The totals."""
    totals, setting = network.totals, network.setting
    train = Fact("trainable", count(totals["trainable"])) if totals["trainable"] != totals["params"] else None
    found = [
        Fact("parameters", count(totals["params"]), f"{binary(totals['weight_bytes'])} stored, buffers included"),
        train,
        Fact("MACs", count(totals["macs"]), CONVENTION),
        Fact("activations", binary(totals["activation_bytes"]), f"outputs of all layers, batch {setting.batch}, {setting.dtype}"),
        Fact("peak memory", binary(totals["peak_bytes"]), "in inference: inputs and activations alive at one time"),
        Fact("training", binary(totals["train_peak_bytes"]), "kept for the backward pass, besides the weights"),
    ]
    return [fact for fact in found if fact]


def remarks(network: Network, cells: Iterable[Sequence[str]]) -> list[str]:
    """What the figures alone do not say; `cells` are the rows that are shown."""
    seen = {text for row in cells for text in row[2:]} | {fact.value for fact in facts(network)}
    shown = {mark for mark in LEGEND if any(mark in text for text in seen)}
    return [*network.notes, *sentences(network.ir), *(f"{mark} {text}" for mark, text in LEGEND.items() if mark in shown)]


def summary(network: Network) -> tuple[str, ...]:
    """A network in one line, under SUMMARY."""
    totals = network.totals
    inputs = ", ".join(map(show, network.inputs.values()))
    outputs = ", ".join(map(show, network.outputs.values()))
    field = field_size(totals["field"])
    return network.name, inputs, outputs, count(totals["params"]), count(totals["macs"]), field, binary(totals["peak_bytes"])


def templates(names: Sequence[str]) -> str:
    """Nets that need parameters, named."""
    return f"Templates, which need parameters: {', '.join(names)}" if names else ""
