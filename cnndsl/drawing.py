"""DOT text to a picture: the one module that runs graphviz' program `dot`."""

from __future__ import annotations

import re
import subprocess
import sys
from html import escape

from .cells import clean
from .diagnostics import Problem, did_you_mean

FORMATS = ("svg", "png", "pdf")
PROGRAM = "dot"
SECONDS = 60.0
DOTS = 144  # of a PNG, per inch
TITLE = re.compile(r"<title>([^<]*)</title>\n")
NODE = re.compile(r'(<g id="[^"]*" class="node">\n)<title>[^<]*</title>\n(<g id="a_[^"]*"><a xlink:title="([^"]*)">)')
OTHER = re.compile(r'(<g id="[^"]*" class="(?:edge|cluster)">\n)<title>[^<]*</title>\n')
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
            [PROGRAM, f"-T{format}", *([f"-Gdpi={DOTS}"] if format == "png" else [])],
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


def described(picture: bytes, words: str) -> bytes:
    """An SVG of graphviz that a screen reader can tell: it is one image, its description is in words, and what is named in
    it are its nodes, by what pointing at them brings up, and not by graphviz' own numbers."""
    text = NODE.sub(r"\1<title>\3</title>\n\2", OTHER.sub(r"\1", picture.decode()))
    text = text.replace("<svg ", '<svg role="img" aria-labelledby="picture-title picture-words" ', 1)
    desc = f'<desc id="picture-words">{escape(clean(words))}</desc>\n'
    return TITLE.sub(lambda found: f'<title id="picture-title">{found[1]}</title>\n{desc}', text, count=1).encode()


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
