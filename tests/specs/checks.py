"""A network that ships to what is wrong with it: every claim beside torchvision's network of the same name.

A check gives what it found different, in words; nothing where all is the same.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import zip_longest
from math import inf
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from cnndsl import Problem
from cnndsl.field import Field
from tests.classics.checks import hold_figures, hold_values
from tests.classics.index import index

from .subject import DATA, HEADS, PUBLISHED, Subject


@cache
def measured() -> dict[str, list[list[Any]]]:
    """Receptive fields that were measured by autograd: name, kind, size, stride, padding, … of each layer and scope."""
    return json.loads(gzip.decompress((DATA / "torchvision_receptive_fields.json.gz").read_bytes()))["models"]  # type: ignore[no-any-return]


def contract(subject: Subject) -> Iterator[str]:
    """What the program itself asserts; a network that nothing else is held against has to assert its parameters."""
    if subject.heads is None:
        yield from (d.title for d in subject.network.diagnostics)
        yield from () if subject.name in PUBLISHED or keeps_figures(subject) else ("no number of parameters is asserted",)


def keeps_figures(subject: Subject) -> bool:
    """Whether it asserts its parameters, itself or in what is made from it."""
    return subject.is_base or bool(re.search(r"assert\b.*\bparams\b.*==", subject.text))


def params(subject: Subject) -> Iterator[str]:
    """The number of parameters."""
    ours, theirs = subject.network.params, sum(p.numel() for p in subject.peer.parameters())
    if ours != theirs:
        yield f"{ours:,} parameters, torchvision {theirs:,}"


def published(subject: Subject) -> Iterator[str]:
    """The figures that torchvision prints, to their digits, each for the input size that it is for."""
    for weights, printed in subject.published.items():
        if counted_with_heads(subject, "num_params") and subject.network.params != printed["num_params"]:
            yield f"{weights}: {subject.network.params:,} parameters, printed {printed['num_params']:,}"
        if counted_with_heads(subject, "gmacs"):
            macs = subject.macs(*printed["input"])
            if abs(macs / 1e9 - printed["gmacs"]) > 0.000_501:
                yield f"{weights}: {macs:,} MACs for {printed['input']}, printed {printed['gmacs']} G"


def counted_with_heads(subject: Subject, figure: str) -> bool:
    """Whether a printed figure speaks of this form of the network: it differs from network to network."""
    match subject.name:
        case "googlenet":
            return subject.heads is None
        case "inception_v3":
            return (subject.heads is not None) == (figure == "num_params")
    return subject.heads is not None or not set(HEADS) & set(subject.program.takes(subject.name))


def keys(subject: Subject) -> Iterator[str]:
    """The state_dict of the emitted module: keys, their order, shapes; and the same keys and shapes in the analysis."""
    stored = [(layer.path, weight) for layer in subject.network for weight in layer.weights]
    told = {f"{path}.{weight.name}".rstrip("."): tuple(weight.shape) for path, weight in stored}
    with torch.device("meta"):
        module = subject.network.to_torch()
    ours, theirs = ([(key, tuple(value.shape)) for key, value in one.state_dict().items()] for one in (module, subject.peer))
    if told != dict(ours):
        yield f"the analysis tells of other tensors than the module has: {dict(told.items() ^ dict(ours).items())}"
    if ours != theirs:
        mine, peers = next(pair for pair in zip_longest(ours, theirs, fillvalue=("nothing", ())) if pair[0] != pair[1])
        yield f"{mine[0]} {mine[1]}, torchvision {peers[0]} {peers[1]}"


def macs(subject: Subject) -> Iterator[str]:
    """Multiply–adds and output shapes, at the size that the program declares."""
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        outputs = subject.peer(torch.empty(2, *subject.shape, device="meta"))
    ours, theirs = subject.macs(), counter.get_total_flops() / 4  # of two samples, multiplications and additions
    if ours != theirs:
        yield f"{ours:,} MACs, torchvision {theirs:,}"
    shapes = {name: tuple(value.shape[1:]) for name, value in by_name(outputs).items()}
    if paired(subject.network.outputs) != paired(shapes):
        yield f"outputs {subject.network.outputs}, torchvision {shapes}"


def by_name(outputs: Any) -> dict[str, torch.Tensor]:
    """The outputs of a module by their names; of a single one it is `out`."""
    if isinstance(outputs, torch.Tensor):
        return {"out": outputs}
    return dict(outputs) if isinstance(outputs, dict) else outputs._asdict()


def paired(outputs: dict[str, Any]) -> dict[str, Any]:
    """Outputs without the names where there is only one."""
    return outputs if len(outputs) > 1 else {"": next(iter(outputs.values()))}


def field(subject: Subject) -> Iterator[str]:
    """Receptive field, stride and padding of every convolution, pooling and scope, where they were measured."""
    for name, _, size, stride, padding, *_ in measured().get(subject.name, []) if subject.heads is None else []:
        try:
            found = subject.network.receptive_field(name)
        except Problem as problem:
            yield problem.title
            continue
        assert isinstance(found, Field), "of one input"
        if (subject.name, name) in IMAGE_POOLED:
            if found.size[-1] != inf:
                yield f"{name}: sees {found}, and pools the whole image"
            continue
        start = found.start[-1]
        ours = (found.size[-1], found.stride[-1], None if start is None else -start)
        if ours != (size, stride, padding):
            yield f"{name}: field, stride, padding {ours}, measured {(size, stride, padding)}"


# DeepLabV3 from its image pooling on: the measurement has a 1×1 convolution there, the network sees everything
IMAGE_POOLED = {
    ("deeplabv3_resnet50", f"classifier{place}") for place in (".0.convs.4", ".0.project.0", ".0.project", ".0", ".1", ".4", "")
}


def values(subject: Subject) -> Iterator[str]:
    """With torchvision's state_dict, loaded strictly: outputs bit for bit in evaluation; in training, with the same
    random numbers for dropout and stochastic depth, outputs and moved statistics."""
    twins = subject.twins()
    with torch.no_grad():
        yield from compared("evaluation", twins.ours(twins.batch), twins.theirs(twins.batch))
        outputs = []
        for module in (twins.ours, twins.theirs):
            torch.manual_seed(1)
            outputs.append(module.train()(twins.batch))
        yield from compared("training", *outputs)
    stored = twins.ours.state_dict()
    moved = [key for key, value in twins.theirs.state_dict().items() if not torch.equal(value, stored[key])]
    yield from [f"{key} differs after a step of training" for key in moved[:1]]


def compared(when: str, ours: Any, theirs: Any) -> Iterator[str]:
    """Outputs by name, bit for bit; torchvision gives the auxiliary ones of some networks in training alone."""
    mine, peers = by_name(ours), by_name(theirs)
    if len(peers) == 1:
        mine, peers = paired({key: mine[key] for key in list(mine)[:1]}), paired(peers)
    if mine.keys() != peers.keys():
        yield f"{when}: outputs {', '.join(mine)}, torchvision {', '.join(peers)}"
        return
    for name, expected in peers.items():
        if not bool(expected.isfinite().all()) or float(expected.std()) == 0:
            yield f"{when}: torchvision's output {name or 'out'} tells nothing"
        if not torch.equal(mine[name], expected):
            apart = float((mine[name] - expected).abs().max() / expected.abs().max())
            yield f"{when}: output {name or 'out'} differs by {apart:.1e}"


def by_hand(subject: Subject) -> Iterator[str]:
    """Parameters, stored tensors, MACs, shapes, outputs and gradients of a module of plain torch, see tests/classics."""
    case = index()[subject.name]
    for hold in (hold_figures, hold_values):
        try:
            hold(case)
        except AssertionError as error:
            yield f"by hand: {str(error).strip().splitlines()[0] if str(error) else hold.__name__}"


Check = Callable[[Subject], Iterator[str]]
ALONE: dict[str, Check] = {"contract": contract}
BESIDE: dict[str, Check] = {
    "params": params,
    "published": published,
    "keys": keys,
    "MACs": macs,
    "field": field,
    "values": values,
}
BY_HAND: dict[str, Check] = {"by hand": by_hand}


def applies(check: str, subject: Subject) -> bool:
    """Whether there is something to hold this form of a network against."""
    if check in ALONE:
        return True
    if check in BY_HAND:
        return subject.name in index()
    if subject.name not in PUBLISHED:
        return False
    if check == "published":
        return any(counted_with_heads(subject, figure) for figure in ("num_params", "gmacs"))
    return check != "field" or (subject.heads is None and subject.name in measured())
