"""Foreign layers to declarations that state the facets as values."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...diagnostics import Problem
from ...extern_op import Extern
from ...notation import all_words, quoted, text
from ...op import Applied, Weight
from ...symbols import Symbolic
from .words import shape

INDENT = "  "


def declaration(io: Applied, name: str) -> list[str]:
    """The lines that declare an extern for the inputs at hand; raises Problem where their sizes are open."""
    op = io.op
    assert isinstance(op, Extern)
    if any(isinstance(size, Symbolic) for sizes in (*io.inputs, *io.outputs) for size in sizes) or isinstance(io.macs, Symbolic):
        raise Problem(
            f"the flat form states extern {op.name} in numbers, and sizes are open", help="say the input's size with --input"
        )
    parameters = ", ".join(f"{key} = {text(value, bound=all_words())}" for key, value in op.settings)
    inputs = [f"input x{place}: {shape(sizes, '')}" for place, sizes in enumerate(io.inputs)]
    return [
        f"extern {name}({parameters}) {{" if parameters else f"extern {name} {{",
        *(INDENT + line for line in [*inputs, *facets(op, io)]),
        "}",
    ]


def facets(op: Extern, io: Applied) -> Iterator[str]:
    yield f"output_shape = {text(op.output_shape)}"
    if op.stored is None:
        yield f"params = {op.params}"
    else:
        yield f"weights = [{', '.join(map(tensor, op.stored))}]"
    yield f"macs = {io.macs}"
    if op.rf is not None:
        yield f"rf = {field(op.rf)}"
    if op.target is not None:
        yield f"torch = {quoted(plain(op.target))}"


def plain(target: str) -> str:
    """The call of a class in which nothing is filled in again: braces in its texts, written as Python lets one."""
    return re.sub(r"\{(?=[A-Za-z_]\w*\})", r"\\x7b", target)


def field(rf: object) -> str:
    """`rf` as declared: a kernel size alone leaves stride and padding to be concluded."""
    if isinstance(rf, str):
        return quoted(rf)
    assert isinstance(rf, tuple)
    return text(rf[0]) if rf[1] is None else text(rf)


def tensor(weight: Weight) -> str:
    words = [*(["buffer"] if weight.buffer else []), *([weight.dtype] if weight.dtype else [])]
    return "[" + ", ".join([quoted(weight.name), text(weight.shape), *map(quoted, words)]) + "]"
