"""Random networks with branches, lists, shared layers and dead ends: what the file computes is what the graph says."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from cnndsl.backends.torch import source
from cnndsl.backends.torch.literals import call
from cnndsl.network import Network
from tests.build import Build, op

from .emitted import check_lines, expected_state, load, network_class, outputs, ruff, samples, state

CHANNELS = 4
SCOPES = ["", "a", "a.0", "a.1", "b.keys", "b.in", "c.relu", "0", "x"]
SAME = [op("Conv", CHANNELS, 3, padding=1), *map(op, ("BatchNorm", "ReLU", "PReLU", "Sigmoid", "LayerScale"))]


def network(seed: int) -> Network:
    """A network whose values all have one shape, so that nothing but the names tells them apart."""
    chance = random.Random(seed)
    build = Build("Random")
    values = [build.input(name, (CHANNELS, 6, 6)) for name in chance.sample(["x", "image", "relu", "a_0"], chance.randint(1, 2))]
    made: dict[str, tuple[Any, int, bool]] = {}
    taken = set(SCOPES) | {f"{scope}.{scope}" for scope in SCOPES}
    for place in range(chance.randint(1, 25)):
        recent = values[-1] if chance.random() < 0.6 else chance.choice(values)
        scope = chance.choice(SCOPES)
        label = chance.choice([str(place), f"conv{place}", "relu", "x", "in"])
        path = f"{scope}.{label}" if scope else label
        if path in taken:
            path = f"{scope}.l{place}" if scope else f"l{place}"
        taken.add(path)
        kind = chance.random()
        if kind < 0.15 and made:
            path, (layer, calls, frozen) = chance.choice(list(made.items()))
            made[path] = (layer, calls + 1, frozen)
            values.append(build.layer(path, layer, recent, call=calls + 1, frozen=frozen))
        elif kind < 0.35:
            values.append(build.layer(path, op(chance.choice(["add", "mul", "sub", "maximum"])), recent, chance.choice(values)))
        elif kind < 0.45:
            parts = chance.choice([1, 2, 4])
            build.layer(path, op("Chunk", parts), recent)
            ports = [build.port(number) for number in range(parts)]
            chance.shuffle(ports)
            joined = ports[: chance.randint(1, parts)] * parts
            values.append(build.layer(f"{path}_cat", op("cat"), *joined[:parts]))
        else:
            layer = chance.choice(SAME)
            made[path] = (layer, 1, chance.random() < 0.2)
            values.append(build.layer(path, layer, recent, frozen=made[path][2]))
    leaving = [values[-1], *chance.sample(values, min(len(values), chance.randint(0, 2)))]
    done = build.done()
    done.ir.outputs = {f"out{number}": value for number, value in enumerate(leaving)}
    return done


def interpreted(network: Network, model: nn.Module, inputs: list[Tensor]) -> list[Tensor]:
    """The network's outputs, each node by itself with the model's tensors."""
    found: dict[tuple[int, int], Tensor] = dict(
        zip([(node.index, 0) for node in network.ir.inputs.values()], inputs, strict=True)
    )
    for node in network.ir.layers:
        form = node.io.torch
        names = {f"v{place}": found[value.node.index, value.port] for place, value in enumerate(node.inputs)}
        kept = None
        if node.io.weights:
            kept = model.get_parameter(node.key) if form.module is None else model.get_submodule(node.key)
        elif form.module is not None:
            kept = eval(call(form.module), {"nn": nn})
        text = form.forward.format(*names, m="kept", xs=", ".join(names))
        result = eval(text, {"torch": torch, "F": functional, "kept": kept, **names})
        found |= {(node.index, port): tensor for port, tensor in enumerate(outputs(result))}
    return [found[value.node.index, value.port] for value in network.ir.outputs.values()]


@pytest.mark.parametrize("seed", range(150))
def test_values_and_lives(seed: int, tmp_path: Path) -> None:
    net = network(seed)
    text = source(net)
    model = network_class(load(text, tmp_path))()
    assert state(model) == expected_state(net)
    for tensor in model.parameters():
        nn.init.uniform_(tensor.data, 0.5, 1.0)
    inputs = samples(net)
    with torch.no_grad():
        mine, said = outputs(model.eval()(*inputs)), interpreted(net, model, inputs)
    assert all(torch.equal(a, b) for a, b in zip(mine, said, strict=True))
    check_lines(net, text)


def test_random_files_are_formatted_and_clean(tmp_path: Path) -> None:
    for seed in range(150):
        (tmp_path / f"random{seed}.py").write_text(source(network(seed)), "utf-8")
    assert ruff(tmp_path) == ""


def test_the_random_networks_hold_what_they_should() -> None:
    nodes = [node for seed in range(150) for node in network(seed).ir.layers]
    assert {node.op.title() for node in nodes} >= {layer.title() for layer in SAME} | {"Chunk", "cat", "add", "mul"}
    assert any(node.call > 2 for node in nodes)
    assert any(value.port > 0 for node in nodes for value in node.inputs)
