"""被災時世帯 by hand: who lived together when the disaster struck, from what the 住民票 and the people say."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import or_, select

from disaster.core import audit
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Stale
from disaster.core.extensions import db
from disaster.staff import presses
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission
from registry.ledger import households, sight
from registry.ledger.households import Member
from registry.models.ledger import Victim
from registry.models.people import Person, Resident

blueprint = Blueprint("affected_households", __name__, url_prefix="/registry/ledger/<victim_id>/household")
MOST = 30


@blueprint.get("", strict_slashes=False)
@require(Permission.LEDGER)
def form(victim_id: str) -> str:
    """Those who come into question: of the same 住民票世帯, of the group that came together, those who stand in it now, and whoever is named by number."""
    return _form(victim_id, None)


@blueprint.post("", strict_slashes=False)
@require(Permission.LEDGER)
def fix(victim_id: str) -> ResponseReturnValue:
    """Fix the household, or put it right by a new one."""
    account, given = current_account(), request.form
    head = given.get("head", "")
    members = [
        Member(number, given.get(f"relation-{number}", ""), number == head) for number in given.getlist("member")[:MOST]
    ]
    try:
        for member in members:
            sight.entry(db.session(), account, member.victim_id)
        mine = households.of_victim(db.session(), sight.entry(db.session(), account, victim_id).id)
        address = given.get("address", "")
        if mine:
            pressed, reason = presses.of(request.path, given, account.actor), given.get("reason", "")
            households.correct(mine.id, members, reason, address=address, actor=account.actor, pressed=pressed)
        else:
            households.freeze(members, address=address, actor=account.actor)
    except (Invalid, Stale) as error:
        return _form(victim_id, error), error.status
    flash("被災時の世帯を固定しました。", "success")
    return redirect(url_for("ledger.show", victim_id=victim_id, purpose="correction"), code=303)


def _form(victim_id: str, error: Invalid | Stale | None) -> str:
    account, session = current_account(), db.session()
    victim = sight.entry(session, account, victim_id)
    mine = households.of_victim(session, victim_id)
    standing = {m.victim_id: m for m in households.members_of(session, [mine.id])[mine.id]} if mine else {}
    more = [int(word) for word in request.values.get("more", "").split() if word.isdecimal() and len(word) < 10][:MOST]
    people = sight.named(session, account, _candidates(victim, list(standing), more))
    _looked_at(victim.id, len(people))
    typed: Any = request.form if error else None
    return render_template(
        "ledger/household.html", victim=victim, mine=mine, standing=standing, people=people, error=error, typed=typed,
        more=" ".join(map(str, more)),
    )  # fmt: skip


def _looked_at(victim_id: str, people: int) -> None:
    """The names on the form are a look like any other."""
    detail = {"purpose": "correction", "people": people}
    with transaction() as session:
        audit.record(
            session, "ledger.viewed", actor=current_account().actor, subject=f"victim:{victim_id}", detail=detail
        )


def _candidates(victim: Victim, standing: list[str], more: list[int]) -> list[Victim]:
    session, account = db.session(), current_account()
    row = session.get(Resident, victim.resident_id) if victim.resident_id else None
    person = session.get(Person, victim.person_id) if victim.person_id else None
    wanted = [Victim.id == victim.id, Victim.id.in_(standing), Victim.number.in_(more)]
    if row:
        together = select(Resident.id).where(Resident.household_key == row.household_key)
        wanted.append(Victim.resident_id.in_(together))
    if person and person.household_id:
        wanted.append(Victim.person_id.in_(select(Person.id).where(Person.household_id == person.household_id)))
    mine = (Victim.incident_id == victim.incident_id) & Victim.same_as.is_(None) & sight.known_to(account)
    return list(session.scalars(select(Victim).where(mine, or_(*wanted)).order_by(Victim.number).limit(MOST)))
