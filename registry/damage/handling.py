"""What officers do with an application before and beside the survey: find its household and its building, refuse it, take it back."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Missing
from disaster.core.extensions import db
from disaster.core.text import clean_line, clean_text
from registry.damage.applying import checked, found
from registry.damage.moving import move
from registry.damage.owners import NOT_KNOWN, Owner, agree, put
from registry.damage.surveys import approved_of, plan
from registry.damage.vocabulary import TENURES, Kind, Round, State
from registry.intake import ids
from registry.models.certificates import DamageApplication
from registry.models.damage import Dwelling, Occupancy
from registry.models.ledger import AffectedHousehold

MOST_DWELLINGS = 30


@dataclass(frozen=True, slots=True)
class Building:
    """A building as an officer enters it: where it stands and what it is. ``lat``/``lng`` None: not on the map yet."""

    address: str
    kind: str = "dwelling"
    building: str = ""
    structure: str = ""
    use: str = ""
    area_code: str = ""
    lat: float | None = None
    lng: float | None = None
    owner: Owner = NOT_KNOWN


def link(
    application_id: str, *, seen: int, household_id: str | None, dwelling_id: str | Building, tenure: str, actor: str
) -> State:
    """Say whose household and which building it is; the application then waits for its survey, or for its paper where one was made already.

    A building that is not there yet is entered with it, or not at all.

    Raises:
        Missing, Stale
        Invalid: a certificate of a dwelling needs a household.
    """
    if tenure not in TENURES:
        raise Invalid("持ち家か借家かを選んでください。", {"tenure": "持ち家か借家かを選んでください。"})
    with transaction() as session:
        row = found(session, application_id)
        checked(row, seen)
        _check_household(session, row, household_id)
        if isinstance(dwelling_id, Building):
            agree(session, dwelling_id.owner, household_id, tenure)
            dwelling_id = _enter(session, dwelling_id, row.incident_id, actor)
        dwelling = session.get(Dwelling, dwelling_id)
        if dwelling is None or dwelling.incident_id != row.incident_id:
            raise Missing("この建物はありません。")
        if household_id and session.get(Occupancy, (dwelling.id, household_id)) is None:
            session.add(Occupancy(dwelling_id=dwelling.id, household_id=household_id, tenure=tenure))
        values: dict[str, Any] = {
            "household_id": household_id,
            "dwelling_id": dwelling.id,
            "area_code": dwelling.area_code,
        }
        if row.kind is Kind.OTHER or approved_of(session, dwelling.id) is not None:
            move(session, row, State.JUDGED, actor=actor, **values)
        else:
            plan(session, dwelling, Round.SELF if row.self_judged else Round.FIRST, actor=actor)
            move(session, row, State.WAITING, actor=actor, **values)
        return row.state


def accept_again(application_id: str, *, seen: int, second: bool, actor: str) -> None:
    """The request for another survey is in order: plan it (第2次調査 or 再調査).

    Raises:
        Missing, Stale, Invalid.
    """
    with transaction() as session:
        row = found(session, application_id)
        checked(row, seen)
        dwelling = session.get(Dwelling, row.dwelling_id) if row.dwelling_id else None
        if dwelling is None:
            raise Missing("この申請には、建物がありません。")
        plan(session, dwelling, Round.SECOND if second else Round.AGAIN, actor=actor)
        move(session, row, State.WAITING, actor=actor)


def end(application_id: str, to: State, reason: str, *, seen: int, actor: str) -> None:
    """Refuse an application, note that it was withdrawn, or let the paper stand after all (交付 after a 再調査申請), with a reason.

    Raises:
        Missing, Stale, Invalid.
    """
    reason = clean_text(reason, field="reason", label="理由", limit=500)
    if not reason:
        raise Invalid("理由を書いてください。", {"reason": "理由を書いてください。"})
    with transaction() as session:
        row = found(session, application_id)
        checked(row, seen)
        if to not in (State.REJECTED, State.WITHDRAWN) and (row.state, to) != (State.AGAIN, State.ISSUED):
            raise Invalid(f"「{to.ja}」にはできません。")
        move(session, row, to, actor=actor, note=reason)


def add_building(given: Building, *, incident: int, actor: str) -> str:
    """Enter a building; its id.

    Raises:
        Invalid
    """
    with transaction() as session:
        return _enter(session, given, incident, actor)


def buildings(incident: int, words: str, *, known: ColumnElement[bool]) -> list[Dwelling]:
    """Buildings whose address holds the words, the newest first; those that are ``known`` to who asks."""
    query = select(Dwelling).where(Dwelling.incident_id == incident, known)
    for word in words.split()[:5]:
        query = query.where((Dwelling.address + " " + Dwelling.building).contains(word, autoescape=True))
    return list(db.session.scalars(query.order_by(Dwelling.created_at.desc(), Dwelling.id).limit(MOST_DWELLINGS)))


def _enter(session: Session, given: Building, incident: int, actor: str) -> str:
    address = clean_line(given.address, field="address", label="建物の住所", limit=300, required=True)
    building = clean_line(given.building, field="building", label="建物・部屋の名前", limit=200)
    structure = clean_line(given.structure, field="structure", label="構造", limit=40)
    use = clean_line(given.use, field="use", label="用途", limit=40)
    if given.kind not in ("dwelling", "other"):
        raise Invalid(
            "住家か、そのほかの建物かを選んでください。",
            {"building_kind": "住家か、そのほかの建物かを選んでください。"},
        )
    fresh = ids.new()
    row = Dwelling(
        id=fresh,
        incident_id=incident,
        kind=given.kind,
        address=address,
        area_code=given.area_code,
        building=building,
        structure=structure,
        use=use,
        lat=given.lat,
        lng=given.lng,
        created_at=clock.now(),
        created_by=actor,
    )
    put(row, given.owner)
    session.add(row)
    session.flush()
    audit.record(session, "dwelling.added", actor=actor, subject=f"dwelling:{fresh}")
    return fresh


def _check_household(session: Session, row: DamageApplication, household_id: str | None) -> None:
    if household_id is None:
        if row.kind is Kind.DWELLING:
            said = "罹災証明書には、被災したときの世帯が要ります。世帯を選んでください。"
            raise Invalid(said, {"household_id": said})
        return
    household = session.get(AffectedHousehold, household_id)
    if household is None or household.incident_id != row.incident_id or household.void_at is not None:
        raise Missing("この世帯はありません。")
