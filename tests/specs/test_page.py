"""`specs/README.md` says what the programs say today; `make zoo ARGS=--write` renews it."""

from __future__ import annotations

import re

import pytest

from . import page, peer
from .subject import subjects

PYTHON = '''"""Not counted,
on two lines."""

import torch
from x import (
    y,
)

__all__ = ["Net"]


class Net_Weights(WeightsEnum):
    A = 1


class Net(torch.nn.Module):
    """Not counted."""

    # nor this
    def f(self, x):
        """Nor this,

        nor this."""
        return y(
            x,
        )  # four


@decorated
def net():
    text = """this is,
and so is this"""
    return text
'''


FAMILIES = page.families(list(subjects()))
WRITTEN = page.PAGE.read_text("utf-8")


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_is_up_to_date(family: str) -> None:
    if peer.torchvision() is None:
        pytest.skip("torchvision is not installed")
    assert page.section(family, FAMILIES[family]) in WRITTEN


def test_all_families_are_on_the_page() -> None:
    assert WRITTEN.startswith(page.HEAD)
    if peer.torchvision() is not None:
        assert page.scale(list(subjects())) in WRITTEN
    assert re.findall(r"^## (.*)", WRITTEN, re.MULTILINE) == list(FAMILIES)


def test_lines_of_programs() -> None:
    assert page.written("# no\n\nnet N { # yes\n  ReLU\n\n  # no\n}\n") == 3


def test_lines_of_python() -> None:
    assert page.programmed(PYTHON) == 10
