"""Emitted modules beside torchvision's of the same name with the same weights: times, and on a GPU throughput and memory.

`python -m tests.benchmarks modules` takes about ten minutes on two cores; `--device cuda` on a GPU. A row is what one
call takes, and the ratio of times that were taken in turn, with an interval that holds its median with 95 %.
"""

from __future__ import annotations

import argparse
import platform
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from cnndsl import compiler
from cnndsl.backends.torch import deployed as deployable
from cnndsl.backends.torch import readable
from cnndsl.deployment import deployed
from cnndsl.grid import Column, Grid
from cnndsl.network import Network

from ..specs import peer
from .timing import Ratio, in_turn, ratio

NETS = ("resnet50", "mobilenet_v2", "densenet121", "efficientnet_b0")
GOAL = 1.02  # ratio of times; reached where the interval reaches it
FASTER = 1 / 1.2  # of the form for deployment
SECONDS = 14.0  # for all of a row's rounds; more where six rounds take longer


class Twins(NamedTuple):
    """Two modules with the same weights, ours as it was compiled, and the network as it was analysed."""

    theirs: Any
    ours: Any
    network: Network


class Rival(NamedTuple):
    """What runs beside torchvision's own module: `build` makes it of the twins, in evaluation, on their device.

    `goal` is the ratio of times to torchvision's, at most; without `trains` it is left out of forward and backward.
    """

    name: str
    build: Callable[[Twins], Any]
    goal: float = GOAL
    trains: bool = True


PEER = "torchvision"


def inference(pair: Twins) -> Any:
    """The form for deployment, with the same weights."""
    return imported(deployable(deployed(pair.network)), f"deployed_{pair.network.name}").from_trained(pair.theirs.state_dict())


def compiled(module: Any) -> Any:
    import torch

    return torch.compile(module)


RIVALS = [  # of one run
    Rival("cnndsl", lambda twins: twins.ours),
    Rival("inference", inference, goal=FASTER, trains=False),
]
COMPILED = [  # with --compile
    Rival("torch.compile(inference)", lambda pair: compiled(inference(pair)), goal=FASTER, trains=False),
    Rival("torch.compile(torchvision)", lambda pair: compiled(pair.theirs), goal=FASTER, trains=False),
]


@dataclass(frozen=True)
class Place:
    """Where and in what type modules run: `threads` of a CPU, or a GPU."""

    device: str
    dtype: str = "float32"
    threads: int | None = None

    def __str__(self) -> str:
        return f"{self.threads} thread{'s' * (self.threads != 1)}" if self.threads else self.dtype

    def settle(self) -> None:
        """Waits until what was begun is done."""
        import torch

        if self.device.startswith("cuda"):
            torch.cuda.synchronize(self.device)


def run(words: Sequence[str] = ()) -> None:
    options = arguments(words)
    print(header(options))
    RIVALS[:] = [rival for rival in RIVALS if rival not in COMPILED] + (COMPILED if options.compile else [])
    places = [Place(options.device, threads=n) for n in options.threads]
    if options.device.startswith("cuda"):
        places = [Place(options.device, dtype) for dtype in ("float32", "bfloat16")]
    for place in places:
        times(place, options)
        if place.threads is None:
            from .capacity import capacities

            capacities(place, options.nets)


def arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks modules", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--device", default="cpu", help="cpu, or cuda, cuda:1, ...: float32 and bfloat16, throughput, memory")
    parser.add_argument("--nets", nargs="+", default=list(NETS), metavar="NET", help="networks that torchvision has too")
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2], metavar="N", help="of the CPU, a table each (1 2)")
    parser.add_argument("--batch", nargs="+", type=int, default=[1, 8], metavar="N", help="samples of a call (1 8)")
    parser.add_argument("--seconds", type=float, default=SECONDS, help=f"for a row; at least six rounds ({SECONDS:.0f})")
    parser.add_argument("--compile", action="store_true", help="also what torch.compile makes, which takes minutes a network")
    return parser.parse_args(words)


def header(options: argparse.Namespace) -> str:
    """What was compared, on what."""
    package = peer.torchvision()
    if package is None:
        raise SystemExit("this comparison needs torchvision: pip install --no-deps torchvision==0.28.0 pillow")
    import torch

    on = torch.cuda.get_device_name(options.device) if options.device.startswith("cuda") else processor()
    versions = f"torch {torch.__version__}, torchvision {package.__version__}"
    return f"Modules beside torchvision's, with the same weights: ms a call, medians ({on}, {versions})"


def processor() -> str:
    """The CPU's name, as Linux has it."""
    information = Path("/proc/cpuinfo")
    names = [line for line in information.read_text().splitlines() if "model name" in line] if information.exists() else []
    return names[0].partition(":")[2].strip() if names else platform.processor() or platform.machine()


# ---- modules --------------------------------------------------------------------


def twins(name: str, place: Place) -> Twins:
    """Both on their device, and held to be one network: their outputs are equal, to the bit on a CPU."""
    import torch

    from ..specs.subject import fill

    network = compiler.load(f"zoo:{name}").traced(name)
    theirs = peer.built(name).to_empty(device="cpu").eval()
    fill(theirs, torch.Generator().manual_seed(0))
    ours = emitted(network).eval()
    ours.load_state_dict(theirs.state_dict(), strict=True)
    (sample,) = samples(network, Place("cpu"), 1)
    with torch.no_grad():
        if not torch.equal(ours(sample), theirs(sample)):
            raise SystemExit(f"{name}: the outputs differ, so there is nothing to compare")
    dtype = getattr(torch, place.dtype)
    return Twins(theirs.to(place.device, dtype), ours.to(place.device, dtype), network)


def emitted(network: Network) -> Any:
    """The module of the file that `cnndsl compile` writes."""
    text = readable([network])
    made = re.search(r"    model = (\w+)\(", text or "")
    if text is None or made is None:
        raise SystemExit(f"{network.name} cannot be compiled")
    return getattr(imported(text, f"compiled_{network.name}"), made[1])()


def imported(text: str, name: str) -> Any:
    """The module of a file."""
    from ..backends.emitted import load

    with TemporaryDirectory() as folder:
        return load(text, Path(folder), name)


def samples(network: Network, place: Place, batch: int) -> list[Any]:
    """Random inputs, one for each of the network's."""
    import torch

    generator = torch.Generator().manual_seed(batch)
    return [
        torch.randn(batch, *shape, generator=generator).to(place.device, getattr(torch, place.dtype))
        for shape in network.inputs.values()
    ]


def forward(model: Any, inputs: list[Any]) -> None:
    import torch

    with torch.no_grad():
        model(*inputs)


def backward(model: Any, inputs: list[Any]) -> None:
    """A step without its optimiser."""
    model.zero_grad(set_to_none=True)
    model(*inputs).sum().backward()


FORWARD = "forward"
WAYS = {FORWARD: forward, "and backward": backward}


# ---- times ----------------------------------------------------------------------


class Row(NamedTuple):
    """What one line of the table says."""

    net: str
    way: str
    batch: int
    theirs: float
    rivals: dict[str, tuple[float, Ratio]]


def times(place: Place, options: argparse.Namespace) -> None:
    """The table of one place."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(place.threads or before)
    rows = list(measured(place, options))
    torch.set_num_threads(before)
    print(f"\n{place}")
    print("\n".join(f"  {line}" for line in table(rows)))
    sys.stdout.flush()


def measured(place: Place, options: argparse.Namespace) -> Iterator[Row]:
    for net in options.nets:
        pair = twins(net, place)
        for way in WAYS:
            modules = taking_part(pair, way)
            for batch in options.batch:
                progress(f"{place}: {net}, {way}, batch {batch}")
                inputs = samples(pair.network, place, batch)
                found = in_turn({name: partial(WAYS[way], one, inputs) for name, one in modules.items()}, options.seconds, place)
                rivals = {name: (median(found[name]), ratio(found[name], found[PEER])) for name in modules if name != PEER}
                yield Row(net, way, batch, median(found[PEER]), rivals)
    progress("")


def taking_part(pair: Twins, way: str) -> dict[str, Any]:
    """Torchvision's module and the rivals by name, as a way of calling them wants them."""
    trains = way != FORWARD
    rivals = {rival.name: rival.build(pair) for rival in RIVALS if rival.trains or not trains}
    return {name: module.train(trains) for name, module in ({PEER: pair.theirs} | rivals).items()}


def table(rows: list[Row]) -> list[str]:
    columns = [Column("network"), Column("call"), Column("batch", True), Column(PEER, True)]
    for rival in RIVALS:
        columns += [Column(rival.name, True), Column("ratio", True), Column(f"goal {rival.goal:.2f}")]
    return [line.rstrip() for line in Grid(columns, [list(cells(one)) for one in rows]).lines()]


def cells(one: Row) -> Iterator[str]:
    yield from (one.net, one.way, str(one.batch), f"{one.theirs * 1e3:.1f}")
    for rival in RIVALS:
        if rival.name not in one.rivals:
            yield from ("", "", "")
            continue
        taken, found = one.rivals[rival.name]
        yield from (f"{taken * 1e3:.1f}", str(found), "reached" if found.low <= rival.goal else "missed")


def progress(text: str) -> None:
    """What is being measured, on a terminal alone."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
