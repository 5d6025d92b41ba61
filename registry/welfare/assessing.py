"""The assessment (アセスメント): where somebody is cared for, how urgently, when to look again. Never overwritten: each one is a version."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Invalid
from disaster.core.text import clean_text
from disaster.staff.models import Account
from registry.models.welfare import CareAssessment
from registry.welfare import forms
from registry.welfare.words import Judgement, Urgency


@dataclass(frozen=True, slots=True)
class Said:
    """The form as it was filled in."""

    judgement: str
    urgency: str
    due: str = ""
    note: str = ""


def assess(account: Account, number: str, said: Said, *, seen_id: int, key: str) -> int:
    """Write a version down; its number. The same form again is the same version.

    ``seen_id``: the assessment that was on the screen, 0 for none.

    Raises:
        Missing, Invalid
        Stale: another officer was faster; theirs stands.
    """
    with transaction() as session:
        seen = forms.reach(session, account, number)
        judgement, urgency, due, note = _read(said)
        if before := forms.sent(session, CareAssessment, key, seen):
            return before.version
        forms.unchanged(forms.newest(session, CareAssessment, seen), seen_id)
        mine = select(func.max(CareAssessment.version)).where(CareAssessment.person_id.in_(seen.ids))
        version = (session.scalar(mine) or 0) + 1
        row = CareAssessment(
            person_id=seen.person.id,
            version=version,
            judgement=judgement,
            urgency=urgency,
            due=due,
            note=note or None,
            form_key=key,
            at=clock.now(),
            by=account.actor,
        )
        session.add(row)
        subject = f"person:{seen.person.id}"
        audit.record(session, "welfare.assessed", actor=account.actor, subject=subject, detail={"version": version})
        return version


def _read(said: Said) -> tuple[Judgement, Urgency, date | None, str]:
    wrong = {}
    if said.judgement not in list(Judgement):
        wrong["judgement"] = "判断を選んでください。"
    if said.urgency not in list(Urgency):
        wrong["urgency"] = "急ぎ具合を選んでください。"
    due = None
    try:
        due = date.fromisoformat(said.due) if said.due else None
    except ValueError:
        wrong["due"] = "次に確認する日を選んでください。"
    if due and due < clock.jst(clock.now()).date():
        wrong["due"] = "次に確認する日は、きょうから先の日にしてください。"
    if wrong:
        raise Invalid(next(iter(wrong.values())), wrong)
    note = clean_text(said.note, field="assessment_note", label="くわしい内容", limit=4000)
    return Judgement(said.judgement), Urgency(said.urgency), due, note
