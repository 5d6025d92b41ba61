"""An alert as sound, for who missed the disaster radio or cannot read: a file that was made once, served with ETag and ranges."""

from flask import Blueprint, Response, request

from broadcast.sending import ledger
from broadcast.sound import recording
from disaster.core.errors import Missing
from disaster.staff.guards import public

blueprint = Blueprint("audio", __name__)
KEPT_SECONDS = 86_400  # the words of a transmission never change


@blueprint.get("/alerts/<int:alert_id>/audio.wav")
@public
def wav(alert_id: int) -> Response:
    """The Japanese text of the disaster radio, read aloud once; 404 where there is none."""
    transmission = ledger.published(alert_id)
    path = recording.found(transmission) if transmission else None
    if path is None:
        raise Missing("このお知らせの音声はありません。")
    body = path.read_bytes()
    answer = Response(body, mimetype="audio/wav")
    answer.set_etag(path.stem)
    answer.cache_control.public, answer.cache_control.max_age = True, KEPT_SECONDS
    return answer.make_conditional(request, accept_ranges=True, complete_length=len(body))  # type: ignore[return-value]


def address(alert_id: int) -> str:
    """Where the sound of an alert is, or empty where there is none."""
    transmission = ledger.published(alert_id)
    return f"/alerts/{alert_id}/audio.wav" if transmission and recording.found(transmission) else ""
