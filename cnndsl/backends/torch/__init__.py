"""A network to a Python file: one torch module, torch its only import, that runs from the command line."""

from __future__ import annotations

from collections.abc import Sequence

from ...network import Network
from .deployed import source as deployed
from .file import source
from .readable.expressions import Unreadable
from .readable.trying import source as written
from .recomputed import source as recomputed

__all__ = ["deployed", "readable", "recomputed", "source"]


def readable(networks: Sequence[Network]) -> str | None:
    """Traced networks as one writes them by hand: a class for each block and net, a function for each preset.

    The first is the one that the file runs. A single network that has no such form comes unrolled; of several, None.
    """
    try:
        return written(networks)
    except Unreadable:
        return source(networks[0]) if len(networks) == 1 else None
