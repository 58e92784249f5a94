"""DOT text to a picture: the one module that runs graphviz' program `dot`."""

from __future__ import annotations

import re
import subprocess
import sys

from .diagnostics import Problem, did_you_mean

FORMATS = ("svg", "png", "pdf")
PROGRAM = "dot"
SECONDS = 60.0
UNDATED = re.compile(rb"(/CreationDate \(D:)\d{14}")  # of a PDF, which else would never be the same twice
INSTALL = {
    "Debian, Ubuntu": "sudo apt install graphviz",
    "Fedora": "sudo dnf install graphviz",
    "macOS": "brew install graphviz",
    "Windows": "winget install graphviz",
}
HOME = {"linux": "Debian, Ubuntu", "darwin": "macOS", "win32": "Windows"}


def render(source: str, format: str = "svg", seconds: float = SECONDS) -> bytes:
    """The picture of DOT text as SVG, PNG or PDF; the same text gives the same bytes on the same machine.

    Raises Problem: an unknown format, no `dot` on this machine (E0931), more time than `seconds` (E0932), or `dot` fails
    (E0933).
    """
    if format not in FORMATS:
        near = did_you_mean(format, FORMATS)
        help = f"did you mean {near}?" if near else f"it draws {', '.join(FORMATS)}; .dot is the text itself"
        raise Problem(f"graphviz draws no {format} here", code="E0001", help=help)
    try:
        done = subprocess.run(
            [PROGRAM, f"-T{format}"],
            input=source.encode(),
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except FileNotFoundError:
        raise missing() from None
    except subprocess.TimeoutExpired:
        raise slow(seconds) from None
    except OSError as error:
        raise Problem(f"graphviz cannot be started: {error.strerror}", code="E0933") from None
    if done.returncode or not done.stdout:
        raise failed(done.returncode, done.stderr.decode(errors="replace"))
    return UNDATED.sub(rb"\g<1>19700101000000", done.stdout) if format == "pdf" else done.stdout


def missing() -> Problem:
    """How graphviz is had, here first."""
    here = HOME.get(sys.platform)
    places = sorted(INSTALL, key=lambda place: place != here)
    return Problem(
        "graphviz is not installed: there is no program `dot`",
        code="E0931",
        notes=[f"{place}: {INSTALL[place]}" for place in places[1:]],
        help=f"{INSTALL[places[0]]}; or write the text of the picture, which needs no program: -o net.dot",
    )


def slow(seconds: float) -> Problem:
    return Problem(
        f"graphviz has not laid out the picture within {seconds:g} seconds",
        code="E0932",
        help="draw less: with --depth 1, or without --unfold; or write -o net.dot and lay that out with all the time it takes",
    )


def failed(code: int, said: str) -> Problem:
    if "not recognized" in said:
        help = "this graphviz comes without that format: install its full package, or choose svg"
    else:
        help = "write -o net.dot to see the text; -o net.svg needs least of graphviz"
    ended = f"ended with {code}" if code >= 0 else f"was ended by signal {-code}"
    return Problem(f"graphviz {ended}", code="E0933", notes=said.strip().splitlines()[:3], help=help)
