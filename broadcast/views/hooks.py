"""Where providers report what became of a message, and pass on what residents answer. Machines call these: the proof is a signature,
not a session.
"""

import logging
from concurrent.futures import ThreadPoolExecutor

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from broadcast.channels import incoming_sms, line_webhook
from broadcast.channels.line_reply import LineReplies
from broadcast.channels.receipt import InvalidReceipt
from broadcast.channels.sms import parse_status_callback
from broadcast.proving import rehearsal
from broadcast.reports import receipts
from broadcast.subscribers import answering
from disaster.core.errors import Forbidden
from disaster.core.extensions import csrf
from disaster.core.settings import settings
from disaster.staff.guards import public

blueprint = Blueprint("hooks", __name__, url_prefix="/hooks")
csrf.exempt(blueprint)  # another proof stands in each view
_log = logging.getLogger("disaster.hooks")
_replies = ThreadPoolExecutor(2, thread_name_prefix="line-reply")  # LINE wants its answer before we have answered


@blueprint.post("/twilio/status")
@public
def twilio_status() -> ResponseReturnValue:
    """A status callback of Twilio. The signature covers the public address that Twilio called, so that is taken from the
    settings and never from the Host header; a report that is not ours to match is answered like any other."""
    try:
        receipt = parse_status_callback(_called(), request.form, _signature(), _token())
    except InvalidReceipt as error:
        raise _refused("a status callback", error) from None
    if not receipts.apply("sms", receipt):
        rehearsal.of_receipt("sms", receipt)
    return "", 204


@blueprint.post("/twilio/incoming")
@public
def twilio_incoming() -> ResponseReturnValue:
    """An SMS of a resident: STOP, START, HELP."""
    try:
        incoming = incoming_sms.parse(_called(), request.form, _signature(), _token())
    except InvalidReceipt as error:
        raise _refused("an incoming SMS", error) from None
    return Response(incoming_sms.answer(answering.sms(incoming)), mimetype="text/xml")


@blueprint.post("/line")
@public
def line() -> ResponseReturnValue:
    """Events of the LINE account. The signature is over the raw body; a call without events is LINE's own test."""
    config = settings()
    secret = config.line_channel_secret.get_secret_value()
    try:
        found = line_webhook.events(request.get_data(), request.headers.get("X-Line-Signature", ""), secret)
    except InvalidReceipt as error:
        raise _refused("a call of LINE", error) from None
    answers = LineReplies(config.line_channel_access_token.get_secret_value(), config.line_api_url)
    for event in found:
        said = answering.line(event)
        if said and event.reply_token:
            _replies.submit(answers.send, event.reply_token, said)
    return "", 200


def _called() -> str:
    query = request.query_string.decode("latin-1")
    return settings().link(request.path) + (f"?{query}" if query else "")


def _signature() -> str:
    return request.headers.get("X-Twilio-Signature", "")


def _token() -> str:
    return settings().twilio_auth_token.get_secret_value()


def _refused(what: str, error: InvalidReceipt) -> Forbidden:
    _log.warning("%s was refused: %s", what, error)
    return Forbidden("署名を確認できません。")
