"""Whom somebody has to ask for: who left to an unknown place, was not seen for two nights, cannot go home, or has no name yet.

After the Noto earthquake about 17,000 people who left could not be traced. So an exit to 不明 waits here until somebody wrote what came of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Missing, Stale
from disaster.core.extensions import db
from disaster.core.text import clean_line
from disaster.staff.models import Account
from registry.access import own_shelters, viewing
from registry.access.cells import Group, cells
from registry.access.viewing import NO_RECORD, Seen
from registry.intake import entering
from registry.intake.entering import Entry
from registry.intake.projection import instant
from registry.models.people import Person, Stay
from registry.people import going, present
from registry.people.arriving import IN_A_GROUP
from registry.people.facts import opened
from registry.vocabulary import ExitReason, Kind, PlaceKind

DUE_AFTER = timedelta(days=3)
AGAIN_AFTER = timedelta(days=1)
NIGHTS = 2
VISITORS_FOR = timedelta(hours=72)
MOST = 200
FOUND = "この人の行き先は、ほかの人が先に調べ終えました。"


@dataclass(frozen=True, slots=True)
class Sought:
    """Somebody on one of the lists. ``since``: when it began; ``due``: when to ask (again); ``tried``: what was written last."""

    seen: Seen
    stay: Stay
    since: datetime
    due: datetime
    tried: str = ""

    @property
    def overdue(self) -> bool:
        """Whether it is time."""
        return self.due <= clock.now()


def left(account: Account) -> list[Sought]:
    """Who left to 不明 and was not asked for yet, those who are due first; nobody who has come up elsewhere since."""
    gone = _of(account, Stay.exit_reason == ExitReason.UNKNOWN, Stay.followed_up_at.is_(None)).order_by(Stay.ended_at)
    found = _sought(account, gone, _due)
    again = {number for one in found for number in one.seen.ids}
    staying = select(Stay.person_id).where(Stay.person_id.in_(again), Stay.ended_at.is_(None))
    here = set(db.session.scalars(staying))
    return sorted((one for one in found if not here & set(one.seen.ids)), key=lambda one: one.due)


def not_seen(account: Account) -> list[Sought]:
    """Who was at two roll calls of their shelter in a row not there, and is not out overnight."""
    now = clock.now()
    out = or_(Stay.out_until.is_(None), Stay.out_until < now)
    here = _of(account, Stay.ended_at.is_(None), Stay.confirmed, Stay.place == PlaceKind.SHELTER, out)
    calls = _roll_calls()
    missing = []
    for one in _sought(account, here.order_by(Stay.started_at), lambda _stay: now, most=None):
        since = clock.jst(one.since).date()
        last = one.stay.seen_on or since
        if sum(night > last for night in calls.get(one.stay.shelter_id or 0, ())) >= NIGHTS:
            missing.append(one)
    return missing


def visitors(account: Account) -> list[Sought]:
    """帰宅困難者 who are here for longer than 72 hours."""
    late = Stay.started_at < clock.now() - VISITORS_FOR
    here = _of(account, Stay.ended_at.is_(None), Stay.confirmed, late, Person.visitor)
    return _sought(
        account, here.order_by(Stay.started_at), lambda stay: (stay.started_at or clock.now()) + VISITORS_FOR
    )


def unknown(account: Account) -> list[Sought]:
    """仮 entries: people of whom nobody knows who they are, with the stay that holds. Rows of a group that came together are not among them."""
    nameless = _of(account, Person.provisional, Person.relation != IN_A_GROUP, Stay.ended_at.is_(None), Stay.confirmed)
    return _sought(account, nameless.order_by(Stay.started_at), lambda stay: stay.started_at or clock.now())


def reached(account: Account, stay_id: str, reason: ExitReason, *, place: str = "", contact: str = "") -> None:
    """It is known where the person went: the exit says so, and a stay begins there.

    Raises:
        Missing, Forbidden
        Stale: somebody else was faster.
        Invalid: still unknown, or another shelter (there the person is checked in).
    """
    if reason in (ExitReason.UNKNOWN, ExitReason.OTHER_SHELTER):
        raise Invalid("行き先を選んでください。ほかの避難所にいるときは、その避難所で受付をします。")
    place = clean_line(place, field="place", label="行き先の名前", limit=200)
    contact = clean_line(contact, field="contact", label="連絡先", limit=200)
    with transaction() as session:
        stay, seen = _asked(account, stay_id)
        said = {name: text for name, text in (("exit_place", place), ("contact", contact)) if text}
        entries = [Entry(Kind.STAY, stay.id, {"reason": str(reason), **said}, stay.shelter_id)]
        if after := going.begun(seen.person.id, reason, None, stay.shelter_id):
            entries.append(after)
        entering.enter_all(session, entries, actor=account.actor)
        _close(stay_id, account.actor, "reached")


def tried(account: Account, stay_id: str, note: str) -> None:
    """Nobody answered: written down, and due again tomorrow.

    Raises:
        Missing, Forbidden, Stale, Invalid
    """
    note = clean_line(note, field="note", label="したこと", limit=200) or "連絡がつかない"
    with transaction() as session:
        stay, _ = _asked(account, stay_id)
        entering.enter(session, Kind.STAY, stay.id, {"note": note}, actor=account.actor, shelter_id=stay.shelter_id)


def give_up(account: Account, stay_id: str, why: str) -> None:
    """The search ends without a result, for a reason that stays with the record.

    Raises:
        Missing, Forbidden, Stale
        Invalid: no reason.
    """
    why = clean_line(why, field="note", label="調べ終える理由", limit=200, required=True)
    with transaction() as session:
        stay, _ = _asked(account, stay_id)
        fields = {"note": f"調べ終えた：{why}"}
        entering.enter(session, Kind.STAY, stay.id, fields, actor=account.actor, shelter_id=stay.shelter_id)
        _close(stay_id, account.actor, "given_up")


def is_here(account: Account, stay_id: str) -> None:
    """Somebody who was not seen is here after all.

    Raises:
        Missing, Forbidden
    """
    with transaction() as session:
        stay, _ = _of_stay(account, stay_id)
        fields = {"seen_on": present.tonight().isoformat()}
        entering.enter(session, Kind.STAY, stay.id, fields, actor=account.actor, shelter_id=stay.shelter_id)


def check(account: Account, stay_id: str) -> None:
    """Whether the account may enter anything about this stay.

    Raises:
        Missing, Forbidden
    """
    _of_stay(account, stay_id)


def _of(account: Account, *conditions: ColumnElement[bool] | InstrumentedAttribute[bool]) -> Select[Stay, Person]:
    """Stays with those who stay, of the account's shelters or of all."""
    rows = select(Stay, Person).join(Person, Person.id == Stay.person_id)
    rows = rows.where(viewing.listed(account), *conditions)
    if not cells(account.role_list, own=False)[Group.STAY].reads:
        rows = rows.where(Stay.shelter_id.in_(own_shelters.of(account)))
    return rows


def _sought(
    account: Account, query: Select[Stay, Person], due: Callable[[Stay], datetime], most: int | None = MOST
) -> list[Sought]:
    rows = [(row[0], row[1]) for row in db.session.execute(query.limit(most))]
    visible = {seen.person.id: seen for seen in viewing.visible(account, {p.id: p for _, p in rows}.values())}
    found = []
    for stay, person in rows:
        seen = visible.get(person.id)
        if seen and seen.reads(Group.STAY):
            since = stay.ended_at or stay.started_at or stay.created_at
            found.append(Sought(seen, stay, since, due(stay), _note(stay)))
    return found


def _due(stay: Stay) -> datetime:
    after = (stay.ended_at or stay.created_at) + DUE_AFTER
    note = opened(stay).head("note")
    return max(after, (instant(note.at) or after) + AGAIN_AFTER) if note else after


def _note(stay: Stay) -> str:
    return str(opened(stay).get("note", "")) if stay.exit_reason == ExitReason.UNKNOWN else ""


def _roll_calls() -> dict[int, set[date]]:
    """On which nights each shelter called its roll."""
    nights = select(Stay.shelter_id, Stay.seen_on).where(Stay.seen_on.is_not(None)).distinct()
    found: dict[int, set[date]] = {}
    for shelter, night in db.session.execute(nights):
        if shelter and night:
            found.setdefault(shelter, set()).add(night)
    return found


def _of_stay(account: Account, stay_id: str) -> tuple[Stay, Seen]:
    stay = db.session.get(Stay, stay_id)
    if stay is None or stay.person_id is None:
        raise Missing(NO_RECORD)
    return stay, viewing.writable(account, stay.person_id, Group.STAY)


def _asked(account: Account, stay_id: str) -> tuple[Stay, Seen]:
    """A stay that is still to be asked about."""
    stay, seen = _of_stay(account, stay_id)
    if stay.exit_reason != ExitReason.UNKNOWN or stay.followed_up_at is not None:
        raise Stale(FOUND)
    return stay, seen


def _close(stay_id: str, actor: str, result: str) -> None:
    at, session = clock.now(), db.session()
    waiting = update(Stay).where(Stay.id == stay_id, Stay.followed_up_at.is_(None))
    if not getattr(session.execute(waiting.values(followed_up_at=at)), "rowcount", 0):
        raise Stale(FOUND)
    audit.record(session, "stay.followed_up", actor=actor, subject=f"stay:{stay_id}", detail={"result": result})
