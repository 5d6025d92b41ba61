"""Where people go: out with the destination in one tap, to another shelter, out for a night and back. Entered as stays, like a tablet does.

Who goes home, into a car or to relatives is still looked after: that is a stay as well, with the shelter where the goods are fetched.
"""

from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from disaster.core import clock
from disaster.core.db import transaction
from disaster.core.errors import Invalid
from disaster.core.text import clean_line
from disaster.shelters import directory
from disaster.staff.models import Account
from registry.access import viewing
from registry.access.cells import Group
from registry.access.viewing import Seen
from registry.intake import entering, ids
from registry.intake.entering import Entry
from registry.intake.projection import millis
from registry.models.people import Stay
from registry.vocabulary import ExitReason, Kind, PlaceKind

ONE_TAP = (
    ExitReason.HOME,
    ExitReason.CAR,
    ExitReason.RELATIVES,
    ExitReason.OTHER_SHELTER,
    ExitReason.HOSPITAL,
    ExitReason.FACILITY,
    ExitReason.ELSEWHERE,
    ExitReason.UNKNOWN,
)
NOWHERE = "この人は、いまどこにも滞在していないことになっています。画面を開き直してください。"
_NEXT: dict[ExitReason, PlaceKind] = {
    ExitReason.HOME: PlaceKind.HOME,
    ExitReason.CAR: PlaceKind.CAR,
    ExitReason.RELATIVES: PlaceKind.RELATIVES,
    ExitReason.HOSPITAL: PlaceKind.HOSPITAL,
    ExitReason.FACILITY: PlaceKind.FACILITY,
    ExitReason.ELSEWHERE: PlaceKind.ELSEWHERE,
    ExitReason.OTHER_SHELTER: PlaceKind.SHELTER,
}
_FETCHES = frozenset({PlaceKind.HOME, PlaceKind.CAR, PlaceKind.RELATIVES})


def leave(
    account: Account,
    people: Sequence[str],
    reason: ExitReason,
    *,
    to_shelter: int | None = None,
    goods_shelter: int | None = None,
    place: str = "",
    contact: str = "",
) -> int:
    """Record that these people go from where they are; how many.

    ``goods_shelter``: where those outside fetch goods, the place they leave where nothing is said.

    Raises:
        Missing, Forbidden
        Invalid: nobody is chosen, no shelter is named, or somebody stays nowhere.
    """
    if not people:
        raise Invalid("だれが出るのかを選んでください。", {"people": "だれが出るのかを選んでください。"})
    place = clean_line(place, field="place", label="行き先の名前", limit=200)
    contact = clean_line(contact, field="contact", label="連絡先", limit=200)
    if reason == ExitReason.OTHER_SHELTER:
        place = _named(to_shelter)
    with transaction() as session:
        entries: list[Entry] = []
        for number in dict.fromkeys(people):
            stay = holding(session, viewing.writable(account, number, Group.STAY))
            exits = {"exit_place": place, "contact": contact}
            said = {name: text for name, text in exits.items() if text}
            entries += _gone(stay, reason, to_shelter, goods_shelter or stay.shelter_id, said)
        entering.enter_all(session, entries, actor=account.actor)
    return len(people)


def stay_out(account: Account, number: str, until: date) -> None:
    """外泊: the bed stays theirs until the end of that day (JST).

    Raises:
        Missing, Forbidden
        Invalid: the day is over.
    """
    if until < clock.jst(clock.now()).date():
        raise Invalid(
            "外泊の戻り予定は、きょうより後の日にしてください。", {"until": "きょうより後の日にしてください。"}
        )
    end = datetime.combine(until, time(23, 59), tzinfo=clock.JST)
    _change(account, number, {"out_until": millis(end)})


def come_back(account: Account, number: str, shelter_id: int | None = None) -> None:
    """Back from a night outside; with ``shelter_id``: back to a shelter after an exit.

    Raises:
        Missing, Forbidden, Invalid
    """
    if shelter_id is None:
        _change(account, number, {"out_until": None})
        return
    _named(shelter_id)
    with transaction() as session:
        seen = viewing.writable(account, number, Group.STAY)
        entries = []
        for stay in _open(session, seen):
            entries.append(_end(stay, ExitReason.OTHER_SHELTER, {}))
        entries.append(_begin(seen.person.id, PlaceKind.SHELTER, shelter_id, None))
        entering.enter_all(session, entries, actor=account.actor)


def put(account: Account, number: str, slot: str) -> None:
    """Give somebody a 区画.

    Raises:
        Missing, Forbidden, Invalid
    """
    _change(account, number, {"slot": clean_line(slot, field="slot", label="区画", limit=40)})


def never_came(account: Account, number: str) -> None:
    """The entry at the door was a mistake: the stay never was.

    Raises:
        Missing, Forbidden, Invalid
    """
    with transaction() as session:
        stay = holding(session, viewing.writable(account, number, Group.STAY))
        start = millis(stay.started_at) if stay.started_at else millis(clock.now())
        fields = {"end": start, "reason": str(ExitReason.CORRECTION)}
        entering.enter(session, Kind.STAY, stay.id, fields, actor=account.actor, shelter_id=stay.shelter_id)


def holding(session: Session, seen: Seen) -> Stay:
    """The stay that holds.

    Raises:
        Invalid: there is none.
    """
    here = Stay.person_id.in_(seen.ids) & Stay.confirmed & Stay.ended_at.is_(None)
    stay = session.scalar(select(Stay).where(here))
    if stay is None:
        raise Invalid(NOWHERE)
    return stay


def begun(person: str, reason: ExitReason, to_shelter: int | None, goods: int | None) -> Entry | None:
    """The stay that begins where somebody goes to; none for those of whom nobody knows."""
    kind = _NEXT.get(reason)
    return _begin(person, kind, to_shelter, goods) if kind else None


def _gone(
    stay: Stay, reason: ExitReason, to_shelter: int | None, goods: int | None, said: dict[str, str]
) -> list[Entry]:
    after = begun(stay.person_id or "", reason, to_shelter, goods)
    return [_end(stay, reason, said), *([after] if after else [])]


def _end(stay: Stay, reason: ExitReason, said: dict[str, str]) -> Entry:
    fields = {"end": millis(clock.now()), "reason": str(reason), **said}
    return Entry(Kind.STAY, stay.id, fields, stay.shelter_id)


def _begin(person: str, kind: PlaceKind, shelter_id: int | None, goods: int | None) -> Entry:
    fields: dict[str, Any] = {"person": person, "place": str(kind), "start": millis(clock.now())}
    if kind == PlaceKind.SHELTER:
        fields["shelter"] = shelter_id
    elif kind in _FETCHES:
        fields["goods_shelter"] = goods
    return Entry(Kind.STAY, ids.new(), fields, shelter_id if kind == PlaceKind.SHELTER else goods)


def _change(account: Account, number: str, fields: dict[str, Any]) -> None:
    with transaction() as session:
        stay = holding(session, viewing.writable(account, number, Group.STAY))
        entering.enter(session, Kind.STAY, stay.id, fields, actor=account.actor, shelter_id=stay.shelter_id)


def _open(session: Session, seen: Seen) -> list[Stay]:
    return list(session.scalars(select(Stay).where(Stay.person_id.in_(seen.ids), Stay.ended_at.is_(None))))


def _named(shelter_id: int | None) -> str:
    found = directory.by_ids([shelter_id]) if shelter_id else []
    if not found:
        raise Invalid("どの避難所かを選んでください。", {"to_shelter": "どの避難所かを選んでください。"})
    return found[0].name
