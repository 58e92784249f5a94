"""The file of traced networks, its classes right for other values of what they offer too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from ....network import Network
from .expressions import Unreadable
from .file import Demands, Traced, Written
from .guard import Other, others


def source(networks: Sequence[Network]) -> str:
    """The file's text; the first network is the one that the file runs. Raises Unreadable.

    What a class offers as parameters is tried with other values: they are written along, and seen nowhere but in that
    no expression is kept which is not right for them too. A parameter for which that cannot be is none of the class.
    """
    traced = [Traced(network, network.trail.declared, network.trail.root) for network in networks if network.trail]
    plain = settled(traced, [], {})
    candidates = dict(variants(plain))
    firsts = {key: one for key, found in candidates.items() if (one := next(found, None)) is not None}
    first = [*firsts.values()]
    whole = tried(traced, first, {}, plain)
    if whole is not None:
        return whole.result
    good: list[Other] = []
    fixed: Demands = {}
    for key, one in firsts.items():
        each = chain([one], candidates[key])
        fitting = next((other for other in each if tried(traced, [*good, other], fixed, plain) is not None), None)
        if fitting is not None:
            good.append(fitting)
        else:
            fixed.setdefault(id(one.model.tree), set()).add(f"fixed {one.parameter}")
    return settled(traced, good, fixed).result


def settled(traced: Sequence[Traced], others: Sequence[Other], fixed: Demands) -> Written:
    """The file, written until no class asks for more of another. Raises Unreadable."""
    demands = {key: set(found) for key, found in fixed.items()}
    for _ in range(12):
        before = {key: set(found) for key, found in demands.items()}
        written = Written(traced, demands, others)
        written.result = written.text()
        if demands == before:
            return written
    raise Unreadable("classes that ask for more and more of each other")


def tried(traced: Sequence[Traced], others: Sequence[Other], fixed: Demands, plain: Written) -> Written | None:
    """The file with other values written along; None where its classes are not right for them."""
    try:
        found = settled(traced, others, fixed)
        alike = all(found.known.get(id(one.root)) is found.known[id(one.model)] for one in others)
    except Unreadable:
        return None
    return found if alike and {c.name for c in found.classes} == {c.name for c in plain.classes} else None


def variants(plain: Written) -> Iterator[tuple[tuple[str, str], Iterator[Other]]]:
    """By class and parameter: the networks with other values of what classes of nets offer."""
    for root, one in zip(plain.roots, plain.traced, strict=True):
        found = plain.known[id(root)]
        sizes = one.network.trail.sizes if one.network.trail else None
        for parameter in found.parameters:
            yield (found.name, parameter.source), others(root, parameter.source, sizes, 2 * len(one.network.ir.nodes) + 100)
