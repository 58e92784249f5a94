"""Cutting along the channels against torch, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from cnndsl.diagnostics import Problem
from cnndsl.op import Applied, ChannelsLast, Op, Shape, channels, known, rank, spatial
from cnndsl.ops.cut import Chunk, Select, Slice, Split
from cnndsl.reading import Reading
from cnndsl.symbols import symbol

from .checks import Case, Emitted, hold, multiplicities

LAST = ChannelsLast((4, 2, 8))


def case(op: Op, shape: Shape, peer: Callable[..., Any]) -> Case:
    return Case(op, (shape,), lambda: peer)


def chunk(n: int, *shape: int) -> Case:
    return case(Chunk(chunks=n), shape, lambda x: torch.chunk(x, n, dim=1))


def split(sizes: Any, *shape: int) -> Case:
    asked = list(sizes) if isinstance(sizes, tuple) else sizes
    return case(Split(split_size_or_sections=sizes), shape, lambda x: torch.split(x, asked, dim=1))


CASES = [
    chunk(2, 8, 2, 3),
    chunk(1, 8, 2, 3),
    chunk(8, 8, 2, 3),
    chunk(3, 8, 2, 3),
    chunk(2, 5, 4),
    chunk(4, 10, 1, 2, 2),
    chunk(2, 7),
    case(Chunk(chunks=2), LAST, lambda x: torch.chunk(x, 2, dim=3)),
    split(4, 8, 2, 3),
    split(3, 8, 2, 3),
    split(9, 8, 2, 3),
    split((2, 6), 8, 2, 3),
    split((1, 4, 3), 8, 3),
    split((8,), 8, 2, 2, 2),
    split((2, 5), 7),
    case(Split(split_size_or_sections=(3, 5)), LAST, lambda x: torch.split(x, [3, 5], dim=3)),
    case(Slice(start=0, stop=3), (8, 2, 3), lambda x: x[:, 0:3]),
    case(Slice(start=2, stop=5), (8, 3), lambda x: x[:, 2:5]),
    case(Slice(start=5, stop=8), (8, 1, 2, 3), lambda x: x[:, 5:8]),
    case(Slice(start=0, stop=8), (8, 2, 3), lambda x: x[:, 0:8]),
    case(Slice(start=1, stop=2), (8,), lambda x: x[:, 1:2]),
    case(Slice(start=1, stop=4), LAST, lambda x: x[:, :, :, 1:4]),
    case(Select(index=(2, 1, 0)), (8, 2, 3), lambda x: torch.stack([x[:, 2], x[:, 1], x[:, 0]], dim=1)),
    case(Select(index=(7, 7)), (8, 3), lambda x: torch.stack([x[:, 7], x[:, 7]], dim=1)),
    case(Select(index=(0,)), (8,), lambda x: x[:, :1].clone()),
    case(Select(index=(5, 2)), LAST, lambda x: torch.stack([x[..., 5], x[..., 2]], dim=-1)),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_against_torch(case: Case) -> None:
    hold(case)


@pytest.mark.parametrize("case", [c for c in CASES if len(Applied(c.op, c.inputs).outputs) > 1], ids=str)
def test_every_part_reads_its_own_channels(case: Case) -> None:
    io = Applied(case.op, case.inputs)
    width = known(channels(io.input), "")
    x = torch.arange(width).view(width, *[1] * rank(io.input)).expand(1, width, *map(int, spatial(io.input)))  # type: ignore[arg-type]
    last = isinstance(io.input, ChannelsLast)
    for port, part in enumerate(Emitted(io.torch)(x.movedim(1, -1) if last else x)):
        relation = io.op.port_relation(io, port)
        assert relation is not None
        read = multiplicities(Reading(relation, io.input, io.outputs[port]))
        found = (part.movedim(-1, 1) if last else part)[0]  # the channel that each unit comes from
        for unit in np.ndindex(*found.shape):
            assert read[unit].nonzero().tolist() == [[int(found[unit]), *unit[1:]]]


@pytest.mark.parametrize("width", range(1, 14))
def test_chunk_is_torch_chunk_or_an_error(width: int) -> None:
    for chunks in range(1, 16):
        parts = torch.chunk(torch.empty(1, width), chunks, dim=1)
        if len(parts) == chunks:
            assert Chunk(chunks=chunks).shape((width,)) == [(part.shape[1],) for part in parts]
            continue
        with pytest.raises(Problem) as refused:
            Chunk(chunks=chunks).shape((width,))
        assert refused.value.code == "E0303"
        assert f"give {len(parts)} chunks of {parts[0].shape[1]}" in refused.value.title


REFUSED = [
    (Chunk(chunks=4), (6, 2), "E0303", "Chunk(3), or the sizes themselves: Split([2, 2, 1, 1])"),
    (Chunk(chunks=7), (6, 2), "E0303", "at most 6"),
    (Split(split_size_or_sections=(2, 5)), (8, 2, 2), "E0303", "add up to 8"),
    (Slice(start=4, stop=9), (8, 2, 2), "E0303", "Slice(4, 8)"),
    (Slice(start=4, stop=4), (8, 2, 2), "E0405", "larger"),
    (Select(index=(0, 8)), (8, 2, 2), "E0303", "0 to 7"),
    (Chunk(chunks=2), (symbol("C"), 2, 2), "E0308", "--input"),
]


@pytest.mark.parametrize(("op", "shape", "code", "help"), REFUSED, ids=lambda v: str(v)[:60])
def test_refuses(op: Op, shape: Shape, code: str, help: str) -> None:
    with pytest.raises(Problem) as refused:
        Applied(op, (shape,))
    assert refused.value.code == code
    assert help in (refused.value.help or "")


@pytest.mark.parametrize("value", [(), (0, 8), 0, (2.5,), "half"])
def test_sizes_of_parts_are_counts(value: object) -> None:
    with pytest.raises(ValueError, match=r"empty list|too small|whole number|not a number"):
        Split(split_size_or_sections=value)


@pytest.mark.parametrize("value", [(), 3, (-1,), (0.5,)])
def test_indices_are_a_list_from_0(value: object) -> None:
    with pytest.raises(ValueError, match=r"no list of channels|too small|whole number"):
        Select(index=value)
