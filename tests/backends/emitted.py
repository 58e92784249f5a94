"""Emitted files, loaded and watched while they run."""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from cnndsl.graph import Graph
from cnndsl.network import Network
from cnndsl.op import Shape

torch.set_num_threads(1)
ROOT = Path(__file__).parents[2]
OPEN = 32  # in place of a size that is left open


def load(text: str, folder: Path, name: str = "emitted") -> ModuleType:
    """The module of an emitted file, written there, imported as users do."""
    path = folder / f"{name}.py"
    path.write_text(text, "utf-8")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def watched(text: str) -> ModuleType:
    """The module with `SEEN` in it, which gets what each line of forward assigns, and the local tensors after it."""
    program = ast.parse(text)
    for forward in (
        f for f in ast.walk(program) if isinstance(f, ast.FunctionDef) and f.name == "forward" and is_network(f, program)
    ):
        forward.body = list(with_records(forward.body))
    module = ModuleType("watched")
    module.__dict__["SEEN"] = []
    exec(compile(ast.fix_missing_locations(program), "watched", "exec"), module.__dict__)
    return module


def is_network(function: ast.FunctionDef, program: ast.Module) -> bool:
    classes = [node for node in program.body if isinstance(node, ast.ClassDef) and function in node.body]
    return bool(classes) and classes[0] is [node for node in program.body if isinstance(node, ast.ClassDef)][-1]


def with_records(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Before what follows an assignment and its deletions: note the locals."""
    before: ast.stmt | None = None
    for statement in body:
        if before is not None and not isinstance(statement, ast.Delete):
            yield ast.parse("SEEN[-1].append({k: v for k, v in locals().items() if k != 'self'})").body[0]
            before = None
        yield statement
        if isinstance(statement, ast.Assign):
            first = statement.targets[0]
            names = [n.id for n in ([first] if isinstance(first, ast.Name) else first.elts)]  # type: ignore[attr-defined]
            yield ast.parse(f"SEEN.append([[{', '.join(names)}]])").body[0]
            before = statement


def network_class(module: ModuleType) -> type[nn.Module]:
    """The network is the last class of the file."""
    return [
        c for c in vars(module).values() if isinstance(c, type) and issubclass(c, nn.Module) and c.__module__ == module.__name__
    ][-1]


def samples(network: Network, batch: int = 2, dtype: torch.dtype = torch.float32) -> list[Tensor]:
    """Random inputs, on torch's current device."""
    return [torch.randn(batch, *concrete(shape), dtype=dtype) for shape in network.inputs.values()]


def concrete(shape: Shape) -> tuple[int, ...]:
    return tuple(size if isinstance(size, int) else OPEN for size in shape)


def outputs(result: Any) -> list[Tensor]:
    return [result] if isinstance(result, Tensor) else list(result)


def total(result: Any) -> Tensor:
    return torch.stack([tensor.float().mean() for tensor in outputs(result)]).sum()


def expected_state(network: Network) -> list[tuple[str, tuple[int, ...], str, bool]]:
    """Key, shape, dtype and whether it trains, of every stored tensor that the analysis lists, in the state_dict's order."""
    rows = {layer.path: layer for layer in network.layers if layer.call == 1}
    found = []
    for path in state_order([tuple(path.split(".")) for path in rows], network.ir):
        layer = rows[".".join(path)]
        for weight in layer.weights:
            key = f"{layer.path}.{weight.name}" if weight.name else layer.path
            found.append((key, weight.shape, weight.dtype or "float32", weight.trainable and not weight.buffer))
    return found


def state_order(paths: list[tuple[str, ...]], graph: Graph, at: int = 0) -> list[tuple[str, ...]]:
    """Paths in the order of torch's state_dict: a scope's own tensors, then child by child as they first appear."""
    own = {node.path for node in graph.layers if any(w.name == "" for w in node.io.weights)}
    ahead = [path for path in paths if path in own and len(path) == at + 1]
    children: dict[str, list[tuple[str, ...]]] = {}
    for path in paths:
        if path not in ahead:
            children.setdefault(path[at], []).append(path)
    rest = []
    for inner in children.values():
        rest += inner if len(inner) == 1 else state_order(inner, graph, at + 1)
    return ahead + rest


def state(model: nn.Module) -> list[tuple[str, tuple[int, ...], str, bool]]:
    trains = {name: parameter.requires_grad for name, parameter in model.named_parameters()}
    return [
        (key, tuple(tensor.shape), str(tensor.dtype).removeprefix("torch."), trains.get(key, False))
        for key, tensor in model.state_dict().items()
    ]


def check_lines(network: Network, text: str) -> None:
    """Every line of forward gives the shapes that the analysis says, and after it just what is still read is alive."""
    module = watched(text)
    model = network_class(module)().eval()
    inputs = samples(network, 1)
    with torch.no_grad():
        model(*inputs)
    seen = vars(module)["SEEN"]
    layers = network.ir.layers
    assert len(seen) == len(layers)
    values: dict[tuple[int, int], Tensor] = {}
    for node, (made, _) in zip(layers, seen, strict=True):
        if all(isinstance(size, int) for shape in node.io.outputs for size in shape):
            assert [tuple(tensor.shape[1:]) for tensor in made] == [tuple(shape) for shape in node.io.outputs], node
        values |= {(node.index, port): tensor for port, tensor in enumerate(made)}
    for place, (_, alive) in enumerate(seen):
        held = {id(tensor) for tensor in alive.values()} - {id(tensor) for tensor in inputs}
        assert held == {id(values[key]) for key in still_read(network.ir, place)} - {id(tensor) for tensor in inputs}, layers[
            place
        ]


def still_read(graph: Graph, place: int) -> set[tuple[int, int]]:
    """The values of layers up to a place that layers after it read, or that leave."""
    layers = graph.layers
    known = {node.index for node in layers[: place + 1]}
    readers = [value for node in layers[place + 1 :] for value in node.inputs] + list(graph.outputs.values())
    return {(value.node.index, value.port) for value in readers if value.node.index in known}


def ruff(folder: Path) -> str:
    """What ruff finds in the files of a folder, formatting and lint.

    B009 would have attributes in place of getattr, also of names that Python would read as others: `__x`, `ﬁ`.
    """
    found = ""
    for command in (["format", "--diff"], ["check", "--select", "E,F,W,I,B,UP", "--ignore", "E501,B009"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "--line-length", "100", "--no-cache", str(folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        found += (done.stdout + done.stderr) if done.returncode else ""
    return found
