"""Constructs of the language, compiled: what is shared, frozen, fixed, started otherwise, foreign, or leaves by a name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from cnndsl.backends.torch import source
from cnndsl.compiler import parse
from cnndsl.diagnostics import CompileError
from cnndsl.graph import Value
from cnndsl.network import Network

from .emitted import check_lines, expected_state, load, network_class, outputs, ruff, samples, state

PROGRAMS = {
    "shared": """
        net Shared {
          input a: 1x9x9
          input b: 1x9x9
          a -> tower: { conv: Conv(4, 3) -> BatchNorm -> ReLU } as fa
          b -> tower as fb
          sub(fa, fb) -> Abs -> again: Conv(4, 1) -> again -> again as twice
          output twice, fa
        }""",
    "frozen": """
        net Frozen {
          input x: 3x8x8
          @frozen stem: { Conv(4, 3) -> BatchNorm -> ReLU }
          block1: { @frozen conv: Conv(4, 3) -> norm: BatchNorm }
          @frozen scale: LayerScale
          head: Conv(2, 1)
        }""",
    "all_frozen": """
        net AllFrozen {
          input x: 3x8x8
          @frozen { a: Conv(4, 3) -> b: BatchNorm }
        }""",
    "started": """
        default Conv(init=kaiming_normal(mode="fan_out"), bias_init=0)
        net Started {
          input x: 1x8x8
          edge: Conv(1, 3, padding=1, bias=false, weight=[[[[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]]])
          big: Conv(2, 5, padding=2, weight=[[[[1, 2, 3, 4, 5.5], [1, 2, 3, 4, 5], [1, 2, 3, 4, 5], [1, 2, 3, 4, 5],
            [1e-9, 1e20, 3, 4, -5]]], [[[1, 2, 3, 4, 5], [1, 2, 3, 4, 5], [1, 2, 3, 4, 5], [1, 2, 3, 4, 5], [1, 2, 3, 4, 5]]]])
          Conv(4, 3, init=dirac)
          Flatten -> fc: Linear(3, init=trunc_normal(std=0.02), bias_init=constant(val=-4.5))
        }""",
    "lists": """
        net Lists {
          input x: 8x8x8
          Chunk(4) as a, b, c, d
          cat(d, b) -> m: Conv(4, 3, padding=1) as m1
          cat(a, m1, c) -> Split([3, 5]) as e, f
          softmax { | e -> Conv(2, 1) | f -> Conv(2, 1) } as g, h
          output g, rest = f
        }""",
    "interleaved": """
        net Interleaved {
          input x: 2x8x8
          for i in 0..2 { "convs.$i": Conv(2, 3, padding=1) -> "bns.$i": BatchNorm -> ReLU }
        }""",
    "own_tensors": """
        block Next(c) {
          add { | norm: LayerNorm -> "conv.0": Conv(c, 1) -> "conv.1": GELU -> "conv.2": Conv(c, 1)
                  layer_scale: LayerScale(init=1e-6) -> StochasticDepth(0.1)
                | }
        }
        net Own { input x: 4x8x8; Conv(4, 1) -> stage: { Next(4) -> Next(4) } -> GlobalAvgPool -> Flatten }""",
    "axes": """
        net Axes {
          input x: 3x10x10
          Pad([[1, 2], [3, 0]]) -> Conv(4, 3, padding=same, stride=2)
          Permute(0, 2, 3, 1) -> Linear(8) -> GELU -> Permute(0, 3, 1, 2)
          PixelShuffle(2) -> Upsample(scale_factor=2, mode=bilinear) -> Select([1, 0]) -> Slice(0, 1) -> Crop(8)
        }""",
    "one_dimension": """
        net One { input x: 2x32; Conv(4, 3, padding=[[0, 2]]) -> BatchNorm -> MaxPool(2) -> ConvTranspose(2, 4, stride=2) }""",
    "three_dimensions": """
        net Three {
          input x: 2x6x6x6
          Conv(4, 3, padding=1, padding_mode=circular) -> InstanceNorm -> AvgPool(2) -> Upsample(scale_factor=2)
        }""",
    "nothing_to_do": "net Nothing { input x: 2x4x4; Identity }",
    "words": """
        "A file's own words"
        net Words {
          "What it is: \\"quoted\\", \\\\ and more"
          input image: 2x4x4
          "in": Conv(2, 1) -> "class": Conv(2, 1) -> "keys": { "pop": Conv(2, 1) -> items: BatchNorm }
        }""",
}


def program(name: str) -> Network:
    return parse(PROGRAMS[name], f"{name}.cnn").net()


@pytest.mark.parametrize("name", PROGRAMS)
def test_compiled(name: str, tmp_path: Path) -> None:
    net = program(name)
    text = source(net)
    model = network_class(load(text, tmp_path))()
    assert state(model) == expected_state(net)
    result = outputs(model(*samples(net)))
    assert [tuple(tensor.shape[1:]) for tensor in result] == list(net.outputs.values())
    if any(parameter.requires_grad for parameter in model.parameters()):
        torch.stack([tensor.sum() for tensor in result]).sum().backward()
    check_lines(net, text)
    assert ruff(tmp_path) == ""
    with torch.device("meta"):
        assert state(network_class(load(text, tmp_path))()) == state(model)


def model_of(name: str, tmp_path: Path) -> nn.Module:
    return network_class(load(source(program(name)), tmp_path))()


def test_a_shared_layer_is_one(tmp_path: Path) -> None:
    model = model_of("shared", tmp_path).eval()
    x = torch.randn(1, 1, 9, 9)
    result = model(x, x)
    assert type(result).__name__ == "SharedOutput"
    assert result._fields == ("twice", "fa")
    still = torch.zeros(1, 4, 7, 7)
    again = model.get_submodule("again")
    assert torch.equal(result.twice, again(again(again(still))))


def test_a_whole_frozen_scope_is_one_line() -> None:
    lines = [line.strip() for line in source(program("frozen")).splitlines() if "requires_grad_" in line]
    assert lines == [f"self.{frozen}.requires_grad_(False)" for frozen in ("stem", "block1.conv", "scale")]
    assert "        self.requires_grad_(False)\n" in source(program("all_frozen"))


def test_starts(tmp_path: Path) -> None:
    model = model_of("started", tmp_path)
    kernel = model.get_submodule("edge").weight
    assert isinstance(kernel, torch.Tensor)
    assert kernel.tolist() == [[[[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]]]
    assert model.get_parameter("big.weight")[0, 0, 4, 1] == 1e20
    assert model.get_parameter("big.bias").tolist() == [0, 0]
    assert model.get_parameter("fc.bias").tolist() == [-4.5] * 3
    assert model.get_parameter("fc.weight").std() < 0.1
    assert model.get_parameter("2.weight")[0, 0].tolist() == [[0, 0, 0], [0, 1, 0], [0, 0, 0]]


def test_the_docstring_says_what_the_program_says(tmp_path: Path) -> None:
    model = model_of("words", tmp_path)
    assert model.__doc__ is not None
    first, *rest = model.__doc__.split("\n")
    assert first == 'What it is: "quoted", \\ and more'
    assert "Input image: 2×4×4" in rest[1]
    assert "words.cnn" in (sys.modules["emitted"].__doc__ or "")


EXTERN = """
    extern Gate(reduction = 16) {
      input x: [c, h, w]
      output_shape = [c, h, w]
      weights = [["fc.weight", [c // reduction, c, 1, 1]], ["seen", [], "buffer", "int64"]]
      macs = c * c // reduction
      rf = "global"
      torch = "foreign.gates:Gate({c}, reduction={reduction})"
    }
    net Foreign {
      input x: 32x4x4
      gate: Gate(8) -> @frozen Gate -> Conv(2, 1)
    }"""
GATES = """
import torch
from torch import nn

class Gate(nn.Module):
    def __init__(self, c, reduction):
        super().__init__()
        self.register_buffer("seen", torch.zeros((), dtype=torch.int64))
        self.fc = nn.Conv2d(c, c // reduction, 1, bias=False)

    def forward(self, x):
        return x * self.fc(x).mean((1, 2, 3), keepdim=True)
"""


def test_a_foreign_layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / "__init__.py").write_text("")
    (tmp_path / "foreign" / "gates.py").write_text(GATES)
    monkeypatch.syspath_prepend(str(tmp_path))
    net = parse(EXTERN).net()
    text = source(net)
    assert "import foreign.gates\nimport torch\n" in text
    model = network_class(load(text, tmp_path))()
    rows = expected_state(net)
    assert sorted(state(model)) == sorted(rows)
    model(*samples(net)).sum().backward()
    check_lines(net, text)


@pytest.mark.parametrize(
    ("facet", "title"),
    [
        ("", "extern E does not say where its PyTorch class lives"),
        ('torch = "nn.gates:E()"', "a package cannot be called nn here"),
    ],
)
def test_a_foreign_layer_that_cannot_be_written(facet: str, title: str) -> None:
    text = f"extern E {{\n input x: [c, h, w]\n output_shape = [c, h, w]\n params = 0\n macs = 0\n rf = 1\n {facet}\n}}\n"
    net = parse(text + "net N { input x: 2x4x4; E -> E }", "e.cnn").net()
    with pytest.raises(CompileError) as caught:
        source(net)
    assert {(d.title, d.span.line) for d in caught.value.diagnostics} == {(title, text.count("\n") + 1)}


def test_what_is_no_call_of_a_class_is_told_before() -> None:
    facets = 'output_shape = [c, h, w]\n params = 0\n macs = 0\n rf = 1\n torch = "gates:E(eval(1))"'
    text = f"extern E {{\n input x: [c, h, w]\n {facets}\n}}\n"
    with pytest.raises(CompileError) as caught:
        parse(text + "net N { input x: 2x4x4; E -> E }", "e.cnn").net()
    assert [(d.title, d.span.line) for d in caught.value.diagnostics] == [("this is not the call of a class", 7)]


def test_torch_is_not_loaded() -> None:
    """Compiling imports no torch, nor what is as slow."""
    code = (
        "import sys; from cnndsl.compiler import parse; from cnndsl.backends.torch import source;"
        "source(parse('net N { input x: 1x4x4; Conv(1, 3) }').net());"
        "sys.exit(bool({'torch', 'networkx', 'numpy', 'graphviz', 'rich'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def forward_lines(net: Network) -> list[str]:
    """The body of forward, stripped."""
    body = source(net).partition("    def forward(")[2].partition("\n\n\n")[0]
    return [line.strip() for line in body.splitlines()[1:]]


def test_forward_in_full() -> None:
    net = parse("""
        net Small {
          input image: 3x8x8
          conv: Conv(4, 3, padding=1) -> ReLU
          add { | left: Conv(4, 1) | right: { Conv(4, 1) -> BatchNorm } }
          Chunk(2) as a, b
          cat(b, a) -> Flatten -> fc: Linear(2)
        }""").net()
    assert forward_lines(net) == [
        "# x runs along; what is read again later has a name too, deleted after its last use",
        "x = self.conv(image)  # 4×8×8",
        "x = relu = self.relu(x)  # 4×8×8",
        "x = left = self.left(x)  # 4×8×8",
        "x = self.right[0](relu)  # 4×8×8",
        "del relu",
        "x = self.right[1](x)  # 4×8×8",
        "x = left + x  # 4×8×8",
        "del left",
        "chunk_0, chunk_1 = torch.chunk(x, 2, dim=1)  # 2×8×8, 2×8×8",
        "del x",
        "x = torch.cat([chunk_1, chunk_0], dim=1)  # 4×8×8",
        "del chunk_1, chunk_0",
        "x = self.flatten(x)  # 256",
        "x = self.fc(x)  # 2",
        "return x",
    ]


def test_a_value_is_called_after_the_scope_that_it_comes_out_of() -> None:
    net = parse("net N { input x: 4x8x8; stem: { Conv(4, 1) -> ReLU } -> Conv(4, 1) -> add(_, stem) }").net()
    stem = net.ir.layers[1]
    net.ir.scope_values[("stem",)] = (Value(stem),)
    assert "x = stem = self.stem[1](x)  # 4×8×8" in forward_lines(net)


def test_a_shared_layer_pads_by_the_size_of_each_call() -> None:
    text = """net N {
      input a: 1x5x6
      a -> v1: MaxPool([3, 2], stride=1)
      a -> v2: Conv(1, [2, 3], stride=3, padding=same, weight=[[[[1, 1, 1], [1, 1, 1]]]], bias=false) as x
      v1 -> v2 as y
    }"""
    net = parse(text).net()
    found = net.to_torch()(torch.ones(1, 1, 5, 6))
    assert tuple(found.shape[1:]) == net.outputs["out"]
    torch.testing.assert_close(found, torch.tensor([[[[6.0, 4.0]]]]))


def test_a_layer_that_torch_makes_for_one_size_is_not_applied_to_another() -> None:
    net = parse("net N { input a: 2x9\n same: AdaptiveAvgPool([keep])\n b: Conv(2, 3) -> same }").net()
    with pytest.raises(CompileError, match="applied again, to another size"):
        net.torch_source()
