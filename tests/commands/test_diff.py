"""`cnndsl diff`: exit codes, which networks are meant, and where it goes."""

from __future__ import annotations

import json
from pathlib import Path

from tests.commands.programs import FAMILY, LENET


def test_exit_codes_are_those_of_diff(cli) -> None:
    Path("a.cnn").write_text(LENET, "utf-8")
    Path("b.cnn").write_text(LENET.replace("Conv(6, 5)", "Conv(7, 5)").replace("  assert params == 61_706\n", ""), "utf-8")
    same, other = cli("diff", "a.cnn", "a.cnn"), cli("diff", "a.cnn", "b.cnn")
    assert (same.code, same.err) == (0, "")
    assert "LeNet5 and LeNet5 are the same, layer by layer" in same.out
    assert (other.code, other.err) == (1, "")
    assert "LeNet5: a.cnn → b.cnn" in other.out
    assert "Conv(6, 5) → Conv(7, 5)  6×28×28 → 7×28×28" in other.out
    assert cli("diff", "a.cnn", "c.cnn").code == 2


def test_two_nets_of_one_file(cli) -> None:
    Path("a.cnn").write_text(FAMILY, "utf-8")
    ran = cli("diff", "a.cnn", "--net", "Small", "--net", "Large")
    assert ran.code == 1
    assert "Small → Large" in ran.out
    alone = cli("diff", "a.cnn", "--net", "Small")
    assert (alone.code, alone.out) == (2, "")
    assert "it takes two to differ" in alone.err
    assert cli("diff", "a.cnn", "a.cnn", "--net", "Small").code == 0
    assert cli("diff", "a.cnn", *["--net", "Small"] * 3).code == 2


def test_the_suffix_says_the_format(cli) -> None:
    ran = cli("diff", "zoo:resnet18", "zoo:resnet34", "-o", "d.json")
    assert (ran.code, ran.out, ran.err) == (1, "", "wrote d.json\n")
    assert json.loads(Path("d.json").read_text("utf-8"))["old"]["name"] == "resnet18"
    assert cli("diff", "zoo:resnet18", "zoo:resnet34", "-o", "d.md").code == 1
    assert Path("d.md").read_text("utf-8").startswith("## resnet18 → resnet34")
    assert cli("diff", "zoo:resnet18", "zoo:resnet34", "-o", "d.py").code == 2


def test_a_picture_of_the_difference(cli) -> None:
    ran = cli("diagram", "zoo:resnet18", "--diff", "zoo:resnet34")
    assert (ran.code, ran.err) == (0, "")
    assert "resnet18 → resnet34" in ran.out
    assert cli("diagram", "zoo:resnet18", "--diff", "zoo:resnet34", "--heat", "rf").code == 2
