"""手入力 (H11): what is entered on other people's pages by hand: 緊急速報メール, Lアラート; nothing here sends anything."""

from dataclasses import dataclass

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from broadcast.alert import content_json
from broadcast.cap.vocabulary import Mode
from broadcast.channels.contract import Message
from broadcast.lalert import document, fields, standing
from broadcast.lalert.names import NOT_CERTIFIED
from broadcast.models.alert import Transmission
from broadcast.texts import cell_mail
from broadcast.texts.cell_mail import Carrier
from broadcast.views import describing
from broadcast.views.sending import sent
from disaster.core.settings import settings
from disaster.staff.guards import require
from disaster.staff.permissions import Permission

blueprint = Blueprint("documents", __name__, url_prefix="/headquarters/alerts/<int:alert_id>")
shelters_blueprint = Blueprint("shelter_documents", __name__, url_prefix="/headquarters")
MOST = 2000  # letters that are taken from the form


@dataclass(frozen=True, slots=True)
class Typed:
    """Title and text as they stand on the page."""

    title: str
    body: str


@blueprint.get("/hand-entry")
@require(Permission.HEADQUARTERS_VIEW)
def hand_entry(alert_id: int) -> str:
    """The approved texts, field by field, to be copied."""
    _, transmission = sent(alert_id)
    message = _approved(transmission)
    return _page(alert_id, Typed(message.subject, message.body), checked=False)


@blueprint.post("/hand-entry")
@require(Permission.HEADQUARTERS_VIEW)
def check(alert_id: int) -> ResponseReturnValue:
    """Whether a text that somebody changed can be entered; it is kept nowhere and changes nothing."""
    typed = Typed(_typed("title"), _typed("body"))
    return _page(alert_id, typed, checked=True)


@blueprint.get("/lalert.xml")
@require(Permission.HEADQUARTERS_VIEW)
def lalert(alert_id: int) -> Response:
    """The document in the shape of Lアラート, as a file."""
    _, transmission = sent(alert_id)
    found = document.of(transmission)
    return _file(found.filename, found.body)


@shelters_blueprint.get("/lalert-shelters.xml")
@require(Permission.HEADQUARTERS_VIEW)
def shelters() -> Response:
    """避難所情報 as it stands now, as a file."""
    return _file(*standing.shelters())


def _file(name: str, body: bytes) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(body, mimetype="application/xml", headers=headers)


def _page(alert_id: int, typed: Typed, *, checked: bool) -> str:
    alert, transmission = sent(alert_id)
    message, drill = _approved(transmission), alert.mode == Mode.DRILL
    config = settings()
    carriers = cell_mail.carriers(config.cell_docomo_characters, config.cell_others_characters)
    longest = max(carrier.room(typed.title) for carrier in carriers)
    return render_template(
        "headquarters/hand_entry.html",
        alert=alert,
        heading=describing.heading_of(alert),
        typed=typed,
        title_limit=cell_mail.TITLE_LIMIT,
        changed=typed != Typed(message.subject, message.body),
        checked=checked,
        problems=cell_mail.problems(typed.title, typed.body, limit=longest, drill=drill),
        pages=[(carrier, _room(carrier, typed)) for carrier in carriers],
        lalert=fields.of(document.of(transmission).issue),
        not_certified=NOT_CERTIFIED,
        drill=drill,
        exercise=describing.band(alert),
    )


def _room(carrier: Carrier, typed: Typed) -> int:
    """Letters that are left on this carrier's page; negative where the text is too long."""
    return carrier.room(typed.title) - len(typed.body)


def _approved(transmission: Transmission) -> Message:
    return content_json.load_message(transmission.texts["cell_broadcast"]["ja"])


def _typed(name: str) -> str:
    return request.form.get(name, "").replace("\r\n", "\n").replace("\0", "")[:MOST]
