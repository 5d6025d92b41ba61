"""The service on loopback in this process, with a bad network in front of it: killed, answering for somebody else, losing its answers."""

import json
import shutil
import socket
import threading
from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from disaster.app import create_app
from disaster.core.extensions import db
from disaster.core.settings import Settings
from tests.registry.tablets.desk import private_key


class Fault(StrEnum):
    """What happens to calls of ``/api/``."""

    NONE = "none"
    PORTAL = "portal"  # a wireless network's sign-in page answers 200
    ERROR = "error"  # 500 in HTML, as a proxy would
    JUNK = "junk"  # JSON of somebody else
    LOST = "lost"  # the server did its work; the answer never arrives
    CUT = "cut"  # nothing arrives
    REFUSED = "refused"  # the server takes no entry


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Requests are not worth a line."""


class Site:
    """``with Site(folder, template) as site:``; ``site.url`` stays the same over ``stop()`` and ``start()``."""

    def __init__(self, folder: Path, template: Path) -> None:
        shutil.copy(template, folder / "disaster.sqlite")
        config = Settings(
            data_dir=folder, secret_key=SecretStr("test-secret"), data_key=SecretStr("0" * 64), jma_feeds=False
        )
        self.app = create_app(config.model_copy(update={"intake_private_key": SecretStr(private_key())}))
        self.fault = Fault.NONE
        self.only = "/api/"  # which addresses the fault concerns
        self.calls: list[str] = []  # addresses of the API, in order
        self.instead: dict[str, bytes] = {}  # other bytes for an address: a newer version of a file
        self.shelter = 0  # the one that the tests of a file use
        self._server: BaseWSGIServer | None = None
        self._port = 0

    def __enter__(self) -> "Site":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        with self.app.app_context():
            db.engine.dispose()

    @property
    def running(self) -> bool:
        """Whether it listens."""
        return self._server is not None

    @property
    def url(self) -> str:
        """The address without a slash at the end."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Listen, on the same port as before."""
        self._server = make_server("127.0.0.1", self._port, self._answer, threaded=True, request_handler=_Quiet)
        self._port = self._server.port
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        """As if the machine were switched off."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def well(self) -> None:
        """No fault any more."""
        self.fault, self.only = Fault.NONE, "/api/"

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.startswith("/api/"):
            self.calls.append(path)
            if path.startswith(self.only) and self.fault != Fault.NONE:
                return self._spoiled(environ, start_response)
        if path in self.instead:
            kind = "text/html" if path.endswith("/") else "text/javascript"
            start_response("200 OK", [("Content-Type", f"{kind}; charset=utf-8"), ("Cache-Control", "no-cache")])
            return [self.instead[path]]
        return self.app(environ, start_response)

    def _spoiled(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if self.fault in (Fault.LOST, Fault.CUT):
            if self.fault == Fault.LOST:
                body = self.app(environ, lambda *_: lambda _: None)
                b"".join(body)
                getattr(body, "close", lambda: None)()
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise ConnectionResetError
        if self.fault == Fault.REFUSED:
            sent = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
            results = [
                {"id": item["id"], "status": "INVALID", "why": "この避難所はありません。"} for item in sent["items"]
            ]
            start_response("200 OK", [("Content-Type", "application/json")])
            return [json.dumps({"app": "disaster-intake", "results": results}).encode()]
        status, kind, body_ = {
            Fault.PORTAL: ("200 OK", "text/html", b"<!doctype html><title>Free Wi-Fi</title>Welcome"),
            Fault.ERROR: ("500 Internal Server Error", "text/html", b"<h1>Oops</h1>"),
            Fault.JUNK: ("200 OK", "application/json", json.dumps({"app": "other", "results": []}).encode()),
        }[self.fault]
        start_response(status, [("Content-Type", kind)])
        return [body_]
