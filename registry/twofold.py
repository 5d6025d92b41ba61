"""What one person proposes and another must confirm, with a fresh code: lifting a protection, giving many people's data away, wiping."""

import json
from datetime import timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.errors import Forbidden, Invalid, Missing, Stale
from disaster.core.extensions import db
from disaster.core.text import clean_text
from disaster.staff import second_factor
from registry.models.protection import ProposalState, RegistryProposal

OPEN_FOR = timedelta(hours=24)  # a wish of last week is not confirmed today
SHORTEST = 5  # letters of a reason
PURPOSE = "twofold"  # of the codes
OWN = "自分が提案したものは、自分では確認できません。もう1人の担当者に頼んでください。"
OVER = "この提案は、もう確認待ちではありません。いまの状態を確かめてください。"
WAITING = "同じことについて、2人目の確認を待っている提案がすでにあります。"


def required(text: str, field: str = "reason", label: str = "理由") -> str:
    """A reason in words.

    Raises:
        Invalid: there is none.
    """
    text = clean_text(text, field=field, label=label, limit=400)
    if len(text) < SHORTEST:
        told = f"{label}を、{SHORTEST}文字以上で書いてください。"
        raise Invalid(told, {field: told})
    return text


def propose(session: Session, kind: str, subject: str, payload: dict[str, Any], reason: str, actor: int) -> int:
    """Propose, in the caller's transaction; the number. It waits for a day at most.

    Raises:
        Stale: one waits already. Invalid: no reason.
    """
    reason, at = required(reason), clock.now()
    session.execute(
        update(RegistryProposal)
        .where(RegistryProposal.state == ProposalState.PROPOSED, RegistryProposal.expires_at <= at)
        .values(state=ProposalState.EXPIRED)
    )
    row = RegistryProposal(
        kind=kind,
        subject=subject,
        payload=json.dumps(payload, ensure_ascii=False),
        reason=reason,
        state=ProposalState.PROPOSED,
        proposed_by=actor,
        proposed_at=at,
        expires_at=at + OPEN_FOR,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        raise Stale(WAITING) from None
    _record(session, "twofold.proposed", row, actor)
    return row.id


def prove(number: int, kind: str, actor: int, code: str) -> None:
    """That the second person holds the second factor now. In transactions of its own: before the one that confirms.

    Raises:
        Forbidden: it is one's own proposal, on which no code is spent.
        Missing. Stale: it is no longer waiting. Invalid, TooMany: the code (see ``second_factor.fresh``).
    """
    row = get(db.session(), number, kind)
    own, over = row.proposed_by == actor, row.state != ProposalState.PROPOSED or row.expires_at <= clock.now()
    if own:
        raise Forbidden(OWN)
    if over:
        raise Stale(OVER)
    second_factor.fresh(actor, code, PURPOSE)


def confirm(session: Session, number: int, kind: str, actor: int) -> tuple[RegistryProposal, dict[str, Any]]:
    """The second person's yes after ``prove``, in the caller's transaction, which does what was proposed.

    Raises:
        Forbidden: it is one's own proposal.
        Stale: it was decided, withdrawn, or is too old.
    """
    row = get(session, number, kind)
    if row.proposed_by == actor:
        raise Forbidden(OWN)
    _decide(session, row, ProposalState.CONFIRMED, actor)
    _record(session, "twofold.confirmed", row, actor)
    return row, json.loads(row.payload)


def refuse(session: Session, number: int, kind: str, actor: int) -> None:
    """Say no; one's own proposal is taken back that way.

    Raises:
        Stale
    """
    row = get(session, number, kind)
    own = row.proposed_by == actor
    _decide(session, row, ProposalState.WITHDRAWN if own else ProposalState.REFUSED, actor)
    _record(session, "twofold.refused", row, actor)


def get(session: Session, number: int, kind: str) -> RegistryProposal:
    """One proposal of a kind.

    Raises:
        Missing
    """
    row = session.get(RegistryProposal, number, populate_existing=True)
    if row is None or row.kind != kind:
        raise Missing
    return row


def waiting(kind: str) -> list[RegistryProposal]:
    """Those that can be confirmed now, oldest first."""
    now = (RegistryProposal.state == ProposalState.PROPOSED) & (RegistryProposal.expires_at > clock.now())
    query = select(RegistryProposal).where(RegistryProposal.kind == kind, now).order_by(RegistryProposal.id)
    return list(db.session.scalars(query))


def _decide(session: Session, row: RegistryProposal, state: ProposalState, actor: int) -> None:
    at = clock.now()
    done = session.execute(
        update(RegistryProposal)
        .where(
            RegistryProposal.id == row.id,
            RegistryProposal.state == ProposalState.PROPOSED,
            RegistryProposal.expires_at > at,
        )
        .values(state=state, decided_by=actor, decided_at=at)
        .returning(RegistryProposal.id)
    ).first()
    if done is None:
        raise Stale(OVER)


def _record(session: Session, action: str, row: RegistryProposal, actor: int) -> None:
    detail = {"kind": row.kind, "about": row.subject}
    audit.record(session, action, actor=f"account:{actor}", subject=f"twofold:{row.id}", detail=detail)
