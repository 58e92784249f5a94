"""`python -m tests.benchmarks`: start-up, text to table, what units see, and growth, beside peers in the same run.

`modules` is run by its name alone: it takes ten minutes, and options (`modules --device cuda`).
"""

from __future__ import annotations

import sys

from . import growth, modules, sight, startup, tables

SECTIONS = {"startup": startup.run, "tables": tables.run, "sight": sight.run, "growth": growth.run}


def main() -> int:
    if sys.argv[1:2] == ["modules"]:
        modules.run(sys.argv[2:])
        return 0
    chosen = sys.argv[1:] or list(SECTIONS)
    unknown = [name for name in chosen if name not in SECTIONS]
    if unknown:
        print(f"no section {unknown[0]}; there are {', '.join(SECTIONS)}, modules", file=sys.stderr)
        return 2
    for name in chosen:
        SECTIONS[name]()
    return 0


sys.exit(main())
