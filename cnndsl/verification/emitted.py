"""A network to its emitted module, run under watch: every line of forward is a node of ours, and tells what it gives."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from ..diagnostics import Problem
from ..graph import Node
from ..network import Network
from ..op import Shape
from ..verdict import Claim, Unchecked
from . import Effort

Line: TypeAlias = Callable[[], Any]  # the right side of an assignment in forward, not yet evaluated
Watch: TypeAlias = Callable[[Node, Line], Any]  # what stands in place of that evaluation
FULL = "torch ran out of memory"
WATCH = "__watch__"  # its name in the emitted module: none of ours begins so


class Failed(Exception):
    """Torch refuses what we emitted; `node` is where, None where the module cannot even be built."""

    def __init__(self, error: Exception, node: Node | None = None) -> None:
        super().__init__(told(error))
        self.node = node
        self.full = isinstance(error, MemoryError) or "can't allocate memory" in str(error)


def told(error: Exception) -> str:
    """An error's kind and first line."""
    first = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


class Bench:
    """A network on torch; each check has its own. `tell` takes how much of the check is done, from 0 to 1."""

    def __init__(self, network: Network, effort: Effort, tell: Callable[[float], None]) -> None:
        self.network = network
        self.graph = network.ir
        self.effort = effort
        self.tell = tell

    @cached_property
    def batch(self) -> int:
        return self.network.setting.batch

    @property
    def is_open(self) -> bool:
        """Whether the program leaves sizes open."""
        shapes = [*self.network.inputs.values(), *self.network.outputs.values()]
        return any(not isinstance(size, int) for shape in shapes for size in shape)

    @cached_property
    def names(self) -> dict[str, Any]:
        """The emitted file, executed, with every assignment of forward handed to WATCH first."""
        program = ast.parse(self.network.torch_source())  # type: ignore[attr-defined]  # live networks have it
        forward = forward_of(program)
        lines = [statement for statement in forward.body if isinstance(statement, ast.Assign)]
        if len(lines) != len(self.graph.layers):
            raise Problem(f"forward has {len(lines)} lines for {len(self.graph.layers)} layers", code="E0999")
        for place, line in enumerate(lines):
            line.value = watched(place, line.value)
        names: dict[str, Any] = {"__name__": f"verified_{self.network.name}"}
        try:
            exec(compile(ast.fix_missing_locations(program), f"<{self.network.name}>", "exec"), names)
        except ImportError as error:
            raise Problem(f"a foreign layer cannot be imported: {error}", code="E0006", help="install its package") from None
        return names

    def build(self, device: str = "cpu") -> nn.Module:
        """The emitted module, its weights drawn anew; raises Failed."""
        file = self.names["__name__"]
        classes = [value for value in self.names.values() if isinstance(value, type) and value.__module__ == file]
        try:
            with torch.device(device):
                return classes[-1]()  # after its helpers and the tuple of its outputs
        except Exception as error:
            raise Failed(error) from error

    def samples(self, batch: int, device: str = "cpu") -> list[Tensor]:
        """Random inputs, the same at every call."""
        generator = torch.Generator().manual_seed(0)
        sizes = [(batch, *shape) for shape in self.network.inputs.values()]
        if device == "meta":
            return [torch.empty(size, device="meta") for size in sizes]
        return [torch.rand(size, generator=generator) for size in sizes]

    def run(self, model: nn.Module, inputs: list[Tensor], watch: Watch) -> dict[str, Tensor]:
        """The outputs by name, every layer's evaluation handed to `watch`; raises Failed."""
        layers = self.graph.layers
        here: Node | None = None

        def watching(place: int, line: Line) -> Any:
            nonlocal here
            here = layers[place]
            self.tell(place / len(layers))
            return watch(here, line)

        self.names[WATCH] = watching
        try:
            result = model(*inputs)
        except Exception as error:
            raise Failed(error, here) from error
        several = len(self.graph.outputs) > 1
        return dict(zip(self.graph.outputs, result if several else [result], strict=True))

    def fits(self, amount: int) -> bool:
        """Whether so many bytes may be taken."""
        free = self.effort.memory if self.effort.memory is not None else free_memory()
        return free is None or amount <= free


def forward_of(program: ast.Module) -> ast.FunctionDef:
    """The forward of the network, which is the last class of the file."""
    network = [item for item in program.body if isinstance(item, ast.ClassDef)][-1]
    return next(item for item in network.body if isinstance(item, ast.FunctionDef) and item.name == "forward")


def watched(place: int, expression: ast.expr) -> ast.expr:
    """WATCH(place, lambda: expression)"""
    nothing = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
    return ast.Call(ast.Name(WATCH, ast.Load()), [ast.Constant(place), ast.Lambda(nothing, expression)], [])


def free_memory() -> int | None:
    """Bytes that can be had, some kept back; None where the system does not say."""
    try:
        known = re.search(r"MemAvailable: +(\d+) kB", Path("/proc/meminfo").read_text("ascii"))
        return int(0.8 * 1024 * int(known[1])) if known else None
    except OSError:
        return None


def guarded(findings: Iterator[Claim | Unchecked]) -> Iterator[Claim | Unchecked]:
    """The findings of a check; that torch refuses what we emitted is one too, and so is that our figures break a check."""
    try:
        yield from findings
    except Failed as error:
        yield Unchecked(FULL, error.node) if error.full else Claim("run", "runs", str(error), error.node)
    except Problem:
        raise
    except Exception as error:
        yield Claim("figures", "fit together", told(error))


def tensors(value: Any) -> list[Tensor]:
    """The outputs of a layer."""
    return [value] if isinstance(value, Tensor) else list(value)


def plain(shape: Shape) -> tuple[Any, ...]:
    """A shape whose channels may stand last, as torch has it."""
    return tuple(shape)
