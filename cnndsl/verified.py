"""Verifications to a table for the terminal, or to JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from .backend import Options
from .figures import count
from .graph import Node
from .grid import Column, Grid
from .notation import notation
from .op import show
from .page import QUIET, STRONG, Page, wrapped
from .report import headline
from .verdict import DIFFERS, HOLDS, NOTHING, UNCHECKED, Claim, Verdict, Verification

MARKS = {HOLDS: "✓", DIFFERS: "✗", UNCHECKED: "–", NOTHING: ""}
PLAIN = {HOLDS: "ok", DIFFERS: "NO", UNCHECKED: "-", NOTHING: ""}
STYLES = {HOLDS: "32", DIFFERS: "31;1", UNCHECKED: "33"}
SHOWN = 12  # differences of a network that are written out
NAMED = 3  # layers that a sentence names; of more it says how many
DROP = {"output": 1, "call": 2}  # the order in which columns go where there is no room
FORMATS = ("table", "json")


def render(verifications: Sequence[Verification], form: str, options: Options) -> str:
    """The whole output; ends with a line end."""
    if form == "json":
        return json.dumps(to_json(verifications), ensure_ascii=False, indent=1) + "\n"
    page = Sheet(options)
    if len(verifications) == 1:
        page.network(verifications[0])
    else:
        page.networks(verifications)
    return page.text


class Sheet(Page):
    """One verification in full, or a line for each of several."""

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self.marks = PLAIN if options.ascii else MARKS

    def network(self, found: Verification) -> None:
        """One network: a row for each kind of layer, a line for each check, what differs and what was not compared."""
        title = f"{found.network.name}   {headline(found.network)}"
        self.lines += [*(f" {self.clean(line)}" for line in wrapped(title, self.measure)), ""]
        groups = list(alike(found))
        several = any(len(nodes) > 1 for nodes, _ in groups)
        rows = [(*words(nodes, several), *states) for nodes, states in groups]
        titles = ["layer", *["×"] * several, "call", "output"]
        self.table(titles, rows, [verdict.title for verdict in found.verdicts])
        self.checks(found)
        self.findings(found)

    def networks(self, found: Sequence[Verification]) -> None:
        """Several: a row for each, then what differs and what was not compared."""
        rows = [(each.network.name, count(each.claims), *[verdict.state for verdict in each.verdicts]) for each in found]
        self.table(["network", "claims"], rows, [verdict.title for verdict in found[0].verdicts])
        for each in found:
            self.findings(each, each.network.name)

    def table(self, titles: list[str], rows: list[tuple[str, ...]], checks: list[str]) -> None:
        """Rows of words, then of states, between rules."""
        columns = [column(title) for title in titles] + [Column(check) for check in checks]
        cells = [[*map(self.clean, row[: len(titles)]), *map(self.centred, row[len(titles) :], checks)] for row in rows]
        grid = Grid(columns, cells, self.room, self.ellipsis)
        head, *body = grid.lines()
        self.ruled(grid, self.paint(head, STRONG), [self.coloured(line) for line in body])

    def centred(self, state: str, title: str) -> str:
        return self.marks[state].center(len(title)).rstrip()

    def coloured(self, line: str) -> str:
        """A row with its marks in colour."""
        for mark, style in ((MARKS[HOLDS], STYLES[HOLDS]), (MARKS[DIFFERS], STYLES[DIFFERS])):
            line = line.replace(mark, self.paint(mark, style))
        return line

    def checks(self, found: Verification) -> None:
        """A line for each check: what it compared, and how."""
        names = max(len(verdict.title) for verdict in found.verdicts)
        numbers = [f"{count(len(verdict.claims))} claims" for verdict in found.verdicts]
        room = max(map(len, numbers))
        for verdict, number in zip(found.verdicts, numbers, strict=True):
            mark = self.paint(self.marks[verdict.state].ljust(2 * self.options.ascii or 1), STYLES[verdict.state])
            indent = " " * (len(self.marks[HOLDS]) + names + room + 6)
            first, *more = wrapped(verdict.method, max(self.measure - len(indent), 20))
            self.lines.append(f" {mark} {verdict.title.ljust(names)}  {number.rjust(room)}  {self.paint(first, '2')}")
            self.lines += [indent + self.paint(line, QUIET) for line in more]

    def findings(self, found: Verification, prefix: str = "") -> None:
        """What differs, what was not compared and why, and the sum of it."""
        before = f"{prefix}: " if prefix else ""
        differences = [(verdict, claim) for verdict in found.verdicts for claim in verdict.differences]
        if differences or not prefix:
            self.lines.append("")
        for _, claim in differences[:SHOWN]:
            self.item(DIFFERS, f"{before}{difference(claim)}")
        if len(differences) > SHOWN:
            self.item(DIFFERS, f"{before}and {len(differences) - SHOWN} more: --format json lists them all")
        for titles, why, nodes in unchecked(found):
            self.item(UNCHECKED, f"{before}{titles} not compared{of_layers(nodes)}: {why}")
        if not prefix:
            self.lines += [""] * (self.lines[-1] != "")
            self.lines += [f" {line}" for line in wrapped(self.clean(closing(found)), self.measure)]

    def item(self, state: str, text: str) -> None:
        first, *more = wrapped(self.clean(text), self.measure - 3)
        mark = self.marks[state]
        indent = " " * (len(mark) + 2)
        self.lines += [f" {self.paint(mark, STYLES[state])} {first}", *[indent + line for line in more]]


def column(title: str) -> Column:
    """A column of words; calls give way first, and are widened again last."""
    if title in ("×", "claims"):
        return Column(title, right=True)
    return Column(title, least=20 if title == "layer" else 12, last=title == "call", drop=DROP.get(title, 0))


def alike(found: Verification) -> Iterator[tuple[list[Node], list[str]]]:
    """Layers of equal calls on equal shapes with equal verdicts, together, and the states under each check."""
    groups: dict[Any, list[Node]] = {}
    for node in found.network.ir.layers:
        states = tuple(verdict.of(node) for verdict in found.verdicts)
        groups.setdefault((node.io, node.frozen, states), []).append(node)
    for (_, _, states), nodes in groups.items():
        yield nodes, list(states)


def words(nodes: list[Node], several: bool) -> list[str]:
    """The first of some layers that are alike, how many there are, the call, the output."""
    first = nodes[0]
    return [named(first), *[str(len(nodes))] * several, notation(first.op), ", ".join(map(show, first.io.outputs))]


def named(node: Node) -> str:
    return node.key if node.call == 1 else f"{node.key}@{node.call}"


def difference(claim: Claim) -> str:
    """c3: MACs: said are 240,001, torch gives 240,000"""
    where = f"{named(claim.node)}: " if claim.node else ""
    said, found = both(claim.said, claim.found)
    return f"{where}{claim.what}: we say {said}, torch gives {found}"


def both(said: Any, found: Any) -> tuple[str, str]:
    """The two in words; of lists, where they differ only."""
    if isinstance(said, list) and isinstance(found, list) and len(said) == len(found):
        pairs = [(a, b) for a, b in zip(said, found, strict=True) if a != b]
        said, found = [a for a, _ in pairs], [b for _, b in pairs]
    return value(said), value(found)


def value(found: Any) -> str:
    if found is None or found == []:
        return "nothing"
    if isinstance(found, list):
        return ", ".join(map(value, found))
    if isinstance(found, tuple):
        return show(found)
    return count(found) if isinstance(found, int) else str(found)


def unchecked(found: Verification) -> Iterator[tuple[str, str, list[Node]]]:
    """What was not compared, and why; checks that give the same reason for the same layers together."""
    together: dict[tuple[str, tuple[int, ...]], tuple[list[str], list[Node]]] = {}
    for verdict in found.verdicts:
        for why, nodes in verdict.reasons.items():
            titles, _ = together.setdefault((why, tuple(node.index for node in nodes)), ([], nodes))
            titles.append(verdict.title)
    for (why, _), (titles, nodes) in together.items():
        yield ", ".join(titles), why, nodes


def of_layers(nodes: list[Node]) -> str:
    if not nodes:
        return ""
    names = list(dict.fromkeys(map(named, nodes)))
    return f" at {', '.join(names)}" if len(names) <= NAMED else f" at {len(names)} layers"


def closing(found: Verification) -> str:
    """The verdict on all."""
    wrong = sum(len(verdict.differences) for verdict in found.verdicts)
    if not wrong:
        compared = " that were compared" if any(verdict.unchecked for verdict in found.verdicts) else ""
        return f"All {count(found.claims)} claims{compared} hold on torch."
    verb = "differs" if wrong == 1 else "differ"
    return f"{count(wrong)} of {count(found.claims)} claims {verb} from torch."


# JSON


def to_json(verifications: Sequence[Verification]) -> dict[str, Any]:
    return {"schema": 1, "networks": [of_network(found) for found in verifications]}


def of_network(found: Verification) -> dict[str, Any]:
    return {
        "name": found.network.name,
        "torch": found.torch,
        "holds": found.holds,
        "checks": [of_verdict(verdict) for verdict in found.verdicts],
        "layers": [
            {"path": node.key, "call": node.call, "op": node.op.title()}
            | {verdict.name: verdict.of(node) for verdict in found.verdicts if verdict.of(node)}
            for node in found.network.ir.layers
        ],
    }


def of_verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "name": verdict.name,
        "method": verdict.method,
        "state": verdict.state,
        "claims": len(verdict.claims),
        "differences": [of_claim(claim) for claim in verdict.differences],
        "unchecked": [{"why": why, "layers": list(dict.fromkeys(map(named, nodes)))} for why, nodes in verdict.reasons.items()],
    }


def of_claim(claim: Claim) -> dict[str, Any]:
    where = named(claim.node) if claim.node else None
    return {"layer": where, "claim": claim.what, "said": plain(claim.said), "found": plain(claim.found)}


def plain(found: Any) -> Any:
    """A formula as text."""
    if isinstance(found, list | tuple):
        return [plain(item) for item in found]
    return found if isinstance(found, int | float | str | None) else str(found)
