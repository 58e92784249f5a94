"""The pictures that the README shows: what their commands draw today, and small enough for a page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cnndsl.files import is_ours

pytest.importorskip("matplotlib")
ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
MADE = {
    "holes.svg": ("examples/dilated.cnn", "conv2", "--net", "Holes"),
    "growth.svg": ("zoo:resnet50", "--depth", "2"),
}


def shapes(text: str) -> list[str]:
    """What has a name in a drawing: the same whatever matplotlib's version."""
    return re.findall(r'<(?:g|image)[^>]* id="([a-z]+-[a-z0-9-]+)"', text)


def test_the_readme_shows_them() -> None:
    assert set(re.findall(r"\]\(docs/([^)]+)\)", README)) == set(MADE) == {path.name for path in (ROOT / "docs").iterdir()}


@pytest.mark.parametrize("name", MADE)
def test_they_are_what_their_commands_draw(cli, name: str) -> None:
    kept = ROOT / "docs" / name
    first, *rest = MADE[name]
    assert cli("rf", str(ROOT / first) if first.endswith(".cnn") else first, *rest, "-o", name).code == 0
    old, new = kept.read_text("utf-8"), Path(name).read_text("utf-8")
    assert shapes(old) == shapes(new) != []
    assert re.findall(r"<!-- (.*?) -->", old)[1:-1] == re.findall(r"<!-- (.*?) -->", new)[1:-1]  # all words but the mark
    assert is_ours(kept)
    assert kept.stat().st_size < 100_000
