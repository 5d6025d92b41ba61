"""Which entries of the register may be one person: looked for anew whenever entries changed, kept until a person decides, never asked twice."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session, aliased

from disaster.core import clock
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.core.places import Places
from registry.matching import blocking, likeness
from registry.matching.likeness import Entry, Scored
from registry.models.people import MatchPair, Person, Stay
from registry.vocabulary import Decision, Protection

_COLUMNS = (
    Person.id, Person.family, Person.given, Person.name, Person.kana_family, Person.kana_given, Person.kana, Person.romaji, Person.birth_date,
    Person.birth_precision, Person.age_stated, Person.sex, Person.address, Person.area_code, Person.phone_digest, Person.household_id,
    Person.resident_id,
)  # fmt: skip
_MANY = 500
_OVERLAP = timedelta(minutes=5)  # clocks of several processes


@dataclass(frozen=True, slots=True)
class Pair:
    """Two entries that wait for a decision, the likeliest first. ``put_off``: somebody looked and could not tell."""

    id: int
    first_id: str
    second_id: str
    score: int
    reasons: tuple[str, ...]
    put_off: bool

    @property
    def likely(self) -> bool:
        """Whether it is shown as probably one person, not as a question."""
        return self.score >= likeness.LIKELY


def refresh(incident_id: int, *, since: datetime | None = None) -> int:
    """Look for pairs among the entries of a disaster; only those of entries changed since then. How many are new."""
    about = None
    if since is not None:
        changed = select(Person.id).where(Person.incident_id == incident_id, Person.updated_at >= since - _OVERLAP)
        about = frozenset(db.session.scalars(changed))
        if not about:
            return 0
    with transaction() as session:
        return find(session, incident_id, clock.now(), about=about)


def find(session: Session, incident_id: int, at: datetime, *, about: frozenset[str] | None = None) -> int:
    """The same in the caller's transaction: new pairs are added, open ones get their present score, those that fell below are taken out."""
    people = entries(session, incident_id)
    scores = _scores(people, about, clock.jst(at).date())
    standing = {}
    for row in session.execute(select(MatchPair.id, MatchPair.first_id, MatchPair.second_id, MatchPair.decision)):
        standing[row.first_id, row.second_id] = row
    fresh = [
        {"first_id": pair[0], "second_id": pair[1], "decision": Decision.OPEN, "created_at": at, **_values(found)}
        for pair, found in scores.items()
        if pair not in standing
    ]
    if fresh:
        session.execute(insert(MatchPair), fresh)
    over = []
    for pair, row in standing.items():
        if row.decision != Decision.OPEN or (about is not None and about.isdisjoint(pair)):
            continue
        if pair in scores:
            session.execute(update(MatchPair).where(MatchPair.id == row.id).values(**_values(scores[pair])))
        else:
            over.append(row.id)
    for start in range(0, len(over), _MANY):
        undecided = MatchPair.id.in_(over[start : start + _MANY]) & (MatchPair.decision == Decision.OPEN)
        session.execute(delete(MatchPair).where(undecided))
    return len(fresh)


def waiting(incident_id: int, *, cleared: bool, most: int = 200) -> list[Pair]:
    """The pairs that wait for a person. Without clearance a pair with a protected person does not exist."""
    one, other = aliased(Person), aliased(Person)
    query = (
        select(MatchPair)
        .join(one, one.id == MatchPair.first_id)
        .join(other, other.id == MatchPair.second_id)
        .where(MatchPair.decision == Decision.OPEN, one.incident_id == incident_id)
        .order_by(MatchPair.decided_at.is_not(None), MatchPair.score.desc(), MatchPair.id)
    )
    for person in (one, other):
        query = query.where(person.merged_into.is_(None), person.removed_at.is_(None))
        if not cleared:
            query = query.where(person.protection != Protection.HIDDEN)
    return [
        Pair(row.id, row.first_id, row.second_id, row.score, tuple(row.reasons), row.decided_at is not None)
        for row in db.session.scalars(query.limit(most))
    ]


def entries(session: Session, incident_id: int) -> list[Entry]:
    """Everybody of a disaster who stands for themselves, as the measure takes them."""
    standing = (Person.incident_id == incident_id, Person.merged_into.is_(None), Person.removed_at.is_(None))
    nights: dict[str, set[date]] = {}
    seen = select(Stay.person_id, Stay.seen_on).where(Stay.incident_id == incident_id, Stay.seen_on.is_not(None))
    for person_id, night in session.execute(seen):
        if person_id and night:
            nights.setdefault(person_id, set()).add(night)
    places = Places(municipality())
    found = []
    for row in session.execute(select(*_COLUMNS).where(*standing)):
        place = places.read(row.address)
        found.append(
            Entry(
                row.id, row.family, row.given, row.name, row.kana_family, row.kana_given, row.kana, row.romaji, row.birth_date,
                row.birth_precision, row.age_stated, row.sex, place.area_code or row.area_code, place.key, place.branch,
                row.phone_digest, row.household_id, row.resident_id, frozenset(nights.get(row.id, ())),
            )
        )  # fmt: skip
    return with_families(found)


def with_families(people: Iterable[Entry]) -> list[Entry]:
    """The same entries; of each it is known whether it came with others."""
    listed = list(people)
    sizes = Counter(entry.household for entry in listed if entry.household)
    return [replace(entry, accompanied=sizes[entry.household or ""] > 1) for entry in listed]


def _scores(people: Iterable[Entry], about: frozenset[str] | None, today: date) -> dict[tuple[str, str], Scored]:
    found = {}
    for one, other in blocking.pairs(people, about=about):
        scored = likeness.score(one, other, today)
        if scored.score >= likeness.POSSIBLE:
            found[min(one.id, other.id), max(one.id, other.id)] = scored
    return found


def _values(found: Scored) -> dict[str, object]:
    return {"score": found.score, "reasons": [str(reason) for reason in found.reasons]}
