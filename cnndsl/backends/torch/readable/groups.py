"""Groups in a class: what a label holds together, and the turns of a repeat that has one, as an nn.Sequential."""

from __future__ import annotations

from typing import Any

from ....trace import Event
from ....tree import Group, Item
from .expressions import Unreadable
from .lanes import Flowing, Track
from .places import Items, Key, Members, Pairs
from .sequences import numbered, sequence
from .values import Values


class Groups(Values):
    """Writes bodies within bodies."""

    def freezes(self, track: Track, item: Item | None) -> bool:
        return item is not None and any(attribute.name == "frozen" for attribute in item.attributes)

    def group(self, track: Track, core: Group, flow: Flowing, item: Item | None) -> Flowing:
        runs = [(lane.within(event.run.env), event.run) for lane, event in track if event.run.env]
        if item is None and any(event.run.env and event.env and event.run.env.frame is not event.env.frame for _, event in track):
            return self.numbered_group(track, runs, flow)
        if item is None or item.label is None:
            if item is not None and item.attributes:
                raise Unreadable("attributes of a group")
            scope, self.scope = self.scope, self.scope.inner()
            result = self.walk(runs, flow)
            self.scope = scope
            return result.seen({lane: event.value for lane, event in track})
        return self.contained(track, runs, item, flow, lambda: self.walk(runs, self.inside(runs)))

    def numbered_group(self, track: Track, runs: Track, flow: Flowing) -> Flowing:
        """A turn of a labelled repeat of groups: an nn.Sequential among others."""
        keys = [sequence(run) for _, run in runs]
        if any(one is None for one in keys):
            raise Unreadable("a labelled group that is no pipeline")
        outer, scope = self.place, self.scope
        self.scope = scope.inner()
        self.scope.labels = dict(scope.labels)
        plain = all(numbered(one or []) for one in keys)
        self.place = made = Items(self, self.locals) if plain else Pairs(self, self.locals)
        result = self.walk(runs, Flowing("", {lane: event.before for lane, event in runs}, lambda: flow.channels))
        text = f"nn.Sequential({made.arguments()})"
        self.place, self.scope = outer, scope
        self.place.put(Key("0"), text, False)
        return result.seen({lane: event.value for lane, event in track})

    def container(self, track: Track, item: Item, flow: Flowing) -> Flowing:
        """A repeat with a label: a sequence of its turns."""
        values = {lane: event.value for lane, event in track}
        if any(not event.of("turn") for _, event in track):
            raise Unreadable("a labelled repeat of nothing")
        return self.contained(
            track,
            None,
            item,
            flow,
            lambda: self.repeat(track, item, Flowing("", values_before(track), lambda: flow.channels)),
            values,
        )

    def inside(self, runs: Track) -> Flowing:
        texts = self.flowing_channels
        return Flowing("", {lane: event.before for lane, event in runs}, texts)

    flowing_channels: Any = None

    def contained(self, track: Track, runs: Track | None, item: Item, flow: Flowing, write: Any, values: Any = None) -> Flowing:
        """A labelled group or repeat as an nn.Sequential; raises Unreadable where it is no pipeline."""
        keys = [sequence(run) for _, run in runs] if runs is not None else [["0"]]
        if any(one is None for one in keys):
            raise Unreadable("a labelled group that is no pipeline")
        outer, scope, width = self.place, self.scope, self.flowing_channels
        self.scope = scope.inner()
        self.scope.labels = dict(scope.labels)
        self.flowing_channels = lambda: flow.channels
        plain = all(numbered(one) for one in keys if one is not None)
        label = self.key(item, [key_of(event) for _, event in track], track)
        owner = ""
        if plain:
            self.place = Items(self, self.locals)
        else:
            owner = self.locals.take(label.plain or "group")
            self.place = Members(owner, self)
            self.init.add(f"{owner} = ", "nn.Sequential()")
        result = write()
        arguments = self.place.arguments() if isinstance(self.place, Items) else ""
        self.place, self.scope, self.flowing_channels = outer, scope, width
        text = owner or f"nn.Sequential({arguments})"
        reach = self.place.put(label, text + ".requires_grad_(False)" * self.freezes(track, item), False)
        found = values or {lane: event.value for lane, event in track}
        text = "" if self.place.inner else f"{reach}({flow.text})"
        return Flowing(text, found, lambda: result.channels, module=reach)


def values_before(track: Track) -> dict[Any, Any]:
    return {lane: event.before for lane, event in track}


def key_of(event: Event) -> str:
    """The key of a labelled group or repeat."""
    run = event.of("run") or event.of("turn")
    assert run[0].env is not None
    assert run[0].env.frame is not None
    return run[0].env.frame.path[-1]
