"""A process of one command: `python -m cnndsl`, and the installed `cnndsl`."""

import gc
import signal
import sys

from .cli import main

SELDOM = 200_000  # containers made between two collections; a small network with all that is imported for it makes 65,000


def run() -> int:
    """The command, with a garbage collector that keeps out of the way: it finds next to nothing in so short a life.

    Frozen objects are left out of the collection at the end of the process too, which takes as long as the analysis.
    """
    gc.set_threshold(SELDOM)
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name) and signal.getsignal(getattr(signal, name)) is signal.SIG_DFL:
            signal.signal(getattr(signal, name), ended)
    code = main()
    gc.freeze()
    return code


def ended(number: int, frame: object) -> None:
    """Told to end from outside: what is half written is taken away first, as with Ctrl-C."""
    raise SystemExit(128 + number)


if __name__ == "__main__":
    sys.exit(run())
