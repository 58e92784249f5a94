"""`cnndsl analyze`: which nets, in which form, as what."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.commands.programs import FAMILY, LENET, ONE, OPEN, PAIR, WRONG


def networks(out: str) -> dict[str, Any]:
    return {network["name"]: network for network in json.loads(out)["networks"]}


def analyzed(cli, text: str, *words: str) -> dict[str, Any]:
    """The networks of a program by name."""
    ran = cli("analyze", "-", "--format", "json", *words, stdin=text.encode())
    assert ran.code == 0, ran.err
    return networks(ran.out)


def test_the_only_net_in_full(cli) -> None:
    ran = cli("analyze", "-", stdin=LENET.encode())
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(" LeNet5   image 1×32×32 → 10\n")
    for figure in ("61,706", "416,520", "120×1×1"):
        assert figure in ran.out


def test_the_only_complete_net_in_full_and_the_templates_by_name(cli) -> None:
    ran = cli("analyze", "-", stdin=ONE.encode())
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(" Small   image 3×32×32 → 10\n")
    assert ran.out.endswith("\n Templates, which need parameters: Base(width)\n")
    assert "Base" not in cli("analyze", "-", "--net", "Small", stdin=ONE.encode()).out


def test_several_nets_in_a_line_each(cli) -> None:
    ran = cli("analyze", "-", stdin=FAMILY.encode())
    assert (ran.code, ran.err) == (0, "")
    lines = [line.split() for line in ran.out.splitlines() if line.startswith((" Small", " Large"))]
    assert [(name, params) for name, _, _, params, *_ in lines] == [("Small", "314"), ("Large", "2,442")]
    assert "Base(width)" in ran.out
    assert "conv" not in ran.out


def test_a_net_by_name(cli) -> None:
    assert list(analyzed(cli, FAMILY)) == ["Small", "Large"]
    assert list(analyzed(cli, FAMILY, "--net", "Large")) == ["Large"]
    assert list(analyzed(cli, FAMILY, "--net", "Base", "--set", "width=3")) == ["Base"]


def test_what_is_set_goes_to_the_nets_that_take_it(cli) -> None:
    ran = cli("analyze", "-", "--format", "json", "--set", "width=3", stdin=FAMILY.encode())
    assert (ran.code, ran.err) == (0, "left out, as they do not take width: Small, Large\n")
    assert list(networks(ran.out)) == ["Base"]
    both = networks(cli("analyze", "-", "--format", "json", "--set", "classes=7", stdin=FAMILY.encode()).out)
    assert [network["outputs"] for network in both.values()] == [{"out": [7]}] * 2
    ran = cli("analyze", "-", "--set", "clases=7", stdin=FAMILY.encode())
    assert ran == (2, "", "error[E0001]: Small takes no parameter clases from outside\n  = help: did you mean `classes`?\n")


def test_values_are_the_languages_own(cli) -> None:
    def layers(*words: str) -> list[str]:
        return [layer["op"] for layer in analyzed(cli, FAMILY, "--net", "Small", *words)["Small"]["layers"]]

    assert layers() == ["Conv", "ReLU", "GlobalAvgPool", "Flatten", "Linear"]
    assert layers("--set", "act=SiLU", "--set", "norm=true") == [
        "Conv",
        "SiLU",
        "BatchNorm",
        "GlobalAvgPool",
        "Flatten",
        "Linear",
    ]
    assert layers("--set", "act=LeakyReLU(0.1)")[1] == "LeakyReLU"
    assert analyzed(cli, FAMILY, "--net", "Base", "--set", "width=2**3 + 1")["Base"]["layers"][0]["output"] == [9, 32, 32]


def test_wrong_values_are_told_at_their_place(cli) -> None:
    ran = cli("analyze", "-", "--net", "Small", "--set", "act=SiLUU", stdin=FAMILY.encode())
    assert (ran.code, ran.out) == (1, "")
    assert " --> --set:1:5\n  |\n1 | act=SiLUU\n  |     ^^^^^ not found\n" in ran.err
    assert "did you mean `SiLU`?" in ran.err


def test_sizes_of_inputs(cli) -> None:
    assert analyzed(cli, FAMILY, "--net", "Small", "--input", "3x64x48")["Small"]["inputs"] == {"image": [3, 64, 48]}
    assert analyzed(cli, FAMILY, "--net", "Small", "--input", "image=3x8x8")["Small"]["inputs"] == {"image": [3, 8, 8]}
    sizes = ["--input", "left=3x20x24", "--input", "right=3x20x24"]
    assert analyzed(cli, PAIR, *sizes)["Pair"]["inputs"] == {"left": [3, 20, 24], "right": [3, 20, 24]}
    assert analyzed(cli, OPEN, "--input", "3x9x9")["Open"]["outputs"] == {"out": [8, 4, 4]}


@pytest.mark.parametrize(
    ("words", "title"),
    [
        (["--input", "3x20x20"], "error[E0205]: Pair has 2 inputs, and the size asked for says not which it is for"),
        (["--input", "middle=3x20x20"], "error[E0204]: Pair has no input middle"),
        (["--input", "left=3x20x20"], "error[E0306]: add wants equal height, and gets 20 and 16"),
    ],
)
def test_sizes_that_do_not_fit(cli, words: list[str], title: str) -> None:
    ran = cli("analyze", "-", *words, stdin=PAIR.encode())
    assert (ran.code, ran.out) == (1, "")
    assert [line for line in ran.err.splitlines() if line.startswith("error")] == [title]


def test_one_net_with_errors_among_others(cli) -> None:
    text = FAMILY + "net Odd = Base(0)\n"
    ran = cli("analyze", "-", "--format", "json", stdin=text.encode())
    assert ran.code == 1
    assert list(networks(ran.out)) == ["Small", "Large"]
    assert len([line for line in ran.err.splitlines() if line.startswith("error")]) == 1
    table = cli("analyze", "-", stdin=text.encode())
    assert table.code == 1
    assert "Large" in table.out


def test_figures_for_a_batch_and_a_type(cli) -> None:
    def totals(*words: str) -> dict[str, int]:
        return analyzed(cli, LENET, *words)["LeNet5"]["totals"]  # type: ignore[no-any-return]

    one = totals()
    assert totals("--batch", "4")["peak_bytes"] == 4 * one["peak_bytes"]
    assert totals("--dtype", "float16")["weight_bytes"] * 2 == one["weight_bytes"]
    assert totals("--batch", "4")["macs"] == one["macs"]


def test_depth(cli) -> None:
    deep = cli("analyze", "zoo:resnet18").out
    flat = cli("analyze", "zoo:resnet18", "--depth", "1").out
    assert "layer1.0" not in flat
    assert " layer1 " in flat
    assert len(flat.splitlines()) < len(deep.splitlines())


def test_depth_holds_for_every_form(cli) -> None:
    (network,) = json.loads(cli("analyze", "zoo:resnet18", "--depth", "1", "--format", "json").out)["networks"]
    paths = ["conv1", "bn1", "2", "maxpool", "layer1", "layer2", "layer3", "layer4", "avgpool", "9", "fc"]
    assert [block["path"] for block in network["blocks"]] == paths
    assert len(network["layers"]) == len(
        json.loads(cli("analyze", "zoo:resnet18", "--format", "json").out)["networks"][0]["layers"]
    )
    rows = list(csv.DictReader(cli("analyze", "zoo:resnet18", "--depth", "1", "--format", "csv").out.splitlines()))
    assert [row["path"] for row in rows] == paths
    assert sum(int(row["params"]) for row in rows) == 11_689_512


def test_depth_shows_several_nets_in_full(cli) -> None:
    ran = cli("analyze", "-", "--depth", "1", stdin=FAMILY.encode())
    assert (ran.code, ran.err) == (0, "")
    assert [line.split()[0] for line in ran.out.splitlines() if " → " in line] == ["Small", "Large"]
    assert ran.out.count("\n conv ") == 2
    assert ran.out.endswith("\n Templates, which need parameters: Base(width)\n")


def test_forms(cli) -> None:
    rows = list(csv.DictReader(cli("analyze", "-", "--format", "csv", stdin=LENET.encode()).out.splitlines()))
    assert [row["path"] for row in rows][:3] == ["c1", "1", "2"]
    assert sum(int(row["params"]) for row in rows) == 61706
    assert cli("analyze", "-", "--format", "markdown", stdin=LENET.encode()).out.startswith("## LeNet5\n")


@pytest.mark.parametrize(("name", "start"), [("x.json", "{"), ("x.csv", "network,"), ("x.md", "## LeNet5"), ("x.txt", " LeNet5")])
def test_the_suffix_says_the_form(cli, name: str, start: str) -> None:
    assert cli("analyze", "-", "-o", name, stdin=LENET.encode()) == (0, "", f"wrote {name}\n")
    assert Path(name).read_text("utf-8").startswith(start)
    assert cli("analyze", "-", "-o", "y.json", "--format", "table", stdin=LENET.encode()).code == 0
    assert Path("y.json").read_text("utf-8").startswith(" LeNet5")


def test_a_file_gets_no_colours_and_no_width(cli) -> None:
    cli("--color", "always", "analyze", "-", "-o", "table.txt", stdin=LENET.encode())
    assert Path("table.txt").read_text("utf-8") == cli("analyze", "-", stdin=LENET.encode()).out


def test_the_limit_of_expansion(cli) -> None:
    text = b"net N {\n  input x: 3x8x8\n  { Conv(3, 1) } * 30\n}\n"
    assert "the network expands to more than 20 layers" in cli("analyze", "-", "--max-layers", "20", stdin=text).err
    assert cli("analyze", "-", stdin=text).code == 0


def test_a_shipped_net_is_meant_by_its_name(cli) -> None:
    ran = cli("analyze", "zoo:resnet50", "--format", "json")
    assert {name: network["totals"]["params"] for name, network in networks(ran.out).items()} == {"resnet50": 25557032}
    assert len(networks(cli("analyze", "zoo:resnet", "--format", "json").out)) > 5
    assert list(networks(cli("analyze", "zoo:resnet50", "--net", "resnet18", "--format", "json").out)) == ["resnet18"]


def test_errors_come_before_the_report(cli) -> None:
    """On one terminal, a blank line parts the two."""
    ran = cli("analyze", "-", stdin=(ONE + WRONG).encode())
    assert ran.code == 1
    assert ran.err.endswith("\n\n")
    assert ran.out.startswith(" network ")
