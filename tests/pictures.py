"""The pictures of the README, each by the command that its users have: `make pictures`, or `python -m tests.pictures [NAME …]`.

A test holds what is in the repository against what the commands draw today.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

from cnndsl.files import write

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"

COMMANDS = {
    "lenet.svg": "diagram zoo:LeNet5 --style volumes",
    "resnet50.svg": "diagram zoo:resnet50 --level block --direction right",
    "unet.svg": "diagram zoo:UNet --level block",
    "inception.svg": "diagram examples/inception.cnn",
    "costs.svg": "diagram zoo:alexnet --style costs",
    "deeper.svg": "diagram zoo:resnet50 --diff zoo:resnet101 --level block --direction right",
    "growth.svg": "rf zoo:resnet50 --depth 2",
    "holes.svg": "rf examples/dilated.cnn conv2 --net Holes",
    "error.svg": "check tests/language/errors/e04_linear.cnn",
}
SHOTS = {"explorer.png": "report examples/lenet.cnn"}  # of a page in a browser
PRINTED = {"error.svg"}  # what a terminal shows, and no file of the command's

# ---- a terminal to SVG -------------------------------------------------------------

PAPER, INK = "#0d1117", "#e6edf3"
COLOURS = {"31": "#ff9b8f", "33": "#f0d264", "34": "#82bfff", "35": "#dda5ff", "36": "#7fdbe6", "2": "#adb5bf"}
STYLE = re.compile(r"\x1b\[([\d;]*)m")
SIZE, LINE, LETTER, MARGIN = 14, 20, 8.43, 20  # points: letters, lines, the width of a letter, around all


def terminal(command: str, text: str) -> str:
    """What a command prints in colours, and the command itself, as SVG with a description that is the text."""
    lines = [f"\x1b[2m$\x1b[0m \x1b[1m{command}\x1b[0m", "", *text.rstrip("\n").split("\n")]
    plain = [STYLE.sub("", line) for line in lines]
    width = 2 * MARGIN + LETTER * max(map(len, plain))
    height = 2 * MARGIN + LINE * len(lines)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}"'
    body = [f'<text x="{MARGIN}" y="{MARGIN + LINE * (at + 0.75):g}">{spans(line)}</text>' for at, line in enumerate(lines)]
    font = f'font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,DejaVu Sans Mono,monospace" font-size="{SIZE}"'
    return "\n".join(
        [
            f'{head} role="img" aria-labelledby="picture-title picture-words">',
            f'<title id="picture-title">{escape(command)}</title>',
            f'<desc id="picture-words">{escape(chr(10).join(plain))}</desc>',
            f'<rect width="100%" height="100%" rx="8" fill="{PAPER}"/>',
            f'<g fill="{INK}" {font}>',
            *body,
            "</g>",
            "</svg>",
            "",
        ]
    )


def spans(line: str) -> str:
    """A line with control sequences as pieces, each where its cells are, whatever font there is."""
    found: list[str] = []
    styles: set[str] = set()
    at = 0
    for number, piece in enumerate(STYLE.split(line)):
        if number % 2:
            styles = set() if piece in ("", "0") else styles | set(piece.split(";"))
        elif piece.strip():
            start = len(piece) - len(piece.lstrip())
            place = f'x="{MARGIN + LETTER * (at + start):g}" textLength="{LETTER * len(piece.strip()):g}"'
            weight = ' font-weight="bold"' if "1" in styles else ""
            colour = next((f' fill="{COLOURS[style]}"' for style in sorted(styles) if style in COLOURS), "")
            found.append(f"<tspan {place}{weight}{colour}>{escape(piece.strip()).replace(' ', chr(0xA0))}</tspan>")
        at += 0 if number % 2 else len(piece)
    return "".join(found)


# ---- making ------------------------------------------------------------------------


def make(name: str, folder: Path) -> None:
    """One picture, by its command, run as a user runs it."""
    words = COMMANDS[name].split()
    environment = os.environ | {"COLUMNS": "100", "PYTHONIOENCODING": "utf-8"}
    if name not in PRINTED:
        subprocess.run([sys.executable, "-m", "cnndsl", *words, "-o", folder / name, "--force"], cwd=ROOT, check=True)
        return
    command = [sys.executable, "-m", "cnndsl", *words, "--color", "always"]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    ran = subprocess.run(command, cwd=ROOT, env=environment, text=True, check=False, **streams)  # type: ignore[call-overload]
    write(folder / name, terminal(f"cnndsl {COMMANDS[name]}", ran.stdout), force=True)


# What is pointed at in the page of LeNet: a unit of the second pooling, with c3 chosen and its sliders out.
POINT = """() => {
  page.choose("c3");
  const card = page.explorer.cards.find((each) => each.node.path === "5");
  page.explorer.show({ card, place: [1, 2], channel: null }, true);
  return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
}"""


def shoot(name: str, folder: Path) -> None:
    """The explorer of a page, as a browser shows it; needs Playwright and Chromium."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with TemporaryDirectory() as work, sync_playwright() as started:
        page = Path(work) / "net.html"
        subprocess.run([sys.executable, "-m", "cnndsl", *SHOTS[name].split(), "-o", page], cwd=ROOT, check=True)
        browser = started.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1320, "height": 900}, device_scale_factor=1.5)
        tab.goto(page.as_uri())
        tab.evaluate(POINT)
        write(folder / name, tab.locator("#explorer").screenshot(), force=True)
        browser.close()


if __name__ == "__main__":
    for picture in sys.argv[1:] or (*COMMANDS, *SHOTS):
        (shoot if picture in SHOTS else make)(picture, DOCS)
        print(f"docs/{picture}")
