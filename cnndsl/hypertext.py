"""Networks to HTML that stands within another page: a table for each, with its totals and remarks, or one table of all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .backend import Options
from .backends.html.markup import tag, text
from .network import Network
from .report import SUMMARY, TITLES, Cells, facts, headline, remarks, summary, templates
from .rows import outline

LEFT = {"layer", "call", "output", "network", "input"}
MONOSPACE = {"layer", "call"}
INDENT = "\u2003"  # an em space: what lies in a block stands to the right of it
# Colours are those of the page, light or dark; the notebook's own rules for tables are put aside where they would disturb.
STYLE = """
.cnndsl table { border-collapse: collapse; font-size: 90%; margin: .5em 0 }
.cnndsl th, .cnndsl td { padding: .15em .7em; text-align: right; white-space: nowrap; background: none; border: none }
.cnndsl .words { text-align: left }
.cnndsl code { background: none; padding: 0 }
.cnndsl thead th, .cnndsl tbody { border-bottom: 1px solid color-mix(in srgb, currentColor 45%, transparent) }
.cnndsl tbody tr:hover { background: color-mix(in srgb, currentColor 8%, transparent) }
.cnndsl .block, .cnndsl .remark { opacity: .7 }
.cnndsl .facts tbody { border: none }
.cnndsl .facts td { padding-top: 0; padding-bottom: 0 }
""".strip()


def render(networks: Sequence[Network], options: Options) -> str:
    named = [paragraph(templates(options.templates))] if options.templates else []
    if options.overview(networks):
        parts = [table(SUMMARY, map(summary, networks)), *named]
    else:
        parts = [*(part for network in networks for part in section(network, options.depth)), *named]
    page = "\n".join([f"<style>\n{STYLE}\n</style>", '<div class="cnndsl">', *parts, "</div>"])
    return page.encode("ascii", "xmlcharrefreplace").decode() + "\n"  # whatever encoding the page around it has


def section(network: Network, depth: int | None) -> list[str]:
    """Headline, table, totals and remarks."""
    shown = outline(network, depth)
    cells = Cells(network.totals)
    lines = [cells.of(row, INDENT * row.level + row.name) for row in shown]
    head = tag("p", f"{tag('strong', text(network.name))} {text(headline(network))}")
    about = [paragraph(network.ir.doc)] if network.ir.doc else []
    body = table(TITLES, lines, blocks={number for number, row in enumerate(shown) if not row.layers})
    return [head, *about, body, totals(network), *map(paragraph, remarks(network, lines))]


def table(titles: Sequence[str], lines: Iterable[Sequence[str]], blocks: Iterable[int] = ()) -> str:
    """Words to the left, figures to the right; rows of `blocks` stand back."""
    back = set(blocks)
    head = "".join(tag("th", text(title), scope="col", class_=side(title)) for title in titles)
    rows = [
        tag("tr", "".join(map(cell, titles, line)), class_="block" if number in back else None)
        for number, line in enumerate(lines)
    ]
    return "\n".join(["<table>", tag("thead", tag("tr", head)), "<tbody>", *rows, "</tbody>", "</table>"])


def cell(title: str, content: str) -> str:
    inner = tag("code", text(content)) if title in MONOSPACE and content else text(content)
    return tag("td", inner, class_=side(title))


def side(title: str) -> str | None:
    return "words" if title in LEFT else None


def totals(network: Network) -> str:
    rows = [
        tag(
            "tr",
            tag("td", text(name), class_="words")
            + tag("td", tag("strong", text(value)))
            + tag("td", text(remark), class_="words remark"),
        )
        for name, value, remark in facts(network)
    ]
    return "\n".join(['<table class="facts">', *rows, "</table>"])


def paragraph(words: str) -> str:
    return tag("p", text(words), class_="remark")
