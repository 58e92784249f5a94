"""Memory totals against torch: which storages there are, when they are in use, and which autograd saves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from cnndsl.analysis import Setting
from cnndsl.network import Network
from cnndsl.symbols import symbol
from tests.build import Build, op

torch.set_num_threads(1)
BATCH = 3


class Trace(TorchDispatchMode):  # type: ignore[misc]
    """The storages that every operation of torch reads and writes, by address; all are held, so that none is used twice.

    The indices of max pooling, which torch makes and drops in inference too, are no values of the network.
    """

    def __init__(self, weights: set[int]) -> None:
        super().__init__()
        self.weights = weights
        self.steps: list[set[int]] = []
        self.bytes: dict[int, int] = {}
        self.held: list[Any] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        self.steps.append(set(self.storages([args, kwargs, result])))
        return result

    def storages(self, values: Any) -> Iterator[int]:
        for leaf in tree_leaves(values):
            if isinstance(leaf, Tensor) and leaf.is_floating_point() and leaf.untyped_storage().data_ptr() not in self.weights:
                storage = leaf.untyped_storage()
                self.held.append(storage)
                self.bytes[storage.data_ptr()] = storage.nbytes()
                yield storage.data_ptr()


def addresses(tensors: Any) -> set[int]:
    return {t.untyped_storage().data_ptr() for t in tensors}


def inference(module: nn.Module, inputs: list[Tensor]) -> tuple[int, int]:
    """Bytes of all that layers make, and the most that is in use at one step."""
    trace = Trace(addresses([*module.parameters(), *module.buffers()]))
    with torch.no_grad(), trace:
        outputs = module.eval()(*inputs)
    given, left = set(trace.storages(inputs)), set(trace.storages(outputs))
    steps = range(len(trace.steps))
    first = {s: 0 if s in given else min(t for t in steps if s in trace.steps[t]) for s in trace.bytes}
    last = {s: len(steps) if s in left else max((t for t in steps if s in trace.steps[t]), default=0) for s in trace.bytes}
    live = [sum(size for s, size in trace.bytes.items() if first[s] <= t <= last[s]) for t in steps]
    return sum(size for s, size in trace.bytes.items() if s not in given), max(live)


def training(module: nn.Module, inputs: list[Tensor]) -> int:
    """Bytes of the tensors that autograd saves, each storage once, without parameters and buffers."""
    own = addresses([*module.parameters(), *module.buffers()])
    seen: dict[int, Any] = {}

    def pack(t: Tensor) -> Tensor:
        seen[t.untyped_storage().data_ptr()] = t.untyped_storage()
        return t

    with saved_tensors_hooks(pack, lambda t: t):
        module.train()(*inputs)
    return sum(storage.nbytes() for address, storage in seen.items() if address not in own)


@dataclass
class Case:
    """A network built by hand, and the same as a torch module."""

    network: Callable[[], Network]
    module: Callable[[], nn.Module]
    copies: bool = False  # whether torch makes padded copies, which are no layer's output


def plain() -> Network:
    b = Build()
    b.input("x", (3, 12, 12))
    b("Conv", 8, 3, padding=1)
    b("BatchNorm")
    b("ReLU")
    b("MaxPool", 2)
    b("Dropout", 0.5)
    b("Conv", 4, 3)
    b("Sigmoid")
    b("Flatten")
    b("Linear", 7)
    b("Tanh")
    b("Dropout", 0.25)
    b("Linear", 5)
    return b.done(BATCH)


def plain_torch() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Dropout(),
        nn.Conv2d(8, 4, 3),
        nn.Sigmoid(),
        nn.Flatten(),
        nn.Linear(64, 7),
        nn.Tanh(),
        nn.Dropout(0.25),
        nn.Linear(7, 5),
    )


def in_place() -> Network:
    b = Build()
    b.input("x", (3, 12, 12))
    b("Conv", 8, 3, padding=1)
    b("BatchNorm")
    b("ReLU", inplace=True)
    b("AvgPool", 2)
    b("Conv", 4, 3)
    return b.done(BATCH)


def in_place_torch() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(inplace=True), nn.AvgPool2d(2), nn.Conv2d(8, 4, 3)
    )


def residual(frozen: tuple[str, ...] = ()) -> Network:
    b = Build()
    b.input("x", (3, 12, 12))
    stem = b.layer("stem", op("Conv", 8, 3, padding=1), frozen="stem" in frozen)
    b.layer("conv1", op("Conv", 8, 3, padding=1), frozen="conv1" in frozen)
    b.layer("bn1", op("BatchNorm"), frozen="bn1" in frozen)
    branch = b.layer("2", op("ReLU"))
    whole = b.layer("add", op("add"), branch, stem)
    pooled = b.layer("3", op("GlobalAvgPool"))
    gate = b.layer("4", op("Sigmoid"), b.layer("squeeze", op("Conv", 8, 1), pooled, frozen="squeeze" in frozen))
    b.layer("mul", op("mul"), whole, gate)
    b.layer("5", op("Flatten"))
    b.layer("fc", op("Linear", 5), frozen="fc" in frozen)
    b.layer("6", op("SiLU"))
    b.layer("head", op("Linear", 2), frozen="head" in frozen)
    return b.done(BATCH)


class Residual(nn.Module):  # type: ignore[misc]
    def __init__(self, frozen: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.conv1 = nn.Conv2d(8, 8, 3, padding=1)
        self.bn1 = nn.BatchNorm2d(8)
        self.squeeze = nn.Conv2d(8, 8, 1)
        self.fc = nn.Linear(8 * 144, 5)
        self.head = nn.Linear(5, 2)
        for name in frozen:
            getattr(self, name).requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        x = functional.relu(self.bn1(self.conv1(x))) + x
        x = x * torch.sigmoid(self.squeeze(functional.adaptive_avg_pool2d(x, 1)))
        return self.head(functional.silu(self.fc(torch.flatten(x, 1))))


def gated_input(frozen: tuple[str, ...] = ()) -> Network:
    """The input itself is multiplied, kept by a merge, and seen by a linear layer."""
    b = Build()
    x = b.input("x", (3, 12, 12))
    gate = b.layer("gate", op("Conv", 3, 1), x, frozen="gate" in frozen)
    b.layer("mul", op("mul"), x, gate)
    b.layer("1", op("Flatten"))
    first = b.layer("fc", op("Linear", 4), frozen="fc" in frozen)
    b.layer("2", op("Flatten"), x)
    second = b.layer("raw", op("Linear", 4), frozen="raw" in frozen)
    b.layer("maximum", op("maximum"), first, second)
    return b.done(BATCH)


class GatedInput(nn.Module):  # type: ignore[misc]
    def __init__(self, frozen: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.gate = nn.Conv2d(3, 3, 1)
        self.fc = nn.Linear(432, 4)
        self.raw = nn.Linear(432, 4)
        for name in frozen:
            getattr(self, name).requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        return torch.maximum(self.fc(torch.flatten(x * self.gate(x), 1)), self.raw(torch.flatten(x, 1)))


def reflected(frozen: bool = False) -> Network:
    b = Build()
    b.input("x", (3, 12, 12))
    b.layer("a", op("Conv", 4, 3, padding=1, padding_mode="reflect"), frozen=frozen)
    b.layer("scale", op("LayerScale"), frozen=frozen)
    b.layer("b", op("Conv", 4, 3, padding=((0, 1), (1, 2))))
    b.layer("scale2", op("LayerScale"), frozen=frozen)
    b.layer("c", op("Conv", 4, 3, padding=1, padding_mode="replicate"))
    return b.done(BATCH)


class Reflected(nn.Module):  # type: ignore[misc]
    def __init__(self, frozen: bool = False) -> None:
        super().__init__()
        self.a = nn.Conv2d(3, 4, 3, padding=1, padding_mode="reflect")
        self.scale = nn.Parameter(torch.ones(4, 1, 1))
        self.b = nn.Conv2d(4, 4, 3)
        self.scale2 = nn.Parameter(torch.ones(4, 1, 1))
        self.c = nn.Conv2d(4, 4, 3, padding=1, padding_mode="replicate")
        if frozen:
            for part in (self.a, self.scale, self.scale2):
                part.requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        x = self.b(functional.pad(self.a(x) * self.scale, (1, 2, 0, 1)))
        return self.c(x * self.scale2)


FROZEN = [
    (),
    ("stem",),
    ("stem", "conv1", "bn1"),
    ("conv1",),
    ("bn1",),
    ("squeeze",),
    ("fc",),
    ("head", "fc"),
    ("stem", "conv1", "bn1", "squeeze"),
    ("stem", "conv1", "bn1", "squeeze", "fc"),
    ("stem", "conv1", "bn1", "squeeze", "fc", "head"),
]
CASES = {
    "plain": Case(plain, plain_torch),
    "in place": Case(in_place, in_place_torch),
    "reflected": Case(reflected, Reflected, copies=True),
    "reflected, frozen": Case(partial(reflected, True), partial(Reflected, True), copies=True),
    **{f"residual, frozen {' '.join(parts)}": Case(partial(residual, parts), partial(Residual, parts)) for parts in FROZEN},
    **{
        f"gated input, frozen {' '.join(parts)}": Case(partial(gated_input, parts), partial(GatedInput, parts))
        for parts in [(), ("gate",), ("fc",), ("raw",), ("gate", "fc"), ("fc", "raw")]
    },
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_against_torch(case: Case) -> None:
    network, module = case.network(), case.module()
    inputs = [torch.rand(BATCH, 3, 12, 12)]
    totals = network.totals
    assert training(module, inputs) == totals["train_peak_bytes"]
    made, peak = inference(module, inputs)
    assert (totals["activation_bytes"] == made) is not case.copies
    assert (totals["peak_bytes"] == peak) is not case.copies
    assert network.params == sum(p.numel() for p in module.parameters())
    assert network.trainable == sum(p.numel() for p in module.parameters() if p.requires_grad)
    assert totals["weight_bytes"] == sum(t.nbytes for t in [*module.parameters(), *module.buffers()])


def test_views_of_parts_share_one_storage() -> None:
    b = Build()
    b.input("x", (4, 8, 8))
    b.layer("stem", op("Conv", 6, 3, padding=1))
    left = b.layer("split", op("Chunk", 2))
    right = b.port(1)
    conv = b.layer("conv", op("Conv", 3, 1), right)
    b.layer("add", op("add"), left, conv)
    network = b.done()
    maps = 8 * 8 * 4
    assert [layer.memory for layer in network] == [6 * maps, 0, 3 * maps, 3 * maps]
    assert network.totals["peak_bytes"] == (6 + 3 + 3) * maps


def test_a_list_of_values_shares_the_storage_of_each() -> None:
    b = Build()
    x = b.input("x", (4, 8, 8))
    wide = b.layer("wide", op("Conv", 40, 3, padding=1))
    b.layer("list", op("list"), x, wide)
    b.layer("pool", op("GlobalAvgPool"), b.port(1))
    assert b.done().totals["peak_bytes"] == 256 * (4 + 40)


def test_batch_and_dtype() -> None:
    one = plain().totals
    b = plain()
    twice = Network(b.ir, Setting(2 * BATCH, "float16")).totals
    assert twice["activation_bytes"] == one["activation_bytes"]
    assert twice["peak_bytes"] == one["peak_bytes"]
    assert Network(b.ir, Setting(BATCH, "float64")).totals["peak_bytes"] == 2 * one["peak_bytes"]


def test_a_long_lived_value_counts_until_its_last_use() -> None:
    """The skip of a U-Net lives through all that lies below; a dead end is freed at once, an output never."""
    b = Build()
    x = b.input("x", (1, 8, 8))
    skip = b.layer("skip", op("Conv", 10, 1), x)
    b.layer("dead", op("Conv", 100, 1), x)
    down = b.layer("down", op("MaxPool", 2), skip)
    low = b.layer("low", op("Conv", 40, 1), down)
    up = b.layer("up", op("ConvTranspose", 10, 2, stride=2), low)
    b.layer("add", op("add"), up, skip)
    totals = b.done().totals
    unit = 8 * 8 * 4
    assert totals["activation_bytes"] == (10 + 100) * unit + (10 + 40) * unit // 4 + 20 * unit
    assert totals["peak_bytes"] == (1 + 10 + 100) * unit


def test_outputs_live_to_the_end() -> None:
    b = Build()
    b.input("x", (1, 8, 8))
    early = b.layer("early", op("Conv", 10, 1))
    b.layer("pool", op("MaxPool", 2), early)
    late = b.layer("late", op("Conv", 60, 1))
    unit = 8 * 8 * 4
    assert b.done(early=early, late=late).totals["peak_bytes"] == 10 * unit + 10 * unit // 4 + 60 * unit // 4


def test_open_sizes_give_formulas() -> None:
    b = Build()
    h = symbol("H")
    b.input("x", (3, h, 8))
    b.layer("conv", op("Conv", 4, 3, padding=1))
    b.layer("relu", op("ReLU"))
    totals = b.done().totals
    assert totals["activation_bytes"] == 2 * 4 * 8 * 4 * h
    assert totals["train_peak_bytes"] == (3 + 4) * 8 * 4 * h
    assert totals["peak_bytes"] is None
    assert totals["macs"] == 4 * 27 * 8 * h


def test_sizes_that_must_be_known() -> None:
    """Where what a layer keeps depends on an open size, there is no figure, and no error."""
    b = Build()
    b.input("x", (3, symbol("H"), 8))
    b.layer("conv", op("Conv", 4, 3, stride=2, padding="same"))
    assert b.done().totals["train_peak_bytes"] is None
