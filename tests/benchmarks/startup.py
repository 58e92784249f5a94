"""CPU time and peak memory of `cnndsl analyze examples/lenet.cnn` beside `import torch`, whole processes in turn."""

from __future__ import annotations

import os
import subprocess
import sys
from statistics import median

RUNS = 7
OURS = [sys.executable, "-m", "cnndsl", "analyze", "examples/lenet.cnn"]
TORCH = [sys.executable, "-c", "import torch"]
# Bytecode is kept, as it is wherever the package is installed; the first turn writes it, and lark's tables.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def run() -> None:
    print("Start-up: whole processes in turn, medians of", RUNS)
    rows: dict[str, list[tuple[float, float]]] = {"cnndsl analyze": [], "import torch": []}
    for turn in range(RUNS + 1):
        for name, command in zip(rows, (OURS, TORCH), strict=True):
            used = measured(command)
            if turn:  # the first warms the disk's cache, too
                rows[name].append(used)
    ours, torch = ([median(column) for column in zip(*runs, strict=True)] for runs in rows.values())
    share = median(theirs[0] / mine[0] for mine, theirs in zip(*rows.values(), strict=True))  # in turn: the machine is shared
    print(f"  cnndsl analyze examples/lenet.cnn {ours[0] * 1e3:8.0f} ms CPU {ours[1]:7.1f} MB peak")
    print(f"  import torch                      {torch[0] * 1e3:8.0f} ms CPU {torch[1]:7.1f} MB peak")
    print(f"  share of torch's: time 1/{share:.1f} (goal 1/8), memory 1/{torch[1] / ours[1]:.1f} (goal 1/4)\n")


def measured(command: list[str]) -> tuple[float, float]:
    """CPU seconds and peak megabytes of a process, by the operating system's account."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=ENVIRONMENT)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
