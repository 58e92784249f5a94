"""Random programs for so many minutes, held against autograd: `make prove MINUTES=10`.

Every process draws its own; a disagreement is shrunk, printed, and ends the run with exit code 1.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from . import proofs
from .programs import Program, programs

BATCH = 100  # programs of each kind at a time
SEEDS = st.integers(0, 2**16)
Proof = tuple[str, st.SearchStrategy[Program], Callable[[Program, int], object]]
PROOFS: tuple[Proof, ...] = (
    ("support and windows", programs(), proofs.support_and_windows),
    ("paths", programs(), proofs.paths),
    ("fields hold what is read", programs(modes=("zeros",)), lambda program, _: proofs.fields_contain(program)),
    ("fields predict windows", programs(grows=True, extent=(200, 400), most=4000, lines=4, rank=1), proofs.fields_predict),
    (
        "fields whatever the size",
        programs(grows=True, extent=(3, 9)),
        lambda program, number: proofs.grown(program, 1 + number % 40),
    ),
)


def batch(number: int) -> list[int]:
    """Holds so many programs of each kind; gives how many of each were held."""
    return [held(proof, number) for _, *proof in PROOFS]


def held(proof: list[Any], number: int) -> int:
    strategy, property = proof
    count = 0

    @seed(number)
    @settings(max_examples=BATCH, deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=PHASES)
    @given(strategy, SEEDS)
    def hold(program: Program, chance: int) -> None:
        nonlocal count
        property(program, chance)
        count += 1

    hold()
    return count


PHASES = (Phase.generate, Phase.shrink)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("minutes", type=float, nargs="?", default=5.0)
    parser.add_argument("--seed", type=int, default=int(time.time()), help="where to begin")
    options = parser.parse_args()
    end = time.monotonic() + 60 * options.minutes
    totals = [0] * len(PROOFS)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        number = options.seed
        running: set[Future[list[int]]] = set()
        while running or time.monotonic() < end:
            while time.monotonic() < end and len(running) < (os.cpu_count() or 1):
                running.add(pool.submit(batch, number))
                number += 1
            done = next(as_completed(running))
            running.discard(done)
            totals = [total + more for total, more in zip(totals, done.result(), strict=True)]
            if sys.stderr.isatty():
                print(f"\r{sum(totals):,} programs, no disagreement", end="", file=sys.stderr, flush=True)
    for (name, *_), total in zip(PROOFS, totals, strict=True):
        print(f"{total:8,}  {name}")
    print(f"{sum(totals):8,}  random programs from seed {options.seed} on, no disagreement with autograd")
    return 0


if __name__ == "__main__":
    sys.exit(main())
