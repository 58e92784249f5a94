"""Show that page live: it follows the file as you edit it."""

from __future__ import annotations

import threading
import time
import webbrowser
from argparse import Namespace
from contextlib import suppress

from .. import serving
from ..options import Parser, Usage, add_depth, add_net, count
from ..pages import Watched
from ..request import program
from ..terminal import Terminal

EXAMPLES = ("cnndsl serve net.cnn", "cnndsl serve net.cnn --net Big --port 9000 --open")
OFTEN = 0.1  # seconds between two looks at the files
SETTLED = 0.03  # until an editor that empties a file first has written it


def declare(parser: Parser) -> None:
    add_net(parser)
    add_depth(parser, "diagram: one box for all that lies deeper than so many labels")
    parser.add_argument("--port", metavar="N", type=count("--port"), help=f"to listen on (else {serving.USUAL}, or a free one)")
    parser.add_argument("--open", action="store_true", help="open it in the browser")


def run(options: Namespace, terminal: Terminal) -> int:
    """Until Ctrl-C; for this machine alone."""
    if options.file == "-":
        raise Usage("standard input cannot be followed", "name a file")
    program(options.file, terminal)  # what is not there at first may be a slip of the pen; what goes later may come back
    watched = Watched(options, terminal)
    start = f"{time.time_ns()}"
    board = serving.Board(watched.page(start), start)
    with serving.server(board, options.port) as server, suppress(KeyboardInterrupt):
        threading.Thread(target=follow, args=(watched, board), daemon=True).start()
        terminal.say(f"{options.file} is shown at {server.address} (Ctrl-C ends)")
        if options.open:
            webbrowser.open(server.address)
        server.serve_forever()
    terminal.say("ended")
    return 0


def follow(watched: Watched, board: serving.Board) -> None:
    while True:
        time.sleep(OFTEN)
        if watched.has_changed():
            time.sleep(SETTLED)
            revision = f"{time.time_ns()}"
            board.put(watched.page(revision), revision)
