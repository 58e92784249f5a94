"""A network that can also be written out, drawn and built: what `Program.net` gives."""

from __future__ import annotations

import linecache
import sys
from collections.abc import Callable, Sequence
from functools import cached_property
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from . import network
from .diagnostics import Problem
from .graph import Node, Value

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray

    from .influence import Influence
    from .sight import Windows


class Network(network.Network):
    """The figures of a network (see `cnndsl.network.Network`), and the texts and the module made from it.

    Backends are loaded when they are first asked for: most uses want figures alone.
    """

    def torch_source(self) -> str:
        """The text of a self-contained module that imports torch alone."""
        return str(self._backend("torch").source(self))

    def to_torch(self) -> torch.nn.Module:
        """A live torch.nn.Module, its weights drawn as its layers draw them; raises Problem where torch is missing.

        `model(x)` takes tensors of shape (batch, *input) in the order of the inputs; of several outputs it gives a
        NamedTuple by their names.
        """
        try:
            import torch  # noqa: F401
        except ImportError:
            help = "pip install torch, or pip install 'cnndsl[torch]'"
            raise Problem("torch is not installed, and a live module needs it", code="E0006", help=help) from None
        module = self._module()
        own = [value for value in vars(module).values() if isinstance(value, type) and value.__module__ == module.__name__]
        return own[-1]()  # after its helpers and the tuple of its outputs

    def expanded(self) -> str:
        """The flat form: a program of one line a layer."""
        return str(self._backend("cnn").source(self))

    def diagram(self, depth: int | None = None, **options: Any) -> str:
        """The picture as DOT text; `cnndsl.drawing.render` makes SVG, PNG or PDF of it."""
        return str(self._backend("dot").source(self, depth, **options))

    def window(self, path: str) -> Windows | dict[str, Windows | None] | None:
        """The window of every unit of a layer, merge, block or group on the input: see `cnndsl.sight.Windows`.

        None where no input arrives there; of several inputs a dict by name, here as below.
        """
        place = self._place(path)
        return self._each(lambda node: self._windows(node).get(place))  # type: ignore[no-any-return]

    def support(self, path: str, channel: int, *place: int) -> NDArray[np.bool_] | dict[str, NDArray[np.bool_]]:
        """Which numbers of the input can influence a unit: booleans, (channels, *spatial) of the input.

        The unit is a channel and a place: `net.support("layer1", 0, 28, 28)`. Raises Problem where there is none.
        """
        return self._of_unit("support", path, channel, place)

    def paths(self, path: str, channel: int, *place: int) -> NDArray[Any] | dict[str, NDArray[Any]]:
        """Along how many paths each number of the input reaches a unit, (channels, *spatial): the gradient of the unit in the
        network with all weights 1. int64 where the numbers fit, else Python's integers.
        """
        return self._of_unit("paths", path, channel, place)

    def influence(self, path: str, channel: int, *place: int) -> Influence | dict[str, Influence]:
        """How much each number of the input moves a unit at initialisation: see `cnndsl.influence.Influence`."""
        value = self.value(path)
        at = import_module(f"{__package__}.sight").unit(value, channel, place)
        found = import_module(f"{__package__}.influence").influence(self.ir, value, at)
        return self._each(lambda node: found[node.key])  # type: ignore[no-any-return]

    def projective_field(self, path: str, channel: int, *place: int, input: str | None = None) -> NDArray[np.bool_]:
        """Which units of a layer a number of the input reaches: booleans, (channels, *spatial) of the layer.

        `channel` and `place` are those of the number; of several inputs, `input` names the one.
        """
        node = self._input(input)
        sight = import_module(f"{__package__}.sight")
        target = self.value(path)
        return sight.reached(self.ir, node, sight.unit(Value(node), channel, place), target)

    def unread(self) -> NDArray[np.bool_] | dict[str, NDArray[np.bool_]]:
        """Which numbers of the input no output reads: booleans, (channels, *spatial)."""
        found = import_module(f"{__package__}.sight").read(self.ir)
        return self._each(lambda node: ~found[node.key])

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """What Jupyter shows: picture and table, which are plain text elsewhere."""
        return shown([self])

    def _of_unit(self, answer: str, path: str, channel: int, place: tuple[int, ...]) -> Any:
        sight = import_module(f"{__package__}.sight")
        value = self.value(path)
        found = getattr(sight, answer)(self.ir, value, sight.unit(value, channel, place))
        return self._each(lambda node: found[node.key])

    def _place(self, path: str) -> tuple[int, int]:
        value = self.value(path)
        return value.node.index, value.port

    def _windows(self, node: Node) -> dict[tuple[int, int], Windows]:
        if node.key not in self._known_windows:
            self._known_windows[node.key] = import_module(f"{__package__}.sight").windows(self.ir, node)
        return self._known_windows[node.key]

    @cached_property
    def _known_windows(self) -> dict[str, dict[tuple[int, int], Windows]]:
        return {}

    def _input(self, name: str | None) -> Node:
        inputs = self.ir.inputs
        if name is None and len(inputs) == 1:
            return next(iter(inputs.values()))
        if name not in inputs:
            what = f"{self.name} has no input {name}" if name else f"{self.name} has several inputs"
            raise Problem(what, code="E0922", help=f"say one of them: {', '.join(inputs)}")
        return inputs[name]

    def _each(self, found: Callable[[Node], Any]) -> Any:
        """What is found for the only input, or for each of several by its name."""
        by_input = {name: found(node) for name, node in self.ir.inputs.items()}
        return by_input if len(by_input) != 1 else next(iter(by_input.values()))

    def _backend(self, name: str) -> ModuleType:
        return import_module(f"{__package__}.backends.{name}")

    def _module(self) -> ModuleType:
        """The emitted source as a module; tracebacks show its lines."""
        source, name = self.torch_source(), f"cnndsl_{self.name}_{id(self):x}"
        path = f"<{name}>"
        module = ModuleType(name)
        sys.modules[name] = module  # pickling and torch look classes up by their module
        linecache.cache[path] = (len(source), None, source.splitlines(keepends=True), path)
        exec(compile(source, path, "exec"), vars(module))
        return module


def shown(networks: Sequence[network.Network], needing: Sequence[str] = ()) -> dict[str, str]:
    """What a notebook shows of networks, by MIME type: see `cnndsl.showing.bundle`."""
    found: dict[str, str] = import_module(f"{__package__}.showing").bundle(networks, needing)
    return found
