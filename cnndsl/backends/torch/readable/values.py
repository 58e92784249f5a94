"""Values by name in a class: labels, lists, families that a loop fills; and the keys of modules."""

from __future__ import annotations

from typing import Any

from ....expressions import Attribute, Entry, Expr, Here, Index, List, Name, Template
from ....tree import Apply, Item, LabelTree, Sources
from .control import Control
from .expressions import Unreadable
from .lanes import Flowing, Track, fits
from .places import Key
from .suite import Line, Suite


class Values(Control):
    """Finds what names stand for."""

    # ---- families -------------------------------------------------------------------
    def family(self, track: Track, key: Template, flow: Flowing) -> None:
        """A value named by template; in a dict of forward where a loop makes several that are read later."""
        texts = [key.text(lane.env) for lane, _ in track]
        if len(set(texts)) == 1:
            self.scope.labels[texts[0]] = flow
            return
        if self.lone(flow, track):
            return
        stem = key.pieces[0]
        if len(key.pieces) != 2 or not isinstance(stem, str) or isinstance(key.pieces[1], str):
            raise Unreadable("a template of several pieces")
        index = self.scope.python(key.pieces[1])
        if stem not in self.families:
            self.families[stem] = self.names.take(stem)
            name = self.families[stem]
            self.outside.append(Line(f"{name}: dict[int, Tensor] = ", "{}", name))
        held = f"{self.families[stem]}[{self.in_forward(index)}]"
        self.forward.add(f"{held} = ", flow.text, self.families[stem])
        self.guessed.setdefault(stem, []).append(flow.channels)
        for (lane, _), text in zip(track, texts, strict=True):
            self.kept[id(lane.readers), text] = flow.at(lane)

    outside: list[Line | Suite]
    kept: dict[tuple[int, str], Any]

    # ---- sources -------------------------------------------------------------------
    def source(self, core: Any) -> Flowing:
        if isinstance(core, Sources):
            return self.value(core.value)
        if isinstance(core, Apply) and core.arguments is None and core.arms is None:
            return self.value(core.path)
        raise Unreadable("a start of another kind")

    def value(self, expr: Expr) -> Flowing:
        """What an expression that means a value stands for."""
        found: Flowing | None = None
        match expr:
            case Name():
                found = self.scope.labels.get(expr.name)
            case Attribute():
                found = self.scope.labels.get(expr.span.text)
            case Here() if self.scope.here is not None:
                found = self.scope.here()
            case Entry():
                found = self.scope.entry
            case List():
                parts = [self.value(item) for item in expr.items]
                lanes = parts[0].values if parts else {}
                return Flowing("", {lane: tuple(self.near(p, lane) for p in parts) for lane in lanes}, parts=parts)
            case Index():
                listed = self.value(expr.value)
                index = getattr(expr.index, "value", None)
                if listed.parts is not None and isinstance(index, int):
                    found = listed.parts[index]
            case Template():
                return self.of_family(expr)
        if found is None or not (found.ready or found.parts is not None or isinstance(expr, Here)):
            raise Unreadable(f"the value {expr.span.text}")
        return found

    def near(self, flow: Flowing, lane: Any) -> Any:
        return flow.at(lane)

    def of_family(self, expr: Template) -> Flowing:
        stem = expr.pieces[0]
        lanes = [lane for lane, _ in self.at]
        texts = [expr.text(lane.env) for lane in lanes]
        if len(set(texts)) == 1 and texts[0] in self.scope.labels:
            return self.scope.labels[texts[0]]
        if not isinstance(stem, str) or stem not in self.families or len(expr.pieces) != 2 or isinstance(expr.pieces[1], str):
            raise Unreadable(f"the value {expr.span.text}")
        index = self.in_forward(self.scope.python(expr.pieces[1]))
        values = {lane: self.kept.get((id(lane.readers), text)) for lane, text in zip(lanes, texts, strict=True)}
        wide = lambda: self.channels(list(values), list(values.values()), self.guessed.get(stem, []))  # noqa: E731
        return Flowing(f"{self.families[stem]}[{index}]", values, wide, ready=True)

    at: Track = []  # noqa: RUF012  (of the item at hand)

    guessed: dict[str, list[str | None]]  # texts of channels, by family

    # ---- keys --------------------------------------------------------------------------
    def key(self, item: Item | None, actual: list[str], track: Track) -> Key:
        """The key of a module: its label, or its position."""
        label: LabelTree | None = item.label if item is not None else None
        if label is not None and label.quoted and "." in label.span.text:
            raise Unreadable("a label that opens another scope")
        position = label is None or label.key is None
        if len(set(actual)) == 1:
            return Key(actual[0], position=position)
        if label is None or not isinstance(label.key, Template):
            return Key(None, position=position)
        text = self.scope.python(label.key)
        if not fits(text, [lane for lane, _ in track], actual):
            raise Unreadable(f"the label {label.span.text}")
        return Key(None, text)
