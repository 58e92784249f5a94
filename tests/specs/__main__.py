"""`python -m tests.specs`: every published network beside torchvision's or one by hand.

A line each; exit code 1 where anything differs.

Words choose families or networks; `--write` does nothing but renew specs/README.md, which is otherwise compared.
"""

from __future__ import annotations

import argparse
import sys

from cnndsl import zoo
from cnndsl.report import summary

from . import page
from .checks import ALONE, BESIDE, BY_HAND, Check, applies
from .subject import Subject, subjects

TICK, CROSS, NONE = "✓", "✗", "–"
FORM = "  {:42} {:>13} {:>15} {:>12}  {}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make zoo", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="a family or a network; of none all")
    parser.add_argument("--write", action="store_true", help="renew specs/README.md")
    options = parser.parse_args()
    every = list(subjects())
    if options.write:
        page.PAGE.write_text(page.page(every), "utf-8")
        return 0
    chosen = [one for one in every if not options.names or {one.family, one.name} & set(options.names)]
    differing = sum([report(family, [one for one in chosen if one.family == family]) for family in zoo.entries()])
    if page.page(every) != page.PAGE.read_text("utf-8"):
        differing += 1
        print(f"\n{page.PAGE.name} is not up to date: make zoo ARGS=--write")
    print(f"\n{len(chosen)} networks, {differing or 'no'} difference{'s' * (differing != 1)}")
    return min(differing, 1)


def report(family: str, chosen: list[Subject]) -> int:
    """A family's networks, each as its checks are done; the number of differences."""
    if not chosen:
        return 0
    print(f"\n{family}: {zoo.entries()[family].about} · {page.lines(family, chosen)}", flush=True)
    print(FORM.format("network", "params", "MACs", "field", "  ".join([*ALONE, *BESIDE, *BY_HAND])))
    return sum([told(subject) for subject in chosen])


def told(subject: Subject) -> int:
    ticks, found = [], []
    for name, check in (ALONE | BESIDE | BY_HAND).items():
        said = answered(check, subject) if applies(name, subject) else None
        ticks.append((NONE if said is None else CROSS if said else TICK).center(len(name)))
        found += said or []
    _, _, _, params, macs, field, _ = summary(subject.network)
    print(FORM.format(str(subject), params, macs, "" if subject.heads else field, "  ".join(ticks)).rstrip())
    print("".join(f"      {line}\n" for line in found), end="", flush=True)
    return len(found)


def answered(check: Check, subject: Subject) -> list[str]:
    """What a check finds different; what keeps it from finding out is a difference too."""
    try:
        return list(check(subject))
    except Exception as error:
        return [f"{type(error).__name__}: {str(error).splitlines()[0]}"]


if __name__ == "__main__":
    sys.exit(main())
