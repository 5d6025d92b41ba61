"""What Twilio reports of a call: its progress, who or what answered, and the key that was pressed. The signature comes first."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qs, urlsplit

from twilio.request_validator import RequestValidator

from broadcast.channels.receipt import InvalidReceipt

UNDERSTOOD, AGAIN = "1", "2"  # in a call of ours
REPEAT, LANGUAGE = "1", "9"  # in a call to us; 2, or no key at all, goes on to the next message


class Progress(StrEnum):
    """What a report says of a call."""

    UNDER_WAY = "under_way"  # it waits, rings, or somebody listens
    ANSWERED = "answered"  # it is over, and somebody or a machine had answered
    MISSED = "missed"  # it is over, and nobody had


_PROGRESS = {
    "queued": Progress.UNDER_WAY,
    "initiated": Progress.UNDER_WAY,
    "ringing": Progress.UNDER_WAY,
    "in-progress": Progress.UNDER_WAY,
    "completed": Progress.ANSWERED,
    "busy": Progress.MISSED,
    "no-answer": Progress.MISSED,
    "failed": Progress.MISSED,
    "canceled": Progress.MISSED,
}
ENDS = tuple(status for status, progress in _PROGRESS.items() if progress is not Progress.UNDER_WAY)


def of_call(status: str) -> Progress:
    """The meaning of Twilio's word.

    Raises:
        KeyError: Twilio has no such word.
    """
    return _PROGRESS[status]


@dataclass(frozen=True, slots=True)
class CallReport:
    """One report on a call; it may come twice and in any order. ``status`` is Twilio's word, ``reference`` our delivery's UUID where the
    report carries it, ``machine`` whether an answering machine or a fax took the call."""

    sid: str
    reference: str
    status: str
    progress: Progress
    machine: bool = False

    @property
    def source_id(self) -> str:
        """The name of the event, so that it counts once."""
        return source_id(self.sid, self.status)

    @classmethod
    def of(cls, sid: str, reference: str, status: str, *, answered_by: str = "") -> "CallReport | None":
        """A report from Twilio's words; None for a word that is not known."""
        if not sid or status not in _PROGRESS:
            return None
        return cls(sid, reference, status, _PROGRESS[status], machine=answered_by.startswith(("machine", "fax")))


@dataclass(frozen=True, slots=True)
class KeyPress:
    """A key that was pressed in a call of ours."""

    sid: str
    reference: str
    key: str


def source_id(sid: str, what: str) -> str:
    """The name of one event of a call."""
    return f"twilio:{sid}:{what}"


def check(url: str, form: Mapping[str, str], signature: str, auth_token: str) -> None:
    """Believe the request.

    ``url`` is the exact public address that Twilio called, with its query (from the settings, never from the Host header).

    Raises:
        InvalidReceipt: the signature is wrong.
    """
    if not auth_token or not RequestValidator(auth_token).validate(url, form, signature):
        raise InvalidReceipt("wrong signature")


def parse_status(url: str, form: Mapping[str, str]) -> CallReport:
    """A status callback of a call that was checked.

    Raises:
        InvalidReceipt: it is none.
    """
    report = CallReport.of(
        form.get("CallSid", ""), reference_in(url), form.get("CallStatus", ""), answered_by=form.get("AnsweredBy", "")
    )
    if report is None:
        raise InvalidReceipt("not a status callback of a call")
    return report


def parse_machine(url: str, form: Mapping[str, str]) -> tuple[str, str, bool]:
    """Call, reference, and whether a machine answered: the result of the detection in the background.

    Raises:
        InvalidReceipt: it is none.
    """
    sid, by = form.get("CallSid", ""), form.get("AnsweredBy", "")
    if not sid or not by:
        raise InvalidReceipt("not a result of machine detection")
    return sid, reference_in(url), by.startswith(("machine", "fax"))


def parse_key(url: str, form: Mapping[str, str]) -> KeyPress:
    """A key press in a call that was checked; ``key`` is empty where none came.

    Raises:
        InvalidReceipt: it belongs to no call.
    """
    sid = form.get("CallSid", "")
    if not sid:
        raise InvalidReceipt("not a key press")
    return KeyPress(sid, reference_in(url), form.get("Digits", "")[:1])


def reference_in(url: str) -> str:
    """Our reference in the address that was called."""
    return parse_qs(urlsplit(url).query).get("reference", [""])[0]
