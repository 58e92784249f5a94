"""The one generic test of a layer: everything that its class claims, held against torch.

A family's test file keeps a list `CASES` of `Case` and runs `hold` over it. The peer is built by hand, apart from what
the layer emits.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

from cnndsl.diagnostics import Problem
from cnndsl.op import Applied, Call, ChannelsLast, Op, Shape, Torch, rank, spatial
from cnndsl.reading import Patch, Reading
from cnndsl.semiring import HOW_OFTEN, WHETHER, Array
from cnndsl.symbols import Dim, Symbolic, symbol

torch.set_num_threads(1)
BATCH = 2
LABEL = "label"  # what the layer is called in the emitted module; a tensor named "" is stored under just this
BITS, NEAR = {"rtol": 0.0, "atol": 0.0}, {"rtol": 1e-12, "atol": 1e-12}
Peer = Callable[[], Callable[..., Any]]  # makes a module, or a function where nothing is stored


@dataclass(frozen=True)
class Case:
    """One layer on inputs of given shapes (without the batch; ChannelsLast where they are), and what torch calls it.

    `exact`: the values are equal bit for bit, since the same operations of torch run; else to 1e-12. `unit`: with all
    weights 1, an input reaches an output by as many times as the relation repeats it (convolutions). `same_start`: under
    one seed, both start from the same weights.
    """

    op: Op
    inputs: tuple[Shape, ...]
    peer: Peer
    exact: bool = True
    unit: bool = False
    same_start: bool = True

    def __str__(self) -> str:
        arguments = ",".join(f"{k}={v}" for k, v in self.op.written().items())
        return f"{self.op.word()}({arguments})@" + "+".join("x".join(map(str, shape)) for shape in self.inputs)


def hold(case: Case) -> None:
    """Holds a layer against torch: shapes, stored tensors, cost, values, memory, sharing of storage, and what is read."""
    io = Applied(case.op, case.inputs)
    torch.manual_seed(0)
    emitted = Emitted(io.torch)
    torch.manual_seed(0)
    peer = as_module(case.peer())
    check_call(io.torch.module)
    check_shapes(case, io, peer)
    check_weights(io, peer, emitted)
    if case.same_start:
        assert_state(emitted, peer)
    check_saved(case, io, emitted)
    check_aliases(case, io, emitted)
    check_macs(case, io, peer)
    emitted, peer = emitted.double(), peer.double()
    check_values(case, emitted, peer)
    check_reads(case, io, emitted)
    check_symbolic(case, io)


# The emitted code, run


class Emitted(nn.Module):  # type: ignore[misc]
    """The PyTorch form of a layer, made to run under one label."""

    def __init__(self, form: Torch) -> None:
        super().__init__()
        self.names: dict[str, Any] = {"torch": torch, "nn": nn, "F": functional, "self": self}
        if form.helper is not None:
            exec(form.helper, self.names)
        if form.module is not None:
            setattr(self, LABEL, eval(source(form.module), self.names))
        if form.parameter is not None:
            setattr(self, LABEL, nn.Parameter(eval(form.parameter, self.names)))
        for statement in form.init:
            exec(statement.format(m=f"self.{LABEL}"), self.names)
        self.text = form.forward

    def forward(self, *xs: Tensor) -> Any:
        names = [f"x{i}" for i in range(len(xs))]
        text = self.text.format(*names, m=f"self.{LABEL}", xs=", ".join(names))
        return eval(text, {**self.names, **dict(zip(names, xs, strict=True))})


def source(call: Call) -> str:
    """A constructor call as text."""
    parts = [
        written(value) if place < call.positional else f"{name}={written(value)}"
        for place, (name, value) in enumerate(call.arguments.items())
    ]
    return f"{call.name}({', '.join(parts)})"


def written(value: object) -> str:
    return f'float("{value}")' if isinstance(value, float) and not math.isfinite(value) else repr(value)


def as_module(peer: Callable[..., Any]) -> nn.Module:
    if isinstance(peer, nn.Module):
        return peer
    module = nn.Module()
    module.forward = peer
    return module


def stem(name: str) -> str:
    """The emitted module's name of a tensor, as the peer has it."""
    return name.removeprefix(f"{LABEL}.")


# The checks


def check_call(call: Call | None) -> None:
    """Arguments are written in torch's order, and none that equals torch's default."""
    if call is None or not call.name.startswith("nn."):
        return
    parameters = inspect.signature(getattr(nn, call.name.removeprefix("nn."))).parameters
    names = [name for name in parameters if name in call.arguments]
    assert list(call.arguments) == names, f"{call} is not in torch's order"
    assert names[: call.positional] == list(parameters)[: call.positional], f"{call} cannot be written by position"
    for name in names[call.positional :]:
        assert call.arguments[name] != parameters[name].default, f"{call.name} has {name} by default"


def check_shapes(case: Case, io: Applied, peer: nn.Module) -> None:
    with torch.no_grad():
        outputs = as_list(peer.eval()(*samples(case, torch.float32)))
    assert [tuple(y.shape[1:]) for y in outputs] == [tuple(shape) for shape in io.outputs]


def check_weights(io: Applied, peer: nn.Module, emitted: nn.Module) -> None:
    claimed = [(w.name or LABEL, w.shape, w.dtype or "float32", w.trainable, w.buffer) for w in io.weights]
    for module in (peer, emitted):
        trainable = {name: p.requires_grad for name, p in module.named_parameters()}
        stored = [
            (stem(name), tuple(t.shape), str(t.dtype).removeprefix("torch."), trainable.get(name, False), name not in trainable)
            for name, t in module.state_dict().items()
        ]
        assert claimed == stored
    assert io.params == sum(p.numel() for p in peer.parameters())
    assert io.trainable == sum(p.numel() for p in peer.parameters() if p.requires_grad)


def assert_state(emitted: nn.Module, peer: nn.Module) -> None:
    mine = {stem(name): t for name, t in emitted.state_dict().items()}
    for name, t in peer.state_dict().items():
        assert torch.equal(mine[name], t), f"{name} differs"


def check_macs(case: Case, io: Applied, peer: nn.Module) -> None:
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        peer.eval()(*samples(case, torch.float32))
    assert counter.get_total_flops() == 2 * BATCH * io.macs


def check_values(case: Case, emitted: nn.Module, peer: nn.Module) -> None:
    randomise(peer)
    by_stem = {stem(name): name for name in emitted.state_dict()}
    emitted.load_state_dict({by_stem[name]: t for name, t in peer.state_dict().items()})
    for training, signed in product((False, True), repeat=2):
        results = []
        for module in (emitted, peer):
            torch.manual_seed(1)
            results.append(as_list(module.train(training)(*samples(case, torch.float64, signed))))
        for mine, theirs in zip(*results, strict=True):
            assert mine.shape == theirs.shape
            assert signed or not theirs.isnan().any()  # a broken power of a negative number is none in both
            assert torch.allclose(mine, theirs, **(BITS if case.exact else NEAR), equal_nan=True)
        assert_state(emitted, peer)  # what training moves, it moves alike


def check_saved(case: Case, io: Applied, emitted: nn.Module) -> None:
    inputs = [x.requires_grad_().clone() for x in samples(case, torch.float32)]
    own = {t.untyped_storage().data_ptr() for t in (*emitted.parameters(), *emitted.buffers())}
    seen: dict[int, Any] = {}

    def pack(t: Tensor) -> Tensor:
        storage = t.untyped_storage()
        if storage.data_ptr() not in own:
            seen[storage.data_ptr()] = storage  # held, so that no address is used twice
        return t

    with saved_tensors_hooks(pack, lambda t: t):
        outputs = as_list(emitted.train()(*inputs))
    claim = io.saved
    known = {t.untyped_storage().data_ptr() for t in (*inputs, *outputs)}
    places = (*claim.inputs, *(place for place, _ in claim.guarded))  # all weights and inputs need a gradient here
    expected = {inputs[i].untyped_storage().data_ptr() for i in places}
    expected |= {y.untyped_storage().data_ptr() for y in outputs} if claim.output else set()
    kept = [i for i, x in enumerate(inputs) if x.untyped_storage().data_ptr() in seen]
    assert seen.keys() & known == expected, f"torch keeps the inputs {kept} of those and the outputs; claimed: {claim}"
    rest = sum(storage.nbytes() for address, storage in seen.items() if address not in known)
    assert (
        rest == 4 * (BATCH * claim.elements + claim.fixed) + BATCH * (8 * claim.indices + claim.flags) + 8 * claim.fixed_indices
    ), claim


def check_aliases(case: Case, io: Applied, emitted: nn.Module) -> None:
    for training in (False, True):
        inputs = samples(case, torch.float32)
        with torch.no_grad():
            outputs = as_list(emitted.train(training)(*inputs))
        for y in outputs:
            shares = y.untyped_storage().data_ptr() == inputs[0].untyped_storage().data_ptr()
            assert io.op.aliases(io, training) == shares, f"training={training}"


def check_reads(case: Case, io: Applied, emitted: nn.Module) -> None:
    """Every input number is raised in turn, one a sample; the outputs that move are those that read it.

    A gradient would follow only the largest of a pooling window. Weights and inputs are positive: nothing cancels.
    """
    if case.unit:
        with torch.no_grad():
            for parameter in emitted.parameters():
                parameter.fill_(1)
    for index, relation in enumerate(io.relations):
        moves = response(case, emitted.eval(), io, index)
        assert len(relation.axes) == rank(io.inputs[index]), "a relation has an axis for each of the input's"
        said = multiplicities(Reading(relation, io.inputs[index], io.output))
        if case.unit:
            assert torch.allclose(moves, said, rtol=0, atol=1e-9), f"input {index} is read otherwise"
        elif relation.statistics:
            assert bool((moves != 0)[said != 0].all()), f"input {index}: less is read than is said"
            assert bool((moves != 0)[said == 0].any()), f"input {index}: no more is read; there are no statistics in it"
        else:
            assert torch.equal(moves != 0, said != 0), f"input {index}: {(moves != 0).ne(said != 0).sum()} pairs are wrong"


def response(case: Case, module: nn.Module, io: Applied, index: int) -> Tensor:
    """What each output gains when an input gains 1: (c_out, *space_out, c_in, *space_in)."""
    xs = [x[:1] for x in samples(case, torch.float64)]
    size = xs[index].numel()
    with torch.no_grad():
        before = as_list(module(*(x.clone() for x in xs)))[0]
        many = [x.expand(size, *x.shape[1:]).clone() for x in xs]
        many[index] += torch.eye(size, dtype=torch.float64).view(size, *xs[index].shape[1:])
        moved = as_list(module(*many))[0] - before
    moved = torch.where(moved.abs() > 1e-12 * moved.abs().max(), moved, 0.0)
    if isinstance(io.output, ChannelsLast):
        moved = moved.movedim(-1, 1)
    moved = moved.movedim(0, -1).unflatten(-1, xs[index].shape[1:])
    return moved.movedim(-1, moved.dim() - len(io.inputs[index])) if isinstance(io.inputs[index], ChannelsLast) else moved


def check_symbolic(case: Case, io: Applied) -> None:
    """Where the sizes are left open, the formula gives the numbers that were found with them known."""
    x = case.inputs[0]
    if len(case.inputs) > 1 or isinstance(x, ChannelsLast) or rank(x) == 0:
        return
    names = "DHW"[-rank(x) :]
    known = dict(zip(names, spatial(x), strict=True))
    try:
        shape = case.op.shape((x[0], *map(symbol, names)))
    except Problem:  # a layer may say that it needs the size
        return
    shapes = shape if isinstance(shape, list) else [shape]
    assert [tuple(at(size, known) for size in each) for each in shapes] == [tuple(each) for each in io.outputs]


# What a relation says, as numbers


def multiplicities(reading: Reading) -> Tensor:
    """How often each output reads each input by the relation, unit by unit: (c_out, *space_out, c_in, *space_in).

    Backward it is found as often as forward it is found at all.
    """
    found: Array = np.zeros((*reading.by, *reading.of), np.int64)
    for unit in np.ndindex(*reading.by):
        patch = reading.back(single(unit, (reading.by[0], *(1,) * (len(unit) - 1))), HOW_OFTEN)
        if patch is not None:
            found[unit] = patch.filled(reading.of[1:], HOW_OFTEN)
    for number in np.ndindex(*reading.of):
        start: Array = np.zeros(reading.of, np.bool_)
        start[number] = True
        reached = reading.forth(start, WHETHER)
        assert (found[(..., *number)] > 0).tolist() == np.broadcast_to(False if reached is None else reached, reading.by).tolist()
    return torch.from_numpy(found).double()


def single(unit: tuple[int, ...], shape: tuple[int, ...]) -> Patch:
    values: Array = np.zeros(shape, np.int64)
    values[unit[0]] = 1
    return Patch(values, unit[1:])


# Data


def samples(case: Case, dtype: torch.dtype, signed: bool = False) -> list[Tensor]:
    """A batch of inputs, the same at every call: from 0.1 to 0.9, so that one raised by 1 is the largest; or from -0.9."""
    low = -0.9 if signed else 0.1
    generator = torch.Generator().manual_seed(2)
    return [torch.rand(BATCH, *shape, generator=generator, dtype=dtype) * (0.9 - low) + low for shape in case.inputs]


def randomise(module: nn.Module) -> None:
    """Every stored number from 0.5 to 1.5: positive, so that nothing cancels, and a variance may be one."""
    generator = torch.Generator().manual_seed(3)
    for t in module.state_dict().values():
        if t.is_floating_point():
            t.copy_(torch.rand(t.shape, generator=generator, dtype=t.dtype) + 0.5)


def as_list(result: Any) -> list[Tensor]:
    return [result] if isinstance(result, Tensor) else list(result)


def at(size: Dim, known: dict[str, Dim]) -> int:
    """The number that a formula gives."""
    if not isinstance(size, Symbolic):
        return size
    total = 0
    for term, factor in size.terms:
        for atom in term:
            factor *= int(known[atom.name]) if atom.top is None else at(atom.top, known) // atom.bottom  # type: ignore[arg-type]
        total += factor
    return total
