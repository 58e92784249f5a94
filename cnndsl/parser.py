"""Text to tree by a grammar's tables: tokens by one regular expression, rules reduced as they are complete.

The tables are lark's (see lalr.py), and so is what is read by them; lark itself is not loaded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from operator import itemgetter
from typing import Any

from .tables import Rule, Tables

END = "$END"

Build = Callable[[list[Any]], Any]  # the children of a rule to what stands for it
Filter = Callable[[Iterator[Any]], Iterator[Any]]  # of tokens


class Token(str):
    """A word or sign of the text, and its place there. (The attributes are called as lark's.)"""

    __slots__ = ("end_pos", "start_pos", "type")

    type: str
    start_pos: int
    end_pos: int


def token(kind: str, text: str, start: int) -> Token:
    made = Token(text)
    made.type, made.start_pos, made.end_pos = kind, start, start + len(text)
    return made


class Unfit(Exception):
    """A token that does not fit, or none that can be read: its place."""

    def __init__(self, place: int) -> None:
        super().__init__(f"what stands at {place} does not fit")
        self.place = place


class Parser:
    """Reads texts; `builder` has a method for every rule, `filtered` drops tokens that mean nothing."""

    def __init__(self, tables: Tables, builder: object, filtered: Filter) -> None:
        self.states, self.starts = tables.states, tables.starts
        self.rules = [(rule.origin, rule.size, build(rule, builder)) for rule in tables.rules]
        self.match, self.words = re.compile(tables.token).match, tables.words
        self.filtered = filtered

    def parse(self, text: str, start: str) -> Any:
        """What the builder makes of a text; raises Unfit."""
        return self.read(self.scanned(text), start, len(text))

    def read(self, tokens: Iterable[Any], start: str, end: int = 0) -> Any:
        """What the builder makes of tokens; raises Unfit."""
        states, rules = self.states, self.rules
        stack: list[int] = [self.starts[start]]
        values: list[Any] = []
        for token in self.filtered_to(tokens, end):
            kind = token.type
            while (step := states[stack[-1]].get(kind)) is not None and step < 0:
                origin, size, made = rules[~step]
                if size:
                    value = made(values[-size:])
                    del stack[-size:], values[-size:]
                else:
                    value = made([])
                stack.append(states[stack[-1]][origin])
                values.append(value)
            if step is None:
                raise Unfit(token.start_pos)
            stack.append(step)
            values.append(token)
        return values[0]

    def filtered_to(self, tokens: Iterable[Any], end: int) -> Iterator[Any]:
        yield from self.filtered(iter(tokens))
        yield token(END, "", end)

    def scanned(self, text: str) -> Iterator[Token]:
        """All tokens; raises Unfit where none begins."""
        match, words, place = self.match, self.words, 0
        while (found := match(text, place)) is not None:
            kind: Any = found.lastgroup
            if kind == "END":
                return
            value = found[kind]
            place = found.end()
            yield token(words.get(value, kind) if kind == "NAME" else kind, value, place - len(value))
        raise Unfit(place)


def build(rule: Rule, builder: object) -> Build:
    """What a rule's children become."""
    if rule.single and not rule.missing and [(spliced, before) for _, spliced, before in rule.kept] == [(False, 0)]:
        return itemgetter(rule.kept[0][0])
    made: Build = getattr(builder, rule.method) if rule.method else the_children
    if rule.single:
        made = alone(made)
    if rule.missing or rule.kept != tuple((place, False, 0) for place in range(rule.size)):
        made = chosen(rule, made)
    return made


def the_children(children: list[Any]) -> list[Any]:
    """They are nobody else's."""
    return children


def picked(places: list[int], rule: Rule, made: Build) -> Build:
    """Children by their places; None stands after the last of them."""
    places += [rule.size] * rule.missing
    if len(places) < 2:
        return lambda children: made([(*children, None)[place] for place in places])
    pick = itemgetter(*places)
    return lambda children: made(list(pick((*children, None))))


def alone(made: Build) -> Build:
    return lambda children: children[0] if len(children) == 1 else made(children)


def chosen(rule: Rule, made: Build) -> Build:
    """Only the children that are kept, lists of them spliced in, None for those that are left out.

    A list that comes first is gone on with: a row of n children is read in the time of n.
    """
    if not any(spliced for _, spliced, _ in rule.kept):
        return picked([place for at, _, before in rule.kept for place in (*[rule.size] * before, at)], rule, made)

    goes_on = rule.kept[0][1:] == (True, 0)

    def build(children: list[Any]) -> Any:
        found: list[Any] = children[rule.kept[0][0]] if goes_on else []
        for place, spliced, before in rule.kept[goes_on:]:
            found += [None] * before
            if spliced:
                found += children[place]
            else:
                found.append(children[place])
        found += [None] * rule.missing
        return made(found)

    return build
