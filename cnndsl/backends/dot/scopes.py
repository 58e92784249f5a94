"""Graph to a tree: every layer inside the groups, blocks and nets that its path goes through."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ...graph import Graph, Instance, Node, Path

LEVELS = ("net", "block", "layer")
NESTED = 2  # blocks with layers of their own, one inside the other, that are still drawn as one box


@dataclass(slots=True, eq=False)
class Scope:
    """A labelled group, block instance or net used as a layer. `closed`: it is drawn as one box."""

    path: Path
    instance: Instance | None = None
    children: list[Part] = field(default_factory=list)
    closed: bool = False

    @property
    def name(self) -> str:
        """What it is an instance of; "" for a group."""
        return (self.instance.name if self.instance else None) or ""


Part = Node | Scope


def tree(graph: Graph, depth: int | None = None, level: str = "layer") -> Scope:
    """The network as the outermost scope; with a depth, scopes whose path has so many labels are closed.

    `level` closes by meaning: `net` the outermost blocks, `block` those that hold layers of their own (the bottlenecks of a
    ResNet, and not its stages). A block that is applied twice (shared weights) is two scopes of one path; a scope that a
    program re-opens is one.
    """
    root = Scope(())
    known: dict[tuple[int, str, int], Scope] = {}
    for node in graph.nodes:
        scope = root
        trail = instances(node)
        for length in range(1, len(node.path)):
            path = node.path[:length]
            instance = trail.get(path)
            key = id(scope), path[-1], id(instance)
            if key not in known:
                known[key] = Scope(path, instance, closed=depth is not None and length >= depth)
                scope.children.append(known[key])
            scope = known[key]
        scope.children.append(node)
    if level != "layer":
        close(root, outermost=level == "net")
    return root


def close(scope: Scope, outermost: bool) -> None:
    """Closes the blocks that are drawn as one box; groups stay open."""
    for child in scopes(scope):
        if child.name and (outermost or (holds_layers(child) and nesting(child) <= NESTED)):
            child.closed = True
        elif not child.closed:
            close(child, outermost)


def scopes(scope: Scope) -> list[Scope]:
    return [child for child in scope.children if isinstance(child, Scope)]


def holds_layers(scope: Scope) -> bool:
    return any(isinstance(child, Node) for child in scope.children)


def nesting(scope: Scope) -> int:
    """How many blocks that hold layers lie one inside the other here."""
    return max(map(nesting, scopes(scope)), default=0) + bool(scope.name and holds_layers(scope))


def instances(node: Node) -> dict[Path, Instance]:
    """The expansions that a node came out of, by their paths."""
    found: dict[Path, Instance] = {}
    instance = node.instance
    while instance is not None:
        found.setdefault(instance.path, instance)
        instance = instance.parent
    return found


def inside(part: Part) -> Iterator[Node]:
    """The nodes of a part in the order of the tree: itself, or all that a scope and its scopes hold."""
    if isinstance(part, Scope):
        for child in part.children:
            yield from inside(child)
    else:
        yield part
