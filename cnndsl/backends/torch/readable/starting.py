"""How weights start: where all layers of a class start alike, one loop over the modules of the network says so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from ....graph import Node
from .suite import Suite

Starts = dict[str, tuple[tuple[str, ...], bool]]  # by class: the statements, and whether some have no bias to fill


def uniform(nodes: Iterable[Node]) -> Starts:
    """The classes of which all layers start alike, otherwise than torch has them."""
    found: dict[str, set[tuple[str, ...]]] = {}
    counts: Counter[str] = Counter()
    for node in nodes:
        form = node.io.torch
        if form.module is not None and node.io.weights:
            found.setdefault(form.module.name, set()).add(form.init)
            counts[form.module.name] += 1
    alike: Starts = {}
    for name, ways in found.items():
        longest = max(ways, key=len)
        rest = ways - {longest}
        filled = not any("torch.tensor(" in statement for statement in longest)
        if counts[name] > 1 and longest and filled and (not rest or (rest == {longest[:1]} and len(longest) == 2)):
            alike[name] = longest, bool(rest)
    return alike


def starting(starts: Starts, used: Iterable[str], suite: Suite) -> None:
    """The loop over all modules, for the classes that a network uses."""
    groups: dict[tuple[tuple[str, ...], bool], list[str]] = {}
    for name in dict.fromkeys(used):
        if name in starts:
            groups.setdefault(starts[name], []).append(name)
    if not groups:
        return
    loop = suite.open("for module in ", "self.modules()")
    for (statements, partly), names in groups.items():
        kinds = names[0] if len(names) == 1 else " | ".join(names)
        body = loop.open(f"if isinstance(module, {kinds})")
        body.add("", statements[0].format(m="module"))
        optional = partly or any(name.startswith("nn.Conv") for name in names)
        inner = body.open("if module.bias is not None") if optional and len(statements) > 1 else body
        for statement in statements[1:]:
            inner.add("", statement.format(m="module"))
