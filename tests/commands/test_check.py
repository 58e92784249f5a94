"""`cnndsl check`: all findings of all files, in four forms."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cnndsl import render, zoo
from tests.commands.programs import FAMILY, LENET, ONE, OPEN, WRONG

UNLABELLED = "net N {\n  input x: 3x8x8\n  a: Conv(4, 3) -> ReLU\n  Conv(4, 3)\n}\n"  # a key that depends on the position
UNDECIDED = "net N {\n  input x: [3, H, H]\n  assert H > 3\n  Conv(4, 3)\n}\n"


@pytest.fixture
def files() -> dict[str, str]:
    texts = {"lenet.cnn": LENET, "wrong.cnn": WRONG, "warned.cnn": UNLABELLED, "noted.cnn": UNDECIDED}
    for name, text in texts.items():
        Path(name).write_text(text)
    return texts


def test_a_clean_file(cli) -> None:
    Path("lenet.cnn").write_text(LENET)
    assert cli("check", "lenet.cnn") == (0, "", "no findings in 1 file\n")


def test_all_that_ships_is_clean(cli) -> None:
    names = [f"zoo:{name}" for name in zoo.entries()]
    ran = cli("check", *names)
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == f"not expanded: zoo:std, which declares no net\nno findings in {len(names)} files\n"


@pytest.mark.parametrize(
    ("names", "code", "closing"),
    [
        (["noted.cnn"], 0, "1 note in 1 file"),
        (["warned.cnn"], 1, "1 warning in 1 file"),
        (["wrong.cnn"], 1, "2 errors in 1 file; of 2 --fix knows the fix, --diff shows it"),
        (
            ["lenet.cnn", "wrong.cnn", "noted.cnn", "warned.cnn"],
            1,
            "2 errors, 1 warning, 1 note in 4 files; of 2 --fix knows the fix, --diff shows it",
        ),
        (["nope.cnn"], 2, "1 error in 1 file"),
        (["nope.cnn", "wrong.cnn"], 2, "3 errors in 2 files; of 2 --fix knows the fix, --diff shows it"),
    ],
)
def test_exit_codes(cli, names: list[str], code: int, closing: str) -> None:
    for name, text in {"lenet.cnn": LENET, "wrong.cnn": WRONG, "warned.cnn": UNLABELLED, "noted.cnn": UNDECIDED}.items():
        Path(name).write_text(text)
    ran = cli("check", *names)
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.endswith(f"\n\n{closing}\n")


def test_the_text_of_a_finding(cli) -> None:
    ran = cli("check", "-", stdin=WRONG.encode())
    assert ran == (
        1,
        "",
        """\
error[E0201]: there is no Convv
 --> <stdin>:3:6
  |
3 |   a: Convv(8, 3)
  |      ^^^^^ not found
  |
  = help: did you mean `Conv`?

error[E0204]: Conv has no argument strid
 --> <stdin>:4:17
  |
4 |   b: Conv(8, 3, strid=2)
  |                 ^^^^^ not known
  |
  = help: did you mean `stride`?

2 errors in 1 file; of 2 --fix knows the fix, --diff shows it
""",
    )


def test_json(cli) -> None:
    ran = cli("check", "-", "nope.cnn", "--format", "json", stdin=WRONG.encode())
    assert (ran.code, ran.err) == (2, "")
    found = json.loads(ran.out)
    assert [(d["code"], d["severity"], len(d["labels"])) for d in found] == [
        ("E0201", "error", 1),
        ("E0204", "error", 1),
        ("E0901", "error", 0),
    ]
    assert found[1]["labels"][0]["line"] == 4
    assert found[1]["fix"]["text"] == "stride"


def test_json_of_nothing(cli) -> None:
    assert cli("check", "-", "--format", "json", stdin=LENET.encode()) == (0, "[]\n", "")


def test_sarif_and_workflow_commands(cli) -> None:
    log = json.loads(cli("check", "-", "--format", "sarif", stdin=WRONG.encode()).out)
    assert [result["ruleId"] for result in log["runs"][0]["results"]] == ["E0201", "E0204"]
    lines = cli("check", "-", "--format", "github", stdin=WRONG.encode()).out.splitlines()
    assert [line.split()[0] for line in lines] == ["::error", "::error"]
    assert "line=4" in lines[1]


@pytest.mark.parametrize("form", [name for name in render.names() if name != "text"])
def test_forms_for_machines_go_to_standard_output(cli, form: str) -> None:
    ran = cli("check", "-", "--format", form, stdin=WRONG.encode())
    assert (ran.code, ran.err) == (1, "")
    assert ran.out


def test_every_net_is_held_against_its_assertions(cli) -> None:
    """Errors of one net do not hide those of the next; what both have is told once."""
    text = "net B(c) {\n  input x: 3x8x8\n  a: Conv(c, 3)\n}\n"
    text += "net One = B(4) { assert params == 1 }\nnet Two = B(5) { assert params == 2 }\n"
    ran = cli("check", "-", stdin=text.encode())
    assert ran.code == 1
    assert " --> <stdin>:5:25\n" in ran.err
    assert " --> <stdin>:6:25\n" in ran.err
    assert "params is 112" in ran.err
    assert ran.err.endswith("\n2 errors in 1 file\n")
    shared = text.replace("Conv(c, 3)", "Conv(c, 3, strid=2)")
    assert cli("check", "-", stdin=shared.encode()).err.endswith(
        "\n1 error in 1 file; of 1 --fix knows the fix, --diff shows it\n"
    )


def test_what_is_not_expanded_is_said(cli) -> None:
    template = FAMILY.split("net Small")[0].encode()
    assert cli("check", "-", stdin=template) == (0, "", "not expanded: Base, which needs width\nno findings in 1 file\n")
    assert cli("check", "-", stdin=ONE.encode()) == (0, "", "no findings in 1 file\n")  # a preset expands it
    assert (
        cli("check", "-", stdin=b"block B { ReLU }").err
        == "not expanded: <stdin>, which declares no net\nno findings in 1 file\n"
    )


TEMPLATE = FAMILY.split("net Small")[0]


def test_a_template_with_what_it_needs(cli) -> None:
    assert cli("check", "-", "--set", "width=8", stdin=TEMPLATE.encode()) == (0, "", "no findings in 1 file\n")
    ran = cli("check", "-", "--net", "Base", "--set", "width=0", stdin=FAMILY.encode())
    assert ran.code == 1
    assert "error[E0404]" in ran.err or "error[E0403]" in ran.err
    ran = cli("check", "-", "--set", "width=8", stdin=FAMILY.encode())
    assert ran == (0, "", "left out, as they do not take width: Small, Large\nno findings in 1 file\n")


def test_open_sizes_that_are_said(cli) -> None:
    assert cli("check", "-", stdin=UNDECIDED.encode()).err.endswith("\n1 note in 1 file\n")
    assert cli("check", "-", "--input", "3x9x9", stdin=UNDECIDED.encode()) == (0, "", "no findings in 1 file\n")
    ran = cli("check", "-", "--input", "3x3x3", stdin=UNDECIDED.encode())
    assert ran.code == 1
    assert "error[E0501]" in ran.err


def test_one_net_of_a_file(cli) -> None:
    text = (ONE + WRONG).encode()
    assert cli("check", "-", stdin=text).err.endswith("\n2 errors in 1 file; of 2 --fix knows the fix, --diff shows it\n")
    assert cli("check", "-", "--net", "Small", stdin=text) == (0, "", "no findings in 1 file\n")


@pytest.mark.parametrize(
    ("words", "title"),
    [
        (["--net", "Smal"], "error[E0003]: <stdin> has no net Smal"),
        (["--net", "Base"], "error[E0001]: Base needs width"),
        (["--net", "Small", "--set", "clases=3"], "error[E0001]: Small takes no parameter clases from outside"),
        (["--set", "act=ELU", "--set", "act=SiLU"], "error[E0001]: --set is given twice for act"),
    ],
)
def test_what_cannot_be_checked(cli, words: list[str], title: str) -> None:
    ran = cli("check", "-", *words, stdin=FAMILY.encode())
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[0] == title
    assert ran.err.endswith("\n\n1 error in 1 file\n")


def test_open_sizes_are_no_finding(cli) -> None:
    assert cli("check", "-", stdin=OPEN.encode()) == (0, "", "no findings in 1 file\n")


def test_the_limit_of_expansion(cli) -> None:
    text = b"net N {\n  input x: 3x8x8\n  { Conv(3, 1) } * 30\n}\n"
    ran = cli("check", "-", "--max-layers", "20", stdin=text)
    assert ran.code == 1
    assert "the network expands to more than 20 layers" in ran.err
    assert cli("check", "-", stdin=text).code == 0


SKIPPING = "net N {\n  input x: 3x8x8\n  c: Conv(4, 1, stride=2)\n}\n"


def test_the_project_of_a_file_switches_lints(cli) -> None:
    Path("models").mkdir()
    Path("models/net.cnn").write_text(SKIPPING)
    Path("pyproject.toml").write_text('[tool.cnndsl]\nignore = ["L013"]\n')
    assert cli("check", "models/net.cnn") == (0, "", "no findings in 1 file\n")
    assert cli("check", "-", stdin=SKIPPING.encode()).code == 0
    Path("pyproject.toml").write_text('[tool.cnndsl]\nignore = ["L13"]\n')
    ran = cli("check", "models/net.cnn", "models/net.cnn", "--format", "json")
    assert (ran.code, [found["code"] for found in json.loads(ran.out)]) == (2, ["E0924"])
    assert cli("check", "zoo:lenet").code == 0  # what ships belongs to no project
