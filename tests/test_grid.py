"""The layout of tables."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cnndsl.cells import width
from cnndsl.grid import Column, Grid

COLUMNS = (
    Column("name", least=4),
    Column("text", least=6, last=True),
    Column("n", right=True),
    Column("more", right=True, drop=1),
)
ROWS = [("a", "short", "1", "x"), ("layer1.0", "quite a long text", "12,345", "y")]


def test_columns_are_aligned() -> None:
    assert Grid(COLUMNS, ROWS).lines() == [
        "name      text                    n  more",
        "a         short                   1     x",
        "layer1.0  quite a long text  12,345     y",
    ]


def test_the_text_gives_way_first() -> None:
    assert Grid(COLUMNS, ROWS, 34).lines() == [
        "name      text             n  more",
        "a         short            1     x",
        "layer1.0  quite a l…  12,345     y",
    ]


def test_then_columns_go_and_what_is_left_is_used() -> None:
    grid = Grid(COLUMNS, ROWS, 23)
    assert grid.left_out == ["more"]
    assert grid.lines() == [
        "name     text         n",
        "a        short        1",
        "layer1…  quite…  12,345",
    ]


def test_columns_of_one_number_go_together() -> None:
    columns = (Column("a"), Column("%", drop=1), Column("b"), Column("%", drop=1))
    assert Grid(columns, [("1", "2", "3", "4")], 9).lines() == ["a  b", "1  3"]
    assert Grid(columns, [("1", "2", "3", "4")], 10).lines() == ["a  %  b  %", "1  2  3  4"]


def test_ascii() -> None:
    assert Grid(COLUMNS, ROWS, 23, "~").lines()[-1] == "layer1~  quite~  12,345"


def test_wide_characters() -> None:
    grid = Grid((Column("name", least=4), Column("n", right=True)), [("層一二三", "1"), ("e\u0301tat", "22")])
    assert grid.lines() == ["name       n", "層一二三   1", "e\u0301tat      22"]
    narrow = Grid((Column("name", least=4), Column("n", right=True)), [("層一二三", "1")], 9)
    assert narrow.lines() == ["name    n", "層一…   1"]


@given(
    st.lists(st.tuples(*[st.text("ab層é…", max_size=9)] * 4), min_size=1, max_size=5),
    st.integers(0, 60),
)
def test_no_line_is_longer_than_the_limit_where_that_can_be(rows: list[tuple[str, ...]], limit: int) -> None:
    grid = Grid(COLUMNS, rows, limit)
    wide = zip(COLUMNS, Grid(COLUMNS, rows).widths, strict=True)
    least = sum(min(column.least or room, room) for column, room in wide if not column.drop) + 4
    assert all(width(line) <= max(limit, least) for line in grid.lines())
    assert len({sum(map(width, row)) for row in grid.padded()}) == 1
