"""What a backend for `analyze` is: networks to text, pure. Every file of `backends/` with a `render` is one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import NamedTuple, Protocol, cast

from . import backends
from .diagnostics import Problem, did_you_mean
from .network import Network


class Options(NamedTuple):
    """How a report is to look; a backend leaves aside what means nothing to it.

    `depth`: scopes with so many labels in their path become one row (None: every layer has one); `color`: with the
    control sequences of a terminal; `width`: of the terminal in cells (None: as wide as it gets); `ascii`: nothing
    but ASCII; `summary`: a line for each network, also where there is only one, as long as no depth is asked for;
    `templates`: nets that still need parameters, to be listed.
    """

    depth: int | None = None
    color: bool = False
    width: int | None = None
    ascii: bool = False
    summary: bool = False
    templates: tuple[str, ...] = ()

    def overview(self, networks: Sequence[Network]) -> bool:
        """Whether networks have a line each, and not their layers."""
        return self.depth is None and (self.summary or len(networks) > 1)


class Backend(Protocol):
    """A module of `backends/`; the text ends with a line end."""

    def render(self, networks: Sequence[Network], options: Options) -> str: ...


@cache
def names() -> tuple[str, ...]:
    """The formats of `analyze`, found by folder, read off the files' text: none is imported for it."""
    files = sorted(Path(backends.__path__[0]).glob("*.py"))
    return tuple(file.stem for file in files if re.search(r"^def render\(", file.read_text("utf-8"), re.MULTILINE))


def find(name: str) -> Backend:
    """The backend of a format; raises Problem where there is none."""
    if name not in names():
        near = did_you_mean(name, names())
        known = f"did you mean `{near}`?" if near else f"there are {', '.join(names())}"
        raise Problem(f"there is no format {name}", code="E0921", help=known)
    return cast(Backend, import_module(f"{backends.__name__}.{name}"))
