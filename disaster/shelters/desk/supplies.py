"""Requests for supplies: a shelter asks, headquarters answers, the shelter says what came. Every step is kept."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Missing, Stale
from disaster.core.extensions import db
from disaster.core.text import clean_line
from disaster.incidents import running
from disaster.shelters.desk.conditions import check_shelter
from disaster.shelters.desk.models import SupplyMove, SupplyRequest
from disaster.shelters.desk.numbers import gathered, whole
from disaster.shelters.desk.vocabulary import HEADQUARTERS_MOVES, ITEMS, OTHER, SHELTER_MOVES, WAITING, Supply


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a shelter asks for, as typed; ``unit`` and ``label`` of a known item come from its row in ``ITEMS``."""

    item: str
    quantity: str
    label: str = ""
    unit: str = ""
    for_whom: str = ""
    needed_by: datetime | None = None


def ask(shelter_id: int, wanted: Wanted, *, actor: str) -> int:
    """Add a request.

    Raises:
        Invalid (a field), Missing (the shelter).
    """
    values = _clean(wanted)
    with transaction() as session:
        check_shelter(session, shelter_id)
        incident, at = running.ensure(session, actor=actor), clock.now()
        request = SupplyRequest(
            shelter_id=shelter_id, incident_id=incident, created_at=at, created_by=actor, changed_at=at, **values
        )
        session.add(request)
        session.flush()
        session.add(SupplyMove(request_id=request.id, state=Supply.REQUESTED, quantity=None, at=at, by=actor))
        detail = {"shelter": shelter_id, "item": request.item, "quantity": request.quantity}
        audit.record(session, "supply.requested", actor=actor, subject=f"supply:{request.id}", detail=detail)
        return request.id


def _clean(wanted: Wanted) -> dict[str, object]:
    errors: list[Invalid] = []
    known = ITEMS.get(wanted.item)
    if known is None and wanted.item != OTHER:
        errors.append(Invalid("", {"item": "品目を選んでください。"}))
    label, unit = known or ("", "")
    quantity: int | None = None
    for_whom = ""
    try:
        if known is None:
            label = clean_line(wanted.label, field="label", label="品名", limit=80, required=wanted.item == OTHER)
        unit = clean_line(wanted.unit, field="unit", label="単位", limit=20) or unit or "個"
        for_whom = clean_line(wanted.for_whom, field="for_whom", label="だれのために", limit=120)
    except Invalid as error:
        errors.append(error)
    try:
        quantity = whole(wanted.quantity, field="quantity", label="数量")
        if not quantity:
            raise Invalid("", {"quantity": "数量を1以上で入力してください。"})
    except Invalid as error:
        errors.append(error)
    gathered(errors)
    return {
        "item": wanted.item,
        "label": label,
        "unit": unit,
        "quantity": quantity,
        "for_whom": for_whom,
        "needed_by": wanted.needed_by,
    }


def move(
    request_id: int,
    to: Supply,
    *,
    seen: int,
    actor: str,
    headquarters: bool,
    shelter_id: int | None = None,
    came: str = "",
    note: str = "",
) -> Supply:
    """Take a request one step on; the state that it has then (what came may be too little: 不足残).

    ``seen`` is the version that was on the screen. ``came`` is how much arrived with this step, all that is missing where it is blank.
    ``shelter_id`` names the shelter that acts, which moves its own requests only.

    Raises:
        Missing, Stale, Invalid (a field, or this side does not move it there).
    """
    note = clean_line(note, field="note", label="メモ", limit=200)
    arrived = whole(came, field="came", label="届いた数")
    with transaction() as session:
        request = session.get(SupplyRequest, request_id, populate_existing=True)
        if request is None or (shelter_id is not None and request.shelter_id != shelter_id):
            raise Missing("この要請はありません。")
        if request.version != seen:
            raise Stale(f"{request.label}の要請は、ほかの人が先に進めました。いまの状態を確かめてください。")
        moves = HEADQUARTERS_MOVES if headquarters else SHELTER_MOVES
        if to not in moves.get(request.state, ()):
            raise Invalid(f"{request.label}の要請は「{request.state.ja}」です。「{to.ja}」にはできません。")
        total, after = request.arrived, to
        if to is Supply.ARRIVED:
            arrived = request.quantity - request.arrived if arrived is None else arrived
            total += arrived
            after = Supply.ARRIVED if total >= request.quantity else Supply.SHORT
        _save(session, request_id, seen, after, total)
        came_now = arrived if to is Supply.ARRIVED else None
        session.add(
            SupplyMove(request_id=request_id, state=after, quantity=came_now, note=note, at=clock.now(), by=actor)
        )
        detail = {"to": str(after), "arrived": total}
        audit.record(session, "supply.moved", actor=actor, subject=f"supply:{request_id}", detail=detail)
        return after


def _save(session: Session, request_id: int, seen: int, after: Supply, total: int) -> None:
    changed = session.execute(
        update(SupplyRequest)
        .where(SupplyRequest.id == request_id, SupplyRequest.version == seen)
        .values(state=after, arrived=total, version=seen + 1, changed_at=clock.now())
        .execution_options(synchronize_session=False)
        .returning(SupplyRequest.id)
    ).one_or_none()
    if changed is None:
        raise Stale("この要請は、ほかの人が先に進めました。いまの状態を確かめてください。")
    session.expire_all()


def listed(shelter_id: int | None = None, *, waiting: bool = False) -> list[SupplyRequest]:
    """The requests of the running disaster: those with a time first, by it, then the oldest; ``waiting`` leaves out the finished."""
    query = select(SupplyRequest).where(SupplyRequest.incident_id == running.running())
    if shelter_id is not None:
        query = query.where(SupplyRequest.shelter_id == shelter_id)
    if waiting:
        query = query.where(SupplyRequest.state.in_(WAITING))
    rows = list(db.session.scalars(query.order_by(SupplyRequest.id)))
    far = datetime.max.replace(tzinfo=clock.JST)
    return sorted(rows, key=lambda row: (row.state not in WAITING, row.needed_by or far, row.id))


def steps(request_ids: list[int]) -> dict[int, list[SupplyMove]]:
    """What happened to the requests, oldest first, by request."""
    found: dict[int, list[SupplyMove]] = {}
    for row in db.session.scalars(
        select(SupplyMove).where(SupplyMove.request_id.in_(request_ids)).order_by(SupplyMove.id)
    ):
        found.setdefault(row.request_id, []).append(row)
    return found


def waiting() -> dict[int, tuple[int, datetime]]:
    """By shelter: how many requests wait, and since when the oldest does."""
    rows = db.session.execute(
        select(SupplyRequest.shelter_id, func.count(), func.min(SupplyRequest.created_at))
        .where(SupplyRequest.incident_id == running.running(), SupplyRequest.state.in_(WAITING))
        .group_by(SupplyRequest.shelter_id)
    )
    return {shelter: (number, oldest) for shelter, number, oldest in rows}
