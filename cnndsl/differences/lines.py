"""Changes to the lines of a report: figures as they were and as they are, whole blocks of one fate as one line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from ..figures import binary, count, field_size
from ..graph import Path
from ..network import Layer, Network
from ..op import show
from ..report import headline
from ..symbols import Dim
from .changes import ADDED, AFFECTED, CHANGED, KINDS, MOVED, REMOVED, RENAMED, SAME, Change, Difference, renamed

TITLES = ("", "layer", "call", "output", "params", "MACs", "field")
SIGNS = {ADDED: "+", REMOVED: "−", MOVED: "↕", CHANGED: "≠", RENAMED: "≈", AFFECTED: "·"}
MEANING = {
    ADDED: "added",
    REMOVED: "removed",
    MOVED: "moved",
    CHANGED: "changed",
    RENAMED: "renamed, and with it the keys of its tensors",
    AFFECTED: "the same, and its figures follow from what changed before it",
}
NAMES = {
    "params": "parameters",
    "trainable": "trainable",
    "macs": "MACs",
    "weight_bytes": "stored",
    "activation_bytes": "activations",
    "peak_bytes": "peak memory",
    "train_peak_bytes": "training",
}


class Line(NamedTuple):
    """A change, or several of one kind in a whole block: `path` the key, `last` that of the last of a run; cells under TITLES."""

    kind: str
    path: Path
    last: Path
    text: str
    cells: tuple[str, ...]

    @property
    def row(self) -> tuple[str, ...]:
        key = ".".join(self.path)
        name = key if self.path == self.last else f"{key} … {'.'.join(self.last)}"
        return (SIGNS[self.kind], name, self.text, *self.cells)


def lines(difference: Difference, unfold: bool = False) -> list[Line]:
    """All that is not the same, in the new order."""
    found = difference.changes
    if unfold:
        return [single(change) for change in found if change.kind != SAME]
    fates = Fates(found)
    groups = [list(group) for kind, group in groupby(found, lambda change: change.kind) if kind != SAME]
    parts = [part for group in groups for part in fates.parts(group)]
    return [line(list(same)) for _, same in groupby(parts, likeness)]


class Fates:
    """What befell every scope as a whole."""

    def __init__(self, changes: Sequence[Change]) -> None:
        self.kinds: dict[Path, set[str]] = {}
        self.sizes: dict[Path, int] = {}
        for change in changes:
            for scope in scopes(change):
                self.kinds.setdefault(scope, set()).add(change.kind)
                self.sizes[scope] = self.sizes.get(scope, 0) + 1

    def parts(self, group: list[Change]) -> Iterator[list[Change]]:
        """Changes of one kind, those of a scope together that all had this fate; what changed in itself stands for itself."""
        if group[0].kind in (CHANGED, MOVED):
            yield from ([change] for change in group)
            return
        for _, part in groupby(group, self.whole):
            yield list(part)

    def whole(self, change: Change) -> object:
        """The outermost scope of one fate that a change stands in; itself where there is none."""
        return next((scope for scope in scopes(change) if len(self.kinds[scope]) == 1 and self.sizes[scope] > 1), id(change))


def scopes(change: Change) -> list[Path]:
    """The scopes around a layer, the outermost first."""
    path = change.layer.node.path
    return [path[:length] for length in range(1, len(path))]


def single(change: Change) -> Line:
    path = change.layer.node.path
    return Line(change.kind, path, path, text(change), cells([change]))


def likeness(part: Sequence[Change]) -> object:
    """What makes scopes that follow each other a run; a layer is one for itself."""
    if len(part) == 1:
        return id(part)
    path = shared_path(part)
    return part[0].kind, path[:-1], block(part[0], path, len(part))


def line(parts: Sequence[Sequence[Change]]) -> Line:
    """One layer, a whole scope, or several scopes that are alike, with the sums of their layers."""
    first, last = parts[0], parts[-1]
    if len(first) == 1:
        return single(first[0])
    path = shared_path(first)
    words = block(first[0], path, len(first))
    times = f"{len(parts)} × ({words})" if len(parts) > 1 else words
    return Line(first[0].kind, path, shared_path(last), times, cells([change for part in parts for change in part]))


def shared_path(part: Sequence[Change]) -> Path:
    return common([change.layer.node.path for change in part])


def common(paths: Sequence[Path]) -> Path:
    """The path of the innermost scope that holds them all."""
    at = 0
    while at < min(map(len, paths)) - 1 and len({path[at] for path in paths}) == 1:
        at += 1
    return paths[0][:at]


def block(change: Change, path: Path, layers: int) -> str:
    """What a scope is, how much is in it, and what it was called."""
    instance = change.layer.node.instance
    while instance is not None and instance.path != path:
        instance = instance.parent
    name = (instance.name if instance else None) or "{ … }"
    was = change.old.node.path[: len(path)] if change.kind == RENAMED and change.old else path
    return f"{name}, {layers} layers" + (f", was {'.'.join(was)}" if was != path else "")


def text(change: Change) -> str:
    """The call as it was and as it is; whatever else was done to a layer, in words."""
    old, new = change.old, change.new
    if old is None or new is None:
        return change.layer.text
    words = [became(old, new, lambda layer: layer.text)]
    if renamed(old, new):
        words.append(f"was {old.path}")
    if "frozen" in change.differs:
        words.append("frozen now" if new.node.frozen else "trains now")
    if "reads" in change.differs:
        words.append(f"reads {reads(old)} → {reads(new)}")
    if (old.call > 1) != (new.call > 1):
        words.append("shares weights now" if new.call > 1 else "has weights of its own now")
    return ", ".join(words)


def reads(layer: Layer) -> str:
    return ", ".join(value.node.key for value in layer.node.inputs)


def cells(part: Sequence[Change]) -> tuple[str, ...]:
    """Output and field of the last layer, sums of parameters and MACs."""
    final = part[-1]
    return (
        both(final, lambda layer: show(layer.output)),
        totalled(part, lambda layer: layer.params),
        totalled(part, lambda layer: layer.macs),
        both(final, lambda layer: field_size(layer.rf)),
    )


def totalled(part: Sequence[Change], figure: Callable[[Layer], Dim]) -> str:
    olds = [figure(change.old) for change in part if change.old]
    news = [figure(change.new) for change in part if change.new]
    before, after = (counted(total(found)) if found else None for found in (olds, news))
    return arrow(before, after)


def counted(value: Dim) -> str:
    return "" if value == 0 else count(value)


def total(values: Sequence[Dim]) -> Dim:
    whole: Dim = 0
    for value in values:
        whole = whole + value
    return whole


def both(change: Change, words: Callable[[Layer], str]) -> str:
    old, new = change.old, change.new
    return arrow(words(old) if old else None, words(new) if new else None)


def became(old: Layer, new: Layer, words: Callable[[Layer], str]) -> str:
    return arrow(words(old), words(new))


def arrow(before: str | None, after: str | None) -> str:
    """before → after; one of them where there is no other, or no difference; 0 for nothing."""
    if before is None or after is None or before == after:
        return (before if after is None else after) or ""
    return f"{before or '0'} → {after or '0'}"


# ---- the network as a whole ----------------------------------------------------


def title(difference: Difference) -> str:
    """Both names, with their files where these are all that differs."""
    old, new = difference.old, difference.new
    if old.name != new.name:
        return f"{old.name} → {new.name}"
    return f"{old.name}: {old.ir.source_name} → {new.ir.source_name}"


def ends(difference: Difference) -> list[str]:
    """What goes in and comes out, where that differs."""
    if all(difference.ends.values()):
        return []
    before, after = headline(difference.old), headline(difference.new)
    return [f"{before}  becomes  {after}" if before != after else f"{after}, and the outputs come from other layers"]


def totals(difference: Difference) -> list[tuple[str, ...]]:
    """Name, before, after, and how much that is more or less; memory in bytes of its unit; what is the same has no more."""
    found = [("layers", str(len(difference.old)), str(len(difference.new)), more(len(difference.old), len(difference.new), str))]
    for name, (before, after) in difference.totals.items():
        if name == "trainable" and all(each.totals["params"] == each.totals[name] for each in (difference.old, difference.new)):
            continue
        words = binary if name.endswith("bytes") else count
        found.append((NAMES[name], words(before), words(after), more(before, after, words)))
    fields = [field_size(network.totals["field"]) for network in (difference.old, difference.new)]
    return [*found, ("field", *fields, "")]


def more(before: Dim | None, after: Dim | None, words: Callable[[int], str]) -> str:
    """+1,024  +2.5 %"""
    if not isinstance(before, int) or not isinstance(after, int) or before == after:
        return ""
    sign = "+" if after > before else "−"
    share = 100 * abs(after - before) / before if before else 0
    part = f"{share:,.0f}" if share >= 999.5 else f"{share:.3g}"
    return f"{sign}{words(abs(after - before))}" + (f"  {sign}{part} %" if before else "")


def counts(difference: Difference) -> str:
    """2 added, 1 changed, 9 renamed"""
    words = [f"{number} {kind}" for kind in KINDS if (number := difference.count(kind))]
    return ", ".join(words)


def verdict(old: Network, new: Network) -> str:
    return f"{old.name} and {new.name} are the same, layer by layer"
