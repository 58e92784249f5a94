"""Texts of users in emitted files: none becomes code, none breaks the file, and every key stays what it is."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import torch

from cnndsl.backends.torch import source
from cnndsl.backends.torch.literals import docstring, literal, string
from cnndsl.network import Network
from tests.build import Build, op

from .emitted import check_lines, expected_state, load, network_class, ruff, samples, state

LABELS = [
    *("in", "class", "None", "match", "print", "self", "x", "torch", "nn", "F", "Tensor", "Scope", "main"),
    *("keys", "items", "values", "pop", "update", "clear", "append", "extend", "insert", "add", "__x", "_y", "__class_x__"),
    *(
        "a b",
        "a-b",
        "1a",
        "007",
        "é",
        "ﬁ",
        "ℌ",
        "名前",
        "🙂",
        "'",
        '"',
        '\\"',
        "\\",
        "{0}",
        "{m}",
        "{",
        "%s",
        "$name",
        "#",
        "a\nb",
        "\t",
    ),
    *('"); import os; os.abort(); ("', "'''", '"""', "\u202e", "\u2028", "x" * 120, "[0]", "0"),
]
TEXTS = [
    *(
        '"""',
        '""',
        '"',
        "'",
        "\\",
        'ends with "',
        "ends with \\",
        '"starts',
        "\\N{BELL}",
        "\\x41",
        "{braces}",
        "$name ${name}",
        "%d",
    ),
    *(
        "one\ntwo",
        "one\n\n    two\n  three",
        "  indented",
        "tab\tbed",
        "\r\n",
        "\u202e\u200b\ufeff",
        "a\x00b\x1b[31m",
        "\ud800",
        "é × 名前",
    ),
    *(
        "word " * 60,
        "w" * 150,
        '"""\nimport os\nos.abort()\n"""',
        "\f\v\x1c\u2028",
        "",
        " ",
        "\n",
        "a \\\nb",
        "# no comment",
        "trailing   \nspaces  ",
    ),
]


def stack(labels: list[str], **about: str) -> Network:
    """A chain: a layer under each label, in two scopes of that label, and both read again."""
    build = Build(about.get("name", "Net"))
    first = build.input(about.get("input", "image"), (4, 8, 8))
    for label in labels:
        build.layer(f"{label}.{label}.{label}", op("Conv", 4, 3, padding=1, groups=2))
        build.layer(f"{label}.{label}.norm", op("BatchNorm"), frozen=True)
        build.layer(f"{label}.layer", op("PReLU"))
    last = build.layer("join", op("add"), first, build.current or first)
    build.graph.doc = about.get("doc", "")
    build.graph.torch_name = about.get("torch_name", "")
    build.graph.source_name = about.get("source", "")
    return build.done(out=last)


def check(network: Network, folder: Path, clean: bool = True) -> None:
    text = source(network)
    text.encode()
    model = network_class(load(text, folder))()
    assert state(model) == expected_state(network)
    model(*samples(network)).sum().backward()
    check_lines(network, text)
    if clean:
        assert ruff(folder) == ""


@pytest.mark.parametrize("label", LABELS, ids=ascii)
def test_every_label_is_a_key(label: str, tmp_path: Path) -> None:
    check(stack([label]), tmp_path, clean=len(label) < 100)


def test_all_labels_together(tmp_path: Path) -> None:
    check(stack([label for label in LABELS if len(label) < 100]), tmp_path)


@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_every_text_is_only_said(text: str, tmp_path: Path) -> None:
    """What the doc string, the file's name and `@torch(name=…)` say changes nothing but a docstring and a name."""
    network = stack(["a"], doc=text, source=text, torch_name=text)
    check(network, tmp_path, clean=len(text) < 50)
    plain = stack(["a"], doc="", source="", torch_name="")
    name = network_class(load(source(network), tmp_path, "hostile")).__name__
    assert re.sub(rf"\b{name}\b", "Net", skeleton(source(network))) == skeleton(source(plain))


def skeleton(text: str) -> str:
    """The program without its docstrings."""
    program = ast.parse(text)
    for node in ast.walk(program):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:]
    return ast.unparse(program)


@pytest.mark.parametrize("text", [text for text in TEXTS if text.strip()], ids=ascii)
def test_the_doc_string_is_said_word_for_word(text: str) -> None:
    said = ast.parse("\n".join(docstring(text, ""))).body[0]
    assert isinstance(said, ast.Expr)
    assert isinstance(said.value, ast.Constant)
    assert str(said.value.value).split() == text.replace("\ud800", "\ufffd").split()


@pytest.mark.parametrize("text", [*LABELS, *TEXTS], ids=ascii)
def test_a_string_reads_back(text: str) -> None:
    assert ast.literal_eval(string(text)) == text
    assert string(text).isprintable()


NAMES = [
    "Tensor",
    "nn",
    "torch",
    "F",
    "Any",
    "NamedTuple",
    "main",
    "Scope",
    "print",
    "getattr",
    "list",
    "argparse",
    "time",
    "class",
    "Net",
    "9 lives",
    "é",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_net_may_have_any_name(name: str, tmp_path: Path) -> None:
    check(stack(["a"], name=name), tmp_path)


@pytest.mark.parametrize(
    "name", ["self", "x", "torch", "nn", "F", "lambda", "input", "print", "getattr", "Tensor", "super", "match", "_", "a"]
)
def test_inputs_may_have_any_name(name: str, tmp_path: Path) -> None:
    check(stack(["a"], input=name), tmp_path)


def test_outputs_may_have_any_name(tmp_path: Path) -> None:
    names = ["count", "index", "_a", "a", "class", "in_", "_fields", "_replace", "self", "x", "lambda", "lambda_", "def"]
    build = Build("Net")
    build.input("x", (4, 8, 8))
    values = {name: build.layer(name, op("Conv", 4, 1)) for name in names}
    network = build.done()
    network.ir.outputs = values
    model = network_class(load(source(network), tmp_path))()
    result = model(*samples(network))
    assert len(result) == len(names)
    assert ruff(tmp_path) == ""
    check_lines(network, source(network))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e16, "1e16"),
        (1e-05, "1e-05"),
        (float("inf"), 'float("inf")'),
        (float("-inf"), 'float("-inf")'),
        (True, "True"),
        ((1,), "(1,)"),
        ([1, "a"], '[1, "a"]'),
        ({"a": (1, 2)}, '{"a": (1, 2)}'),
        (None, "None"),
    ],
)
def test_values(value: object, text: str) -> None:
    assert literal(value) == text


def test_an_object_is_no_value() -> None:
    with pytest.raises(TypeError):
        literal(object())


def test_deep_scopes(tmp_path: Path) -> None:
    """What is too deep for one expression is filled statement by statement, in the same order."""
    build = Build("Deep")
    build.input("image", (2, 4, 4))
    deep = ".".join(f"level{i}" for i in range(64))
    numbered = ".".join(["list", *["0"] * 40])
    owned = ".".join(["own", *["keys"] * 30])
    for place, path in enumerate([deep, numbered, owned, deep, numbered, owned]):
        build.layer(f"{path}.{place // 3 if path == numbered else f'conv{place}'}", op("Conv", 2, 1), frozen=place == 2)
    network = build.done()
    with torch.device("meta"):
        model = network_class(load(source(network), tmp_path))()
    assert state(model) == expected_state(network)
    check_lines(network, source(network))
