"""A page to the browsers of this machine, and a word to them whenever it has changed: HTTP on loopback alone."""

from __future__ import annotations

import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import BaseServer

from .options import Usage

HOME = "127.0.0.1"
USUAL = 8713  # the port, where it is free
PATIENCE = 10.0  # seconds after which a word goes to a browser that waits, so that one that has gone is noticed


class Board:
    """What is shown now: a page and its revision; those who wait for the next one are told."""

    def __init__(self, text: str, revision: str) -> None:
        self.text, self.revision = text, revision
        self.changed = threading.Condition()

    def put(self, text: str, revision: str) -> None:
        with self.changed:
            self.text, self.revision = text, revision
            self.changed.notify_all()

    def after(self, revision: str) -> str:
        """The revision once it is another one than that, or the same where nothing has changed for a while."""
        with self.changed:
            self.changed.wait_for(lambda: self.revision != revision, PATIENCE)
            return self.revision


class Server(ThreadingHTTPServer):
    """Serves one board; Ctrl-C waits for no browser."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, board: Board, port: int) -> None:
        self.board = board
        super().__init__((HOME, port), Handler)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def address(self) -> str:
        return f"http://{HOME}:{self.port}/"

    def is_meant(self, host: str | None) -> bool:
        """Whether a request is for this machine by its own names: a page elsewhere whose name leads here is not answered."""
        return host in {f"{name}:{self.port}" for name in (HOME, "localhost")}

    def handle_error(self, request: object, client_address: object) -> None:
        """A browser that has gone is no mistake."""


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: BaseServer
    server_version = "cnndsl"
    sys_version = ""

    def do_GET(self) -> None:
        assert isinstance(self.server, Server)
        if not self.server.is_meant(self.headers.get("Host")):
            self.send_error(HTTPStatus.FORBIDDEN, "not for this host")
        elif self.path == "/":
            self.page(self.server.board)
        elif self.path == "/events":
            self.events(self.server.board)
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def page(self, board: Board) -> None:
        content = board.text.encode()
        self.begin("text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def events(self, board: Board) -> None:
        """A line with the revision whenever there is a new one, and from time to time."""
        self.begin("text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        revision = board.revision
        while True:
            self.wfile.write(f"data: {revision}\n\n".encode())
            self.wfile.flush()
            revision = board.after(revision)

    def begin(self, kind: str) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads along."""


def server(board: Board, port: int | None) -> Server:
    """A server on this port, by default on the usual one or, where that is taken, on any; raises Usage."""
    try:
        return Server(board, USUAL if port is None else port)
    except OverflowError:
        raise Usage(f"there is no port {port}", "ports go up to 65535") from None
    except OSError as error:
        if port is None:
            return Server(board, 0)
        why = (error.strerror or str(error)).lower()
        raise Usage(f"port {port} cannot be had: {why}", "choose another, or leave --port away for one that is free") from None
