"""The readable form: for every network that ships it stores and gives what the flat form does, and is formatted and clean."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import nn

from cnndsl.backends.torch import readable, source
from cnndsl.compiler import load as read
from cnndsl.compiler import parse
from cnndsl.network import Network

from .emitted import expected_state, load, network_class, outputs, ruff, samples, state
from .test_torch import FAST, NETS
from .test_torch_programs import PROGRAMS

FIRST = dict(reversed(NETS))
CASES = [
    pytest.param(file, name, id=f"{file.stem}-{name}", marks=[pytest.mark.slow] if FIRST[file] != name else [])
    for file, name in NETS
]


def build(module: ModuleType, text: str) -> nn.Module:
    """What the file's own command builds."""
    found = re.search(r"    model = (\w+)\(\)", text)
    assert found is not None
    made = getattr(module, found[1])()
    assert isinstance(made, nn.Module)
    return made


def hold(text: str, net: Network, tmp_path: Path) -> None:
    """Guard: the same stored tensors as those of the flat form, in their order, and the same outputs."""
    readable_form, flat_form = load(text, tmp_path, "readable"), load(source(net), tmp_path, "flat")
    with torch.device("meta"):
        assert state(build(readable_form, text)) == state(network_class(flat_form)())
    if not isinstance(net.macs, int) or net.macs > FAST / 4:
        return
    one, other = build(readable_form, text).eval(), network_class(flat_form)().eval()
    other.load_state_dict(one.state_dict())
    inputs = samples(net)
    with torch.no_grad():
        found, wanted = one(*inputs), other(*inputs)
    assert type(found).__name__ == type(wanted).__name__
    assert all(torch.equal(a, b) for a, b in zip(outputs(found), outputs(wanted), strict=True))


@pytest.mark.parametrize(("file", "name"), CASES)
def test_both_forms_are_one_network(file: Path, name: str, tmp_path: Path) -> None:
    net = read(file).traced(name)
    text = readable([net])
    assert text is not None
    hold(text, net, tmp_path)
    assert ruff(tmp_path) == ""


def lines_of(text: str) -> int:
    """The lines of code of a file without its command at the end: blank ones aside."""
    body = text.partition("\ndef main()")[0]
    return sum(bool(line.strip()) for line in body.splitlines())


@pytest.mark.parametrize(
    ("family", "most"), [("resnet", 120), ("mobilenet_v2", 100), ("unet", 80), ("vgg", 80), ("densenet", 100)]
)
def test_a_family_in_one_file(family: str, most: int, tmp_path: Path) -> None:
    """All nets of a program in one module, each by its name, in fewer lines than torchvision takes."""
    program = read(f"zoo:{family}")
    nets = [program.traced(name) for name in program.nets if not program.is_template(name)]
    text = readable(nets)
    assert text is not None
    module = load(text, tmp_path, "family")
    with torch.device("meta"):
        for net in nets:
            assert state(getattr(module, net.name)()) == expected_state(net)
    assert lines_of(text) <= most
    assert ruff(tmp_path) == ""


PROGRAMS_HERE = {
    "the input is read in an arm after what runs along": "net N { input x: 4x8x8\n a: Conv(4, 1) -> add { | _ | in } -> Tanh }",
    "a loop whose input is read after it": "net N { input x: 4x8x8\n for i in 1..3 { c$i: Conv(4, 1) -> ReLU }\n add(_, in) }",
    "a condition in a loop": "net N { input x: 4x8x8\n for i in 1..4 { if i > 2 { c$i: Conv(2 * i, 1) } }\n h: Conv(1, 1) }",
    "lists": "net N { input x: 8x8x8\n Chunk(2) as a, b\n softmax { | a -> Conv(2, 1) | b -> Conv(2, 1) } as g, h\n cat(h, g) }",
    "labels that open scopes": 'net N { input x: 3x8x8\n for i in 0..1 { "convs.$i": Conv(3, 1) -> "norms.$i": BatchNorm } }',
}


@pytest.mark.parametrize("name", [*PROGRAMS, *PROGRAMS_HERE])
def test_constructs(name: str, tmp_path: Path) -> None:
    text = PROGRAMS.get(name) or PROGRAMS_HERE[name]
    program = parse(text, "program.cnn")
    net = program.traced()
    written = readable([net])
    assert written is not None
    hold(written, net, tmp_path)
