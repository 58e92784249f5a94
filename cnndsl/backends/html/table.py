"""Rows of a network to a table: a row for each layer, headings for scopes, shares as bars."""

from __future__ import annotations

from ...figures import percent
from ...graph import Node
from ...network import Network
from ...report import TITLES, Cells
from ...rows import Row, outline
from ...symbols import Dim
from .markup import tag, text

BAR = '<svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true"><rect width="{:.4g}" height="1"/></svg>'
NUMERIC = frozenset({"params", "%", "MACs", "field", "stride", "memory"})


def table(network: Network, depth: int | None = None) -> str:
    """All rows; a layer's has its node's name in `data-node`, a scope's its path in `data-scope`."""
    cells = Cells(network.totals)
    head = "".join(tag("th", text(title), scope="col", class_="figure" if title in NUMERIC else None) for title in TITLES)
    body = "".join(line(network, cells, row) for row in outline(network, depth))
    caption = tag("caption", text(f"The layers of {network.name} in program order"), class_="quiet")
    return tag("table", caption + tag("thead", tag("tr", head)) + tag("tbody", body), class_="layers")


def line(network: Network, cells: Cells, row: Row) -> str:
    name, *figures = cells.of(row, row.name)
    chosen = row.path if row.call == 1 else f"{row.path}@{row.call}"
    button = tag("button", text(name), class_="choose", title=row.path) if row.kind != "scope" else text(name)
    first = tag("th", button, scope="row", class_=f"level{min(row.level, 9)}")
    if not row.layers:
        rest = tag("td", text(row.text), colspan=len(TITLES) - 1, class_="call")
        return tag("tr", first + rest, class_="scope", data_scope=row.path)
    shares = {3: share(row.params, network.params), 5: share(row.macs, network.macs)}
    rest = "".join(cell(place, value, shares.get(place)) for place, value in enumerate(figures))
    return tag("tr", first + rest, class_=f"kind-{row.kind}", data_node=chosen)


def called(node: Node) -> str:
    return node.key if node.call == 1 else f"{node.key}@{node.call}"


def cell(place: int, value: str, part: float | None) -> str:
    """A figure; a share has its bar behind it."""
    if place == 0:
        return tag("td", tag("code", text(value)), class_="call")
    name = "figure share" if part is not None else "figure" if place > 1 else None
    return tag("td", ("" if part is None else BAR.format(part)) + tag("span", text(value)), class_=name)


def share(part: Dim, whole: Dim) -> float | None:
    if not isinstance(part, int) or not isinstance(whole, int) or not percent(part, whole):
        return None
    return 100 * part / whole
