"""What officers write into the ledger: a value with its source and time, or that it was asked for and is not to be had. Nothing is overwritten."""

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Missing
from disaster.core.text import clean_line
from disaster.staff import presses
from registry.legal_items import BY_CODE, Source
from registry.models.ledger import Victim, VictimFact

BY_HAND = (Source.OFFICER, Source.VICTIM, Source.OFFICE)
UNKNOWN = "この項目には記入できません。"
NOTHING = "内容を入力するか、「聞いたが分からない・書かない」を選んでください。"


def write(
    victim_id: str, code: str, field: str, value: str, source: str, *, note: str = "", actor: str, pressed: str = ""
) -> None:
    """Note a value; of the form that was ``pressed`` once.

    Raises:
        Missing: no such entry. Invalid: no such field, no value, or an unknown source.
    """
    value = clean_line(value, field="value", label="内容", limit=2000)
    if not value:
        raise Invalid(NOTHING, {"value": NOTHING})
    _append(victim_id, code, field, value, source, note, actor, pressed)


def not_collected(victim_id: str, code: str, field: str, reason: str, *, actor: str, pressed: str = "") -> None:
    """Note that a value was asked for, or is not asked for here, and why; of the form that was ``pressed`` once.

    Raises:
        Missing, Invalid
    """
    reason = clean_line(reason, field="note", label="理由", limit=200, required=True)
    _append(victim_id, code, field, None, Source.OFFICER, reason, actor, pressed)


def _append(
    victim_id: str, code: str, field: str, value: str | None, source: str, note: str, actor: str, pressed: str
) -> None:
    item = BY_CODE.get(code)
    if item is None or field not in item.by_hand:
        raise Invalid(UNKNOWN, {"value": UNKNOWN})
    if source not in BY_HAND:
        raise Invalid("どこから聞いたかを選んでください。", {"source": "どこから聞いたかを選んでください。"})
    note = clean_line(note, field="note", label="備考", limit=200)
    with transaction() as session:
        if session.get(Victim, victim_id) is None:
            raise Missing
        if presses.before(session, pressed):
            return
        row = VictimFact(
            victim_id=victim_id, item=code, field=field, value=value, source=source, note=note, at=clock.now(), by=actor
        )
        session.add(row)
        session.flush()
        presses.keep(session, pressed, row.id)
        detail = {"item": code, "field": field, "collected": value is not None}
        audit.record(session, "ledger.fact", actor=actor, subject=f"victim:{victim_id}", detail=detail)
