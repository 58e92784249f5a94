#!/usr/bin/env python3
"""Train a network on Fashion-MNIST: LeNet from its program, or any that ships.

    python examples/train.py                                    LeNet, five epochs: about 88 %
    python examples/train.py --resume --epochs 10               five more
    python examples/train.py zoo:resnet20 --device cuda         pictures are fitted to the network
    torchrun --nproc-per-node 2 examples/train.py               one model, two processes

A run is a folder, as runs/LeNet5: last.pt to go on from, weights.safetensors, curve.png. A run that was interrupted and
goes on gives the same numbers as one that was not.
"""

from __future__ import annotations

import argparse
import gzip
import math
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn import functional

import cnndsl

try:
    from tqdm import tqdm
except ImportError:
    tqdm = None
try:
    from safetensors.torch import save as packed
except ImportError:
    packed = None

LENET = Path(__file__).with_name("lenet.cnn")
DEBIAN = Path("/usr/share/datasets/fashion-mnist")
RANK, WORLD = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))  # which process of how many: torchrun's


def main() -> None:
    options = arguments()
    device = usable(options.device)
    train, test = read(options.data)
    try:
        net = network(options, train)
    except (cnndsl.CompileError, cnndsl.Problem) as error:
        fail(str(error))
    folder = options.out or Path("runs") / net.name
    last = folder / "last.pt"
    if options.resume and not last.exists():
        fail(f"there is no run to go on with: {last} is missing")
    if not options.resume and folder.exists() and any(folder.iterdir()):
        fail(f"{folder} is not empty: --resume goes on with a run, --out names another folder")
    if options.batch % WORLD or options.batch > len(train.classes):
        fail(f"--batch {options.batch}: at most {len(train.classes):,} (images), and a multiple of {WORLD} (processes)")
    if WORLD > 1:
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")

    torch.manual_seed(options.seed)
    settings = {name: getattr(options, name) for name in ("set", "input", "batch", "steps", "lr", "seed")}
    run = Run(net.to_torch(), device, settings | {"net": net.name, "processes": WORLD})
    if options.resume:
        run.load(last)
    fit = Fit(train.pictures, next(iter(net.inputs.values())))
    say(f"{net.name}: {net.params:,} parameters, {net.macs:,} multiply–adds an image")
    shape = "×".join(map(str, train.pictures[0].shape))
    say(f"{len(train.classes):,} images to learn, {len(test.classes):,} to test: {shape}, {fit}")
    folder.mkdir(parents=True, exist_ok=True)
    while len(run.scores) < options.epochs:
        start = time.monotonic()
        loss, score = run.epoch(train, fit), run.test(test, fit)
        if RANK == 0:
            run.save(last)
            publish(run, folder)
        say(f"epoch {len(run.scores)}: loss {loss:.3f}, test {score:.2%}, {time.monotonic() - start:.0f} s")
    say(f"{folder}: {', '.join(sorted(path.name for path in folder.iterdir()))}; --resume with more --epochs goes on")
    if WORLD > 1:
        dist.destroy_process_group()


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Train a network on Fashion-MNIST.", usage="%(prog)s [program] [options]")
    parser.add_argument("program", nargs="?", default=str(LENET), help="a .cnn file, or zoo:NAME (default: examples/lenet.cnn)")
    parser.add_argument("--net", help="one of its nets")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter: --set width=0.5")
    parser.add_argument("--input", type=size, metavar="SIZE", help="another size of its input: --input 3x64x64")
    parser.add_argument("--data", type=Path, default=DEBIAN, metavar="FOLDER", help="with the four idx files, gzipped or not")
    parser.add_argument("--epochs", type=int, default=5, help="of the whole run (default: 5)")
    parser.add_argument("--batch", type=int, default=64, help="images a step, of all processes together (default: 64)")
    parser.add_argument("--steps", type=int, metavar="N", help="at most so many an epoch (default: all images once)")
    parser.add_argument("--lr", type=float, default=1e-3, help="learning rate of Adam (default: 0.001)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu", help="cpu, cuda, cuda:1, ...")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="of the run (default: runs/ and the net's name)")
    parser.add_argument("--resume", action="store_true", help="go on with the run in that folder")
    options = parser.parse_args()
    if min(options.epochs, options.batch, 1 if options.steps is None else options.steps) < 1 or not 0 < options.lr < math.inf:
        parser.error("--epochs, --batch and --steps are 1 or more, --lr is above 0")
    return options


def size(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split("x")))


def usable(name: str) -> torch.device:
    """The device; under torchrun a GPU of its own for each process."""
    name = f"cuda:{os.environ['LOCAL_RANK']}" if name == "cuda" and WORLD > 1 else name
    try:
        return torch.empty(1, device=name).device
    except (AssertionError, RuntimeError) as error:
        fail(f"device {name} cannot be used: {str(error).splitlines()[0]}")


def say(message: str) -> None:
    if RANK == 0:
        print(message, flush=True)


def fail(message: str) -> NoReturn:
    if RANK == 0:
        print(f"train.py: {message}", file=sys.stderr)
    sys.exit(2)


# ---- data -----------------------------------------------------------------------


class Images(NamedTuple):
    """Pictures, (n, 1, height, width) of bytes, and the class of each."""

    pictures: Tensor
    classes: Tensor


def read(folder: Path) -> tuple[Images, Images]:
    """Those to learn, and those to test."""

    def part(name: str) -> Images:
        return Images(idx(folder, f"{name}-images-idx3-ubyte").unsqueeze(1), idx(folder, f"{name}-labels-idx1-ubyte").long())

    return part("train"), part("t10k")


def idx(folder: Path, name: str) -> Tensor:
    """An array of bytes: two zeros, the type (8), the number of axes, the size of each in four bytes, the numbers."""
    path = next((path for path in (folder / name, folder / f"{name}.gz") if path.exists()), None)
    if path is None:
        fail(f"there is no {name} in {folder}: sudo apt-get install dataset-fashion-mnist, or name a folder with --data")
    content = bytearray(gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes())
    start = 4 + 4 * sum(content[3:4])
    sizes = [int.from_bytes(content[place : place + 4], "big") for place in range(4, start, 4)]
    if content[:3] != b"\0\0\x08" or len(content) != start + math.prod(sizes):
        fail(f"{path} is no idx file of bytes")
    return torch.frombuffer(content, dtype=torch.uint8)[start:].view(sizes)


class Fit:
    """Bytes to what a network takes: numbers of mean 0 and deviation 1, in its size and channels; `str` says how."""

    def __init__(self, pictures: Tensor, wanted: tuple[Any, ...]) -> None:
        self.channels, *self.size = wanted
        self.mean, self.deviation = (pictures / 255).mean().item(), (pictures / 255).std().item()
        self.border = [n - had for n, had in zip(self.size, pictures.shape[2:], strict=True)]
        self.pads = all(0 <= border <= 8 for border in self.border)

    def __str__(self) -> str:
        done = ["padded" if self.pads else "resized", f"to {self.size[0]}×{self.size[1]}"] if any(self.border) else []
        return " ".join([*done, *([f"repeated in {self.channels} channels"] if self.channels > 1 else [])]) or "as they are"

    def __call__(self, pictures: Tensor) -> Tensor:
        x = pictures / 255
        if self.pads:
            down, right = self.border
            x = functional.pad(x, (right // 2, right - right // 2, down // 2, down - down // 2))
        else:
            x = functional.interpolate(x, self.size, mode="bilinear", antialias=True)
        return ((x - self.mean) / self.deviation).expand(-1, self.channels, -1, -1)


# ---- network --------------------------------------------------------------------


def network(options: argparse.Namespace, train: Images) -> cnndsl.Network:
    """The network, for the classes that there are; where it leaves its size open, for the size of the pictures."""
    classes = int(train.classes.max()) + 1
    program, stem = cnndsl.load(options.program), options.program.removeprefix("zoo:")
    settings = dict(word.partition("=")[::2] for word in options.set)
    name = options.net or (stem if stem in program.nets else program.main(settings))
    if "classes" in program.takes(name):
        settings.setdefault("classes", str(classes))
    net = program.net(name, settings=settings, inputs=options.input)
    taken = next(iter(net.inputs.values()))
    if not all(isinstance(n, int) for n in taken):
        taken = tuple(n if isinstance(n, int) else had for n, had in zip(taken, train.pictures.shape[1:], strict=True))
        net = program.net(name, settings=settings, inputs=taken)
    if len(net.inputs) > 1 or len(taken) != 3 or list(net.outputs.values()) != [(classes,)]:
        fail(f"{name} takes {net.inputs} and gives {net.outputs}; it should give {classes} numbers for one image")
    return net


# ---- training -------------------------------------------------------------------


class Run:
    """A model in training; `losses` of each step, `scores` of each epoch: the share of test pictures that are told right."""

    def __init__(self, model: nn.Module, device: torch.device, settings: dict[str, Any]) -> None:
        self.model, self.device, self.settings = model.to(device), device, settings
        self.parallel = nn.parallel.DistributedDataParallel(self.model) if WORLD > 1 else self.model
        self.optimiser = torch.optim.Adam(self.model.parameters(), lr=settings["lr"])
        self.losses: list[float] = []
        self.scores: list[float] = []

    def epoch(self, images: Images, fit: Fit) -> float:
        """Once through the images: their order and what dropout draws depend on the seed and the epoch alone.

        Each process takes its share of every batch; those that are left over at the end come in another epoch.
        """
        batch, seed = self.settings["batch"], 1000 * self.settings["seed"] + len(self.scores)
        order = torch.randperm(len(images.classes), generator=torch.Generator().manual_seed(seed))
        batches = order[: len(order) // batch * batch].view(-1, batch)[: self.settings["steps"], RANK::WORLD]
        torch.manual_seed(WORLD * seed + RANK)
        self.parallel.train()
        losses = torch.stack([self.step(images, fit, chosen) for chosen in watched(batches, f"epoch {len(self.scores) + 1}")])
        if WORLD > 1:
            dist.all_reduce(losses)
        self.losses += (losses / WORLD).tolist()
        return losses.mean().item() / WORLD

    def step(self, images: Images, fit: Fit, chosen: Tensor) -> Tensor:
        scores = self.parallel(fit(images.pictures[chosen].to(self.device)))
        loss = functional.cross_entropy(scores, images.classes[chosen].to(self.device))
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        return loss.detach()

    @torch.no_grad()
    def test(self, images: Images, fit: Fit) -> float:
        self.model.eval()
        parts = torch.arange(len(images.classes)).split(self.settings["batch"])
        told = torch.cat([self.model(fit(images.pictures[part].to(self.device))).argmax(1) for part in parts])
        self.scores.append((told.cpu() == images.classes).double().mean().item())
        return self.scores[-1]

    def save(self, path: Path) -> None:
        state = {"model": self.model.state_dict(), "optimiser": self.optimiser.state_dict(), "settings": self.settings}
        whole(path, lambda to: torch.save(state | {"losses": self.losses, "scores": self.scores}, to))

    def load(self, path: Path) -> None:
        """Go on from a checkpoint, of a run with the same settings."""
        state = torch.load(path, map_location=self.device, weights_only=True)
        for name, had in state["settings"].items():
            if self.settings[name] != had:
                fail(f"{path} is of a run with {name} {had}, not {self.settings[name]}")
        self.model.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.losses, self.scores = state["losses"], state["scores"]


def watched(batches: Tensor, title: str) -> Iterator[Tensor]:
    """The batches, with a bar on a terminal where tqdm is installed, else with a line now and then."""
    if RANK == 0 and tqdm is not None and sys.stderr.isatty():
        yield from tqdm(batches, title, unit=" steps", leave=False)
        return
    last = time.monotonic()
    for place, chosen in enumerate(batches):
        if time.monotonic() - last > 10:
            last = time.monotonic()
            say(f"{title}: step {place} of {len(batches)}")
        yield chosen


# ---- files ----------------------------------------------------------------------


def whole(path: Path, write: Callable[[Path], object]) -> None:
    """Write a file, the whole or nothing: what was there stays until it is replaced."""
    part = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        write(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def publish(run: Run, folder: Path) -> None:
    """The weights by themselves, and the learning curve."""
    weights = {name: tensor.cpu().contiguous() for name, tensor in run.model.state_dict().items()}
    name = f"weights.{'pt' if packed is None else 'safetensors'}"
    whole(folder / name, lambda to: to.write_bytes(packed(weights)) if packed else torch.save(weights, to))
    try:
        whole(folder / "curve.png", lambda to: draw(run, to))
    except ImportError:
        say("no picture of the learning curve: pip install matplotlib")


def draw(run: Run, path: Path) -> None:
    """The loss of every step, and over it means of a tenth of an epoch; the accuracy after every epoch."""
    from matplotlib.figure import Figure

    figure = Figure((7, 4), layout="constrained")
    left = figure.subplots()
    right = left.twinx()
    losses, steps = torch.tensor(run.losses), len(run.losses) // len(run.scores)
    means = torch.stack([part.mean() for part in losses.split(max(1, steps // 10))])
    left.plot(torch.linspace(0, len(run.scores), len(losses)), losses, color="tab:blue", alpha=0.25, linewidth=0.5)
    left.plot(torch.linspace(0, len(run.scores), len(means)), means, color="tab:blue")
    right.plot(range(1, len(run.scores) + 1), [100 * score for score in run.scores], "o-", color="tab:orange")
    left.set(xlabel="epoch", ylim=(0, None), title=f"{run.settings['net']}: {run.scores[-1]:.1%} after epoch {len(run.scores)}")
    left.set_ylabel("training loss", color="tab:blue")
    right.set_ylabel("test accuracy, %", color="tab:orange")
    figure.savefig(path, format="png", dpi=150)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        say("interrupted: --resume goes on after the last whole epoch")
        sys.exit(130)
