"""What happens when a resident writes to us: STOP and START by SMS, a link code or a goodbye by LINE. Each event counts once."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from broadcast.cap.vocabulary import Language
from broadcast.channels.incoming_sms import Incoming, Word, word_of
from broadcast.channels.line_webhook import Event
from broadcast.models.audience import Contact, Subscriber
from broadcast.models.hooks import HookEvent
from broadcast.subscribers import addresses, subscribing
from broadcast.subscribers.addresses import BadAddress
from broadcast.texts import replies
from broadcast.texts.replies import Office
from disaster.core import audit
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.core.sealed import seal
from disaster.core.settings import settings

OPTED_OUT = "opted_out"
OWN_WILL = (OPTED_OUT, "unsubscribed")  # what a START takes back; what an officer stopped stays stopped
REMEMBERED = timedelta(days=7)
TOO_OLD = timedelta(days=2)  # LINE delivers again for a day at most; older is a replay


def sms(incoming: Incoming) -> str:
    """Do what the SMS asks for; the answer to send back, empty for none."""
    language = _language("sms", incoming.sender)
    if incoming.word is Word.STOP:
        known = subscribing.stop_address("sms", incoming.sender, OPTED_OUT)
        known = known or _left("sms", incoming.sender)  # who says it twice hears it twice
        return "" if incoming.answered else _said("stopped" if known else "unknown", language)
    if incoming.word is Word.START:
        known = _resume("sms", incoming.sender)
        return "" if incoming.answered and known else _said("resumed" if known else "unknown", language)
    if incoming.answered:
        return ""
    return _said("help", language) if incoming.word is Word.HELP or _first_today(incoming.sender) else ""


def line(event: Event) -> str:
    """Do what the event tells, once; the answer to send back, empty for none."""
    name = f"line:{event.id}"
    if datetime.fromtimestamp(event.at, UTC) < now() - TOO_OLD or _seen(name):
        return ""
    said = _line(event)
    _remember(name)  # after the deed: whoever is killed in between does it again, which changes nothing
    return said


def _line(event: Event) -> str:
    said_at = datetime.fromtimestamp(event.at, UTC)
    if event.kind == "unfollow":
        subscribing.stop_address("line", event.user, OPTED_OUT, said_at=said_at)
        return ""
    if event.kind == "follow":
        return "" if _active("line", event.user) else _said("line_welcome", Language.JA)
    if event.text and subscribing.link_line(event.text, event.user):
        return _said("line_linked", _language("line", event.user))
    language = _language("line", event.user)
    if word_of(event.text) is Word.STOP:
        subscribing.stop_address("line", event.user, OPTED_OUT, said_at=said_at)
        return _said("line_stopped", language)
    if subscribing.looks_like_link_code(event.text):
        return _said("line_linked" if _active("line", event.user) else "line_no_code", language)
    return _said("line_help", language)


def forget(at: datetime) -> int:
    """Wipe the names of events that cannot come again; how many."""
    if db.session.scalar(select(HookEvent.id).where(HookEvent.at <= at - REMEMBERED).limit(1)) is None:
        return 0
    with transaction() as session:
        gone = session.scalars(delete(HookEvent).where(HookEvent.at <= at - REMEMBERED).returning(HookEvent.id)).all()
    return len(gone)


def _resume(channel: str, address: str) -> bool:
    """The owner of an address takes back their own goodbye; whether it is written to now."""
    digest = _digest(channel, address)
    if not digest:
        return False
    named = (Contact.channel == channel, Contact.digest == digest)
    again = seal(addresses.canonical(channel, address), addresses.PURPOSE)  # it may have been wiped since the goodbye
    with transaction() as session:
        resumed = session.scalar(
            update(Contact)
            .where(*named, ~Contact.active, Contact.stopped_why.in_(OWN_WILL))
            .values(address=again, active=True, stopped_at=None, stopped_why="", confirmed_at=now())
            .returning(Contact.id)
        )
        if resumed is not None:
            audit.record(session, "contact.resumed", actor="resident", subject=f"contact:{resumed}")
    return resumed is not None or _active(channel, address)


def _active(channel: str, address: str) -> bool:
    digest = _digest(channel, address)
    named = (Contact.channel == channel, Contact.digest == digest, Contact.active)
    return bool(digest) and db.session.scalar(select(Contact.id).where(*named)) is not None


def _left(channel: str, address: str) -> bool:
    digest = _digest(channel, address)
    named = (Contact.channel == channel, Contact.digest == digest, ~Contact.active, Contact.stopped_why.in_(OWN_WILL))
    return bool(digest) and db.session.scalar(select(Contact.id).where(*named)) is not None


def _language(channel: str, address: str) -> Language:
    digest = _digest(channel, address)
    found = db.session.scalar(
        select(Subscriber.language)
        .join(Contact, Contact.subscriber_id == Subscriber.id)
        .where(Contact.channel == channel, Contact.digest == digest)
    )
    return Language(found) if found else Language.JA


def _digest(channel: str, address: str) -> str:
    try:
        return addresses.found_by(channel, addresses.canonical(channel, address))
    except BadAddress:
        return ""


def _first_today(sender: str) -> bool:
    """Whether this number has had no general answer today: two machines that answer each other would never end."""
    digest = _digest("sms", sender)
    return bool(digest) and _remember(f"sms:{digest[:40]}:{now():%Y%m%d}")


def _seen(name: str) -> bool:
    return db.session.scalar(select(HookEvent.id).where(HookEvent.id == name)) is not None


def _remember(name: str) -> bool:
    """Note the event; whether it was not noted before."""
    with transaction() as session:
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        statement = dialect.insert(HookEvent).values(id=name, at=now()).on_conflict_do_nothing(index_elements=["id"])
        return session.execute(statement.returning(HookEvent.id)).scalar() is not None


def _said(what: str, language: Language) -> str:
    town = municipality()
    office = Office(town.name, town.name_en, town.contact.phone, settings().link("/subscribe"))
    return replies.reply(what, language, office)
