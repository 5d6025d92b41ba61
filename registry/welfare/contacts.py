"""The log of contacts: one tap a try."""

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Invalid
from disaster.core.text import clean_text
from disaster.staff.models import Account
from registry.models.welfare import CareContact
from registry.welfare import forms
from registry.welfare.words import Result

LONGEST = 1000


def log(account: Account, number: str, result: str, note: str, *, key: str) -> Result:
    """Write down what came of one try; the same form again is the same try.

    Raises:
        Missing, Invalid
    """
    with transaction() as session:
        seen = forms.reach(session, account, number)
        if result not in list(Result):
            raise Invalid("結果を選んでください。", {"result": "結果を選んでください。"})
        note = clean_text(note, field="note", label="メモ", limit=LONGEST)
        if before := forms.sent(session, CareContact, key, seen):
            return before.result
        came = Result(result)
        row = CareContact(
            person_id=seen.person.id,
            result=came,
            note=note or None,
            form_key=key,
            at=clock.now(),
            by=account.actor,
        )
        session.add(row)
        audit.record(
            session,
            "welfare.contacted",
            actor=account.actor,
            subject=f"person:{seen.person.id}",
            detail={"result": came},
        )
        return came
