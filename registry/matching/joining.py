"""Two entries that are one person: merged, taken apart again, or remembered as two people.

A merge writes into neither entry: it says which one remains (``Person.merged_into``) and from then on their stays are judged together. So what is
entered for either afterwards stays on its own side, and taking them apart gives back both as they would be without the merge.
"""

from datetime import datetime

from sqlalchemy import ColumnElement, Update, or_, select, update
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Stale
from disaster.core.extensions import db
from registry.intake import settling
from registry.models.people import Conflict, MatchPair, MergeLink, Person
from registry.protection import protecting
from registry.same import one_and_the_same
from registry.vocabulary import ConflictKind, Decision

GONE = "ほかの人が先にこの記録を統合したか、取り消しました。いまの記録を開き直してください。"
DECIDED = "この二人については、ほかの人が先に決めました。"


def merge(person_id: str, into_id: str, *, actor: str) -> int:
    """Say that one entry is the other person; the number of the link that undoes it.

    Raises:
        Invalid: it is the same entry.
        Stale: one of them is merged or taken out meanwhile.
    """
    if person_id == into_id:
        raise Invalid("同じ記録どうしは統合できません。")
    with transaction() as session:
        audit.in_a_row(session)
        at = clock.now()
        both = select(Person.id).where(Person.id.in_([person_id, into_id]), _standing())
        if len(session.scalars(both).all()) != 2:
            raise Stale(GONE)
        link = MergeLink(person_id=person_id, into_id=into_id, at=at, by=actor)
        session.add(link)
        session.flush()
        joined = or_(Person.id == person_id, Person.merged_into == person_id)
        session.execute(update(Person).where(joined).values(merged_into=into_id))
        protecting.spread(session, [into_id])
        _settle(session, {person_id, into_id}, at, actor)
        _decide(session, person_id, into_id, Decision.SAME, at, actor)
        detail = {"merged": person_id, "link": link.id}
        audit.record(session, "person.merged", actor=actor, subject=f"person:{into_id}", detail=detail)
        return link.id


def take_apart(link_id: int, *, actor: str) -> None:
    """Undo a merge.

    Raises:
        Stale: it is undone already.
    """
    with transaction() as session:
        audit.in_a_row(session)
        at = clock.now()
        link = session.get(MergeLink, link_id)
        if link is None or link.undone_at is not None:
            raise Stale("この統合は、もう取り消されています。")
        members = set().union(*one_and_the_same(session, [link.person_id]).values())
        link.undone_at, link.undone_by = at, actor
        session.flush()
        for number, root in _roots(session, members).items():
            session.execute(update(Person).where(Person.id == number).values(merged_into=root))
        protecting.spread(session, members)
        _settle(session, members, at, actor)
        late = Conflict.key == f"{ConflictKind.AFTER_MERGE}:{link.person_id}"
        session.execute(
            update(Conflict).where(late, Conflict.resolved_at.is_(None)).values(resolved_at=at, resolved_by=actor)
        )
        _decide(session, link.person_id, link.into_id, Decision.OPEN, at, actor)
        detail = {"merged": link.person_id, "link": link.id}
        audit.record(session, "person.unmerged", actor=actor, subject=f"person:{link.into_id}", detail=detail)


def different(first_id: str, second_id: str, *, actor: str) -> None:
    """Remember that these are two people: they are never asked about again.

    Raises:
        Stale: somebody decided otherwise meanwhile.
    """
    with transaction() as session:
        audit.in_a_row(session)
        both = select(Person.id).where(Person.id.in_([first_id, second_id]), _standing())
        if len(session.scalars(both).all()) != 2:
            raise Stale(DECIDED)
        _decide(session, first_id, second_id, Decision.DIFFERENT, clock.now(), actor)
        detail = {"other": second_id}
        audit.record(session, "person.different", actor=actor, subject=f"person:{first_id}", detail=detail)


def put_off(pair_id: int, *, actor: str) -> None:
    """保留: the pair stays open, behind those that nobody looked at.

    Raises:
        Stale
    """
    with transaction() as session:
        waiting = update(MatchPair).where(MatchPair.id == pair_id, MatchPair.decision == Decision.OPEN)
        if not _changed(session, waiting.values(decided_at=clock.now(), decided_by=actor)):
            raise Stale(DECIDED)
        audit.record(session, "person.pair_put_off", actor=actor, subject=f"pair:{pair_id}")


def link(number: int) -> MergeLink | None:
    """One merge."""
    return db.session.get(MergeLink, number)


def links_of(people: list[str]) -> list[MergeLink]:
    """The merges that stand behind these entries, newest first."""
    from_here = select(MergeLink).where(MergeLink.person_id.in_(people), MergeLink.undone_at.is_(None))
    return list(db.session.scalars(from_here.order_by(MergeLink.id.desc())))


def _standing() -> ColumnElement[bool]:
    return Person.merged_into.is_(None) & Person.removed_at.is_(None)


def _roots(session: Session, members: set[str]) -> dict[str, str | None]:
    """Into whom each of these goes by the merges that stand; None for who remains."""
    standing = select(MergeLink.person_id, MergeLink.into_id)
    rows = session.execute(standing.where(MergeLink.person_id.in_(members), MergeLink.undone_at.is_(None)))
    into = {row.person_id: row.into_id for row in rows}
    found: dict[str, str | None] = {}
    for number in members:
        root = into.get(number)
        while root in into:
            root = into[root]
        found[number] = root
    return found


def _settle(session: Session, people: set[str], at: datetime, actor: str) -> None:
    incident = session.scalar(select(Person.incident_id).where(Person.id.in_(people)).limit(1))
    settling.resettle(session, people, incident_id=incident or 0, at=at, actor=actor)


def _decide(session: Session, one: str, other: str, decision: Decision, at: datetime, actor: str) -> None:
    first, second = sorted((one, other))
    undecided = decision == Decision.OPEN
    values = {"decision": decision, "decided_at": None if undecided else at, "decided_by": None if undecided else actor}
    pair = (MatchPair.first_id == first) & (MatchPair.second_id == second)
    if not _changed(session, update(MatchPair).where(pair).values(values)):
        session.add(
            MatchPair(first_id=first, second_id=second, score=0, reasons=["officer"], created_at=at, **values),
        )
        session.flush()


def _changed(session: Session, statement: Update) -> bool:
    result = session.execute(statement)
    return bool(getattr(result, "rowcount", 0))
