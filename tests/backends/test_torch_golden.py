"""Every construct of the language in its readable form: the whole file, formatted, linted, typed, run, beside the flat form.

`WRITE_GOLDEN=1 pytest tests/backends/test_torch_golden.py` writes the files anew: read them before they are committed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
import torch
from torch import nn

from cnndsl.backends.torch import readable, source
from cnndsl.compiler import load as read
from cnndsl.network import Network

from .emitted import expected_state, load, network_class, outputs, samples, state

FOLDER = Path(__file__).parent / "golden" / "readable"
NAMES = sorted(path.stem for path in FOLDER.glob("*.cnn"))
CACHE = Path(__file__).parents[2] / ".mypy_cache" / "golden"
RULES = "E,F,W,I,B,UP,SIM,C4,PIE,RUF100,N804,N805,PLR0402,PLW"


@cache
def nets(name: str) -> list[Network]:
    program = read(os.path.relpath(FOLDER / f"{name}.cnn"))
    return [program.traced(net) for net in program.nets if not program.is_template(net)]


@cache
def written(name: str) -> str:
    text = readable(nets(name))
    assert text is not None
    return text


def tool(*words: str) -> str:
    done = subprocess.run([sys.executable, "-m", *words], capture_output=True, text=True, check=False, timeout=800)
    return done.stdout + done.stderr if done.returncode else ""


@pytest.mark.parametrize("name", NAMES)
def test_whole_file(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    path = FOLDER / f"{name}.py"
    if os.environ.get("WRITE_GOLDEN"):
        path.write_text(written(name), "utf-8")
    assert written(name) == path.read_text("utf-8")


def maker(module: object, net: Network) -> Callable[..., nn.Module]:
    """The class or function of a net."""
    made: Callable[..., nn.Module] = getattr(module, net.ir.torch_name or net.name)
    return made


@pytest.mark.parametrize("name", NAMES)
def test_one_network_in_both_forms(name: str, tmp_path: Path) -> None:
    """The same keys in the same order, which are those that the analysis lists; the same outputs, bit for bit."""
    module = load(written(name), tmp_path, f"golden_{name}")
    for net in nets(name):
        one, other = maker(module, net)(), network_class(load(source(net), tmp_path, f"flat_{net.name}"))()
        assert state(one) == state(other) == expected_state(net)
        other.load_state_dict(one.state_dict())
        inputs = samples(net)
        with torch.no_grad():
            found, wanted = outputs(one.eval()(*inputs)), outputs(other.eval()(*inputs))
        assert all(torch.equal(a, b) for a, b in zip(found, wanted, strict=True))
        shapes = [tuple(tensor.shape[1:]) for tensor in found]
        open_size = any(not isinstance(size, int) for shape in net.outputs.values() for size in shape)
        assert open_size or shapes == list(net.outputs.values())


@pytest.mark.parametrize("name", NAMES)
def test_where_the_tensors_are(name: str, tmp_path: Path) -> None:
    """`device=` and `dtype=`, and torch's own contexts, reach every tensor."""
    module = load(written(name), tmp_path, f"golden_{name}")
    for net in nets(name):
        made = maker(module, net)
        model = made(device="meta", dtype=torch.float64)
        assert {p.device.type for p in model.parameters()} == {"meta"}
        assert {p.dtype for p in model.parameters()} == {torch.float64}
        with torch.device("meta"):
            assert all(tensor.is_meta for tensor in made().state_dict().values())
        assert all(tensor.device.type == "cpu" for tensor in made().state_dict().values())


def test_formatted_and_linted() -> None:
    line = ("--isolated", "--line-length", "100", "--no-cache")
    assert tool("ruff", "format", "--check", *line, str(FOLDER)) == ""
    assert tool("ruff", "check", "--select", RULES, "--ignore", "E501,B009,PLW2901", *line, str(FOLDER)) == ""


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_typed() -> None:
    """mypy, which reads all of torch for it, finds nothing; that torch's modules give Any when they are called is torch's."""
    words = ("--strict", "--no-warn-return-any", "--config-file", os.devnull, "--cache-dir", str(CACHE))
    assert tool("mypy", *words, str(FOLDER)) == ""
