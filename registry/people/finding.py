"""A search by somebody: whom they may find follows from their roles, and what they were shown is recorded; what they typed waits for a worker to look."""

from sqlalchemy.orm import Session

from disaster.core import audit
from disaster.core.errors import Invalid
from disaster.staff.models import Account
from registry.access import asked as asked_after
from registry.access import own_shelters
from registry.access.cells import PURPOSES, Group, cells
from registry.access.clearance import cleared
from registry.models.search import Subject
from registry.search.ranking import Hit, Scope, find

NO_PURPOSE = "何のために探すかを選んでください。探した人と目的は、記録に残ります。"


def asked(session: Session, account: Account, words: str, why: str) -> list[Hit]:
    """Search for an account, in the caller's transaction.

    Raises:
        Invalid: no purpose was named.
    """
    if why not in PURPOSES:
        raise Invalid(NO_PURPOSE, {"why": NO_PURPOSE})
    hits = find(words, scope_of(account))
    record(session, hits, actor=account.actor, why=why)
    asked_after.note(session, account, "search", {"words": words})
    return hits


def scope_of(account: Account) -> Scope:
    """Whom an account may find: everybody for those who see every shelter; the own shelters' people, and others by exact match, for the rest."""
    everywhere = cells(account.role_list, own=False)[Group.NAME].reads
    own = None if everywhere else frozenset(own_shelters.of(account))
    return Scope(cleared=cleared(account), own=own)


def record(session: Session, hits: list[Hit], *, actor: str, why: str) -> None:
    """Note who was shown to whom and what for."""
    detail = {
        "purpose": why,
        "groups": [str(Group.NAME), str(Group.BIRTH)],
        "people": [hit.id for hit in hits if hit.subject == Subject.PERSON],
        "residents": [int(hit.id) for hit in hits if hit.subject == Subject.RESIDENT],
    }
    audit.record(session, "people.searched", actor=actor, detail=detail)
