"""The door, rehearsed when the web server starts: statements are compiled and keys derived before the first family stands there."""

from sqlalchemy import insert, select

from disaster.core import clock
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.shelters.models import Shelter
from registry.intake import ids, taking
from registry.intake.batch import Source
from registry.intake.projection import millis
from registry.intake.schemas import Event
from registry.models.intake import Device
from registry.tablets import seals, syncing
from registry.tablets.syncing import Parcel
from registry.vocabulary import ExitReason, Kind

_ACTOR = "system:rehearsal"


class _Forgotten(Exception):
    """Ends the transaction with nothing changed."""


def rehearse() -> None:
    """Take a made-up family in as a tablet would bring it, let it go again, and roll all of it back. Nothing is kept, also in no log.

    Raises:
        Busy, NoKey
    """
    shelter = db.session.scalar(select(Shelter.id).limit(1))
    if shelter is None:
        return  # no shelter, no tablet
    seals.public()
    try:
        with transaction() as session:
            at = clock.now()
            tablet = insert(Device).values(shelter_id=shelter, name="", enrolled_by=_ACTOR, enrolled_at=at)
            number = session.scalar(tablet.returning(Device.id)) or 0
            source = Source(number, f"device:{number}", at)
            comes, goes = _family(shelter, millis(at))
            for events in (comes, goes, comes):  # new, changed, sent again
                syncing.take(session, [Parcel(number, shelter, source, taking.read_all(events, source))])
            raise _Forgotten
    except _Forgotten:
        pass


def _family(shelter: int, at: int) -> tuple[list[Event], list[Event]]:
    """What a tablet sends when two people arrive, and when one of them leaves."""
    household, first, second, stay, other = (ids.new(at) for _ in range(5))
    arrive = {"start": at, "shelter": shelter}
    comes = [
        _event(Kind.HOUSEHOLD, household, at, shelter, {"surname": "見本", "size": 2, "care_asked": True}),
        _event(Kind.PERSON, first, at, shelter, {"family": "見本", "given": "一", "household": household, "age": 40}),
        _event(Kind.STAY, stay, at, shelter, {"person": first, **arrive}),
        _event(Kind.PERSON, second, at, shelter, {"kana": "ミホン ジ", "household": household, "age": 40}),
        _event(Kind.STAY, other, at, shelter, {"person": second, **arrive}),
    ]
    return comes, [_event(Kind.STAY, stay, at + 1, shelter, {"end": at + 1, "reason": ExitReason.HOME})]


def _event(kind: Kind, entity: str, at: int, shelter: int, fields: dict[str, object]) -> Event:
    return Event(id=ids.new(at), kind=kind, entity=entity, seq=1, at=at, shelter=shelter, fields=fields)
