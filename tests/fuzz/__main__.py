"""Random programs for so many minutes through check, analyze, expand, compile and diagram: `make fuzz MINUTES=5`.

Three kinds: `grammar` (right programs, sentences of the grammar, and these spoilt), `mutated` (the programs of this
repository, spoilt) and `coverage` (by atheris, where it is installed). What breaks a promise is made small and printed;
the exit code is then 1. With `--folder`, counts go on from the run before, and what is found is kept there.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from . import coverage

KINDS = ("grammar", "mutated", "coverage")
BUILT = 10  # of so many accepted programs, one is built on torch


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("minutes", type=float, nargs="?", default=5.0)
    parser.add_argument("--kind", choices=KINDS, help="one of the three (all in turn)")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="where to begin")
    parser.add_argument("--folder", type=Path, help="where counts and what is found are kept")
    options = parser.parse_args()
    seconds = options.minutes * 60
    if options.kind == "coverage":
        if find_spec("atheris") is None:
            sys.exit("atheris is not installed")
        coverage.guided(seconds, options.seed, options.folder)
    elif options.kind is None and find_spec("atheris") is not None:
        return shared(seconds, options.seed, options.folder)
    return random_inputs([options.kind] if options.kind else list(KINDS[:2]), seconds, options.seed, options.folder)


def shared(seconds: float, seed: int, folder: Path | None) -> int:
    """The three kinds one after the other, each in a process of its own: coverage has to load all that it watches."""
    codes = []
    for kind in KINDS:
        words = [sys.executable, "-m", "tests.fuzz", str(seconds / 60 / len(KINDS)), "--kind", kind, "--seed", str(seed)]
        codes.append(subprocess.run(words + (["--folder", str(folder)] if folder else []), check=False).returncode)
    return max(codes)


def random_inputs(kinds: list[str], seconds: float, seed: int, folder: Path | None) -> int:
    """Inputs of these kinds in turn, each from a seed of its own."""
    import random

    from . import oracle
    from .built import Builder
    from .grammar import drawn
    from .spoilt import spoilt
    from .tally import Tally

    draw: dict[str, Callable[[random.Random], str | bytes]] = {"grammar": drawn, "mutated": spoilt}
    tally, builder = Tally(folder), Builder()
    before, start = tally.inputs, time.monotonic()
    oracle.limit_memory()
    number = seed * 1_000_000
    while time.monotonic() < start + seconds:
        kind = kinds[number % len(kinds)]
        given = draw[kind](random.Random(number))
        outcome = oracle.held(given)
        tally.note(kind, given, outcome)
        if outcome.emitted and number % BUILT == 0:
            for module, why in builder.add(outcome.emitted):
                tally.counts["failed"] += 1
                tally.tell("does not build", why, module)
        number += 1
    for module, why in builder.flush():
        tally.counts["failed"] += 1
        tally.tell("does not build", why, module)
    tally.counts["built"] += builder.count
    tally.save()
    print(f"{tally.inputs - before:,} inputs from seed {seed} on in {(time.monotonic() - start) / 60:.1f} minutes;", end=" ")
    print(f"{builder.count:,} emitted modules built on torch; of all runs: {dict(tally.counts)}")
    return 1 if tally.marks - {"slow"} else 0


if __name__ == "__main__":
    sys.exit(main())
