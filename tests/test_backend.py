"""The backends of `analyze`, found by folder."""

from __future__ import annotations

import pytest

from cnndsl.backend import Options, find, names
from cnndsl.compiler import parse
from cnndsl.diagnostics import Problem


def test_all_are_found() -> None:
    assert names() == ("csv", "json", "markdown", "table")
    network = parse("net N { input x: 1x8x8\n Conv(2, 3) }").net()
    for name in names():
        text = find(name).render([network], Options())
        assert "Conv" in text
        assert text.endswith("\n")
        assert not text.endswith("\n\n")


@pytest.mark.parametrize(
    ("name", "help"), [("jsn", "did you mean `json`?"), ("xlsx", "there are csv, json, markdown, table"), ("torch", "")]
)
def test_an_unknown_one(name: str, help: str) -> None:
    with pytest.raises(Problem) as caught:
        find(name)
    assert caught.value.title == f"there is no format {name}"
    assert help in (caught.value.help or "")
