"""Every network that ships is held against something that was not made from it."""

from __future__ import annotations

import pytest

from cnndsl import load, zoo
from tests.specs.subject import PUBLISHED

from .index import index

SAME = {"MobileNetV1": "mobilenet_v1", "MobileNetV2": "mobilenet_v2", "SRCNN": "srcnn_915"}  # what a preset leaves as it is


def test_every_network_is_held_against_plain_torch_or_torchvision() -> None:
    shipped = {net for name in zoo.entries() for net in load(f"zoo:{name}").complete()}
    assert shipped - set(index()) - set(PUBLISHED) - set(SAME) == set()
    assert set(index()) <= shipped


@pytest.mark.parametrize(("base", "preset"), SAME.items())
def test_presets_that_change_nothing(base: str, preset: str) -> None:
    program = load(f"zoo:{preset}")
    assert program.net(base).totals == program.net(preset).totals
    assert preset in {*index(), *PUBLISHED}
