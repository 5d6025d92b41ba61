"""The file of a disclosure, sealed for an hour, so that who made it can save it again: a press or a network that failed costs no second record."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, exists, literal, select
from sqlalchemy.orm import Session

from disaster.core import audit, clock, sealed
from disaster.core.db import transaction
from disaster.core.errors import Missing
from disaster.core.extensions import db
from disaster.staff.models import Account
from registry.access.clearance import cleared
from registry.consent import consents
from registry.disclosure.files import File
from registry.disclosure.grounds import RULES, Ground
from registry.disclosure.guarding import guarded
from registry.ledger import sight
from registry.models.giving import DisclosedPerson, Disclosure, DisclosureFile
from registry.models.ledger import Victim

KEPT = timedelta(hours=1)
OVER = "このファイルは、もうありません。ファイルは、作った人だけが、1時間のあいだ保存し直せます。"
CHANGED = "ファイルを作ったあとに、同意の取消しなどがあったため、このファイルはもう渡せません。"
_PURPOSE = "disclosure-file"


def keep(session: Session, number: int, file: File) -> None:
    """Put it aside, in the transaction of its record."""
    session.add(
        DisclosureFile(
            disclosure_id=number,
            name=file.name,
            mimetype=file.mimetype,
            replaced=len(file.replaced),
            content=sealed.seal(file.content.decode("latin-1"), _PURPOSE),
            at=clock.now(),
        )
    )


def there(session: Session, number: int, account: Account) -> bool:
    """Whether the account can still save it."""
    mine = select(DisclosureFile.disclosure_id).where(_mine(number, account))
    return session.scalar(mine) is not None


def fetch(number: int, account: Account) -> tuple[File, int]:
    """The very file, and how many letters stand in it otherwise than written; recorded.

    Raises:
        Missing: it is over or another's, somebody in it was hidden or took a consent back since.
    """
    with transaction() as session:
        audit.in_a_row(session)
        row = session.scalar(select(DisclosureFile).where(_mine(number, account)))
        given = session.get(Disclosure, number)
        if row is None or given is None:
            raise Missing(OVER)
        if _changed(session, given, account):
            raise Missing(CHANGED)
        subject = f"disclosure:{number}"
        audit.record(
            session,
            "disclosure.fetched",
            actor=account.actor,
            subject=subject,
            detail={"people": given.people, "purpose": "disclosure"},
        )
        return File(row.name, row.mimetype, sealed.unseal(row.content, _PURPOSE).encode("latin-1")), row.replaced


def confirmed_by(proposal_id: int, actor: int) -> int | None:
    """The record that this officer's yes to a proposal made already."""
    mine = (Disclosure.proposal_id == proposal_id) & (Disclosure.by == actor)
    return db.session.scalar(select(Disclosure.id).where(mine))


def forget(at: datetime) -> int:
    """Wipe those whose hour is over; how many."""
    old = DisclosureFile.at <= at - KEPT
    if db.session.scalar(select(DisclosureFile.disclosure_id).where(old).limit(1)) is None:
        return 0
    with transaction() as session:
        done = session.execute(delete(DisclosureFile).where(old).returning(DisclosureFile.disclosure_id)).all()
        return len(done)


def _mine(number: int, account: Account) -> ColumnElement[bool]:
    own = exists().where(Disclosure.id == DisclosureFile.disclosure_id, Disclosure.by == account.id)
    return (DisclosureFile.disclosure_id == number) & own & (DisclosureFile.at > clock.now() - KEPT)


def _changed(session: Session, given: Disclosure, account: Account) -> bool:
    """Whether the ground would not carry it any more."""
    subjects = select(DisclosedPerson.subject).where(DisclosedPerson.disclosure_id == given.id)
    mine = (literal("victim:") + Victim.id).in_(subjects)
    known = session.scalars(select(Victim).where(mine, sight.known_to(account))).all()
    rule = RULES[Ground(given.ground)]
    if len(known) < given.people or (rule.consented and _withdrawn(session, given, known)):
        return True
    return bool(guarded(session, rule, known)) and not (rule.protected and cleared(account))


def _withdrawn(session: Session, given: Disclosure, victims: Sequence[Victim]) -> bool:
    for start in range(0, len(victims), 500):
        for found in consents.of_many(session, victims[start : start + 500]).values():
            if any(one.from_at > given.at or (one.withdrawn_at and one.withdrawn_at > given.at) for one in found):
                return True
    return False
