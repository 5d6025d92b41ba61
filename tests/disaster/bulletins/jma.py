"""A server on loopback that answers like the one of 気象庁, and can misbehave."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Handler = Callable[[BaseHTTPRequestHandler], None]


class Server:
    """Pages by path; each is bytes (with an ETag of its own) or a function that answers the request itself."""

    def __init__(self, http: ThreadingHTTPServer) -> None:
        self.url = f"http://127.0.0.1:{http.server_address[1]}"
        self.pages: dict[str, bytes | Handler] = {}
        self.asked: list[tuple[str, int]] = []

    def put(self, path: str, page: bytes | Handler) -> str:
        """Serve a page; the answer is its address."""
        self.pages[path] = page
        return self.url + path

    def paths(self) -> list[str]:
        """What was asked for since the last time."""
        found = [path for path, _ in self.asked]
        self.asked.clear()
        return found


@contextmanager
def serving() -> Iterator[Server]:
    """The server while the test runs."""

    class Request(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = server.pages.get(self.path)
            if callable(page):
                server.asked.append((self.path, 0))
                page(self)
                return
            status = 404 if page is None else 200
            etag = f'W/"{hash(page)}"'
            if page is not None and self.headers.get("If-None-Match") == etag:
                status = 304
            server.asked.append((self.path, status))
            self.send_response(status)
            self.send_header("ETag", etag)
            body = page if status == 200 and page else b""
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Request)
    http.daemon_threads = True
    server = Server(http)
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    yield server
    http.shutdown()
    http.server_close()
    thread.join()


def status(code: int, location: str = "") -> Handler:
    """An answer without a body."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        if location:
            request.send_header("Location", location)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer


def endless(request: BaseHTTPRequestHandler) -> None:
    """As much as the client takes, without saying how much."""
    request.send_response(200)
    request.end_headers()
    try:
        while True:
            request.wfile.write(b"<!-- -->" * 8192)
    except OSError:
        pass


def dripping(request: BaseHTTPRequestHandler) -> None:
    """One byte now and then."""
    request.send_response(200)
    request.send_header("Content-Length", "100000")
    request.end_headers()
    try:
        for _ in range(200):
            request.wfile.write(b" ")
            time.sleep(0.05)
    except OSError:
        pass


def cut_off(body: bytes) -> Handler:
    """Half of what was promised."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body[: len(body) // 2])
        request.close_connection = True

    return answer
