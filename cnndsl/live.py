"""A network that can also be written out, drawn and built: what `Program.net` gives."""

from __future__ import annotations

import linecache
import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from . import network
from .diagnostics import Problem

if TYPE_CHECKING:
    import torch


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
