"""Joining: the form, the page that waits for the proof, and the page behind the link of the confirmation mail.

Without JavaScript, without a cookie, in three languages. Opening an address changes nothing (mail scanners open links); a button does.
"""

from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from broadcast.cap.vocabulary import Language
from broadcast.subscribers import asking, links, subscribing, subscriptions
from broadcast.subscribers.asking import TooMany, Waiting, Wish
from broadcast.subscribers.enrolment import Choice
from disaster.core.extensions import csrf
from disaster.core.municipality import municipality
from disaster.core.settings import settings
from disaster.public import look, same_origin, subscribe_form
from disaster.public.area_groups import area_groups
from disaster.public.language import SUBSCRIBE, chosen, words
from disaster.public.places import area_name
from disaster.public.subscribe_form import Given
from disaster.staff import throttle
from disaster.staff.guards import public

blueprint = Blueprint("subscribe", __name__, url_prefix="/subscribe")
csrf.exempt(blueprint)  # no session and no cookie: another check stands before every form
blueprint.before_request(same_origin.check)
PRIVATE = {"Cache-Control": "no-store"}
SECRET = {**PRIVATE, "Referrer-Policy": "no-referrer"}  # the address is a secret: into no cache and no Referer


@blueprint.get("")
@public
def form() -> ResponseReturnValue:
    """The form; ``?again=`` the handle of a waiting page fills it with what was chosen there, to mend the address."""
    language = _language()
    waiting = asking.waiting(request.args.get("again", ""))
    if waiting is not None and waiting.choice is not None:
        return _form(language, subscribe_form.standing(waiting.choice, waiting.channel, waiting.address)), 200, PRIVATE
    return _form(language, subscribe_form.fresh(language))


@blueprint.post("")
@public
def ask() -> ResponseReturnValue:
    """Ask for a confirmation; the answer is the same for every address."""
    language = _language()
    given = subscribe_form.read(request.form, subscribe_form.offered(), with_choice=True, with_address=True)
    if given.errors:
        return _form(language, given), 422, PRIVATE
    standby = given.standby and given.channel == "voice"
    wish = Wish(
        asking.JOIN, given.channel, given.address, Language(given.language), client(), given.choice, standby=standby
    )
    try:
        return to_waiting(asking.ask(wish), language)
    except TooMany as error:
        given.errors["all"] = f"too_many_{error.who}"
        return _form(language, given), 429, PRIVATE


@blueprint.get("/wait/<handle>")
@public
def wait(handle: str) -> ResponseReturnValue:
    """What the person does next: look into the mailbox, type the code, or send it by LINE."""
    return _wait(handle)


@blueprint.post("/wait/<handle>")
@public
def prove(handle: str) -> ResponseReturnValue:
    """The six digits of an SMS or a call."""
    contact_id = subscribing.confirm_code(handle, request.form.get("code", ""))
    if contact_id is None:
        return _wait(handle, wrong=True)
    return to_mine(contact_id, handle)


@blueprint.post("/wait/<handle>/again")
@public
def send_again(handle: str) -> ResponseReturnValue:
    """Send the confirmation once more, as far as the limits allow."""
    try:
        asking.again(handle, client())
    except TooMany as error:
        return _wait(handle, limit=f"too_many_{error.who}")
    return _wait(handle, sent=True)


@blueprint.get("/confirm/<secret>")
@public
def look_first(secret: str) -> ResponseReturnValue:
    """The page behind the link of a mail: what will be registered, and the button."""
    waiting = _behind(secret)
    if waiting is None:
        return _over(_language())
    return page("confirm", waiting.language, SECRET, waiting=waiting, secret=secret, facts=facts(waiting))


@blueprint.post("/confirm/<secret>")
@public
def confirm(secret: str) -> ResponseReturnValue:
    """The button was pressed: the mailbox is theirs."""
    waiting, contact_id = _behind(secret), subscribing.confirm_link(secret)
    if contact_id is None or waiting is None:
        return _over(waiting.language if waiting else _language())
    return to_mine(contact_id, waiting.handle)


def page(
    template: str, language: Language, headers: dict[str, str], status: int = 200, **context: Any
) -> tuple[str, int, dict[str, str]]:
    """A page of subscribing; ``?lang=`` overrules the language."""
    language = chosen(request.args["lang"]) if "lang" in request.args else language
    return render_template(f"subscribe/{template}.html", **words_for(language), **context), status, headers


def words_for(language: Language) -> dict[str, Any]:
    """What every template of subscribing uses; ``s`` are its own words."""
    t = words(language)
    return {
        **look.page(language),
        "s": lambda key, **values: t(f"{SUBSCRIBE}.{key}", **values),
        "groups": area_groups(language, t(f"{SUBSCRIBE}.group_other")),
        "sender": subscribe_form.sender(),
        "sms_number": subscribe_form.sms_number(),
        "line_account": settings().line_account,
    }


def facts(waiting: Waiting) -> dict[str, list[str]]:
    """What is going to be registered, in words of the language; empty where nothing was chosen."""
    return facts_of(waiting.choice, waiting.language) if waiting.choice else {}


def facts_of(choice: Choice, language: Language) -> dict[str, list[str]]:
    """A choice as lines: areas, kinds, language."""
    t = words(language)
    known = municipality().area_by_code
    areas = [area_name(known[code], language) for code in choice.areas if code in known]
    kinds = ["kind_always"] + ["shelters"] * choice.wants_shelters + ["notices"] * choice.wants_notices
    return {
        "fact_areas": [t(f"{SUBSCRIBE}.all_areas")] if choice.all_areas else areas,
        "fact_kinds": [t(f"{SUBSCRIBE}.{kind}") for kind in kinds],
    }


def to_waiting(handle: str, language: Language) -> ResponseReturnValue:
    """After asking, whatever was asked."""
    return redirect(f"/subscribe/wait/{handle}{_query(language)}", code=303)


def to_mine(contact_id: int, handle: str) -> ResponseReturnValue:
    """After a proof: the person's own page."""
    waiting = asking.waiting(handle)
    done = "" if waiting is None or waiting.purpose == asking.MANAGE else "&done=1"
    language = waiting.language if waiting else Language.JA
    language = chosen(request.args["lang"]) if "lang" in request.args else language
    return redirect(f"/subscribe/mine/{subscriptions.link_of(contact_id)}?lang={language}{done}", code=303)


def client() -> str:
    """The asker's network, as a digest."""
    return throttle.network_digest()


def _behind(secret: str) -> Waiting | None:
    handle = links.name_in(secret, links.CONFIRM)
    return asking.waiting(handle) if handle else None


def _form(language: Language, given: Given) -> str:
    context = {"given": given, "offered": subscribe_form.offered(), "names": look.names()}
    return render_template("subscribe/form.html", **words_for(language), **context)


def _wait(handle: str, **said: Any) -> ResponseReturnValue:
    waiting = asking.waiting(handle)
    if waiting is None:
        return _over(_language())
    return page("wait", _language(), PRIVATE, waiting=waiting, said=said)


def _over(language: Language) -> ResponseReturnValue:
    return page("over", language, PRIVATE, 410)


def _language() -> Language:
    return chosen(request.args.get("lang"))


def _query(language: Language) -> str:
    return "" if language == Language.JA else f"?lang={language}"
