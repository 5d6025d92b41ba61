"""Log lines: one event, one line, no personal data and no token in it.

JSON where a machine reads, plain text on a terminal. What a person typed can end up in an exception's text, so every line passes
the mask at the end as well; the rule for code remains to log identifiers and never names, addresses or telephone numbers.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from structlog.typing import Processor

_MASKS = (
    (re.compile(r"/(unsubscribe|set-?up|invitation)/[^/\s\"'?]+"), r"/\1/***"),
    (re.compile(r"/subscribe/(mine|confirm|wait)/[^/\s\"'?]+"), r"/subscribe/\1/***"),
    (re.compile(r"[\w.+%-]+@[\w-]+(\.[\w-]+)+"), "***@***"),
    (re.compile(r"\+81\d{9,10}\b|\b0\d{1,4}-\d{1,4}-\d{4}\b|\b0[5-9]0\d{8}\b"), "***"),
    (re.compile(r"\bU[0-9a-f]{32}\b"), "***"),  # a person's id at LINE
)
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\t"} | {
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}

# JSON's own writer leaves these as they are, and some readers end a line at them.
_JSON_CONTROL = {code: f"\\u{code:04x}" for code in (*range(0x7F, 0xA0), 0x2028, 0x2029)}


def masked(text: str) -> str:
    """The text with mail addresses, telephone numbers of Japan and secret path parts replaced by stars."""
    for pattern, stars in _MASKS:
        text = pattern.sub(stars, text)
    return text


def one_line(text: str) -> str:
    """The text on one line: a line end or escape sequence that somebody typed cannot forge a second entry."""
    return text.translate(_CONTROL).replace("\n", "\\n")


def _clean(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = masked(value)
    return event


def _json(logger: Any, name: str, event: MutableMapping[str, Any]) -> str:
    return str(structlog.processors.JSONRenderer(ensure_ascii=False)(logger, name, event)).translate(_JSON_CONTROL)


def _plain_text(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> str:
    head = f"{event.pop('timestamp', '')} {event.pop('level', ''):<7} {one_line(str(event.pop('event', '')))}"
    trace = str(event.pop("exception", ""))
    fields = "".join(
        f" {name}={one_line(str(value))}" for name, value in sorted(event.items()) if not name.startswith("_")
    )
    return head + fields + "".join(f"\n    | {line.translate(_CONTROL)}" for line in trace.splitlines())


def formatter(*, json: bool) -> logging.Formatter:
    """The formatter of every handler; takes events of structlog and of the standard library alike."""
    last: Processor = _json if json else _plain_text
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_CHAIN,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _clean,
            last,
        ],
    )


_CHAIN: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure(level: str = "INFO", stream: TextIO | None = None, *, json: bool | None = None) -> None:
    """Send every log line of this process to one stream (standard error).

    Args:
        level: the lowest level that is written.
        stream: where to write.
        json: one JSON object a line; where it is not said, JSON unless the stream is a terminal.
    """
    stream = stream or sys.stderr
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter(json=not stream.isatty() if json is None else json))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    logging.getLogger("alembic").setLevel("WARNING")  # tells about itself at every look at the tables
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *_CHAIN, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
