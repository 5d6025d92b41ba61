"""Applications for information that were refused (規則 8条の6): kept with what was asked for and why, so that the next officer knows. Nobody is looked up."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Invalid
from disaster.core.text import clean_line, clean_text
from disaster.staff import accounts, presses
from disaster.staff.models import Account
from disaster.staff.permissions import Permission
from registry import twofold
from registry.access.clearance import cleared
from registry.disclosure.giving import Asked, cleaned_application
from registry.disclosure.grounds import RULES, Ground
from registry.models.giving import RefusedApplication


@dataclass(frozen=True, slots=True)
class Refused:
    """One refusal for the page. ``detail``: whether the viewer may read what was asked and why; a named officer's words may be of protected people."""

    row: RefusedApplication
    asked: Asked
    detail: bool


def refuse(asked: Asked, reason: str, actor: int, pressed: str = "") -> int:
    """Record a refusal, of the form that was ``pressed`` once; the number. What is missing in the application hinders no refusal.

    Raises:
        Invalid: no ground, no recipient, no reason, or a text that cannot be kept.
    """
    accounts.check_permission(actor, Permission.DISCLOSE)
    wrong: dict[str, str] = {}
    if asked.ground not in list(Ground) or Ground(asked.ground) not in RULES:
        raise Invalid("提供の根拠を選んでください。", {"ground": "提供の根拠を選んでください。"})
    recipient = clean_line(asked.recipient, field="recipient", label="提供先の名前", limit=200)
    if not recipient:
        wrong["recipient"] = "だれからの申請を断ったか、提供先の名前を入力してください。"
    if len(clean_text(reason, field="reason", label="理由", limit=400)) < twofold.SHORTEST:
        wrong["reason"] = f"断った理由を、{twofold.SHORTEST}文字以上で書いてください。"
    if wrong:
        raise Invalid("入力を確かめてください。", wrong)
    kept = {
        **asdict(asked),
        "numbers": clean_text(asked.numbers, field="numbers", label="台帳の番号", limit=2000),
        "purpose": clean_text(asked.purpose, field="purpose", label="目的", limit=400),
        "application": cleaned_application(asked.application),
    }
    with transaction() as session:
        if first := presses.before(session, pressed):
            return int(first)
        row = RefusedApplication(
            ground=asked.ground,
            recipient_class=asked.recipient_class
            if asked.recipient_class in RULES[Ground(asked.ground)].recipients
            else "",
            recipient=recipient,
            asked=json.dumps(kept, ensure_ascii=False),
            reason=twofold.required(reason),
            at=clock.now(),
            by=actor,
        )
        session.add(row)
        session.flush()
        presses.keep(session, pressed, row.id)
        detail = {"refusal": row.id, "ground": row.ground}
        audit.record(session, "disclosure.refused", actor=f"account:{actor}", subject="disclosure", detail=detail)
        return row.id


def listed(session: Session, viewer: Account, most: int) -> Sequence[Refused]:
    """The latest, newest first."""
    rows = session.execute(
        select(RefusedApplication, Account)
        .join(Account, Account.id == RefusedApplication.by)
        .order_by(RefusedApplication.id.desc())
        .limit(most)
    ).all()
    return [Refused(row, _asked(json.loads(row.asked)), cleared(viewer) or not cleared(author)) for row, author in rows]


def _asked(kept: dict[str, object]) -> Asked:
    return Asked(**{name: kept[name] for name in Asked.__dataclass_fields__})  # type: ignore[arg-type]
