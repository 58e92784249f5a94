"""Networks for what people do with modules: of several kinds, for small inputs, built from either form of their file."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from cnndsl import zoo
from cnndsl.backends.torch import readable, source
from cnndsl.compiler import load as read
from cnndsl.compiler import parse
from cnndsl.network import Network

from .emitted import ROOT, load, outputs

# What is easily got wrong, in one network: shared and frozen layers, randomness, fixed weights, lists, two inputs, two outputs.
ODD = """
gx = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
gy = [[-1, -2, -1], [0, 0, 0], [1, 2, 1]]

block Tower(c) {
  conv: Conv(c, 3, padding=1, bias=false) -> norm: BatchNorm -> ReLU
  add { | Conv(c, 3, padding=1) -> StochasticDepth(0.5) | _ }
}

net Odd(classes = 5) {
  input left: 3x16x16
  input right: 3x16x16
  left -> tower: Tower(8) as a
  right -> tower as b
  cat(a, b) -> Chunk(2) as first, second
  mul { | first | second -> gate: Conv(8, 1) -> Sigmoid }
  Conv(2, 3, stride=2, padding=1, bias_init=0)
  @frozen sobel: Conv(4, 3, groups=2, bias=false, weight=[[gx], [gy], [gx], [gy]])
  ChannelShuffle(2) -> Dropout(0.5) as map
  GlobalAvgPool -> Flatten -> head: Linear(classes)
  output logits = _, features = map
}
"""


@dataclass(frozen=True)
class Subject:
    """A net of a program, in one of the two forms, for inputs of a size."""

    program: str
    net: str
    size: tuple[int, ...] | None = None
    settings: tuple[tuple[str, str], ...] = ()
    form: str = "readable"

    def __str__(self) -> str:
        return f"{self.net}-{self.form}"

    @property
    def network(self) -> Network:
        program = parse(ODD, "odd.cnn") if self.program == "odd" else read(self.path)
        shapes = dict.fromkeys(program.net(self.net).inputs, self.size) if self.size else None
        return program.traced(self.net, inputs=shapes, settings=dict(self.settings))

    @property
    def path(self) -> str:
        return self.program if self.program.startswith(zoo.PREFIX) else str(ROOT / self.program)

    @property
    def text(self) -> str:
        text = source(self.network) if self.form == "flat" else readable([self.network])
        assert text is not None
        return text

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        return [tuple(int(n) for n in shape) for shape in self.network.inputs.values()]  # type: ignore[arg-type]

    def inputs(self, batch: int = 2) -> tuple[Tensor, ...]:
        """The same for both forms."""
        generator = torch.Generator().manual_seed(batch)
        return tuple(torch.randn(batch, *shape, generator=generator) for shape in shapes(self))

    def model(self, **factory: Any) -> nn.Module:
        """A module with the same weights each time, in evaluation."""
        torch.manual_seed(0)
        module, name = imported(self)
        model = getattr(module, name)(**factory)
        assert isinstance(model, nn.Module)
        return model.eval()


@cache
def shapes(subject: Subject) -> list[tuple[int, ...]]:
    return subject.shapes


@cache
def imported(subject: Subject) -> tuple[ModuleType, str]:
    """The file as a module that stays imported, and what its own command builds."""
    text = subject.text
    found = re.search(r"    model = (\w+)\(", text)
    assert found is not None
    folder = Path(mkdtemp(prefix="cnndsl-ways-"))
    sys.path.append(str(folder))
    return load(text, folder, f"way_{subject.net}_{subject.form}"), found[1]


FAST = [
    Subject("examples/lenet.cnn", "LeNet5"),
    Subject("odd", "Odd"),
    Subject("examples/siamese.cnn", "Siamese", (1, 72, 72)),
    Subject("zoo:resnet_cifar", "resnet20", (3, 16, 16)),
    Subject("zoo:mobilenet_v2", "mobilenet_v2", (3, 32, 32), (("width", "0.25"), ("classes", "10"))),
    Subject("zoo:squeezenet", "squeezenet1_1", (3, 48, 48)),
    Subject("examples/unet.cnn", "UNetBN", (1, 32, 32), (("base", "4"),)),
    Subject("zoo:shufflenet_v2", "shufflenet_v2_x0_5", (3, 64, 64)),
]
SLOW = [
    Subject("zoo:resnet", "resnet18", (3, 33, 33), (("classes", "10"),)),
    Subject("zoo:densenet_cifar", "densenet_cifar_40_12", (3, 16, 16)),
    Subject("zoo:resnet", "resnet50", (3, 64, 64)),
    Subject("zoo:densenet", "densenet121", (3, 64, 64)),
    Subject("zoo:efficientnet", "efficientnet_b0", (3, 64, 64)),
    Subject("zoo:googlenet", "googlenet", (3, 64, 64)),
    Subject("zoo:inception_v3", "inception_v3", (3, 96, 96)),
    Subject("zoo:convnext", "convnext_tiny", (3, 64, 64)),
    Subject("zoo:regnet", "regnet_y_400mf", (3, 64, 64)),
    Subject("zoo:mobilenet_v3", "mobilenet_v3_small", (3, 64, 64)),
    Subject("zoo:unet", "UNet", (1, 188, 188), (("base", "8"),)),
    Subject("zoo:fpn", "fpn_resnet50", (3, 64, 64)),
    Subject("zoo:darknet", "yolov3_tiny", (3, 64, 64)),
    Subject("zoo:hrnet", "hrnet_w18", (3, 64, 64)),
]
FORMS = ("readable", "flat")


def of_forms(subjects: list[Subject]) -> list[Subject]:
    return [Subject(one.program, one.net, one.size, one.settings, form) for one in subjects for form in FORMS]


def cases(*fast: str) -> list[Any]:
    """All networks in both forms; slow are the large ones, or where names are given, all but these, and most in the flat form."""
    quick = {one.net for one in FAST if one.net in fast or not fast}
    chosen = [one for one in of_forms(FAST) if one.net in quick and (one.form == "readable" or one.net == "Odd")]
    everything = of_forms(FAST + SLOW)
    return [pytest.param(one, id=str(one), marks=[] if one in chosen else [pytest.mark.slow]) for one in everything]


def close(found: Any, wanted: Any, tolerance: float = 1e-5) -> None:
    """Guard: outputs of the same names and numbers, up to what another order of sums gives."""
    assert getattr(type(found), "_fields", None) == getattr(type(wanted), "_fields", None)
    for one, other in zip(outputs(found), outputs(wanted), strict=True):
        torch.testing.assert_close(one, other, rtol=tolerance, atol=tolerance * float(other.detach().abs().max()))
