"""Networks of 1,000, 10,000 and 100,000 layers: CPU time and memory a layer, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys

SIZES = (1_000, 10_000, 100_000)
CHILD = """
import re, sys, time
from pathlib import Path
from tests.benchmarks.growth import program
from cnndsl.compiler import parse
parse("net N { input x: 4x8x8; Conv(4, 3, padding=1) -> ReLU; add { | in | Conv(4, 1) } }").net().layers
text = program(sys.argv[1], int(sys.argv[2]))
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
before = peak()
start = time.process_time()
net = parse(text).net(max_layers=10**9)
net.totals
used = time.process_time() - start
print(len(net.ir.layers), used, (peak() - before) * 1024)
"""


def program(kind: str, size: int) -> str:
    """The text of a network of about so many layers."""
    head = "net N {\n  input x: 4x8x8\n"
    conv = "Conv(4, 3, padding=1) -> ReLU"
    match kind:
        case "repeat":
            return f"{head}  {{ {conv} }} * {size // 2}\n}}"
        case "loop":
            return f"{head}  for i in 1..{size // 2} {{ conv$i: {conv} }}\n}}"
        case "nesting":  # blocks of blocks of blocks, ten each
            depth = len(str(size)) - 1
            blocks = [f"block B0 {{ {conv} }}"] + [
                f"block B{i} {{ B{i - 1} * {10 if i > 1 else 5} }}" for i in range(1, depth + 1)
            ]
            return "\n".join(blocks) + f"\n{head}  B{depth}\n}}"
        case "branches":  # merges of a hundred arms
            arms = "add { for j in 1..100 { | Conv(4, 1) } }"
            return f"{head}  for i in 1..{size // 101} {{ {arms} }}\n}}"
        case "written":
            return head + f"  {conv}\n" * (size // 2) + "}"
    raise ValueError(kind)


def run() -> None:
    print("Growth: text to all figures, CPU µs and bytes a layer (goal: 50 µs, 2,048 bytes; written-out text has its own line)")
    for kind in ("repeat", "loop", "nesting", "branches", "written"):
        for size in SIZES:
            child = subprocess.run([sys.executable, "-c", CHILD, kind, str(size)], capture_output=True, text=True, check=True)
            layers, used, grown = (float(word) for word in child.stdout.split())
            print(f"  {kind:9} {int(layers):8,} layers {used / layers * 1e6:7.1f} µs {grown / layers:7.0f} B")
    print()
