"""Texts of a program made with malice, through every command: none becomes markup, code, a command or a control sequence.

What comes out must have the structure that it has for harmless texts: the same tags, cells, nodes, lines and statements.
"""

from __future__ import annotations

import ast
import csv
import io
import json
import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from ..fuzz.oracle import IMPORTS, JOINER, hidden

Cli = Callable[..., Any]

LABELS = [
    *("</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "];evil[label=x", "<B>b</B>", "&lt;b&gt;&amp;"),
    *("]]>", "--><!--", "*/ alert(1) /*", "a|b|c", "[x](javascript:alert(1))", "`a` ``b``", "**b** _i_ # h", "=1+1", "@SUM(A1)"),
    *("%0A::error::x", "::warning::x", "{x}", "{{7*7}}", "x, y", "x; y", "$", "~~~"),
    *("!" * 60, "名前 🙂 é", "a\u0301", "True", "id=1"),
]  # fmt: skip
DOC = "\n".join(
    [
        *('""" ; import os ; os.abort() ; """', "'''", "</script><script>alert(1)</script>", '"><img src=x onerror=alert(1)>'),
        *(
            "\\",
            'ends in "',
            "{braces} %s $name",
            "a | b | c |",
            "# d",
            "::error::x",
            "```",
            "<b>",
            "--> ]]> */",
            "# no comment",
            '"',
        ),
    ]
)
FILE = "<img src=x onerror=alert(1)>'\"`|%0A::error::,;$x\u202e\x1b[31m\n::error::é.cnn"
PLAIN = ([f"plain{i}" for i in range(len(LABELS))], "\n".join(["plain"] * DOC.count("\n")), "net.cnn")
HOSTILE = (LABELS, DOC, FILE)


def quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def program(labels: list[str], doc: str, more: str = "") -> str:
    said = quoted(doc)
    lines = [f'  "{label}": Conv(3, 1, bias=false) -> BatchNorm -> g{i}: {{ "{label}": ReLU }}' for i, label in enumerate(labels)]
    return f"""\
extern Mine(note = "{said}") {{
  "{said}"
  input x: [c, h, w]
  output_shape = [c, h, w]
  params = 0
  macs = 0
  rf = 1
  torch = "torch.nn:Identity(note={{note}})"
}}
net N {{
  "{said}"
  input x: 3x8x8
{chr(10).join(lines)}
  mine: Mine
  end: Conv(2, 1)
  assert params >= 0, "{said}"
{more}}}
"""


def made(cli: Cli, words: tuple[str, ...], texts: tuple[list[str], str, str], more: str = "", code: int = 0) -> str:
    """What a command writes of the program with these texts, to standard output or to the file that it is asked for."""
    labels, doc, file = texts
    Path(file).write_text(program(labels, doc, more), "utf-8")
    ran = cli(words[0], f"./{file}", *words[1:], "--color", "never")
    assert ran.code == code, ran.err
    assert not hidden(ran.err)
    return Path(words[-1]).read_text("utf-8") if words[-2:-1] == ("-o",) else str(ran.out)


# ---- structures --------------------------------------------------------------------


class Tags(HTMLParser):
    """Tags with the names of their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, ...]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, *(name for name, _ in attrs)))

    def handle_comment(self, data: str) -> None:
        self.found.append(("comment", data))


def tags(text: str) -> object:
    parser = Tags()
    parser.feed(text)
    assert not hidden(text) - {JOINER}
    return sorted(set(parser.found)), sum(tag[0] == "script" for tag in parser.found)


def elements(text: str) -> object:
    """Elements of an SVG; how many there are depends on where lines break."""
    tree = ElementTree.fromstring(text)
    names = {name for element in tree.iter() for name in element.attrib}
    assert not [name for name in names if name.startswith("on")]
    return sorted({element.tag for element in tree.iter()}), sorted(names)


def graph(text: str) -> object:
    """How many labels of DOT begin with a name in bold, and that no statement is other than one of a node or an edge."""
    assert not hidden(text) - {JOINER}
    bare = re.sub(r'"(?:\\.|[^"\\])*"', '""', text, flags=re.DOTALL)
    assert not re.search("<(script|img)", bare)
    kinds = {line.split()[0].rstrip("0123456789") for line in bare.splitlines() if line.strip()}
    return bare.count("<B>"), sorted(kinds - {"from", "to"})  # where a long column goes on


def statements(text: str) -> object:
    """The kinds of syntax in a module, what it imports and what it calls by a plain name."""
    tree = ast.walk(ast.parse(text))
    nodes = list(tree)
    modules = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    modules |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    assert {name for name in modules if name not in IMPORTS and not name.startswith("torch.")} == set()
    called = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    return sorted({type(node).__name__ for node in nodes}), sorted(called)


def shown(text: str) -> object:
    return hidden(text)


def cells(text: str) -> object:
    return [len(row) for row in csv.reader(io.StringIO(text))]


def keys(text: str) -> object:
    return [sorted(layer) for layer in json.loads(text)["networks"][0]["layers"]]


def markdown(text: str) -> object:
    """The first sign of each line outside of code, and its cells: pipes that are not escaped."""
    assert not hidden(text)
    assert not re.search(r"(?<!\\)<(?!/?(code|br|sub|sup)>)", re.sub(r"(`+).*?\1", "", text))
    return [
        (line[:1] if line[:1] in "#|->`" else "", len(re.findall(r"(?<!\\)\|", line)) * line.startswith("|"))
        for line in text.splitlines()
    ]


FORMS: list[tuple[tuple[str, ...], Callable[[str], object]]] = [
    (("analyze",), shown),
    (("analyze", "--format", "csv"), cells),
    (("analyze", "--format", "json"), keys),
    (("analyze", "--format", "markdown"), markdown),
    (("explain",), shown),
    (("explain", "--format", "markdown"), markdown),
    (("rf",), shown),
    (("rf", "-o", "growth.svg"), elements),
    (("diagram",), graph),
    (("diagram", "--depth", "1"), graph),
    (("report",), tags),
    (("compile",), statements),
    (("compile", "--flat"), statements),
    (("compile", "--optimize", "inference"), statements),
]


@pytest.mark.parametrize(("words", "structure"), FORMS, ids=["-".join(words) for words, _ in FORMS])
def test_the_structure_is_that_of_harmless_texts(words: tuple[str, ...], structure: Callable[[str], object], cli: Cli) -> None:
    assert structure(made(cli, words, HOSTILE)) == structure(made(cli, words, PLAIN))


@pytest.mark.skipif(shutil.which("dot") is None, reason="graphviz draws")
def test_a_picture_holds_texts_as_texts(cli: Cli) -> None:
    words = ("diagram", "-o", "net.svg")
    assert elements(made(cli, words, HOSTILE)) == elements(made(cli, words, PLAIN))


def test_the_flat_form_reads_back(cli: Cli) -> None:
    Path("flat.cnn").write_text(made(cli, ("expand",), HOSTILE), "utf-8")
    first, second = made(cli, ("analyze", "--format", "csv"), HOSTILE), cli("analyze", "flat.cnn", "--format", "csv").out
    assert [row[:-3] for row in csv.reader(io.StringIO(first))] == [row[:-3] for row in csv.reader(io.StringIO(second))]


WRONG = '  "<script>": Conv(2, 99)\n  "%0A::error::": Convv(1, 1)\n  assert params == 1, "</script>\\n::error::x"\n'


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_findings_say_texts_as_texts(form: str, cli: Cli) -> None:
    said = {}
    for texts in (HOSTILE, PLAIN):
        labels, doc, file = texts
        Path(file).write_text(program(labels, doc, WRONG), "utf-8")
        ran = cli("check", f"./{file}", "--format", form, "--color", "never")
        assert ran.code == 1
        said[file] = ran.err if form == "text" else ran.out
        assert not hidden(said[file])
        if form == "github":
            assert all(line.startswith(("::error ", "::warning ", "::notice ")) for line in said[file].splitlines())
        elif form != "text":
            assert json.loads(said[file])
            assert said[file].isascii()
    assert len(said[FILE].splitlines()) == len(said["net.cnn"].splitlines())


COMMANDS = [
    *(
        ("check",),
        ("analyze",),
        ("expand",),
        ("compile",),
        ("compile", "--flat"),
        ("diagram",),
        ("rf",),
        ("explain",),
        ("report",),
    ),
    *(("rf", "-o", "a.svg"), ("check", "--fix", "--diff")),
]


@pytest.mark.parametrize("words", COMMANDS, ids="-".join)
def test_nothing_of_a_program_is_run(words: tuple[str, ...], cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """A foreign layer's package lies beside the program, where it could be imported, and would leave a trace."""
    Path("evil.py").write_text("from pathlib import Path\nPath('trace').touch()\nclass Layer: pass\n")
    monkeypatch.syspath_prepend(str(Path.cwd()))
    facets = 'input x: [c, h, w]\n  output_shape = [c, h, w]\n  params = 0\n  macs = 0\n  rf = 1\n  torch = "evil:Layer()"'
    Path("net.cnn").write_text(f"extern Evil {{\n  {facets}\n}}\nnet N {{\n  input x: 3x8x8\n  Evil -> Conv(2, 1)\n}}\n")
    assert cli(words[0], "net.cnn", *words[1:]).code in (0, 1)
    assert not Path("trace").exists()
