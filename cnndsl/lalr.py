"""The grammar to lark's parser and to tables: needed once for each grammar, and where a text has syntax errors."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import lark
from lark import Lark
from lark.parsers.lalr_analysis import Shift

from . import tables
from .scanner import Scanner
from .tables import Rule, Tables


def lark_of(grammar: str, builder: object = None, newlines: object = None) -> Lark:
    """Lark's parser, out of lark's own cache where it can be: building it takes 50 times as long."""
    options: dict[str, Any] = {
        "parser": "lalr",
        "lexer": Scanner,
        "start": ["start", "expr"],
        "postlex": newlines,
        "transformer": builder,
        "maybe_placeholders": True,
    }
    try:
        return Lark(grammar, cache=str(tables.cache(grammar, f"lark-{lark.__version__}")), **options)
    except (OSError, RuntimeError):
        return Lark(grammar, **options)


def made(parser: Lark) -> Tables:
    """What lark's parser reads by, as data."""
    table: Any = parser.parser.parser._parse_table
    steps = [step for state in table.states.values() for step in state.values()]
    rules = list({rule: None for action, rule in steps if action is not Shift})
    numbers = {rule: ~place for place, rule in enumerate(rules)}
    states: list[dict[str, int]] = [{} for _ in table.states]
    for state, actions in table.states.items():
        states[state] = {kind: to if action is Shift else numbers[to] for kind, (action, to) in actions.items()}
    for state in table.end_states.values():
        states[state]["$END"] = state
    scanner = Scanner(parser.lexer_conf)
    return Tables(states, dict(table.start_states), [plain(rule) for rule in rules], scanner.token, scanner.words)


def plain(rule: Any) -> Rule:
    """A rule as data: which of its parts stay, and where parts that may be missing are."""
    options = rule.options
    gaps = [0] * (len(rule.expansion) + 1)
    if options.empty_indices:
        place = 0
        for is_gap, run in groupby(options.empty_indices):
            number = len(list(run))
            gaps[place] += number if is_gap else 0
            place += 0 if is_gap else number
    kept: list[tuple[int, bool, int]] = []
    before = 0
    for place, part in enumerate(rule.expansion):
        before += gaps[place]
        if options.keep_all_tokens or not (part.is_term and part.filter_out):
            kept.append((place, not part.is_term and part.name.startswith("_"), before))
            before = 0
    name = str(rule.origin.name)
    method = "" if name.startswith("_") else str(rule.alias or name)
    return Rule(name, len(rule.expansion), method, bool(options.expand1 and not rule.alias), tuple(kept), before + gaps[-1])
