"""Every network that ships, compiled: it is imported and runs, forward and backward, and stores what the analysis lists."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import fx, nn

from cnndsl.backends.torch import source
from cnndsl.compiler import load as read
from cnndsl.compiler import parse
from cnndsl.network import Network

from .emitted import ROOT, check_lines, concrete, expected_state, load, network_class, outputs, ruff, samples, state, total

FILES = sorted([*(ROOT / "specs").glob("*.cnn"), *(ROOT / "examples").glob("*.cnn")])
NETS = [(file, name) for file in FILES for program in [read(file)] for name in program.nets if not program.is_template(name)]
FAST = 1_500_000_000  # multiply-adds that a CPU does while one waits


def network(file: Path, name: str) -> Network:
    return read(file).net(name)


def cost(file: Path, name: str) -> int:
    macs = network(file, name).macs
    return macs if isinstance(macs, int) else 0


# By default the first net of every file; the others differ in their numbers, and tests/specs and tests/classics hold them.
FIRST = dict(reversed(NETS))


def marked(file: Path, name: str, slow: bool) -> Any:
    return pytest.param(file, name, id=f"{file.stem}-{name}", marks=[pytest.mark.slow] if slow else [])


CASES = [marked(file, name, FIRST[file] != name) for file, name in NETS]
ON_CPU = [marked(file, name, FIRST[file] != name or cost(file, name) > FAST) for file, name in NETS]


@pytest.mark.parametrize(("file", "name"), CASES)
def test_state_and_shapes(file: Path, name: str, tmp_path: Path) -> None:
    """On the meta device: stored tensors, output shapes, and a backward pass that reaches every parameter that trains."""
    net = network(file, name)
    with torch.device("meta"):
        model = network_class(load(source(net), tmp_path))()
        result = model(*samples(net))
        total(result).backward()
    assert state(model) == expected_state(net)
    shapes = [tuple(tensor.shape[1:]) for tensor in outputs(result)]
    assert shapes == [concrete(shape) for shape in net.outputs.values()] or not isinstance(net.macs, int)
    leads = leading(net)
    for path, parameter in model.named_parameters():
        assert (parameter.grad is not None) == (parameter.requires_grad and path.rpartition(".")[0] in leads), path


def leading(net: Network) -> set[str]:
    """The keys of the layers from which a path leads to an output."""
    found: set[int] = set()
    left = [value.node for value in net.ir.outputs.values()]
    while left:
        node = left.pop()
        if node.index not in found:
            found.add(node.index)
            left += [value.node for value in node.inputs]
    keys = {net.ir.nodes[index].key for index in found}
    return keys | {key.rpartition(".")[0] for key in keys}  # of what stores its tensor under its own label


@pytest.mark.parametrize(("file", "name"), ON_CPU)
def test_runs_on_the_cpu(file: Path, name: str, tmp_path: Path) -> None:
    net = network(file, name)
    text = source(net)
    model = network_class(load(text, tmp_path))()
    result = model(*samples(net))
    total(result).backward()
    assert all(bool(tensor.isfinite().all()) for tensor in outputs(result))
    check_lines(net, text)


def test_what_is_written_is_formatted_and_clean(tmp_path: Path) -> None:
    for file, name in FIRST.items():
        (tmp_path / f"{file.stem}_{name}.py").write_text(source(network(file, name)), "utf-8")
    assert ruff(tmp_path) == ""


@pytest.mark.slow
def test_what_is_written_is_well_typed(tmp_path: Path) -> None:
    for file, name in NETS:
        (tmp_path / f"{file.stem}_{name.lower()}.py").write_text(source(network(file, name)), "utf-8")
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--config-file=",
        "--cache-dir",
        str(tmp_path / "cache"),
        *map(str, tmp_path.glob("*.py")),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


# One network, and what people do with modules


@pytest.fixture
def resnet(tmp_path: Path) -> nn.Module:
    net = read(ROOT / "examples" / "residual.cnn").net()
    return network_class(load(source(net), tmp_path, "residual_emitted"))().eval()


def image() -> torch.Tensor:
    return torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_traced_by_jit(resnet: nn.Module) -> None:
    x = image()
    assert torch.equal(torch.jit.trace(resnet, x)(x), resnet(x))


def test_exported(resnet: nn.Module) -> None:
    x = image()
    assert torch.equal(torch.export.export(resnet, (x,)).module()(x), resnet(x))


def test_traced_by_fx(resnet: nn.Module) -> None:
    traced = fx.symbolic_trace(resnet)
    x = image()
    assert torch.equal(traced(x), resnet(x))
    assert list(traced.state_dict()) == list(resnet.state_dict())


def test_copied_and_pickled(resnet: nn.Module) -> None:
    x = image()
    for other in (copy.deepcopy(resnet), pickle.loads(pickle.dumps(resnet))):
        assert torch.equal(other(x), resnet(x))


def test_saved_and_loaded(resnet: nn.Module, tmp_path: Path) -> None:
    torch.save(resnet.state_dict(), tmp_path / "weights.pt")
    other = type(resnet)().eval()
    other.load_state_dict(torch.load(tmp_path / "weights.pt", weights_only=True))
    assert torch.equal(other(image()), resnet(image()))


# The command at the end


def run(path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, str(path), *arguments], capture_output=True, text=True, check=False, cwd=path.parent)


@pytest.fixture(scope="module")
def lenet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("command") / "lenet.py"
    path.write_text(source(read(ROOT / "specs" / "lenet.cnn").net("LeNet5")), "utf-8")
    return path


def test_command_runs_once(lenet: Path) -> None:
    done = run(lenet, "--batch", "4", "--dtype", "float64")
    first, second = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert first == "out: [4, 10] float64"
    assert second.startswith("LeNet5 on cpu: ")
    assert second.endswith(" ms")


@pytest.mark.parametrize("device", ["cuda:99", "nonsense"])
def test_command_without_the_device(lenet: Path, device: str) -> None:
    done = run(lenet, "--device", device)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"lenet.py: device {device} cannot be used: ")


def test_command_on_cuda(lenet: Path) -> None:
    done = run(lenet, "--device", "cuda", "--batch", "4")
    if torch.cuda.is_available():
        assert (done.returncode, done.stdout.splitlines()[0]) == (0, "out: [4, 10] float32")
    else:
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_command_without_samples(lenet: Path) -> None:
    done = run(lenet, "--batch", "0")
    assert (done.returncode, done.stderr) == (2, "lenet.py: --batch must be at least 1\n")


def test_command_asks_for_open_sizes(tmp_path: Path) -> None:
    path = tmp_path / "tiny.py"
    path.write_text(source(read(ROOT / "examples" / "attention.cnn").net("Tiny_n")), "utf-8")
    asked = run(path)
    assert asked.returncode == 2
    assert "--size" in asked.stderr
    done = run(path, "--size", "64", "48")
    assert done.stdout.splitlines()[:2] == ["small: [1, 32, 32, 24] float32", "large: [1, 64, 16, 12] float32"]
    assert run(path, "--size", "64", "0").stderr == "tiny.py: --batch and --size must be at least 1\n"


def test_command_with_sizes_that_do_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(source(parse("net N { input x: [3, ?, ?]\n Conv(8, 3) -> MaxPool(2) }").net()), "utf-8")
    refused = run(path, "--size", "1", "1")
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (2, "", 1)
    assert refused.stderr.startswith("net.py: --size [1, 1] cannot be run: ")
    assert run(path, "--size", "4", "5").stdout.startswith("out: [1, 8, 1, 1] float32\n")
