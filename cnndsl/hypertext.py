"""Networks to HTML that stands within another page: a table for each, with its totals and remarks, or one table of all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import count

from .backend import Options
from .cells import clean
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
    head = f"<p><strong>{text(network.name)}</strong> {text(headline(network))}</p>"
    about = [paragraph(network.ir.doc)] if network.ir.doc else []
    body = table(TITLES, lines, blocks={number for number, row in enumerate(shown) if not row.layers})
    return [head, *about, body, totals(network), *map(paragraph, remarks(network, lines))]


def table(titles: Sequence[str], lines: Iterable[Sequence[str]], blocks: Iterable[int] = ()) -> str:
    """Words to the left, figures to the right; rows of `blocks` stand back."""
    back = set(blocks)
    head = "".join(f'<th scope="col"{side(title)}>{text(title)}</th>' for title in titles)
    looks = (' class="block"' if number in back else "" for number in count())
    rows = [f"<tr{look}>{''.join(map(cell, titles, line))}</tr>" for look, line in zip(looks, lines, strict=False)]
    return "\n".join(["<table>", f"<thead><tr>{head}</tr></thead>", "<tbody>", *rows, "</tbody>", "</table>"])


def cell(title: str, content: str) -> str:
    inner = f"<code>{text(content)}</code>" if title in MONOSPACE and content else text(content)
    return f"<td{side(title)}>{inner}</td>"


def side(title: str) -> str:
    return ' class="words"' if title in LEFT else ""


def totals(network: Network) -> str:
    rows = [
        f'<tr><td class="words">{text(name)}</td><td><strong>{text(value)}</strong></td>'
        f'<td class="words remark">{text(remark)}</td></tr>'
        for name, value, remark in facts(network)
    ]
    return "\n".join(['<table class="facts">', *rows, "</table>"])


def paragraph(words: str) -> str:
    return f'<p class="remark">{text(words)}</p>'


def text(words: str) -> str:
    """Any text as HTML that means nothing but itself."""
    return escape(clean(words))
