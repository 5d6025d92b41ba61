"""What somebody depends on: power, oxygen, medicine, and for how many hours there is enough."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Invalid
from disaster.core.text import clean_text
from disaster.staff.models import Account
from registry.models.welfare import CareEquipment
from registry.welfare import forms
from registry.welfare.words import Equipment

MOST_HOURS = 24 * 30
HOURS = f"残りの時間は、0から{MOST_HOURS}までの数字で入力してください。"


@dataclass(frozen=True, slots=True)
class Depends:
    """What stands of somebody. ``runs_out_at``: when there is no more; None: nobody said."""

    kinds: tuple[Equipment, ...]
    note: str
    runs_out_at: datetime | None
    at: datetime
    by: str

    @property
    def left(self) -> str:
        """How long there is enough from now, in words; empty where nobody said."""
        if self.runs_out_at is None:
            return ""
        hours = (self.runs_out_at - clock.now()) / timedelta(hours=1)
        return "時間切れ" if hours <= 0 else "あと1時間より短い" if hours < 1 else f"あと約{int(hours)}時間"

    @property
    def short(self) -> bool:
        """Whether it ends within half a day."""
        return self.runs_out_at is not None and self.runs_out_at < clock.now() + timedelta(hours=12)


def opened(row: CareEquipment) -> Depends:
    """A row in words."""
    said = json.loads(row.said)
    kinds = tuple(Equipment(kind) for kind in said["kinds"])
    return Depends(kinds, said["note"], row.runs_out_at, row.at, row.by)


def note(
    account: Account, number: str, kinds: Collection[str], words: str, hours: str, *, seen_id: int, key: str
) -> None:
    """Write down what somebody depends on now; nothing ticked and no word: on nothing any more.

    Raises:
        Missing, Invalid
        Stale: somebody else wrote meanwhile.
    """
    with transaction() as session:
        seen = forms.reach(session, account, number)
        if not set(kinds) <= set(Equipment):
            raise Invalid("機器・薬を選び直してください。", {"kinds": "機器・薬を選び直してください。"})
        words = clean_text(words, field="words", label="機器・薬の説明", limit=1000)
        left = _hours(hours)
        if forms.sent(session, CareEquipment, key, seen):
            return
        forms.unchanged(forms.newest(session, CareEquipment, seen), seen_id)
        at = clock.now()
        row = CareEquipment(
            person_id=seen.person.id,
            said=json.dumps({"kinds": sorted(set(kinds)), "note": words}, ensure_ascii=False),
            urgent=bool(kinds),
            runs_out_at=at + timedelta(hours=left) if left is not None else None,
            form_key=key,
            at=at,
            by=account.actor,
        )
        session.add(row)
        audit.record(session, "welfare.equipment", actor=account.actor, subject=f"person:{seen.person.id}")


def _hours(text: str) -> int | None:
    text = text.strip()
    if not text:
        return None
    try:  # int() reads full-width digits too
        hours = int(text)
    except ValueError as error:
        raise Invalid(HOURS, {"hours": HOURS}) from error
    if not 0 <= hours <= MOST_HOURS:
        raise Invalid(HOURS, {"hours": HOURS})
    return hours
