"""The Python API of a network: layers, paths, and the graph of networkx."""

from __future__ import annotations

import subprocess
import sys

import networkx
import pytest

from cnndsl.compiler import parse
from cnndsl.diagnostics import Problem
from cnndsl.field import Field
from cnndsl.op import Weight
from tests.build import Build, op

TEXT = """
block Residual(c) { add { | conv: Conv(c, 3, padding=1) -> bn: BatchNorm | _ } -> ReLU }
net N {
  input image: 3x16x16
  stem: Conv(8, 3, stride=2, padding=1)
  stage: { Residual(8) * 2 }
  GlobalAvgPool -> Flatten
  @frozen fc: Linear(10)
}
"""


def test_layers() -> None:
    network = parse(TEXT).net()
    assert len(network) == len(network.layers) == 12
    assert [layer.path for layer in network][:4] == ["stem", "stage.0.conv", "stage.0.bn", "stage.0.add"]
    stem = network["stem"]
    assert (stem.op, stem.text, stem.inputs, stem.output, stem.params, stem.macs, stem.memory, stem.line, stem.call) == (
        *("Conv", "Conv(8, 3, stride=2, padding=1)", ((3, 16, 16),), (8, 8, 8)),
        *(224, 13_824, 2048, 5, 1),
    )
    assert stem.weights == (Weight("weight", (8, 3, 3, 3)), Weight("bias", (8,)))
    assert network["fc"].weights == (Weight("weight", (10, 8), False), Weight("bias", (10,), False))
    assert (network["fc"].params, network["fc"].trainable) == (90, 0)
    assert (network.inputs, network.outputs) == ({"image": (3, 16, 16)}, {"out": (10,)})
    assert (network.params, network.trainable) == (224 + 2 * 600 + 90, 224 + 2 * 600)
    assert repr(network) == "<Network N: 12 layers>"


def test_receptive_fields_of_layers_and_scopes() -> None:
    network = parse(TEXT).net()
    for path, size in [("stem", 3), ("stage.0", 7), ("stage.0.bn", 7), ("stage", 11), ("stage.1.add", 11)]:
        field = network.receptive_field(path)
        assert isinstance(field, Field)
        assert field.size == (size, size)


@pytest.mark.parametrize(
    ("path", "title", "help"),
    [
        ("stim", "N has no layer stim", "did you mean `stem`?"),
        ("stage.0.cnv", "N has no layer stage.0.cnv", "did you mean `stage.0.conv`?"),
        ("zzzzzzzz", "N has no layer zzzzzzzz", None),
        ("stage.1", "stage.1 is no layer but a scope", "in it are stage.1.conv … stage.1.2"),
    ],
)
def test_unknown_paths(path: str, title: str, help: str | None) -> None:
    with pytest.raises(Problem) as caught:
        parse(TEXT).net()[path]
    assert (caught.value.title, caught.value.help) == (title, help)


def test_the_field_of_an_unknown_path() -> None:
    with pytest.raises(Problem, match="no layer stags"):
        parse(TEXT).net().receptive_field("stags")


def test_shared_layers() -> None:
    b = Build()
    x, y = b.input("x", (1, 8, 8)), b.input("y", (1, 8, 8))
    conv = op("Conv", 2, 3)
    one, two = b.layer("conv", conv, x), b.layer("conv", conv, y, call=2)
    b.layer("add", op("add"), one, two)
    network = b.done()
    assert [(layer.params, layer.macs, layer.call, len(layer.weights)) for layer in network] == [
        (20, 648, 1, 2),
        (0, 648, 2, 0),
        (0, 0, 1, 0),
    ]
    assert (network.params, network.macs, network.totals["weight_bytes"]) == (20, 1296, 80)
    assert network["conv"].call == 1
    assert list(network.graph) == ["x", "y", "conv", "conv@2", "add"]


def test_the_graph_of_networkx() -> None:
    network = parse(TEXT).net()
    graph = network.graph
    assert isinstance(graph, networkx.MultiDiGraph)
    assert networkx.is_directed_acyclic_graph(graph)
    assert list(graph)[:3] == ["image", "stem", "stage.0.conv"]
    assert graph.nodes["stem"] == {"op": "Conv", "shape": (8, 8, 8), "params": 224, "macs": 13_824, "rf": network["stem"].rf}
    assert graph.nodes["image"]["op"] == "Input"
    assert [data["slot"] for _, _, data in graph.in_edges("stage.0.add", data=True)] == [0, 1]
    assert graph.get_edge_data("stem", "stage.0.add")[0] == {"shape": (8, 8, 8), "port": 0, "slot": 1}
    assert graph is network.graph


def test_a_value_that_is_read_twice_has_two_edges() -> None:
    b = Build()
    x = b.input("x", (1, 8, 8))
    b.layer("add", op("add"), x, x)
    assert b.done().graph.number_of_edges("x", "add") == 2


def test_a_network_of_no_program_is_measured_without_networkx_numpy_and_torch() -> None:
    code = """
import sys
from cnndsl.compiler import parse
from cnndsl.backend import Options, find, names
network = parse("net N { input x: 1x8x8\\n Conv(2, 3) -> Flatten -> Linear(2) }").net()
for name in names():
    find(name).render([network], Options())
print([name for name in ("networkx", "numpy", "torch", "rich", "graphviz", "sympy") if name in sys.modules])
"""
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
