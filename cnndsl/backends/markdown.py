"""Networks to Markdown as GitHub reads it: a section with a table for each, or a table of all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ..backend import Options
from ..cells import clean
from ..network import Network
from ..report import SUMMARY, TITLES, Cells, facts, headline, remarks, summary, templates
from ..rows import rows

LEFT = {"layer", "call", "output", "network", "input"}


def render(networks: Sequence[Network], options: Options) -> str:
    named = ["", escaped(templates(options.templates)), ""] if options.templates else [""]
    if not options.overview(networks):
        sections = [[*section(network, options.depth), ""] for network in networks]
        return "\n".join([*[line for lines in sections for line in lines][:-1], *named])
    lines = [tabulated(map(escaped, row)) for row in map(summary, networks)]
    return "\n".join([*heads(SUMMARY), *lines, *named])


def section(network: Network, depth: int | None) -> list[str]:
    """Heading, table, totals and remarks."""
    cells = Cells(network.totals)
    table = [cells.of(row, row.path) for row in rows(network, depth)]
    body = [tabulated([code(name), code(text), *map(escaped, figures)]) for name, text, *figures in table]
    totals = [f"- {fact.name}: **{escaped(fact.value)}** {escaped(fact.remark)}".rstrip() for fact in facts(network)]
    notes = [line for remark in remarks(network, table) for line in ("", escaped(remark))]
    about = ["", escaped(network.ir.doc)] if network.ir.doc else []
    above = [f"## {escaped(network.name)}", *about, "", escaped(headline(network)), ""]
    return [*above, *heads(TITLES), *body, "", *totals, *notes]


def heads(titles: Sequence[str]) -> list[str]:
    return [tabulated(titles), tabulated(":--" if title in LEFT else "--:" for title in titles)]


def tabulated(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def escaped(text: str) -> str:
    """Text that means nothing to Markdown."""
    return re.sub(r"([\\`*_{}\[\]<>#|~])", r"\\\1", clean(" ".join(text.split())))


def code(text: str) -> str:
    """Text as code within a table: a fence that it does not hold, and no bare bar."""
    text = clean(text)
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    space = " " if "`" in text else ""
    return f"{fence}{space}{text}{space}{fence}".replace("|", r"\|")
