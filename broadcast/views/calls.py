"""Where Twilio tells of calls and asks what to say next. Machines call these: the proof is a signature, not a session.

No number of a caller is read, kept or logged.
"""

import logging
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from broadcast.cap.vocabulary import Language, Mode
from broadcast.channels import call_reports, registry, twiml
from broadcast.channels.contract import Message
from broadcast.channels.receipt import InvalidReceipt
from broadcast.channels.voice import VoiceChannel
from broadcast.proving import rehearsal
from broadcast.reports import calls
from broadcast.sound import listening
from broadcast.texts import telephone
from disaster.core.errors import Forbidden, Missing
from disaster.core.extensions import csrf
from disaster.core.settings import settings
from disaster.staff.guards import public

blueprint = Blueprint("calls", __name__, url_prefix="/hooks/twilio")
csrf.exempt(blueprint)  # another proof stands in each view
_log = logging.getLogger("disaster.hooks")
_T = TypeVar("_T")


@blueprint.post("/call/status")
@public
def status() -> tuple[str, int]:
    """How a call goes. One that is none of ours is answered like any other."""
    report = _believed(call_reports.parse_status)
    if not calls.reported(report):
        rehearsal.of_call(report)
    return "", 204


@blueprint.post("/call/machine")
@public
def machine() -> tuple[str, int]:
    """Whether a machine answered."""
    sid, reference, by_machine = _believed(call_reports.parse_machine)
    if by_machine:
        calls.taken_by_machine(sid, reference)
    return "", 204


@blueprint.post("/call/key")
@public
def key() -> Response:
    """A key in a call: 1 is the confirmation, anything else has the message said again."""
    press = _believed(call_reports.parse_key)
    message = calls.words(press.reference)
    if message is None:
        return _answer(twiml.farewell(telephone.GOODBYE[Language.JA], _channel().voice(Language.JA)))
    if press.key == call_reports.UNDERSTOOD:
        calls.pressed(press)
        return _answer(twiml.farewell(_thanks(message), _channel().voice(message.language)))
    first = () if press.key == call_reports.AGAIN else telephone.NO_SUCH_KEY[Language(message.language)]
    return _answer(_channel().document(message, press.reference, first=first))


@blueprint.post("/listen")
@public
def listen() -> Response:
    """Somebody called to hear what the disaster radio said. Who, is not looked at."""
    key = _believed(lambda _url, form: form.get("Digits", "")[:1])
    heard = listening.after(_place(), key)
    language, voice = heard.place.language, _channel().voice
    if not heard.place.transmission_id:
        return _answer(twiml.farewell(heard.words, voice(language)))
    here = settings().link(f"{request.path}?{urlencode({'at': heard.place.transmission_id, 'lang': language.value})}")
    other = telephone.NEXT_LANGUAGE[language]
    parts = [
        ((*heard.words, telephone.menu(language, more=heard.more)), voice(language)),
        ((telephone.OTHER_LANGUAGE[language],), voice(other)),
    ]
    closing = (telephone.GOODBYE[language], voice(language))
    return _answer(twiml.menu(parts, here, then=here if heard.more else "", closing=closing))


def _place() -> listening.Place:
    """Where the caller stands, from our own address; anything else begins anew."""
    known = {language.value for language in Language}
    language = request.args.get("lang", "")
    return listening.Place(
        max(0, request.args.get("at", 0, type=int)), Language(language) if language in known else Language.JA
    )


def _thanks(message: Message) -> tuple[str, ...]:
    return (*telephone.THANKS[Language(message.language)], *message.extra["closing"].split("\n"))


def _channel() -> VoiceChannel:
    """The real channel: it knows the voices and our own address.

    Raises:
        Missing: this installation makes no calls.
    """
    channel = registry.channels(Mode.LIVE).get(calls.CHANNEL)
    if not isinstance(channel, VoiceChannel):
        raise Missing("電話は使われていません。")
    return channel


def _believed(parse: Callable[..., _T]) -> _T:
    """What Twilio posted, once its signature over the public address was checked.

    Raises:
        Forbidden: it is not from Twilio, or not to be understood.
    """
    query = request.query_string.decode("latin-1")
    url = settings().link(request.path) + (f"?{query}" if query else "")
    token = settings().twilio_auth_token.get_secret_value()
    try:
        call_reports.check(url, request.form, request.headers.get("X-Twilio-Signature", ""), token)
        return parse(url, request.form)
    except InvalidReceipt as error:
        _log.warning("a report on a call was refused: %s", error)
        raise Forbidden("署名を確認できません。") from None


def _answer(document: str) -> Response:
    return Response(document, mimetype="text/xml", headers={"Cache-Control": "no-store"})
