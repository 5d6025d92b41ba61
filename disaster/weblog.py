"""Log of the web server: who asked stays unknown, what was asked is written without query and tokens."""

import logging
import sys
from datetime import timedelta
from typing import Any

from gunicorn.glogging import Logger

from disaster.core import logs


class WebLog(Logger):  # type: ignore[misc]
    """gunicorn's logger in the service's own form; a healthy ``/health`` is not worth a line."""

    def setup(self, cfg: Any) -> None:
        """Set both of gunicorn's loggers up once more with our formatter."""
        super().setup(cfg)
        form = logs.formatter(json=not sys.stderr.isatty())
        for log in (self.error_log, self.access_log):
            for handler in log.handlers:
                handler.setFormatter(form)

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: timedelta) -> None:
        """One line for one request: method, path, status, bytes, milliseconds; no address of the caller, no query."""
        path, status = str(environ.get("PATH_INFO", "")), str(resp.status).split(" ", 1)[0]
        if path == "/health" and status == "200":
            return
        sent, took = getattr(resp, "sent", 0) or 0, int(request_time.total_seconds() * 1000)
        words = (environ.get("REQUEST_METHOD", "-"), logs.one_line(path), status, sent, took)
        if self.access_log.isEnabledFor(logging.INFO):
            self.access_log.info("%s %s %s %s bytes %s ms", *words)
