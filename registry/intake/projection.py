"""What the tables show of a document: its present values as columns. A function of the document alone, so the tables can be made anew."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Table

from disaster.core import birthdates, clock
from registry.intake.merging import Doc
from registry.models.people import Household, Person, Stay
from registry.search.phones import phone_digest
from registry.vocabulary import ExitReason, Kind, Nights, PlaceKind, Safety, Sex

TABLES: dict[Kind, Table] = {
    Kind.PERSON: Person.__table__,  # type: ignore[dict-item]
    Kind.HOUSEHOLD: Household.__table__,  # type: ignore[dict-item]
    Kind.STAY: Stay.__table__,  # type: ignore[dict-item]
}
SEAL = "registry"  # purpose of the documents' seal
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PERSON_TEXTS = (
    "name",
    "family",
    "given",
    "kana",
    "kana_family",
    "kana_given",
    "romaji",
    "address",
    "nationality",
    "language",
    "relation",
)


def instant(ms: int | None) -> datetime | None:
    """Milliseconds since 1970 as an instant."""
    return None if ms is None else _EPOCH + timedelta(milliseconds=ms)


def millis(at: datetime) -> int:
    """The reverse."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def birth(doc: Doc) -> birthdates.Birth:
    """What was understood of a birth date as it was said, seen from the day on which it was entered."""
    said = doc.head("birth")
    if said is None or not said.value:
        return birthdates.Birth()
    return birthdates.read(said.value, (_EPOCH + timedelta(milliseconds=said.at)).astimezone(clock.JST).date())


def columns(kind: Kind, doc: Doc) -> dict[str, Any]:
    """The columns that follow from a document. Not among them: who is merged or protected, and which of two stays holds."""
    return _COLUMNS[kind](doc)


def _person(doc: Doc) -> dict[str, Any]:
    removed = doc.head("removed")
    born = birth(doc)
    return {
        **{name: doc.get(name, "") for name in _PERSON_TEXTS},
        "area_code": doc.get("area", ""),
        "household_id": doc.get("household"),
        "resident_id": doc.get("resident"),
        "birth_raw": doc.get("birth", ""),
        "birth_date": born.day,
        "birth_precision": born.precision,
        "age_stated": doc.get("age"),
        "sex": Sex(doc.get("sex", Sex.UNKNOWN)),
        "phone": doc.get("phone"),
        "phone_digest": phone_digest(doc.get("phone")),
        "safety": Safety(doc.get("safety", Safety.UNCONFIRMED)),
        "care": doc.get("care", []),
        "visitor": doc.get("visitor", False),
        "provisional": doc.get("provisional", False),
        "features": doc.get("features"),
        "removed_at": instant(removed.at) if removed and removed.value else None,
    }


def _household(doc: Doc) -> dict[str, Any]:
    return {
        **{name: doc.get(name, "") for name in ("surname", "kana", "address")},
        "area_code": doc.get("area", ""),
        "code": doc.get("code"),
        "card": doc.get("card"),
        "phone": doc.get("phone"),
        "phone_digest": phone_digest(doc.get("phone")),
        "size": doc.get("size"),
        "care_asked": doc.get("care_asked", False),
        "consent": doc.get("consent", {}),
        "pets": doc.get("pets", []),
        "goods_shelter_id": doc.get("goods_shelter"),
        "note": doc.get("note"),
    }


def _stay(doc: Doc) -> dict[str, Any]:
    place = PlaceKind(doc.get("place", PlaceKind.SHELTER))
    reason, seen = doc.get("reason"), doc.get("seen_on")
    return {
        "person_id": doc.get("person"),
        "place": place,
        "shelter_id": doc.get("shelter") if place == PlaceKind.SHELTER else None,
        "goods_shelter_id": doc.get("goods_shelter"),
        "slot": doc.get("slot", ""),
        "nights": Nights(doc.get("nights", Nights.BOTH)),
        "started_at": instant(doc.get("start")),
        "ended_at": instant(doc.get("end")),
        "exit_reason": ExitReason(reason) if reason and doc.get("end") is not None else None,
        "exit_place": doc.get("exit_place", ""),
        "next_contact": doc.get("contact"),
        "out_until": instant(doc.get("out_until")),
        "seen_on": date.fromisoformat(seen) if seen else None,
    }


_COLUMNS: dict[Kind, Callable[[Doc], dict[str, Any]]] = {
    Kind.PERSON: _person,
    Kind.HOUSEHOLD: _household,
    Kind.STAY: _stay,
}
