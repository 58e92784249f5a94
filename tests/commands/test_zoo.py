"""`cnndsl zoo`: what ships, with figures that are computed, and its text."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnndsl import zoo
from cnndsl.cells import width
from cnndsl.terminal import Terminal

SPECS = Path(__file__).parents[2] / "specs"


def test_every_program_and_net_is_listed(cli) -> None:
    ran = cli("zoo")
    assert (ran.code, ran.err) == (0, "")
    for name in (path.stem for path in SPECS.glob("*.cnn")):
        assert f"\n{name}: {zoo.entries()[name].about}\n" in ran.out
        for net in zoo.entries()[name].nets:
            assert f"\n  {net} " in ran.out


def test_figures(cli) -> None:
    rows = {words[0]: words[1:] for words in map(str.split, cli("zoo").out.splitlines()) if words}
    assert rows["resnet50"] == ["3×224×224", "1000", "25,557,032", "4,089,184,256"]
    assert rows["AlexNet2012"] == ["3×227×227", "1000", "60,965,224", "724,406,816"]
    assert rows["UNet"][2] == "31,030,658"
    assert rows["ResNet"] == ["needs", "unit,", "depths"]


@pytest.mark.parametrize("name", ["resnet", "resnet50", "zoo:resnet50"])
def test_a_program_as_it_is_written(cli, name: str) -> None:
    assert cli("zoo", name) == (0, (SPECS / "resnet.cnn").read_text("utf-8"), "")


def test_nothing_of_that_name(cli) -> None:
    ran = cli("zoo", "AlexNet2O12")
    assert ran == (2, "", "error[E0801]: nothing called AlexNet2O12 ships with cnndsl\n  = help: did you mean `AlexNet2012`?\n")
    assert "`cnndsl zoo` lists what ships" in cli("zoo", "zzz").err


def listed(out: str) -> list[str]:
    """The names of programs and nets, in order."""
    lines = out.splitlines()[2:]
    return [line.split()[0].rstrip(":") for line in lines if line and not line.startswith("`")]


def test_a_part_of_the_list(cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what is listed is measured."""
    measured: list[str] = []
    find = zoo.find

    def found(name: str) -> tuple[zoo.Entry, str | None]:
        measured.append(name)
        return find(name)

    monkeypatch.setattr("cnndsl.zoo.find", found)
    assert listed(cli("zoo", "--filter", "RESNET18").out) == ["resnet", "resnet18"]
    assert measured == ["resnet"]
    assert listed(cli("zoo", "--filter", "krizhevsky").out) == ["alexnet", *zoo.entries()["alexnet"].nets]
    assert listed(cli("zoo", "--filter", "std").out) == ["std"]
    ran = cli("zoo", "--filter", "zzz")
    assert ran == (2, "", "error[E0801]: nothing that ships has zzz in its name\n  = help: `cnndsl zoo` lists all of it\n")
    assert cli("zoo", "resnet", "--filter", "x").err.startswith("error[E0001]: --filter is for the list")


@pytest.mark.parametrize("columns", [80, 100])
def test_it_fits_a_terminal(cli, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    """Names and figures stay whole; what goes instead is said."""
    monkeypatch.setattr(Terminal, "width", columns)
    ran = cli("zoo")
    assert max(map(width, ran.out.splitlines())) <= columns
    assert ("\nno room for: output" in ran.out) == (columns == 80)
    for entry in zoo.entries().values():
        for net in entry.nets:
            assert f"\n  {net} " in ran.out
