"""How many mutants the tests kill: `nice -n 19 python -m tests.mutation 300 --seed 1 --log survivors.txt`.

A random sample of the mutants of the analyses, shapes and layers, each held against the tests that concern its file. A
mutant is killed by a test that fails, or by taking ten times as long. Every one runs in a child of this process, which has
torch but nothing of cnndsl in it; the mutated module never touches the disk. Exit code 1 below the share that is promised.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import signal
import sys
from collections.abc import Sequence
from fnmatch import fnmatch
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import ModuleType

from .mutants import Mutant, mutants

ROOT = Path(__file__).parents[2]
PROMISED = 0.85
SLOWEST = 120  # seconds of CPU
SIGHT = ("tests/sight/test_textbook.py", "tests/sight/test_shown.py")
INFLUENCE = "tests/sight/test_influence.py"
FORMULAS = "tests/explanations/test_formulas.py"  # of every layer: held last, as it takes long
TESTS: dict[str, tuple[str, ...]] = {  # the first that fits; the quickest come first
    "cnndsl/analyses/*.py": ("tests/analyses", "tests/test_network.py"),
    "cnndsl/figures.py": ("tests/test_figures.py", "tests/test_network.py", "tests/analyses"),
    "cnndsl/field.py": ("tests/test_field.py", "tests/analyses/test_receptive_field.py", *SIGHT),
    "cnndsl/fold.py": (*SIGHT, "tests/analyses", INFLUENCE),
    "cnndsl/semiring.py": (*SIGHT, INFLUENCE),
    "cnndsl/reading.py": (*SIGHT, INFLUENCE),
    "cnndsl/relation.py": ("tests/test_field.py", *SIGHT, "tests/ops/test_conv.py", "tests/ops/test_pool.py"),
    "cnndsl/sizes.py": ("tests/test_sizes.py",),
    "cnndsl/ops/padding.py": ("tests/ops/test_pool.py", "tests/ops/test_conv.py"),
    "cnndsl/ops/adaptive.py": ("tests/ops/test_pool.py",),
    "cnndsl/ops/linear.py": ("tests/ops/test_linear.py",),
    "cnndsl/ops/arms.py": ("tests/ops/test_merge.py",),
    "cnndsl/ops/dims.py": ("tests/ops/test_cut.py", "tests/ops/test_merge.py", "tests/ops/test_reshape.py"),
    "cnndsl/ops/shuffle.py": ("tests/ops/test_reshape.py",),
    "cnndsl/ops/border.py": ("tests/ops/test_resize.py",),
    "cnndsl/ops/s[mo]*.py": ("tests/ops/test_activation.py",),
    "cnndsl/ops/[rs]*[ty][fh].py": ("tests/ops/test_activation.py",),
}
LEFT_OUT = ("__init__.py", "calls.py")


class Served(MetaPathFinder, Loader):
    """One module from a text, whatever its file holds."""

    def __init__(self, name: str, path: Path, text: str) -> None:
        self.name, self.path, self.text = name, path, text

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        return spec_from_loader(name, self, origin=str(self.path)) if name == self.name else None

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = str(self.path)
        exec(compile(self.text, str(self.path), "exec"), module.__dict__)


def tests_of(file: str) -> tuple[str, ...]:
    """The tests that concern a file: of the layers, by its name."""
    own = f"tests/ops/test_{Path(file).stem}.py"
    known = (own,) if (ROOT / own).exists() else ("tests/ops/test_activation.py",)
    found = next((tests for pattern, tests in TESTS.items() if fnmatch(file, pattern)), known)
    return (*found, FORMULAS) if "/ops/" in file else found


def targets() -> list[str]:
    named = [pattern for pattern in TESTS if "*" not in pattern]
    found = {str(path.relative_to(ROOT)) for folder in ("analyses", "ops") for path in (ROOT / "cnndsl" / folder).glob("*.py")}
    return sorted(file for file in found | set(named) if Path(file).name not in LEFT_OUT)


def held(file: str, text: str, quiet: bool = True) -> tuple[str, float]:
    """What the tests of a file say where its text is this one: held, killed, or too slow; and seconds of CPU."""
    child = os.fork()
    if not child:
        os._exit(run(file, text, quiet))
    _, status, used = os.wait4(child, 0)
    seconds = used.ru_utime + used.ru_stime
    if os.WIFSIGNALED(status):
        return ("too slow" if os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL) else "killed"), seconds
    return ("held" if os.WEXITSTATUS(status) == 0 else "killed"), seconds


def run(file: str, text: str, quiet: bool) -> int:
    """In the child."""
    import pytest

    resource.setrlimit(resource.RLIMIT_CPU, (SLOWEST, SLOWEST + 5))
    resource.setrlimit(resource.RLIMIT_AS, (8 * 2**30, 8 * 2**30))
    sys.meta_path.insert(0, Served(".".join(Path(file).with_suffix("").parts), ROOT / file, text))
    if quiet:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
    words = ["-q", "-x", "--tb=line", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:randomly"]
    try:
        return int(pytest.main([*words, *tests_of(file)]))
    except BaseException:
        return 1


def warmed() -> None:
    """What every child needs, loaded once: nothing of ours."""
    import hypothesis  # noqa: F401
    import numpy as np  # noqa: F401
    import pytest  # noqa: F401
    import torch.utils.flop_counter

    torch.set_num_threads(1)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("number", type=int, nargs="?", default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log", type=Path, help="where survivors are written, as they are found")
    parser.add_argument("--only", default="*", help="files to mutate, as in cnndsl/ops/conv.py or */ops/*")
    options = parser.parse_args()
    os.chdir(ROOT)
    warmed()
    texts = {file: (ROOT / file).read_text("utf-8") for file in targets() if fnmatch(file, options.only)}
    every = [(file, mutant) for file, text in texts.items() for mutant in mutants(text)]
    sample = random.Random(options.seed).sample(every, min(options.number, len(every)))
    killed = survivors(sample, texts, options.log)
    unproved = {file for file, _ in sample} - {file for (file, _), verdict in killed.items() if verdict == "held"}
    broken = [file for file in sorted(unproved) if held(file, texts[file])[0] != "held"]
    if broken:
        sys.exit(f"the tests fail without a mutant: {', '.join(broken)}")
    share = sum(verdict != "held" for verdict in killed.values()) / len(sample)
    print(f"{100 * share:.1f} % of {len(sample)} mutants killed, of {len(every):,} that there are")
    return 0 if share >= PROMISED else 1


def survivors(sample: list[tuple[str, Mutant]], texts: dict[str, str], log: Path | None) -> dict[tuple[str, Mutant], str]:
    """What the tests say of each mutant."""
    found = {}
    for number, (file, mutant) in enumerate(sample, 1):
        verdict, seconds = held(file, mutant.applied(texts[file]))
        found[file, mutant] = verdict
        line = f"{number}/{len(sample)} {verdict} {seconds:.1f} s  {file}:{mutant}"
        print(line, flush=True)
        if log is not None and verdict == "held":
            with log.open("a") as file_of_survivors:
                file_of_survivors.write(f"{file}:{mutant}\n")
    return found


if __name__ == "__main__":
    sys.exit(main())
