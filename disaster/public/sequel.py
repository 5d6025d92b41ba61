"""What became of an alert that was published: people open the link of an old message, and must not obey what was taken back."""

from dataclasses import dataclass

from broadcast.alert import content_json
from broadcast.cap.vocabulary import Kind
from broadcast.models.alert import Transmission
from broadcast.sending import ledger
from broadcast.texts.wording import is_cancel, withdrawn_kind


@dataclass(frozen=True, slots=True)
class Sequel:
    """The newest alert of the row and, as a key of the phrases, what it did: ``lifted``, ``withdrawn`` or ``overtaken``."""

    alert_id: int
    said: str


def of(alert_id: int) -> Sequel | None:
    """The end of the row of follow-ups; None while the alert is the newest itself."""
    newest: Transmission | None = None
    while later := ledger.follow_up_of(newest.alert_id if newest else alert_id):
        newest = later
    return Sequel(newest.alert_id, _said(newest)) if newest else None


def _said(newest: Transmission) -> str:
    content = content_json.load(newest.content)
    if is_cancel(content):
        return "overtaken" if withdrawn_kind(content) is Kind.LIFT else "withdrawn"
    return "lifted" if content.kind is Kind.LIFT else "overtaken"
