"""Live modules: the emitted source, built in this process, for every complete network of the examples."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import torch

import cnndsl
from cnndsl.op import show

EXAMPLES = Path(__file__).parents[1] / "examples"
SIZES = {"attention": (3, 64, 64), "unet": (3, 64, 64), "unet_loops": (3, 64, 64)}  # smaller than declared, for speed


def networks() -> list[tuple[str, str]]:
    return [(path.stem, name) for path in sorted(EXAMPLES.glob("*.cnn")) for name in cnndsl.load(path).complete()]


@pytest.mark.parametrize(("file", "name"), networks())
def test_a_live_module_is_what_analysis_says(file: str, name: str) -> None:
    net = cnndsl.load(EXAMPLES / f"{file}.cnn").net(name, inputs=SIZES.get(file))
    model = net.to_torch()
    stored = [(f"{layer.path}.{w.name}".rstrip("."), w.shape) for layer in net for w in layer.weights]
    assert {key: tuple(t.shape) for key, t in model.state_dict().items()} == dict(stored)
    assert sum(p.numel() for p in model.parameters()) == net.params
    assert sum(p.numel() for p in model.parameters() if p.requires_grad) == net.trainable
    outputs = model(*(torch.randn(2, *shape) for shape in net.inputs.values()))
    values = outputs if isinstance(outputs, tuple) else (outputs,)
    assert [show(tuple(v.shape[1:])) for v in values] == [show(shape) for shape in net.outputs.values()]
    sum(v.sum() for v in values).backward()
    assert all(p.grad is not None for p in model.parameters() if p.requires_grad)
    assert pickle.loads(pickle.dumps(model)).state_dict().keys() == model.state_dict().keys()


def test_without_torch_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    with pytest.raises(cnndsl.Problem) as caught:
        cnndsl.load(EXAMPLES / "lenet.cnn").net().to_torch()
    assert "pip install" in (caught.value.help or "")
