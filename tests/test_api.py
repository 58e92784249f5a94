"""The public names of the package: what they are, and that asking for the package alone loads nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

import cnndsl

TEXT = "net N(c = 4) {\n  input x: 3x8x8\n  conv: Conv(c, 3)\n}\n"


def test_the_way_in() -> None:
    program = cnndsl.parse(TEXT)
    assert isinstance(program, cnndsl.Program)
    network = program.net("N", c=8)
    assert isinstance(network, cnndsl.Network)
    assert all(isinstance(layer, cnndsl.Layer) for layer in network)
    assert (network.params, network.macs) == (224, 7776)
    with pytest.raises(cnndsl.CompileError) as caught:
        cnndsl.parse(TEXT.replace("Conv", "Covn")).net()
    assert all(isinstance(d, cnndsl.Diagnostic) for d in caught.value.diagnostics)
    with pytest.raises(cnndsl.Problem):
        cnndsl.load("there-is-none.cnn")
    assert cnndsl.load("zoo:lenet").net("LeNet5").params == 61706


def test_names() -> None:
    assert set(cnndsl.__all__) <= set(dir(cnndsl))
    for name in cnndsl.__all__:
        assert getattr(cnndsl, name) is getattr(cnndsl, name)
    with pytest.raises(AttributeError, match="module 'cnndsl' has no attribute 'lode'"):
        cnndsl.lode  # noqa: B018


def test_asking_for_the_package_loads_nothing() -> None:
    code = "import sys; before = set(sys.modules); import cnndsl; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    names = done.stdout.split()
    assert "cnndsl" in names
    assert [name for name in names if name.startswith("cnndsl.")] == []
    assert not {"lark", "pydantic", "typing_extensions"} & set(names)
