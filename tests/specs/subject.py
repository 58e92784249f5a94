"""A network of `specs/` and torchvision's of the same name: both figures, both modules, the same weights in both."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

import torch

from cnndsl import CompileError, load, zoo
from cnndsl.compiler import Program
from cnndsl.live import Network

from . import peer

DATA = Path(__file__).parents[1] / "data"
PUBLISHED = json.loads((DATA / "torchvision.json").read_text("utf-8"))["models"]
HEADS = ("aux_logits", "aux_loss")  # the parameters that add auxiliary heads, here as in torchvision
LADDER = (64, 96, 128, 224, 320)  # heights and widths of inputs to run, the first that a network can do with


class Twins(NamedTuple):
    """Two modules with the same parameters, one of them torchvision's, and an input of two samples."""

    ours: torch.nn.Module
    theirs: torch.nn.Module
    batch: torch.Tensor


@dataclass(frozen=True)
class Subject:
    """A net of a program that ships, with or without the auxiliary heads that the parameter `heads` adds."""

    family: str
    name: str
    heads: str | None = None

    def __str__(self) -> str:
        return f"{self.name} with {self.heads}" if self.heads else self.name

    @property
    def program(self) -> Program:
        return program(self.family)

    @property
    def text(self) -> str:
        """Its declaration, as it is written."""
        return self.program.find(self.name).tree.span.text

    @property
    def is_base(self) -> bool:
        """Whether others of the program are made from it."""
        chains = [list(self.program.find(name).chain()) for name in self.program.nets]
        return any(self.name == base.name for chain in chains for base in chain[1:])

    def sized(self, *shape: int) -> Network:
        """The network, for an input of this size; of none as declared."""
        settings = {self.heads: "true"} if self.heads else None
        return self.program.net(self.name, inputs=shape or None, settings=settings)

    def macs(self, *shape: int) -> int:
        found = self.sized(*shape).macs if shape else self.network.macs
        assert isinstance(found, int), "the program leaves a size open"
        return found

    @cached_property
    def network(self) -> Network:
        return self.sized()

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """The size of the only input, as declared."""
        (shape,) = self.network.inputs.values()
        return tuple(int(n) for n in shape)  # type: ignore[arg-type]  # none is open

    @cached_property
    def peer(self) -> Any:
        """Torchvision's module on the meta device; where there are auxiliary heads in training, which alone runs them."""
        return peer.built(self.name, self.heads).train(self.heads is not None)

    @property
    def published(self) -> dict[str, dict[str, Any]]:
        """What torchvision prints of it, by the name of the weights."""
        return PUBLISHED[self.name]["weights"] if self.name in PUBLISHED else {}

    def small(self) -> Network:
        """The network for the smallest input that it can do with."""
        for side in LADDER:
            try:
                return self.sized(*self.shape[:-2], *(min(side, n) for n in self.shape[-2:]))
            except CompileError:
                continue
        return self.network

    def twins(self) -> Twins:
        """Both modules for a small input: random weights, and statistics as after some training."""
        generator = torch.Generator().manual_seed(0)
        small = self.small()
        theirs = peer.built(self.name, self.heads).to_empty(device="cpu")
        fill(theirs, generator)
        with torch.device("meta"):
            ours = small.to_torch().eval()
        ours.load_state_dict(theirs.state_dict(), strict=True, assign=True)
        for module in ours.modules():  # parameters are shared, statistics are not: training moves them
            module._buffers.update({name: value.clone() for name, value in module._buffers.items() if value is not None})
        (shape,) = small.inputs.values()
        return Twins(ours, theirs, torch.randn(2, *shape, generator=generator))


def fill(module: torch.nn.Module, generator: torch.Generator) -> None:
    """Kernels as large as keeps values in range, scales and variances about 1, the rest about 0."""
    for key, value in module.state_dict().items():
        if not value.is_floating_point():
            value.zero_()
        elif value.ndim > 1:
            bound = (3 / value[0].numel()) ** 0.5
            value.uniform_(-bound, bound, generator=generator)
        elif key.endswith(("running_var", "weight")):
            value.uniform_(0.5, 1.5, generator=generator)
        else:
            value.uniform_(-0.1, 0.1, generator=generator)


def subjects() -> Iterator[Subject]:
    """Every net that ships and needs no parameters; those that have auxiliary heads once more with them."""
    for family in zoo.entries():
        for name in program(family).complete():
            yield Subject(family, name)
            yield from (Subject(family, name, heads) for heads in HEADS if heads in program(family).takes(name))


@cache
def program(family: str) -> Program:
    return load(f"{zoo.PREFIX}{family}")
