"""The page as text: whole, safe, small, and the same on every run; what it does is tested in tests/page."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

import pytest

from cnndsl.backends import html
from cnndsl.backends.html import assets
from cnndsl.compiler import load, parse
from cnndsl.diagnostics import Problem
from cnndsl.zoo import entries

EMPTY = {"meta", "link", "input"}
HOSTILE = '<script>alert("1")</script>&"\''


class Tags(HTMLParser):
    """Sees that what is opened is closed; keeps scripts, ids, and all attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.scripts = 0
        self.ids: Counter[str] = Counter()
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += attrs
        self.ids.update(value for name, value in attrs if name == "id" and value)
        self.scripts += tag == "script"
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_it_is_well_formed() -> None:
    network = load("zoo:resnet18").net("resnet18")
    page = html.source(network)
    found = Tags(page)
    assert max(found.ids.values()) == 1
    assert found.scripts == 2  # the data and the modules
    assert not [name for name, _ in found.attributes if name.startswith("on") or name in ("style", "src")]
    assert html.source(load("zoo:resnet18").net("resnet18")) == page


def test_nothing_of_a_program_is_markup() -> None:
    """Names, texts and comments that look like tags stand there as text."""
    text = f'net N {{\n  # {HOSTILE}\n  "{"<b>doc</b>"}"\n  input x: 1x8x8\n  "<i>$<": Conv(1, 3)\n  \'</script>\n}}\n'
    program = parse(text, "<img src=x>.cnn")
    found = program.check()
    page = html.source(None, found, trouble=program.source)
    assert Tags(page).scripts == 2
    named = 'net N {\n  # <script>alert(1)</script>\n  "</title><b>"\n  input x: 1x8x8\n  "<i>&amp;</script>": Conv(1, 3)\n}\n'
    whole = html.source(parse(named, "</script>").net())
    assert Tags(whole).scripts == 2
    assert "<i>" not in whole
    assert "<script>alert" not in whole + page
    assert "&lt;i&gt;&amp;amp;&lt;/script&gt;" in whole


def test_sizes_that_are_open() -> None:
    page = html.source(parse("net N {\n  input x: [3, ?, ?]\n  Conv(8, 3)\n}\n").net())
    assert "Nothing can be explored" in page
    assert '"net":null' in page


def test_without_a_drawing_the_layers_are_a_list() -> None:
    why = Problem("graphviz is not installed", help="install it")
    page = html.source(parse("net N {\n  input x: 1x8x8\n  a: Conv(1, 3)\n}\n").net(), (), why)
    assert "There is no drawing: graphviz is not installed." in page
    assert '<li><button class="choose" data-node="a">a</button></li>' in page


@pytest.mark.parametrize("name", ["resnet152", "densenet201", "inception_v3"])
def test_it_is_small(name: str) -> None:
    """Two megabytes at most, with room for the diagram."""
    assert len(html.source(load(f"zoo:{name}").net(name)).encode()) < 1_000_000


@pytest.mark.slow
@pytest.mark.parametrize("family", sorted(entries()))
def test_every_family_has_a_page(family: str) -> None:
    program = load(f"zoo:{family}")
    for name in program.complete():
        page = html.source(program.net(name))
        assert '"net":null' not in page
        assert len(page.encode()) < 1_900_000


def test_modules_are_told_apart() -> None:
    """They become one: no name of one may be another's, and none imports what is not before it."""
    names: Counter[str] = Counter()
    modules = (*assets.MODULES, "live")
    for place, module in enumerate(modules):
        text = assets.read(f"{module}.js")
        names.update(re.findall(r"^(?:export )?(?:async )?(?:function\*?|const|let|class) (\w+)", text, re.MULTILINE))
        for imported in re.findall(r'from "\./(\w+)\.js"', text):
            assert imported in modules[:place], f"{module} imports {imported}"
    assert [name for name, times in names.items() if times > 1] == []
    assert "import " not in re.sub(r"^//.*$", "", assets.script(), flags=re.MULTILINE)
