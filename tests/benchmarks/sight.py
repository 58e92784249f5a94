"""What units see: windows of every unit of ResNet-50, the support of one, and what the field column adds to `analyze`."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from statistics import median
from types import SimpleNamespace
from unittest.mock import patch

import cnndsl
from cnndsl import Network, analysis
from cnndsl.analyses import receptive_field
from cnndsl.analysis import Findings, Setting
from cnndsl.graph import Graph

from .tables import NETS, PROGRAMS, ours, timed

RUNS = 9
NET = "ResNet50"
WINDOWS, SUPPORT, ADDED = 1, 0.5, 25  # goals: seconds, seconds, per cent


def run() -> None:
    print(f"What units see, {NET} at 224×224: CPU ms, medians of", RUNS)
    said(f"windows of all {units():,} units of all layers", every_window, WINDOWS)
    said("support of one unit of layer4", one_support, SUPPORT)
    print("What the field column adds to text to full table: medians of pairs with and without, in turn")
    for file, net, _, _ in NETS:
        text = (PROGRAMS / f"{file}.cnn").read_text("utf-8")
        pairs = [(timed(partial(ours, text, net)), timed(partial(without_fields, text, net))) for _ in range(2 * RUNS + 1)][1:]
        added = sorted(100 * (a / b - 1) for a, b in pairs)
        low, high = added[len(added) // 4], added[-len(added) // 4]
        print(f"  {net:12} {median(added):5.1f} % (half of them {low:.1f}–{high:.1f}; goal {ADDED})")
    print()


def said(what: str, ask: Callable[[Network], object], goal: float) -> None:
    """Times a question, each time of a network that has not been asked."""
    times = []
    for _ in range(RUNS + 1):
        fresh = network()
        start = time.process_time()
        ask(fresh)
        times.append(time.process_time() - start)
    found = median(times[1:])
    print(f"  {what:50} {found * 1e3:7.0f} ms (goal {goal * 1e3:.0f})")


def network() -> Network:
    return cnndsl.load(PROGRAMS / "resnet.cnn").net(NET)


def every_window(net: Network) -> object:
    return [net.window(layer.path) for layer in net]


def one_support(net: Network) -> object:
    return net.support("layer4", 0, 3, 3)


def units() -> int:
    return sum(first[0].size for first, _ in every_window(network()))  # type: ignore[attr-defined]


def without_fields(text: str, net: str) -> str:
    """The table with nothing in the column."""
    others = [one for one in analysis.known() if one is not receptive_field]
    with patch.object(analysis, "known", lambda: (*others, SimpleNamespace(analyse=nothing))):
        return ours(text, net)


def nothing(graph: Graph, setting: Setting) -> Findings:
    totals = dict.fromkeys(("feature_map", "field", "coverage"))
    return Findings({"rf": [None] * len(graph.nodes)}, totals)
