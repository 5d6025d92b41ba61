"""Where providers report what became of a message. Machines call these: the proof is a signature, not a session."""

import logging

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from broadcast import receipts, rehearsal
from broadcast.channels.receipt import InvalidReceipt
from broadcast.channels.sms import parse_status_callback
from disaster.core.errors import Forbidden
from disaster.core.extensions import csrf
from disaster.core.settings import settings
from disaster.staff.guards import public

blueprint = Blueprint("hooks", __name__, url_prefix="/hooks")
csrf.exempt(blueprint)  # another proof stands in each view
_log = logging.getLogger("disaster.hooks")


@blueprint.post("/twilio/status")
@public
def twilio_status() -> ResponseReturnValue:
    """A status callback of Twilio. The signature covers the public address that Twilio called, so that is taken from the
    settings and never from the Host header; a report that is not ours to match is answered like any other."""
    query = request.query_string.decode("latin-1")
    url = settings().link(request.path) + (f"?{query}" if query else "")
    token = settings().twilio_auth_token.get_secret_value()
    try:
        receipt = parse_status_callback(url, request.form, request.headers.get("X-Twilio-Signature", ""), token)
    except InvalidReceipt as error:
        _log.warning("a status callback was refused: %s", error)
        raise Forbidden("署名を確認できません。") from None
    if not receipts.apply("sms", receipt):
        rehearsal.of_receipt("sms", receipt)
    return "", 204
