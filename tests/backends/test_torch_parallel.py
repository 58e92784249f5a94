"""Emitted modules in parallel: DistributedDataParallel in two processes, and the replicas that DataParallel makes."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.distributed as dist
from torch import Tensor, multiprocessing, nn

from .emitted import outputs, total
from .ways import FAST, SLOW, Subject, cases, close, of_forms

QUICK = ("LeNet5", "Odd")


def shared(rank: int, store: str, subjects: list[Subject]) -> None:
    """One of two processes: what each network does, held against the same in one process."""
    if sys.platform == "linux":
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=2, timeout=timedelta(seconds=100))
    try:
        for subject in subjects:
            hold_gradients(subject, rank)
            hold_training(subject, rank)
    finally:
        dist.destroy_process_group()


def hold_gradients(subject: Subject, rank: int) -> None:
    """Half of the samples each: the gradients of the mean are those of all samples; in evaluation, where nothing is drawn."""
    model, alone = subject.model(), subject.model()
    inputs = subject.inputs(4)
    parallel = nn.parallel.DistributedDataParallel(model)
    made, wanted = parallel(*(one.chunk(2)[rank] for one in inputs)), alone(*inputs)
    close(made, type(wanted)(*(one.chunk(2)[rank] for one in wanted)) if isinstance(wanted, tuple) else wanted.chunk(2)[rank])
    total(made).backward()
    total(wanted).backward()
    for one, other in zip(model.parameters(), alone.parameters(), strict=True):
        assert (one.grad is None) == (other.grad is None) == (not one.requires_grad)
        if one.grad is not None and other.grad is not None:
            torch.testing.assert_close(one.grad, other.grad, rtol=1e-3, atol=1e-5)


def hold_training(subject: Subject, rank: int) -> None:
    """After some steps on samples of their own, both processes have the same weights, and others than before."""
    model = subject.model().train()
    before = weights(model)
    parallel = nn.parallel.DistributedDataParallel(model)
    optimiser = torch.optim.SGD([one for one in model.parameters() if one.requires_grad], lr=0.01)
    for _ in range(3):  # a parameter that a pass had left out would be told at the next
        optimiser.zero_grad()
        total(parallel(*(one.chunk(2)[rank] for one in subject.inputs(4)))).backward()
        optimiser.step()
    both = [torch.empty_like(before) for _ in range(2)]
    dist.all_gather(both, weights(model))
    assert torch.equal(*both)
    assert not torch.equal(both[0], before)


def weights(model: nn.Module) -> Tensor:
    return torch.cat([one.detach().flatten() for one in model.parameters()])


def in_two(subjects: list[Subject], folder: Path) -> None:
    """This process and another one."""
    store = str(folder / "store")
    other = multiprocessing.get_context("spawn").Process(target=shared, args=(1, store, subjects))
    other.start()
    shared(0, store, subjects)
    other.join()
    assert other.exitcode == 0


def test_two_processes(tmp_path: Path) -> None:
    in_two([one for one in of_forms(FAST) if one.net in QUICK], tmp_path)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_two_processes_with_all(tmp_path: Path) -> None:
    in_two([one for one in of_forms(FAST + SLOW) if one.net not in QUICK], tmp_path)


@pytest.mark.parametrize("subject", cases())
def test_replicas(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    """What DataParallel makes for each GPU, here on the CPU, with copies in place of what it would broadcast.

    Replicas use their own copies alone, and what they give is put together again under the same names.
    """
    model, inputs = subject.model(), subject.inputs(4)
    copies: list[list[Tensor]] = []

    def broadcast(tensors: list[Tensor], devices: list[int], detach: bool = False) -> list[list[Tensor]]:
        made = [[tensor.detach().clone() for tensor in tensors] for _ in devices]
        copies.extend(made)
        return made

    monkeypatch.setitem(nn.parallel.replicate.__globals__, "_broadcast_coalesced_reshape", broadcast)
    replicas = nn.parallel.replicate(model, [0, 1])
    wanted = model(*inputs)
    for tensor in (*model.parameters(), *model.buffers()):
        tensor.data = torch.full_like(tensor, float("nan")) if tensor.is_floating_point() else tensor.data
    halves = [replica(*(one.chunk(2)[place] for one in inputs)) for place, replica in enumerate(replicas)]
    close(gathered(halves), wanted)
    assert copies


def gathered(halves: list[Any]) -> Any:
    """Put together as `torch.nn.parallel.gather` does, whose own copying is for GPUs alone."""
    if isinstance(halves[0], Tensor):
        return torch.cat(halves)
    return type(halves[0])(*map(torch.cat, zip(*map(outputs, halves), strict=True)))


@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="DataParallel itself needs two GPUs")
@pytest.mark.parametrize("subject", cases("Odd"))
def test_data_parallel(subject: Subject) -> None:
    inputs = [one.cuda() for one in subject.inputs(4)]
    model = subject.model().cuda()
    close(nn.DataParallel(model)(*inputs), model(*inputs), 1e-3)
