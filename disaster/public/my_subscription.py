"""Changing and leaving: the page behind a person's own link, the one-click link of every mail, and the way to get the link again."""

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from broadcast.cap.vocabulary import Language
from broadcast.subscribers import asking, subscriptions
from broadcast.subscribers.asking import TooMany, Wish
from broadcast.subscribers.enrolment import Choice
from broadcast.subscribers.subscriptions import Mine
from disaster.core.extensions import csrf
from disaster.public import look, same_origin, subscribe_form
from disaster.public.language import chosen
from disaster.public.subscribe import PRIVATE, SECRET, client, page, to_waiting
from disaster.public.subscribe_form import Given
from disaster.staff.guards import public

blueprint = Blueprint("my_subscription", __name__)
csrf.exempt(blueprint)  # the secret in the address is the proof; the form without one has another check


@blueprint.get("/subscribe/mine")
@public
def find() -> ResponseReturnValue:
    """Whoever lost the link gets it at the address that is subscribed."""
    return _find(Given())


@blueprint.post("/subscribe/mine")
@public
def send_link() -> ResponseReturnValue:
    """Send it; the answer is the same whether the address is subscribed or not."""
    same_origin.check()
    offered, language = subscribe_form.offered(by_message_only=True), _language()
    given = subscribe_form.read(request.form, offered, with_choice=False, with_address=True)
    if given.errors:
        return _find(given, 422)
    try:
        handle = asking.ask(Wish(asking.MANAGE, given.channel, given.address, language, client()))
    except TooMany as error:
        given.errors["all"] = f"too_many_{error.who}"
        return _find(given, 429)
    return to_waiting(handle, language)


@blueprint.get("/subscribe/mine/<secret>")
@public
def show(secret: str) -> ResponseReturnValue:
    """What the person has, and what can be changed."""
    mine = subscriptions.mine(secret)
    return _over() if mine is None else _mine(mine, subscribe_form.standing(mine.choice))


@blueprint.post("/subscribe/mine/<secret>")
@public
def change(secret: str) -> ResponseReturnValue:
    """Another choice from now on."""
    mine = subscriptions.mine(secret)
    if mine is None:
        return _over()
    given = subscribe_form.read(request.form, (), with_choice=True, with_address=False)
    if given.errors:
        return _mine(mine, given, 422)
    subscriptions.change(secret, given.choice)
    return _back(secret, "saved", Language(given.language))


@blueprint.post("/subscribe/mine/<secret>/add")
@public
def add(secret: str) -> ResponseReturnValue:
    """A further address of the same person, which is asked like any other."""
    mine = subscriptions.mine(secret)
    if mine is None:
        return _over()
    given = subscribe_form.read(request.form, subscribe_form.offered(), with_choice=False, with_address=True)
    if given.errors:
        return _mine(mine, _with_choice(given, mine.choice), 422)
    standby = given.standby and given.channel == "voice"
    wish = Wish(
        purpose=asking.ADD,
        channel=given.channel,
        address=given.address,
        language=mine.choice.language,
        client=client(),
        standby=standby,
        subscriber_id=mine.subscriber_id,
    )
    try:
        return to_waiting(asking.ask(wish), _language(mine.choice.language))
    except TooMany as error:
        given.errors["all"] = f"too_many_{error.who}"
        return _mine(mine, _with_choice(given, mine.choice), 429)


@blueprint.post("/subscribe/mine/<secret>/leave")
@public
def leave_some(secret: str) -> ResponseReturnValue:
    """Stop one address of the person, or all of them."""
    which = request.form.get("contact", "")
    if which == "all":
        subscriptions.leave_altogether(secret)
    elif which.isascii() and which.isdigit() and len(which) < 16:
        subscriptions.leave_with(secret, int(which))
    return _back(secret, "stopped", None)


@blueprint.get("/unsubscribe/<token>")
@public
def leaving(token: str) -> ResponseReturnValue:
    """The question behind the link of every mail; the same page for a link that is nobody's."""
    return _leave(token, done=False)


@blueprint.post("/unsubscribe/<token>")
@public
def leave(token: str) -> ResponseReturnValue:
    """Stop; also for a mail program's ``List-Unsubscribe=One-Click`` (RFC 8058), which comes without a session."""
    subscriptions.leave(token)
    return _leave(token, done=True)


def _leave(token: str, *, done: bool) -> ResponseReturnValue:
    return page("leave", subscriptions.language_of(token), SECRET, token=token, done=done)


def _find(given: Given, status: int = 200) -> ResponseReturnValue:
    offered = subscribe_form.offered(by_message_only=True)
    return page("find", _language(), PRIVATE, status, given=given, offered=offered)


def _mine(mine: Mine, given: Given, status: int = 200) -> ResponseReturnValue:
    context = {"mine": mine, "given": given, "offered": subscribe_form.offered(), "names": look.names()}
    return page("mine", mine.choice.language, SECRET, status, **context)


def _with_choice(given: Given, choice: Choice) -> Given:
    """What was typed as a further address, beside the choice that stands."""
    shown = subscribe_form.standing(choice)
    shown.channel, shown.email, shown.phone = given.channel, given.email, given.phone
    shown.standby, shown.errors = given.standby, given.errors
    return shown


def _back(secret: str, said: str, language: Language | None) -> ResponseReturnValue:
    lang = f"&lang={language or _language()}" if language or "lang" in request.args else ""
    return redirect(f"/subscribe/mine/{secret}?said={said}{lang}", code=303)


def _over() -> ResponseReturnValue:
    return page("over", _language(), PRIVATE, 410)


def _language(otherwise: Language = Language.JA) -> Language:
    return chosen(request.args["lang"]) if "lang" in request.args else otherwise
