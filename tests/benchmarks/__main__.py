"""`python -m tests.benchmarks`: start-up, text to table, what units see, and growth, beside peers in the same run.

`modules` and `training` are run by their names alone: they take minutes, and options (`modules --device cuda`).
"""

from __future__ import annotations

import sys

from . import growth, modules, sight, startup, tables, training

SECTIONS = {"startup": startup.run, "tables": tables.run, "sight": sight.run, "growth": growth.run}


def main() -> int:
    if sys.argv[1:2] in (["modules"], ["training"]):
        {"modules": modules, "training": training}[sys.argv[1]].run(sys.argv[2:])
        return 0
    chosen = sys.argv[1:] or list(SECTIONS)
    unknown = [name for name in chosen if name not in SECTIONS]
    if unknown:
        print(f"no section {unknown[0]}; there are {', '.join(SECTIONS)}; modules, training", file=sys.stderr)
        return 2
    for name in chosen:
        SECTIONS[name]()
    return 0


sys.exit(main())
