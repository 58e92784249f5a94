"""Completion: what may be meant by an unfinished line, and that bash, zsh and fish offer it."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cnndsl import commands, zoo
from cnndsl.commands.candidates import candidates
from cnndsl.commands.completion import SCRIPTS
from cnndsl.options import VARIABLE, Parser
from tests.commands.programs import FAMILY, LENET

ROOT = Path(__file__).parents[2]
TWO = "net Two {\n  input left: 3x8x8\n  input right: 3x8x8\n  add(left, right)\n}\n"


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in {"lenet.cnn": LENET, "family.cnn": FAMILY, "two.cnn": TWO, "wrong.cnn": "net {", "other.txt": ""}.items():
        Path(name).write_text(text)
    Path("nets").mkdir()
    Path("nets/inner.cnn").write_text(LENET)
    Path(".hidden.cnn").write_text(LENET)
    return tmp_path


def words(line: str) -> list[str]:
    return [one.word for one in candidates(line.split(" "))]


FILES = ["family.cnn", "lenet.cnn", "nets/", "two.cnn", "wrong.cnn", "zoo:"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("an", ["analyze"]),
        ("", list(commands.texts())),
        ("-", ["--help", "--version", "--color"]),
        ("--color ", ["auto", "always", "never"]),
        ("--color always an", ["analyze"]),
        ("nothing ", []),
        ("analyze ", FILES),
        ("analyze l", ["lenet.cnn"]),
        ("analyze nets/", ["nets/inner.cnn"]),
        ("analyze ./le", ["./lenet.cnn"]),
        ("analyze .h", [".hidden.cnn"]),
        ("analyze nowhere/", []),
        ("check lenet.cnn fam", ["family.cnn"]),
        ("analyze lenet.cnn ", []),
        ("analyze lenet.cnn --format ", ["csv", "json", "markdown", "table"]),
        ("analyze lenet.cnn --format=m", ["--format=markdown"]),
        ("analyze --no-such-option=m", []),
        ("analyze --format json lenet.cnn --fo", ["--force"]),
        ("analyze family.cnn --set width=8 --set norm=true --se", ["--set"]),
        ("analyze lenet.cnn -o oth", ["other.txt"]),
        ("analyze family.cnn --net ", ["Base", "Small", "Large"]),
        ("analyze family.cnn --net S", ["Small"]),
        ("analyze wrong.cnn --net ", []),
        ("analyze - --net ", []),
        ("analyze missing.cnn --net ", []),
        ("analyze family.cnn --net Base --set ", ["width=", "classes=", "act=", "norm="]),
        ("analyze two.cnn --input ", ["left=", "right="]),
        ("explain E030", None),
        ("explain two.cnn ", ["left", "right", "add"]),
        ("rf zoo:resnet18 layer1.0.con", ["layer1.0.conv1", "layer1.0.conv2"]),
        ("rf zoo:resnet18 layer4", None),
        ("analyze zoo:vgg1", None),
        ("zoo lenet", None),
        ("completion ", ["bash", "zsh", "fish"]),
    ],
)
def test_candidates(files: Path, line: str, expected: list[str] | None) -> None:
    found = words(line)
    if expected is None:
        assert found
        assert all(word.startswith(line.split(" ")[-1]) for word in found)
    else:
        assert found == expected


def test_all_that_ships_is_offered(files: Path) -> None:
    known = {name for one in zoo.entries().values() for name in (one.name, *one.nets)}
    assert set(words("analyze zoo:")) == {f"zoo:{name}" for name in known}
    assert set(words("zoo ")) == known


@pytest.mark.parametrize("name", commands.texts())
def test_every_option_of_every_command_is_offered(files: Path, name: str) -> None:
    parser = Parser("cnndsl", "")
    commands.find(name).declare(parser)
    longest = {max(action.option_strings, key=len) for action in parser.known if action.option_strings}
    assert set(words(f"{name} -")) == longest
    assert all(one.about for one in candidates([name, "--"]))


def test_what_a_shell_asks(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "1")
    expand, explain = (f"{name}\t{commands.summary(name)}\n" for name in ("expand", "explain"))
    assert cli("ex") == (0, expand + explain, "")
    Path("a\nb.cnn").write_text("")
    assert cli("analyze", "a").out == ""


# ---- the shells ------------------------------------------------------------------------


def needs(shell: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(shell) is None, reason=f"{shell} is not installed")


@pytest.fixture
def shell(files: Path) -> dict[str, str]:
    """The environment of a shell that has a `cnndsl`."""
    program = files / "bin" / "cnndsl"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m cnndsl "$@"\n')
    program.chmod(0o755)
    path = f"{program.parent}:{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "HOME": str(files), "TERM": "dumb", "COLUMNS": "120"}


BASH = """
eval "$(cnndsl completion bash)"
ask() {
    COMP_LINE=$1 COMP_POINT=${#1}; shift; COMP_WORDS=("$@"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    _cnndsl cnndsl 2>/dev/null
    echo "${COMPREPLY[@]}"
}
ask "cnndsl an" cnndsl an
ask "cnndsl analyze " cnndsl analyze ""
ask "cnndsl analyze zoo:resnet5" cnndsl analyze zoo : resnet5
ask "cnndsl analyze lenet.cnn --format=j" cnndsl analyze lenet.cnn --format = j
ask "cnndsl explain lenet.cnn c" cnndsl explain lenet.cnn c
"""


@needs("bash")
def test_bash(shell: dict[str, str], files: Path) -> None:
    Path("a b.cnn").write_text(LENET)
    out = subprocess.run(["bash", "--norc", "-c", BASH], env=shell, capture_output=True, text=True, check=True).stdout
    first, second, third, fourth, fifth = out.splitlines()
    assert first == "analyze"
    assert second.startswith("a\\ b.cnn bin/ family.cnn lenet.cnn nets/")
    assert third.split()[0] == "resnet50"
    assert (fourth, fifth.split()[0]) == ("json", "c1")


@needs("fish")
def test_fish(shell: dict[str, str]) -> None:
    asked = [
        "cnndsl an",
        "cnndsl explain lenet.cnn c1",
        "cnndsl analyze zoo:resnet50",
        "cnndsl analyze --format j",
        "cnndsl analyze ne",
    ]
    script = "cnndsl completion fish | source; " + "; ".join(f"complete -C '{line}'" for line in asked)
    out = subprocess.run(["fish", "--no-config", "-c", script], env=shell, capture_output=True, text=True, check=True).stdout
    found = [line.split("\t")[0] for line in out.splitlines()]
    assert [word for word in ("analyze", "c1", "zoo:resnet50", "json", "nets/") if word not in found] == []
    assert out.startswith("analyze\tShow shapes")


@needs("zsh")
@pytest.mark.parametrize(
    ("typed", "shown"), [("cnndsl analy", "cnndsl analyze "), ("cnndsl rf zoo:resnet18 layer1.0.conv", "layer1.0.conv2  (Conv)")]
)
def test_zsh(shell: dict[str, str], typed: str, shown: str) -> None:
    """A line is typed into a terminal, and the tabulator pressed."""
    process, terminal = pty.fork()
    if process == 0:
        os.execvpe("zsh", ["zsh", "-f", "-i"], shell)
    start = 'autoload -Uz compinit; compinit -u -D; eval "$(cnndsl completion zsh)"; setopt auto_list; echo REA""DY\n'
    os.write(terminal, start.encode())
    try:
        assert "READY" in heard(terminal, "READY\r")
        os.write(terminal, f"{typed}\t".encode())
        said = heard(terminal, shown)
        assert shown in said, said
    finally:
        os.write(terminal, b"\x03exit\n")
        os.close(terminal)
        os.waitpid(process, 0)


def heard(terminal: int, mark: str) -> str:
    """What a terminal shows until it shows a mark; that may be half a minute on a machine that does much else."""
    said, end = "", time.monotonic() + 30
    while mark not in said and time.monotonic() < end:
        if select.select([terminal], [], [], 0.2)[0]:
            said += re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", os.read(terminal, 65536).decode("utf-8", "replace"))
    return said


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_are_printed(cli, name: str) -> None:
    ran = cli("completion", name)
    assert (ran.code, ran.err) == (0, "")
    assert VARIABLE in ran.out
    assert cli("completion", "tcsh").err.startswith("error[E0001]: SHELL cannot be tcsh\n")
