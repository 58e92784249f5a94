"""Words for the parts of a picture: what stands in a box, above a frame, on a link, and in what a pointer brings up."""

from __future__ import annotations

from ...graph import Node
from ...notation import notation
from .figures import content
from .folding import Copies
from .labels import BLANK, NAME, bold, layer, safe
from .picture import Box, Cluster, Frame, boxes
from .scopes import Part, Scope

SIGNS = {"add": "+", "sub": "−", "mul": "×", "maximum": "max"}


def headline(frame: Frame) -> str:
    """The label of a scope (of the first and the last where it repeats), what it is an instance of, how often."""
    name = next((part.name for part in frame.copies if isinstance(part, Scope)), "")
    key = bold(safe(span(frame.copies, frame.count), NAME)) if frame.copies else ""
    times = bold(safe(often(frame))) if frame.count > 1 else ""
    return (2 * BLANK).join(filter(None, (key, safe(name, NAME), times)))


def span(copies: Copies, count: int) -> str:
    """The label of what repeats, from the first to the last."""
    first, last = copies[0].path[-1], copies[count - 1].path[-1]
    return first if first == last else f"{first}, {last}" if count == 2 else f"{first} … {last}"


def often(frame: Frame) -> str:
    return f"× {frame.count} side by side" if frame.abreast else f"× {frame.count}"


def row(copies: Copies, count: int, mark: str = "") -> str:
    """A layer, or a closed scope and what it holds; of `count` in turn the first and the last by name. `mark` stands first."""
    first = copies[0]
    label = f"{mark} {span(copies, count)}".strip()
    if isinstance(first, Scope):
        return layer(label, f"{first.name or '{ … }'}  ({content(first)})")
    return layer(mark if first.path[-1].isdigit() else label, notation(first.op))


def sign(node: Node) -> str:
    """What stands in the circle of a merge."""
    return SIGNS.get(node.op.title(), node.op.title())


def kind_of(box: Box) -> str:
    """The kind of what a box begins with."""
    first = box.rows[0][0]
    return "scope" if isinstance(first, Scope) else first.op.kind


def name(part: Box | Cluster) -> str:
    """A part's label, or what it is."""
    frame = part.frame if isinstance(part, Cluster) else next(iter(part.frames), None)
    first = frame.copies[0] if frame and frame.copies else next(boxes([part])).rows[0][0]
    if not first.path[-1].isdigit():
        return first.path[-1]
    return notation(first.op) if isinstance(first, Node) else f"{'.'.join(first.path)} {first.name}".rstrip()


def tooltip(box: Box) -> str:
    """The keys and calls of a box in full."""
    return " → ".join(told(row[0]) for row in box.rows)


def told(part: Part) -> str:
    key = ".".join(part.path)
    return f"{key}: {notation(part.op)}" if isinstance(part, Node) and not part.is_input else key
