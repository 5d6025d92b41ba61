"""What was entered about somebody, in sentences: when, by whom or which tablet, what it said; only what may be shown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Select, or_, select

from disaster.core import sealed
from disaster.core.extensions import db
from registry.access.cells import group_of
from registry.access.viewing import Seen
from registry.intake.projection import instant
from registry.intake.schemas import Event
from registry.intake.taking import SEAL
from registry.models.intake import IntakeEvent
from registry.models.people import Stay
from registry.people.facts import LABELS, value
from registry.vocabulary import Kind, Outcome

MOST = 200
_ABOUT = {Kind.PERSON: "本人", Kind.HOUSEHOLD: "世帯", Kind.STAY: "滞在"}


# What only points to another record, in words; whose stay it is says the page itself.
_REFERS = {"household": "世帯に入れた", "resident": "住民の名簿の人とした", "card": "カードで受け付けた", "person": ""}


@dataclass(frozen=True, slots=True)
class Sentence:
    """One entry. ``actor`` is who pressed the button (``account:7``, ``device:3``), ``holder`` who said to hold the tablet."""

    event: str
    at: datetime
    received_at: datetime
    actor: str
    holder: str
    text: str
    conflict: bool


def of(seen: Seen) -> list[Sentence]:
    """Everything about a person, their household and their stays, newest first; the newest 200."""
    stays = select(Stay.id).where(Stay.person_id.in_(seen.ids))
    household = [seen.person.household_id] if seen.person.household_id else []
    about = or_(IntakeEvent.entity.in_([*seen.ids, *household]), IntakeEvent.entity.in_(stays))
    rows = db.session.scalars(select(IntakeEvent).where(about).order_by(IntakeEvent.number.desc()).limit(MOST))
    return [sentence for row in rows if (sentence := _sentence(row, seen))]


def event(row: IntakeEvent) -> Event | None:
    """An event as it came; None for one that today's format does not know."""
    try:
        return Event.model_validate_json(sealed.unseal(row.payload, SEAL))
    except ValidationError:
        return None


def said(fields: Iterable[tuple[str, Any]], seen: Seen | None) -> str:
    """Fields in words; those that may not be shown are counted only. ``seen`` None: nothing is known of a person, everything is shown."""
    shown, hidden = [], 0
    for name, one in fields:
        if seen is not None and not seen.reads(group_of(name)):
            hidden += 1
        elif name in _REFERS:
            shown += [_REFERS[name]] if one and _REFERS[name] else []
        elif name in LABELS:
            shown.append(f"{LABELS[name]}「{value(name, one)}」")
    if hidden:
        shown.append(f"ほか{hidden}項目（表示できません）")
    return "、".join(shown)


def by_ids(ids: Sequence[str], seen: Seen) -> list[Sentence]:
    """These events, in the order in which they came."""
    return [sentence for row in db.session.scalars(rows(ids)) if (sentence := _sentence(row, seen))]


def rows(ids: Sequence[str]) -> Select[IntakeEvent]:
    """The query for these events, in the order in which they came."""
    return select(IntakeEvent).where(IntakeEvent.id.in_(ids)).order_by(IntakeEvent.number)


def _sentence(row: IntakeEvent, seen: Seen) -> Sentence | None:
    found = event(row)
    if found is None:
        return None
    text = said(found.fields.items(), seen)
    about = _ABOUT.get(found.kind, "")
    conflict = row.outcome == Outcome.CONFLICT
    at = instant(row.at) or row.received_at
    return Sentence(row.id, at, row.received_at, row.actor, found.by, f"{about}：{text}", conflict)
