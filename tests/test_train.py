"""`examples/train.py`: it learns, goes on to the same numbers, shares its work evenly, and refuses what it cannot do."""

from __future__ import annotations

import gzip
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from importlib import util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch

import cnndsl

ROOT = Path(__file__).parents[1]
SCRIPT = ROOT / "examples" / "train.py"
PARTS = {"train": 1500, "t10k": 400}  # images of the subset

# Both draw random numbers and have statistics that move: what a run has to keep.
SMALL = """
net Small(classes = 2) {
  input image: [1, ?, ?]
  Conv(4, 3, stride=2, bias=false) -> BatchNorm -> ReLU -> Dropout(0.3)
  Conv(8, 3, stride=2) -> ReLU -> GlobalAvgPool -> Flatten
  head: Linear(classes)
}
"""
PAIR = "net Pair { input a: 1x8x8\n input b: 1x8x8\n cat(a, b) -> GlobalAvgPool -> Flatten -> Linear(10) }"


def script() -> ModuleType:
    spec = util.spec_from_file_location("train_example", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    sys.modules["train_example"] = module
    spec.loader.exec_module(module)
    return module


train = script()


def packed(numbers: torch.Tensor) -> bytes:
    """A tensor of bytes as an idx file."""
    return bytes([0, 0, 8, numbers.ndim]) + b"".join(n.to_bytes(4, "big") for n in numbers.shape) + bytes(numbers.flatten())


def stripes(count: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """In place of the data set: noise, and a bar whose row is the class."""
    generator = torch.Generator().manual_seed(seed)
    classes = torch.arange(count) % 10
    pictures = torch.randint(0, 150, (count, 28, 28), generator=generator)
    for place, row in enumerate(classes.tolist()):
        pictures[place, 2 + 2 * row : 5 + 2 * row, 4:24] += 105
    return pictures.to(torch.uint8), classes.to(torch.uint8)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first images of Fashion-MNIST where Debian's package is installed; half of the files gzipped."""
    folder = tmp_path_factory.mktemp("data")
    real = train.read(train.DEBIAN) if train.DEBIAN.exists() else None
    for number, (name, count) in enumerate(PARTS.items()):
        pictures, classes = (real[number].pictures[:, 0], real[number].classes.byte()) if real else stripes(count, number)
        (folder / f"{name}-images-idx3-ubyte.gz").write_bytes(gzip.compress(packed(pictures[:count]), 1))
        (folder / f"{name}-labels-idx1-ubyte").write_bytes(packed(classes[:count]))
    return folder


@pytest.fixture
def learn(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """Runs the script in this process; gives the checkpoint that it leaves."""

    def run(*words: object, out: str = "run") -> dict[str, Any]:
        monkeypatch.setattr(sys, "argv", ["train.py", *map(str, words), "--data", str(data), "--out", str(tmp_path / out)])
        train.main()
        return torch.load(tmp_path / out / "last.pt", weights_only=True)  # type: ignore[no-any-return]

    return run


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.cnn"
    path.write_text(SMALL, "utf-8")
    return path


def test_it_learns(learn: Callable[..., dict[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Some hundred steps: the loss falls, and the weights by themselves are those that were tested."""
    found = learn("--epochs", 3, "--batch", 20)
    losses = torch.tensor(found["losses"])
    assert len(losses) == 225
    assert losses[-75:].mean() < 0.6 * losses[:20].mean()
    assert found["scores"][-1] >= max(0.7, found["scores"][0])
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == ["curve.png", "last.pt", weights_file()]
    assert (tmp_path / "run" / "curve.png").read_bytes().startswith(b"\x89PNG")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "LeNet5: 61,706 parameters, 416,520 multiply–adds an image"
    assert lines[1] == "1,500 images to learn, 400 to test: 1×28×28, padded to 32×32"
    assert lines[-2].startswith(f"epoch 3: loss {losses[-75:].mean():.3f}, test {found['scores'][-1]:.2%}, ")
    model = cnndsl.load(ROOT / "examples" / "lenet.cnn").net().to_torch()
    model.load_state_dict(weights(tmp_path / "run"))
    run = train.Run(model, torch.device("cpu"), {"lr": 0, "batch": 50})
    images, tests = train.read(Path(sys.argv[sys.argv.index("--data") + 1]))
    assert run.test(tests, train.Fit(images.pictures, (1, 32, 32))) == found["scores"][-1]


def weights_file() -> str:
    return "weights.safetensors" if train.packed else "weights.pt"


def weights(folder: Path) -> dict[str, torch.Tensor]:
    if train.packed is None:
        return torch.load(folder / "weights.pt", weights_only=True)  # type: ignore[no-any-return]
    from safetensors.torch import load_file

    return load_file(folder / "weights.safetensors")


def test_going_on_gives_the_same(learn: Callable[..., dict[str, Any]], small: Path) -> None:
    """To the last bit, optimiser and statistics included."""
    whole = learn(small, "--epochs", 3, out="whole")
    learn(small, "--epochs", 1, out="parts")
    parts = learn(small, "--epochs", 3, "--resume", out="parts")
    assert parts["losses"] == whole["losses"]
    assert parts["scores"] == whole["scores"]
    torch.testing.assert_close(parts["model"], whole["model"], rtol=0, atol=0)
    torch.testing.assert_close(parts["optimiser"]["state"], whole["optimiser"]["state"], rtol=0, atol=0)
    other = learn(small, "--epochs", 1, "--seed", 1, out="other")
    assert other["losses"] != whole["losses"][: len(other["losses"])]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_two_processes_are_as_one(learn: Callable[..., dict[str, Any]], data: Path, tmp_path: Path) -> None:
    """Each takes half of every batch; the losses are those of one process that takes it whole."""
    words = ["--epochs", "1", "--batch", "100"]
    alone = learn(*words)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(SCRIPT), *words, "--data", str(data), "--out", str(tmp_path / "two")]
    processes = [
        subprocess.Popen(command, env={**os.environ, **said, "RANK": str(rank)}, stdout=subprocess.PIPE, text=True)
        for rank in range(2)
    ]
    out = [process.communicate(timeout=250)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert ("epoch 1: loss " in out[0], out[1]) == (True, "")  # one of them talks
    together = torch.load(tmp_path / "two" / "last.pt", weights_only=True)
    torch.testing.assert_close(together["losses"], alone["losses"], rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(together["model"], alone["model"], rtol=1e-2, atol=1e-3)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_under_torchrun(data: Path, tmp_path: Path, small: Path) -> None:
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", str(SCRIPT), str(small)]
    for words in (["--epochs", "1"], ["--epochs", "2", "--resume"]):
        done = subprocess.run(
            [*command, *words, "--data", str(data), "--out", str(tmp_path / "run")], capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.splitlines()[-2].startswith(f"epoch {words[1]}: loss ")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--data", "nowhere"], "no train-images-idx3-ubyte in nowhere: sudo apt-get install dataset-fashion-mnist, or name a"),
        (["--resume"], "there is no run to go on with: run/last.pt is missing"),
        (["--out", "taken"], "taken is not empty: --resume goes on with a run, --out names another folder"),
        (["--batch", "0"], "--epochs, --batch and --steps are 1 or more"),
        (["--epochs", "0"], "--epochs, --batch and --steps are 1 or more"),
        (["--steps", "0"], "--epochs, --batch and --steps are 1 or more"),
        (["--lr", "-1"], "--lr is above 0"),
        (["--lr", "nan"], "--lr is above 0"),
        (["--batch", "5000"], "--batch 5000: at most 1,500 (images)"),
        (["pair.cnn"], "Pair takes {'a': (1, 8, 8), 'b': (1, 8, 8)} and gives {'out': (10,)}; it should give 10 numbers for one"),
        (["zoo:tcn"], "tcn takes {'pixels': (1, 784)} and gives {'out': (10, 784)}; it should give 10 numbers for one image"),
        (["zoo:resnet99"], "nothing called resnet99 ships with cnndsl"),
        (["--device", "nonsense"], "device nonsense cannot be used: "),
    ],
    ids=lambda found: "-".join(found).strip("-") if isinstance(found, list) else "",
)
def test_refusals(
    words: list[str],
    message: str,
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In one line, before anything is written."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pair.cnn").write_text(PAIR, "utf-8")
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "notes.txt").touch()
    given = [] if "--data" in words else ["--data", str(data)]
    monkeypatch.setattr(sys, "argv", ["train.py", *words, *given, *([] if "--out" in words else ["--out", "run"])])
    with pytest.raises(SystemExit) as refused:
        train.main()
    assert refused.value.code == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert message in said
    assert said.startswith("train.py: ")
    assert not (tmp_path / "run").exists()
    assert [path.name for path in (tmp_path / "taken").iterdir()] == ["notes.txt"]


def test_an_epoch_of_so_many_steps(learn: Callable[..., dict[str, Any]], small: Path) -> None:
    assert len(learn(small, "--epochs", 2, "--steps", 3)["losses"]) == 6


def test_a_run_goes_on_with_its_own_settings(
    learn: Callable[..., dict[str, Any]], small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    learn(small, "--epochs", 1)
    before = (tmp_path / "run" / "last.pt").read_bytes()
    with pytest.raises(SystemExit):
        learn(small, "--epochs", 2, "--resume", "--batch", 32)
    assert "last.pt is of a run with batch 64, not 32" in capsys.readouterr().err
    learn(small, "--epochs", 1, "--resume")  # nothing is left to do, and nothing is written
    assert (tmp_path / "run" / "last.pt").read_bytes() == before


def test_files_are_written_whole(tmp_path: Path) -> None:
    def torn(path: Path) -> None:
        path.write_text("half")
        raise KeyboardInterrupt

    path = tmp_path / "last.pt"
    train.whole(path, lambda to: to.write_text("first"))
    with pytest.raises(KeyboardInterrupt):
        train.whole(path, torn)
    assert {one.name: one.read_text() for one in tmp_path.iterdir()} == {"last.pt": "first"}


@pytest.mark.parametrize("content", [b"", b"\0\0\x08", b"\0\0\x0d\1\0\0\0\1\0", b"\0\0\x08\1\0\0\0\2\0"])
def test_files_that_are_no_idx(content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "name").write_bytes(content)
    with pytest.raises(SystemExit):
        train.idx(tmp_path, "name")
    assert "is no idx file of bytes" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ((1, 28, 28), "as they are"),
        ((1, 33, 30), "padded to 33×30"),
        ((3, 28, 28), "repeated in 3 channels"),
        ((3, 32, 32), "padded to 32×32 repeated in 3 channels"),
        ((3, 64, 64), "resized to 64×64 repeated in 3 channels"),
        ((1, 20, 40), "resized to 20×40"),
    ],
)
def test_pictures_are_fitted(wanted: tuple[int, int, int], said: str) -> None:
    pictures = torch.randint(0, 256, (50, 1, 28, 28), dtype=torch.uint8)
    fit = train.Fit(pictures, wanted)
    found = fit(pictures)
    assert str(fit) == said
    assert found.shape == (50, *wanted)
    if "resized" not in said:  # nothing is lost, nothing but black is added
        left, top = (wanted[2] - 28) // 2, (wanted[1] - 28) // 2
        middle = found[:, :, top : top + 28, left : left + 28]
        torch.testing.assert_close(middle, ((pictures / 255 - fit.mean) / fit.deviation).expand_as(middle))
        assert found.min() == pytest.approx(-fit.mean / fit.deviation)


@pytest.mark.parametrize(
    "name", ["resnet18", "squeezenet1_1", "mobilenet_v2", "densenet_cifar_40_12", "pytorch_mnist", "alexnet"]
)
def test_any_network_that_ships(name: str, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes the pictures and gives a number for each class."""
    monkeypatch.setattr(sys, "argv", ["train.py", f"zoo:{name}"])
    images, _ = train.read(data)
    net = train.network(train.arguments(), images)
    (shape,) = net.inputs.values()
    with torch.no_grad():
        scores = net.to_torch().eval()(train.Fit(images.pictures, shape)(images.pictures[:2]))
    assert scores.shape == (2, 10)
