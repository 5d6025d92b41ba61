"""A log line is one line, in one form, with no personal data and no token."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from disaster.core import logs

LINE_ID = "U4af4980629a1b2c3d4e5f60718293a4b"


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def _lines(*, json: bool, say: object) -> list[str]:
    stream = io.StringIO()
    logs.configure("INFO", stream, json=json)
    say()  # type: ignore[operator]
    return stream.getvalue().splitlines()


@pytest.mark.parametrize("as_json", [True, False])
def test_a_line_end_that_somebody_typed_forges_no_second_entry(as_json: bool) -> None:
    typed = "山田\n2026-11-23 ERROR everything was sent\r\x1b[2J\u2028x"
    found = _lines(json=as_json, say=lambda: structlog.get_logger("t").info("refused", reason=typed))
    assert len(found) == 1
    assert "\x1b" not in found[0]


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize(
    "secret",
    ["taro.yamada+bousai@example.co.jp", "+819012345678", "090-1234-5678", "08012345678", "abcDEF_123-token", LINE_ID],
)
def test_addresses_numbers_and_tokens_are_masked_in_events_and_tracebacks(as_json: bool, secret: str) -> None:
    def say() -> None:
        log = logging.getLogger("plain")
        log.info(
            "failed for %s at /unsubscribe/%s and /staff/setup/%s?x",
            secret.replace("abcDEF", "/staff/setup/abcDEF"),
            secret,
            secret,
        )
        try:
            raise ValueError(
                f"could not reach {secret} of /unsubscribe/{secret}"
                if "@" in secret or secret == LINE_ID
                else f"/unsubscribe/{secret}"
            )
        except ValueError:
            log.exception("broken")

    assert secret not in "\n".join(_lines(json=as_json, say=say))


def test_json_lines_carry_time_level_logger_and_fields() -> None:
    (line,) = _lines(json=True, say=lambda: structlog.get_logger("sending").warning("channel down", channel="sms"))
    found = json.loads(line)
    assert {name: found[name] for name in ("event", "level", "logger", "channel")} == {
        "event": "channel down",
        "level": "warning",
        "logger": "sending",
        "channel": "sms",
    }
    assert found["timestamp"].endswith("Z")


def test_lower_levels_are_left_out() -> None:
    assert _lines(json=True, say=lambda: logging.getLogger("x").debug("detail")) == []


def test_an_error_keeps_its_traceback_under_its_line_on_a_terminal() -> None:
    def say() -> None:
        try:
            raise KeyError("缺")
        except KeyError:
            logging.getLogger("x").exception("broken")

    first, *rest = _lines(json=False, say=say)
    assert "broken" in first
    assert rest
    assert all(line.startswith("    | ") for line in rest)
