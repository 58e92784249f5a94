"""The programs that ship: found, listed, and true to what they claim."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnndsl import Problem, load, zoo

SPECS = Path(__file__).parents[1] / "specs"


def test_every_program_is_found() -> None:
    assert list(zoo.entries()) == sorted(path.stem for path in SPECS.glob("*.cnn"))


@pytest.mark.parametrize("name", zoo.entries())
def test_the_nets_of_a_program(name: str) -> None:
    """What is read off the text is what the language declares."""
    program = load(f"zoo:{name}")
    assert zoo.entries()[name].nets == program.nets
    assert program.source.name == f"zoo:{name}"
    assert zoo.entries()[name].about


@pytest.mark.parametrize("name", zoo.entries())
def test_programs_hold_their_assertions(name: str) -> None:
    assert [d.title for d in load(f"zoo:{name}").check() if d.severity != "note"] == []


def test_nets_have_names_of_their_own() -> None:
    names = [net for entry in zoo.entries().values() for net in entry.nets]
    assert len(set(names)) == len(names)


def test_by_net_then_by_file() -> None:
    assert zoo.find("resnet50") == (zoo.entries()["resnet"], "resnet50")
    assert zoo.find("resnet") == (zoo.entries()["resnet"], None)
    for name, entry in zoo.entries().items():
        if name in entry.nets:
            assert zoo.find(name) == (entry, name)
    with pytest.raises(Problem, match="nothing called resnet5 ships") as caught:
        zoo.find("resnet5")
    assert caught.value.help is not None
    assert caught.value.help.startswith("did you mean `resnet")


def test_imports_go_by_file_alone() -> None:
    assert zoo.imported("std").name == "zoo:std"
    with pytest.raises(Problem, match="nothing called resnet50 ships"):
        zoo.imported("resnet50")


def test_what_is_read_off_a_text() -> None:
    text = "# cnndsl 1\n# First line\n# and second\n\n# not this\n"
    text += '@torch(name="X") net A(n) {\n# net No\n}\nnet B = A(1)\n  net C = B\n'
    assert zoo.entry("x", text) == zoo.Entry("x", text, "First line and second", ("A", "B", "C"))


def test_a_network_that_ships_is_no_file() -> None:
    with pytest.raises(Problem, match="there is no file resnet50") as caught:
        load("resnet50")
    assert caught.value.help == "one of that name ships: `zoo:resnet50`"
