"""Every network that ships keeps its own contract; torchvision's networks are torchvision's, to the last bit."""

from __future__ import annotations

import pytest

from cnndsl import load, parse, zoo

from . import peer
from .checks import BESIDE, applies, keeps_figures
from .subject import PUBLISHED, Subject, subjects

ALL = list(subjects())
TWINNED = [subject for subject in ALL if subject.name in PUBLISHED]
PAIRS = [(subject, check) for subject in TWINNED for check in BESIDE if applies(check, subject)]
FIRST = {subject.family: subject for subject in reversed(TWINNED)}.values()  # of each program the first that it declares


def chosen(subject: Subject, check: str) -> object:
    """What runs the networks is slow but for one of each family; what only builds them is not."""
    quick = subject in FIRST
    return pytest.param(subject, check, id=f"{subject}-{check}", marks=[] if quick else [pytest.mark.slow])


@pytest.mark.parametrize("subject", [one for one in ALL if one not in TWINNED], ids=str)
def test_every_network_has_figures_to_keep(subject: Subject) -> None:
    """`tests/test_zoo.py` sees to it that they are kept."""
    assert keeps_figures(subject)


@pytest.mark.parametrize(("subject", "check"), [chosen(*pair) for pair in PAIRS])
def test_torchvisions_networks(subject: Subject, check: str) -> None:
    assert list(BESIDE[check](subject)) == []


def test_every_family_is_in_the_quick_selection() -> None:
    families = {subject.family for subject in TWINNED}
    assert {subject.family for subject in FIRST} == families
    assert len(families) > 5


@pytest.mark.slow
def test_published_figures_are_those_of_torchvision() -> None:
    package = peer.torchvision()
    if package is None:
        pytest.skip("torchvision is not installed")
    for name, known in PUBLISHED.items():
        meta = {weights.name: weights.meta for weights in package.models.get_model_weights(name)}
        printed = {weights: (found["num_params"], found["_ops"]) for weights, found in meta.items()}
        assert printed == {weights: (found["num_params"], found["gmacs"]) for weights, found in known["weights"].items()}


def test_all_of_torchvisions_networks_ship() -> None:
    known = {name for name, one in PUBLISHED.items() if one["task"] in ("classification", "segmentation")}
    assert known - {subject.name for subject in TWINNED} == set()
    assert len([one for one in TWINNED if PUBLISHED[one.name]["task"] != "video"]) == 81  # those with auxiliary heads included


def test_they_need_no_parameters() -> None:
    for family in zoo.entries():
        program = load(f"zoo:{family}")
        assert [name for name in program.nets if name in PUBLISHED and program.needs(name)] == []


@pytest.mark.parametrize("subject", FIRST, ids=str)
def test_programs_build_on_them(subject: Subject) -> None:
    """Imported by the family's name, for another number of classes."""
    mine = parse(f"from {subject.family} import {subject.name}\n\nnet Mine = {subject.name}(classes = 7)\n").net("Mine")
    outputs = {name: (7, *shape[1:]) for name, shape in subject.network.outputs.items()}
    assert mine.outputs == outputs
    assert mine.params < subject.network.params
