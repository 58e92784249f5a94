"""A difference to a report: text for the terminal, Markdown, or JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import zip_longest

from ..backend import Options
from ..backends.json import described, layer_of
from ..backends.markdown import code, escaped, tabulated
from ..grid import Column, Grid
from ..network import Network
from ..op import Shape, spatial
from ..page import QUIET, STRONG, Page
from .changes import KINDS, SAME, Difference
from .lines import MEANING, SIGNS, TITLES, Line, counts, ends, lines, title, totals, verdict

SCHEMA = 1
COLOURS = {"added": "34", "removed": "33", "moved": "35", "changed": "1", "renamed": "2", "affected": "2"}
HEADS = ("total", "before", "after", "difference")


RIGHT = {"params", "MACs", "field", "before", "after"}
LEAST = {"layer": 12, "call": 16, "output": 12}  # how narrow these columns may get
DROP = {"MACs": 1, "field": 2, "call": 3}  # the order in which these go


def text(difference: Difference, looks: Options, unfold: bool) -> str:
    """For the terminal."""
    page = Sheet(looks)
    page.lines += [f" {page.paint(page.clean(title(difference)), STRONG)}", ""]
    page.table(HEADS, totals(difference))
    page.prose(ends(difference))
    found = lines(difference, unfold)
    if difference.same:
        page.prose([verdict(difference.old, difference.new)])
    if found:
        page.prose([counts(difference)])
        page.lines.append("")
        page.table(TITLES, [line.row for line in found], [COLOURS[line.kind] for line in found])
        page.lines += [page.paint(page.clean(f" {SIGNS[kind]} {MEANING[kind]}"), QUIET) for kind in met(found)]
    return page.text


class Sheet(Page):
    """Tables whose rows have a colour each."""

    def table(self, titles: Sequence[str], rows: Sequence[tuple[str, ...]], styles: Sequence[str] = ()) -> None:
        columns = [Column(title, title in RIGHT, LEAST.get(title, 0), title == "call", DROP.get(title, 0)) for title in titles]
        grid = Grid(columns, [tuple(map(self.clean, row)) for row in rows], self.room, self.ellipsis)
        head, *body = grid.lines()
        coloured = [self.paint(line, style) for line, style in zip_longest(body, styles, fillvalue="")]
        self.ruled(grid, self.paint(head, STRONG), coloured)


def met(found: list[Line]) -> list[str]:
    kinds = {line.kind for line in found}
    return [kind for kind in KINDS if kind in kinds]


def markdown(difference: Difference, looks: Options, unfold: bool) -> str:
    head = [f"## {escaped(title(difference))}", "", *heads(HEADS)]
    rows = [tabulated(map(escaped, row)) for row in totals(difference)]
    found = lines(difference, unfold)
    body = [tabulated([line.row[0], code(line.row[1]), code(line.text), *map(escaped, line.cells)]) for line in found]
    table = ["", f"{counts(difference)}", "", *heads(TITLES), *body] if found else []
    more = ["", escaped(verdict(difference.old, difference.new))] if difference.same else []
    legend = ["", "; ".join(f"{SIGNS[kind]} {escaped(MEANING[kind])}" for kind in met(found))] if found else []
    changed = [part for sentence in ends(difference) for part in ("", escaped(sentence))]
    return "\n".join([*head, *rows, *changed, *more, *table, *legend, ""])


def heads(titles: Sequence[str]) -> list[str]:
    return [tabulated(titles), tabulated("--:" if title in RIGHT else ":--" for title in titles)]


def record(difference: Difference, looks: Options, unfold: bool) -> str:
    """JSON: both networks without their layers, and every change, each on its line; a layer as `analyze` has it."""
    olds, news = extents(difference.old), extents(difference.new)
    changes = [
        {
            "kind": change.kind,
            "differs": list(change.differs),
            "old": layer_of(change.old, difference.old, olds) if change.old else None,
            "new": layer_of(change.new, difference.new, news) if change.new else None,
        }
        for change in difference.changes
        if change.kind != SAME
    ]
    head = {
        "schema": SCHEMA,
        "same": difference.same,
        "inputs_same": difference.ends["inputs"],
        "outputs_same": difference.ends["outputs"],
        "counts": {kind: difference.count(kind) for kind in (*KINDS, SAME)},
        "old": described(difference.old),
        "new": described(difference.new),
    }
    body = ",\n".join(f"  {json.dumps(each, ensure_ascii=False)}" for each in changes)
    return f'{json.dumps(head, ensure_ascii=False)[:-1]}, "changes": [\n{body}\n]}}\n'


def extents(network: Network) -> dict[str, Shape]:
    return {name: spatial(shape) for name, shape in network.inputs.items()}


FORMATS: dict[str, Callable[[Difference, Options, bool], str]] = {"text": text, "json": record, "markdown": markdown}
