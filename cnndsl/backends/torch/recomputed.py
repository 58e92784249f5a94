"""A network that keeps little for the backward pass to the text of a Python file: blocks are methods, checkpointed."""

from __future__ import annotations

from ...backward import told
from ...checkpointing import Checkpointed, checkpointed
from ...graph import Graph
from ...network import Network
from ...reserved import RESERVED
from .file import File, Signature, forms
from .names import Names, identifier

RECOMPUTED = '''\
class Still:
    """While a block is computed again, running statistics do not move: they did so the first time."""

    def __init__(self, network: nn.Module) -> None:
        self.network = network

    def __enter__(self) -> None:
        norms: list[Any] = [m for m in self.network.modules() if hasattr(m, "track_running_stats")]
        self.kept = [(norm, norm.momentum, norm.num_batches_tracked) for norm in norms]
        for norm in norms:
            norm.momentum, norm.num_batches_tracked = 0.0, None

    def __exit__(self, *_: object) -> None:
        for norm, momentum, count in self.kept:
            norm.momentum, norm.num_batches_tracked = momentum, count


def recomputed(network: nn.Module, block: Callable[..., Any], *inputs: Tensor) -> Any:
    """What a block gives; in training it keeps its inputs alone, and is computed again in the backward pass."""
    if not (network.training and torch.is_grad_enabled()):
        return block(*inputs)
    return checkpoint(
        block, *inputs, use_reentrant=False, context_fn=lambda: (nullcontext(), Still(network))
    )
'''
TAKEN = ("Callable", "Still", "checkpoint", "nullcontext", "recomputed")


def source(network: Network) -> tuple[str, Checkpointed]:
    """The file's text, and what was done; raises CompileError where a layer has no PyTorch form."""
    writing = Recomputing(network)
    return writing.text(), writing.made


class Recomputing(File):
    """The writing of one file whose blocks are computed again."""

    def __init__(self, network: Network) -> None:
        super().__init__(network)
        methods = Names((*self.root.children, *self.root.attributes.values(), *RESERVED))
        self.made = checkpointed(
            network, lambda name: methods.take(identifier(name, "block"), f"{identifier(name, 'block')}_block")
        )
        self.helpers += [RECOMPUTED.strip("\n")] * bool(self.made.segments)

    def defined(self) -> set[str]:
        return super().defined() | set(TAKEN)

    def description(self) -> str:
        return "\n".join([super().description(), "", "To be trained in less memory:", *(f"- {line}" for line in told(self.made))])

    def forward(self) -> list[str]:
        lines = []
        for method, graph in self.made.bodies.items():
            lines += [*self.method(method, graph, forms(graph), signature(graph)), ""]
        return [*lines, *self.method("forward", self.made.main, forms(self.made.main), self.signature)]


def signature(graph: Graph) -> Signature:
    """The parameters of a block's method."""
    return Signature("", {name: name for name in graph.inputs}, None, {})
