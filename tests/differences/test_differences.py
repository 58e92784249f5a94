"""What differs between two networks: which layers are told apart, that nothing is left out, and what is said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnndsl.backend import Options
from cnndsl.backends.dot import source
from cnndsl.compiler import load, parse
from cnndsl.differences.changes import Difference
from cnndsl.differences.lines import more
from cnndsl.differences.reports import FORMATS
from cnndsl.differences.union import union
from cnndsl.network import Network

ROOT = Path(__file__).parents[2]
PAIRS = [
    ("resnet", "resnet18", "resnet34"),
    ("resnet", "resnet50", "resnext50_32x4d"),
    ("vgg", "vgg11", "vgg13_bn"),
    ("densenet", "densenet121", "densenet169"),
    ("lenet", "LeNet5", "LeNet5_1998"),
    ("mobilenet_v3", "mobilenet_v3_large", "mobilenet_v3_small"),
]

OLD = """net A {
  input x: 3x32x32
  stem: Conv(8, 3, padding=1) -> ReLU -> MaxPool(2)
  body: Conv(16, 3, padding=1) -> ReLU
  Flatten -> drop: Dropout(0.5)
  fc: Linear(10)
}"""


def nets(file: str, old: str, new: str) -> Difference:
    program = load(ROOT / "specs" / f"{file}.cnn")
    return Difference(program.net(old), program.net(new))


def between(old: str, new: str) -> Difference:
    return Difference(parse(old).net(), parse(new).net())


def told(difference: Difference) -> dict[str, list[str]]:
    """Of every kind of change the paths, as they are or were."""
    found: dict[str, list[str]] = {}
    for change in difference.changes:
        if change.kind != "same":
            found.setdefault(change.kind, []).append(change.layer.path)
    return found


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("A {", "B {", {}),
        ("Conv(16, 3, padding=1)", "Conv(16, 3, padding=1, bias=false)", {"changed": ["body"]}),
        ("body: Conv(16, 3, padding=1) -> ReLU", "body: Conv(16, 3, padding=1) -> SiLU", {"changed": ["4"]}),
        ("body:", "features:", {"renamed": ["features"]}),
        (" -> drop: Dropout(0.5)", "", {"removed": ["drop"]}),
        ("MaxPool(2)", "MaxPool(2) -> bn: BatchNorm", {"added": ["bn"]}),
        ("body:", "@frozen body:", {"changed": ["body"]}),
        ("MaxPool(2)", "AvgPool(2)", {"changed": ["2"]}),
        ("3x32x32", "3x16x16", {"affected": ["stem", "1", "2", "body", "4", "5", "drop", "fc"]}),
        ("body: Conv(16, 3, padding=1) -> ReLU", "body: Conv(32, 3, padding=1) -> ReLU",
         {"changed": ["body"], "affected": ["4", "5", "drop", "fc"]}),
    ],
)  # fmt: skip
def test_one_edit_is_told_as_what_it_is(before: str, after: str, expected: dict[str, list[str]]) -> None:
    assert OLD.count(before) == 1
    difference = between(OLD, OLD.replace(before, after))
    assert told(difference) == expected
    assert difference.same is not bool(expected)


def test_layers_of_other_scopes_and_sizes_are_no_pair() -> None:
    text = (
        "block B(c, side) { add { | conv: Conv(c, 3, padding=1) | if side { proj: Conv(c, 1) -> norm: BatchNorm } } }\n"
        "net A { input x: 8x16x16\n one: B(8, %s)\n two: B(16, true)\n %s }"
    )
    found = told(between(text % ("true", ""), text % ("false", "three: B(32, true)")))
    assert found["removed"] == ["one.proj", "one.norm"]
    assert found["added"] == ["three.conv", "three.proj", "three.norm", "three.add"]
    assert "moved" not in found


def test_shares_are_written_out() -> None:
    assert [more(100, after, str) for after in (110, 1099, 2313)] == ["+10  +10 %", "+999  +999 %", "+2213  +2,213 %"]


def test_a_layer_that_moved_is_one_change() -> None:
    moved = OLD.replace(" -> drop: Dropout(0.5)", "").replace("-> MaxPool", "-> drop: Dropout(0.5) -> MaxPool")
    assert told(between(OLD, moved)) == {"moved": ["drop"]}


def test_what_is_put_in_between_does_not_change_what_reads_it_but_a_shortcut_does() -> None:
    plain = "net A { input x: 4x8x8\n a: Conv(4, 1)\n b: Conv(4, 1)\n c: Conv(4, 1) }"
    assert told(between(plain, plain.replace("b:", "{ add { | _ | n: Conv(4, 1) } }\n b:"))) == {
        "added": ["n", "add"],
    }
    shortcut = plain.replace("c:", "add(a, b) -> c:")
    found = between(plain, shortcut)
    assert told(found) == {"added": ["add"], "changed": ["c"]}
    assert [change.differs[0] for change in found.changes if change.kind == "changed"] == ["reads"]


def test_inputs_and_outputs_count_too() -> None:
    two = "net A { input x: 4x8x8\n a: Conv(4, 1)\n b: Conv(4, 1)\n output y = %s }"
    found = between(two % "b", two % "a")
    assert told(found) == {}
    assert not found.same
    assert "the outputs come from other layers" in FORMATS["text"](found, Options(), False)


@pytest.mark.parametrize(("file", "old", "new"), PAIRS)
def test_every_layer_is_accounted_for_and_the_sums_are_those_of_the_networks(file: str, old: str, new: str) -> None:
    difference = nets(file, old, new)
    changes = difference.changes
    assert sorted(id(c.old.node) for c in changes if c.old) == sorted(id(node) for node in difference.old.ir.layers)
    assert [id(c.new.node) for c in changes if c.new] == [id(node) for node in difference.new.ir.layers]
    for figure in ("params", "macs"):
        gained = sum(getattr(c.new, figure) for c in changes if c.new) - sum(getattr(c.old, figure) for c in changes if c.old)
        assert gained == difference.new.totals[figure] - difference.old.totals[figure]
    alike = [c for c in changes if c.kind == "same"]
    assert all((c.old.text, c.old.outputs, c.old.params, c.old.rf) == (c.new.text, c.new.outputs, c.new.params, c.new.rf)
               for c in alike if c.old and c.new)  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new"), PAIRS)
def test_back_again_what_was_added_is_removed(file: str, old: str, new: str) -> None:
    there, back = nets(file, old, new), nets(file, new, old)
    assert there.count("added") - there.count("removed") == back.count("removed") - back.count("added")
    assert nets(file, old, old).same


def test_a_deeper_resnet_has_more_blocks_and_is_else_the_same() -> None:
    """He et al. 2015, table 1: 3, 4, 6, 3 blocks in 50 layers, 3, 4, 23, 3 in 101."""
    difference = nets("resnet", "resnet50", "resnet101")
    assert (difference.count("added"), difference.count("removed"), difference.count("changed")) == (17 * 10, 0, 0)
    assert "+  layer3.6 … layer3.22  17 × (Bottleneck, 10 layers)" in FORMATS["text"](difference, Options(), False)


LAYERS = ("Conv(4, 3, padding=1)", "Conv(4, 1)", "BatchNorm", "ReLU", "MaxPool(2, 1)", "Dropout(0.5)")
EDITS = st.lists(st.tuples(st.sampled_from(["add", "drop", "change"]), st.integers(0, 20), st.sampled_from(LAYERS)), max_size=4)


@given(st.lists(st.sampled_from(LAYERS), min_size=2, max_size=12), EDITS)
def test_no_more_is_told_than_was_done(layers: list[str], edits: list[tuple[str, int, str]]) -> None:
    """Whatever the alignment: what stays, with what is new, is the new program; and few edits are never told as many."""
    after = list(layers)
    for what, at, layer in edits:
        if what == "add":
            after.insert(at % (len(after) + 1), layer)
        elif len(after) > 1:
            place = at % len(after)
            after[place : place + 1] = [layer] if what == "change" else []
    difference = between(program(layers), program(after))
    changes = difference.changes
    assert [c.old.text for c in changes if c.old and c.kind != "moved"] == [layer.text for layer in difference.old.layers]
    assert [c.new.text for c in changes if c.new] == [layer.text for layer in difference.new.layers]
    done = sum(difference.count(kind) for kind in ("added", "removed", "changed"))
    assert done <= 2 * len(edits) + abs(len(after) - len(layers)) + 2
    assert difference.same is (layers == after)


def program(layers: list[str]) -> str:
    return "net N { input x: 4x32x32\n " + "\n ".join(layers) + "\n}"


# ---- what is said ---------------------------------------------------------------


def test_json_has_every_change_with_both_sides() -> None:
    record = json.loads(FORMATS["json"](nets("resnet", "resnet18", "resnet34"), Options(), False))
    assert record["schema"] == 1
    assert not record["same"]
    assert record["counts"] == {
        "added": 56, "removed": 0, "moved": 0, "changed": 0, "renamed": 0, "affected": 48, "same": 21,
    }  # fmt: skip
    assert len(record["changes"]) == 56 + 48
    added = next(change for change in record["changes"] if change["kind"] == "added")
    assert added["old"] is None
    assert added["new"]["path"] == "layer1.2.conv1"
    affected = next(change for change in record["changes"] if change["kind"] == "affected")
    assert affected["differs"] == ["rf"]
    assert affected["old"]["rf"]["size"] != affected["new"]["rf"]["size"]


def test_markdown_is_a_table() -> None:
    text = FORMATS["markdown"](nets("resnet", "resnet18", "resnet34"), Options(), False)
    assert text.startswith("## resnet18 → resnet34\n")
    assert "| parameters | 11,689,512 | 21,797,672 | +10,108,160 +86.5 % |" in text
    assert "| + | `layer1.2` | `BasicBlock, 7 layers` | 64×56×56 | 73,984 |" in text
    columns = {line.count("|") - line.count("\\|") for line in text.splitlines() if line.startswith("|")}
    assert columns == {5, 8}


def test_each_layer_has_its_line_where_that_is_asked_for() -> None:
    difference = nets("resnet", "resnet18", "resnet34")
    found = FORMATS["text"](difference, Options(), True)
    assert sum(line.startswith(" + ") and "layer" in line for line in found.splitlines()) == 56
    assert "…" not in found.replace("{ … }", "")


def test_plain_terminals_get_plain_text() -> None:
    text = FORMATS["text"](nets("lenet", "LeNet5", "LeNet5_1998"), Options(ascii=True, width=80), False)
    assert text.isascii()
    assert max(map(len, text.splitlines())) <= 80


# ---- the picture -------------------------------------------------------------------


def picture(old: str, new: str) -> tuple[Network, str]:
    both = union(between(old, new))
    return both, source(both, marks=both.marks, legend=True).replace("\u00a0", " ")


def test_the_picture_has_what_is_new_and_what_is_gone() -> None:
    new = OLD.replace("MaxPool(2)", "MaxPool(2) -> bn: BatchNorm").replace(" -> drop: Dropout(0.5)", "").replace("16, 3", "32, 3")
    both, drawn = picture(OLD, new)
    assert [node.key for node in both.ir.nodes] == ["x", "stem", "1", "2", "bn", "body", "5", "6", "drop", "fc"]
    assert {both.ir.nodes[at].key: mark for at, mark in both.marks.items() if mark} == {  # type: ignore[attr-defined]
        "bn": "added", "body": "changed", "drop": "removed",
    }  # fmt: skip
    assert all(sign in drawn for sign in ("<B>+ bn</B>", "<B>≠ body</B>", "<B>− drop</B>", ">+ added<", ">− removed<"))
    assert drawn.count("style=dashed") == 2  # into what is gone, and out of it


def test_inputs_that_come_go_or_change_are_marked() -> None:
    old = "net A { input x: 4x8x8\n input y: 4x8x8\n add(x, y) }"
    _, drawn = picture(old, "net A { input x: 4x6x6\n input z: 4x6x6\n add(x, z) }")
    assert all(f"<B>{label}</B>" in drawn for label in ("≠ x", "− y", "+ z"))


def test_what_is_gone_stands_in_the_frame_that_is_still_there() -> None:
    text = "block B { a: Conv(4, 1) -> ReLU\n %s c: Conv(4, 1) }\n net A { input x: 4x8x8\n b: B }"
    _, drawn = picture(text % "gone: MaxPool(2, 1) ->", text % "")
    assert drawn.count("<B>b</B>") == 1


@pytest.mark.parametrize(("file", "old", "new"), PAIRS)
def test_pictures_of_published_networks_hold_both(file: str, old: str, new: str) -> None:
    difference = nets(file, old, new)
    both = union(difference)
    assert len(both.ir.nodes) == len(difference.new.ir.nodes) + difference.count("removed")
    order = {id(node): at for at, node in enumerate(both.ir.nodes)}
    reads = [(order[id(value.node)], at) for at, node in enumerate(both.ir.nodes) for value in node.inputs]
    assert all(tail < len(both.ir.nodes) for tail, _ in reads)
    assert source(both, marks=both.marks, level="block") == source(both, marks=both.marks, level="block")
