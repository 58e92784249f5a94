"""A graph's keys to nested modules: which container each scope is, how it is built, and how a layer in it is reached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from ...graph import Graph, Node, Path
from ...op import Torch
from ...reserved import RESERVED
from .layout import INDENT, WIDTH, wrap
from .literals import call, string
from .names import Names, is_plain

Container = Literal["nn.Sequential", "nn.ModuleList", "nn.ModuleDict", "Scope"]

DEEPEST = 48  # columns of indentation of an expression
SHORT = 2  # layers of an nn.Sequential that may stand in one line
OWN = frozenset({"clear", "items", "keys", "pop", "update", "values"})  # names that nn.ModuleDict keeps for its methods

SCOPE = '''
class Scope(nn.Module):
    """Modules and parameters by name, where nn.ModuleDict cannot hold them."""

    def __init__(self, children: dict[str, nn.Module | nn.Parameter]) -> None:
        super().__init__()
        for name, child in children.items():
            if isinstance(child, nn.Parameter):
                self.register_parameter(name, child)
            else:
                self.add_module(name, child)
'''


@dataclass(slots=True)
class Leaf:
    """A layer that keeps a module, or a tensor, under its key."""

    node: Node
    form: Torch

    @property
    def is_tensor(self) -> bool:
        return self.form.module is None

    @property
    def is_stateless(self) -> bool:
        return self.form.module is not None and not self.node.io.weights and not self.node.io.params and not self.form.imports

    @property
    def text(self) -> str:
        """The expression that makes it."""
        if self.form.module is not None:
            return call(self.form.module)
        made = self.form.parameter or ""
        return made if made.startswith("nn.Parameter(") else f"nn.Parameter({made})"


class Scope:
    """Children by name, in the order of their first registration."""

    def __init__(self, path: Path = ()) -> None:
        self.path = path
        self.children: dict[str, Scope | Leaf] = {}
        self.shared: dict[Path, str] = {}  # of the network: the attribute that stands for a layer of this path
        self.attributes: dict[str, str] = {}  # these attributes, by the expression that makes them

    def descend(self, path: Path) -> Scope:
        """The scope at a path from here, made where it is not there yet."""
        scope = self
        for name in path:
            if name not in scope.children:
                scope.children[name] = Scope((*scope.path, name))
            child = scope.children[name]
            if isinstance(child, Leaf):
                raise TypeError(f"{child.node.key} is a layer, and a scope too")
            scope = child
        return scope

    def leaves(self) -> Iterator[Leaf]:
        """All layers that keep something, in the state_dict's order: a scope's own tensors before its children."""
        yield from (child for child in self.children.values() if isinstance(child, Leaf) and child.is_tensor)
        for child in self.children.values():
            if isinstance(child, Scope):
                yield from child.leaves()
            elif not child.is_tensor:
                yield child

    @cached_property
    def container(self) -> Container:
        if self.is_list():
            return "nn.Sequential" if self.is_chain() else "nn.ModuleList"
        return "Scope" if self.has_tensors() or not OWN.isdisjoint(self.children) else "nn.ModuleDict"

    def has_tensors(self) -> bool:
        return any(isinstance(child, Leaf) and child.is_tensor for child in self.children.values())

    def is_list(self) -> bool:
        """Whether the children are modules that are numbered from 0 on, in order."""
        return bool(self.path) and not self.has_tensors() and list(self.children) == [str(i) for i in range(len(self.children))]

    def is_chain(self) -> bool:
        """Whether the children are all layers, each called on what the one before gives: what nn.Sequential says."""
        leaves = [child for child in self.children.values() if isinstance(child, Leaf)]
        return len(leaves) == len(self.children) and all(
            leaf.form.forward == "{m}({0})" and (place == 0 or leaf.node.inputs[0].node is leaves[place - 1].node)
            for place, leaf in enumerate(leaves)
        )


def tree(graph: Graph, forms: dict[int, Torch]) -> Scope:
    """The scopes of a graph; `forms` gives each node's PyTorch form by its index. Scopes that keep nothing are left out."""
    root = Scope()
    for node in graph.layers:
        form = forms[node.index]
        scope = root.descend(node.path[:-1])  # also for a layer that keeps nothing: a scope stands where it begins
        if node.call == 1 and (form.module or form.parameter):
            scope.children[node.path[-1]] = Leaf(node, form)
    share(root, root, Names((*root.children, *RESERVED)))
    return root


def share(root: Scope, scope: Scope, names: Names) -> None:
    """Make one attribute of equal layers that have neither tensors nor labels: a ReLU, a pooling, by its class's name.

    Those in lists stay, since the numbers of the others count them.
    """
    stays = scope.is_list()
    for name, child in list(scope.children.items()):
        if isinstance(child, Scope):
            share(root, child, names)
            if not child.children:
                del scope.children[name]
        elif name.isdigit() and child.is_stateless and not stays:
            word = child.text.partition("(")[0].rpartition(".")[2].lower()
            if child.text not in root.attributes:
                root.attributes[child.text] = names.take(word)
            root.shared[child.node.path] = root.attributes[child.text]
            del scope.children[name]


# How a layer is reached


def access(root: Scope, path: Path) -> str:
    """The expression of what is kept under a path."""
    if path in root.shared:
        return f"self.{root.shared[path]}"
    text = "self"
    scope: Scope | Leaf = root
    for name in path:
        assert isinstance(scope, Scope)
        text = member(text, scope, name)
        scope = scope.children[name]
    return text


def member(owner: str, scope: Scope, name: str) -> str:
    container = scope.container if scope.path else "Scope"
    if container in ("nn.Sequential", "nn.ModuleList"):
        return f"{owner}[{name}]"
    if is_plain(name):
        return f"{owner}.{name}"
    return f"{owner}[{string(name)}]" if container == "nn.ModuleDict" else f"getattr({owner}, {string(name)})"


# How it is built


def construction(root: Scope, indent: str) -> list[str]:
    """The statements of __init__ that make all modules and tensors."""
    lines: list[str] = []
    later: list[Scope] = []
    for name, child in root.children.items():
        lines += kept(indent, "self", name, child, later)
    for text, attribute in root.attributes.items():
        lines += wrap(indent, f"self.{attribute} = ", text)
    while later:  # what was too deep for one expression is filled statement by statement
        scope = later.pop(0)
        owner = access(root, scope.path)
        for name, child in scope.children.items():
            lines += kept(indent, owner, name, child, later, scope.container)
    return lines


def kept(
    indent: str, owner: str, name: str, child: Scope | Leaf, later: list[Scope], container: Container | None = None
) -> list[str]:
    """The statement that makes a child and keeps it under its name; `container`: of an owner that is not the network."""
    if container is None and is_plain(name):
        untyped = isinstance(child, Scope) and child.container != "nn.Sequential"
        return built(indent, f"self.{name}: Any = " if untyped else f"self.{name} = ", child, "", later)
    register = "register_parameter" if isinstance(child, Leaf) and child.is_tensor else "add_module"
    numbered = container in ("nn.Sequential", "nn.ModuleList")
    call, arguments = (f"{owner}.append(", []) if numbered else (f"{owner}.{register}(", [string(name)])
    if isinstance(child, Leaf):
        return wrap(indent, "", call + ", ".join([*arguments, child.text]) + ")")
    inner = [f"{indent}{INDENT}{argument}," for argument in arguments]
    return [f"{indent}{call}", *inner, *built(indent + INDENT, "", child, "," if arguments else "", later), f"{indent})"]


def built(indent: str, before: str, child: Scope | Leaf, after: str, later: list[Scope]) -> list[str]:
    """The lines that make one child; a scope that would stand too far to the right is left empty, to be filled later."""
    if isinstance(child, Leaf):
        return wrap(indent, before, child.text, after)
    container = child.container
    if len(indent) > DEEPEST:
        later.append(child)
        return [f"{indent}{before}{container}({'{}' if container == 'Scope' else ''}){after}"]
    if container == "nn.Sequential":
        whole = f"{indent}{before}{sequential(child)}{after}"
        if len(whole) <= WIDTH and len(child.children) <= SHORT:
            return [whole]
        inner = [line for item in child.children.values() for line in built(indent + INDENT, "", item, ",", later)]
        return [f"{indent}{before}{container}(", *inner, f"{indent}){after}"]
    opening, closing = "[]" if container == "nn.ModuleList" else "{}"
    lines = [f"{indent}{before}{container}(", f"{indent}{INDENT}{opening}"]
    for name, item in child.children.items():
        key = "" if opening == "[" else f"{string(name)}: "
        lines += built(indent + INDENT * 2, key, item, ",", later)
    return [*lines, f"{indent}{INDENT}{closing}", f"{indent}){after}"]


def sequential(scope: Scope) -> str:
    """An nn.Sequential of layers in one expression."""
    return f"nn.Sequential({', '.join(item.text for item in scope.children.values() if isinstance(item, Leaf))})"


# What does not train


def frozen(root: Scope, indent: str) -> list[str]:
    """The statements that stop parameters from training, one for a whole scope where all in it is frozen."""
    paths = [item.path if isinstance(item, Scope) else item.node.path for item in wholly_frozen(root)]
    return [line for path in paths for line in wrap(indent, "", f"{access(root, path)}.requires_grad_(False)")]


def wholly_frozen(scope: Scope) -> Iterator[Scope | Leaf]:
    holders = [leaf for leaf in scope.leaves() if leaf.node.io.params]
    if holders and all(leaf.node.frozen for leaf in holders):
        yield scope
        return
    for child in scope.children.values():
        if isinstance(child, Scope):
            yield from wholly_frozen(child)
        elif child.node.frozen and child.node.io.params:
            yield child
