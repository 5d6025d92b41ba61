"""Entries that may be one person, as an officer sees them: both beside each other, with what speaks for it and what does not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from disaster.core.db import transaction
from disaster.core.errors import Missing, Stale
from disaster.core.extensions import db
from disaster.incidents import running
from disaster.staff.models import Account
from registry.access import viewing
from registry.access.cells import Group
from registry.access.clearance import cleared
from registry.access.viewing import NO_RECORD, Seen
from registry.matching import joining, suggesting
from registry.matching.likeness import Reason
from registry.models.people import MatchPair
from registry.people import facts
from registry.people.facts import Fact
from registry.vocabulary import Decision

PAGE = 10
SHOWN = (Group.NAME, Group.BIRTH, Group.HOUSEHOLD)


@dataclass(frozen=True, slots=True)
class Line:
    """One field of both; ``same`` None where one of them says nothing."""

    label: str
    first: str
    second: str
    same: bool | None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two entries. ``number`` of the suggestion, None where an officer named them."""

    number: int | None
    first: Seen
    second: Seen
    score: int
    likely: bool
    reasons: Sequence[str]
    put_off: bool
    lines: Sequence[Line]


def waiting(account: Account, *, page: int = 1) -> tuple[list[Pair], bool]:
    """One page of those that wait, the likeliest first, and whether there are more; recorded as one look."""
    incident = running.running()
    if incident is None:
        return [], False
    found = []
    skip, wanted = (page - 1) * PAGE, page * PAGE + 1
    for one in suggesting.waiting(incident, cleared=cleared(account), most=1000):
        both = _both(account, one.first_id, one.second_id)
        if both is None:
            continue
        found.append((one, both))
        if len(found) >= wanted:
            break
    shown = [
        Pair(one.id, *both, one.score, one.likely, [_word(reason) for reason in one.reasons], one.put_off, lines(*both))
        for one, both in found[skip : skip + PAGE]
    ]
    with transaction() as session:
        viewing.record_list(session, account, "pairs", len(shown) * 2, "match")
    return shown, len(found) > skip + PAGE


def named(account: Account, first: str, second: str) -> Pair:
    """Two entries that an officer wants to compare; recorded as a look at both.

    Raises:
        Missing
    """
    with transaction() as session:
        one = viewing.look(session, account, first, "match")
        other = viewing.look(session, account, second, "match")
    return Pair(None, one, other, 0, False, (), False, lines(one, other))


def same(account: Account, first: str, second: str) -> str:
    """They are one person: the later entry goes into the earlier, an unknown person into the known one; the id of the one that remains.

    Raises:
        Missing, Stale, Invalid
    """
    both = _both(account, first, second)
    if both is None:
        raise Missing(NO_RECORD)
    if {both[0].person.id, both[1].person.id} != {first, second}:
        raise Stale(joining.GONE)
    keep, other = sorted((one.person for one in both), key=lambda person: (person.provisional, person.id))
    kept = keep.id
    joining.merge(other.id, kept, actor=account.actor)
    return kept


def different(account: Account, first: str, second: str) -> None:
    """They are two people, for ever.

    Raises:
        Missing, Stale
    """
    if _both(account, first, second) is None:
        raise Missing(NO_RECORD)
    joining.different(first, second, actor=account.actor)


def put_off(account: Account, number: int) -> None:
    """Nobody can tell yet.

    Raises:
        Missing, Stale
    """
    pair = db.session.get(MatchPair, number)
    if pair is None or _both(account, pair.first_id, pair.second_id) is None:
        raise Missing(NO_RECORD)
    if pair.decision != Decision.OPEN:
        raise Stale(joining.DECIDED)
    joining.put_off(number, actor=account.actor)


def take_apart(account: Account, link_id: int) -> str:
    """Undo a merge; the entry that remains.

    Raises:
        Missing, Stale
    """
    link = joining.link(link_id)
    if link is None:
        raise Missing(NO_RECORD)
    seen = viewing.writable(account, link.into_id, Group.NAME)
    joining.take_apart(link_id, actor=account.actor)
    return seen.person.id


def lines(first: Seen, second: Seen) -> list[Line]:
    """What both say, field by field; protection of one is never shown on the other because neither is told here."""
    one, other = _told(first), _told(second)
    labels = list(dict.fromkeys([*one, *other]))
    return [
        Line(label, one.get(label, ""), other.get(label, ""), _same(one.get(label), other.get(label)))
        for label in labels
    ]


def _same(one: str | None, other: str | None) -> bool | None:
    return one == other if one and other else None


def _told(seen: Seen) -> Mapping[str, str]:
    shown = facts.person(seen, facts.opened(seen.person))
    told: list[Fact] = [fact for group in SHOWN if seen.reads(group) for fact in shown.get(group, [])]
    return {fact.label: fact.text for fact in told if fact.field not in ("household", "resident", "provisional")}


def _both(account: Account, first: str, second: str) -> tuple[Seen, Seen] | None:
    """Both, when both are there for the account and none of them under another name."""
    try:
        one, other = viewing.found(account, first), viewing.found(account, second)
    except Missing:
        return None
    return (one, other) if one.reads(Group.NAME) and other.reads(Group.NAME) else None


def _word(reason: str) -> str:
    return Reason(reason).ja if reason in set(Reason) else "職員が指定した"
