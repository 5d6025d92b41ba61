"""The gate of an event's fields: what passes becomes values of the register; the rest is refused with a sentence."""

import json
from collections.abc import Container, Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel, ValidationError

from disaster.core.errors import Invalid
from disaster.core.text import clean_line, clean_text
from registry.intake.merging import TIMES
from registry.intake.schemas import FIELDS, Event
from registry.vocabulary import Kind, PlaceKind

SEVERAL_LINES = frozenset({"note", "care_note", "features"})
WRONG = "この項目の値が正しくありません。"
NO_SHELTER = "この番号の避難所はありません。"
LAST_MS = 253_402_300_799_000  # the end of the year 9999
LARGEST_NUMBER = 2**31 - 1
_NUMBERS = ("resident", "shelter", "goods_shelter")
_KNOWN = {kind: frozenset(model.model_fields) for kind, model in FIELDS.items()}
_SIMPLE = frozenset({str, int, bool, type(None)})  # are in JSON as they are here
_WRITER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def canonical(event: Event) -> str:
    """The event as JSON that is the same for the same content: only what was sent, in one order.

    Raises:
        Invalid: it holds what no text can hold (half a character, a number that is none, hundreds of levels).
    """
    try:
        text = _written(event)
        text.encode()
    except (ValueError, RecursionError) as error:
        raise Invalid("この記録には使えない文字や値があります。") from error
    return text


def shelters_named(event: Event) -> set[int]:
    """The shelters that an event names, as far as they are numbers."""
    named = (event.shelter, event.fields.get("shelter"), event.fields.get("goods_shelter"))
    return {number for number in named if isinstance(number, int) and 0 < number <= LARGEST_NUMBER}


def accepted(event: Event, offset_ms: int) -> dict[str, Any]:
    """The fields that the register knows, cleaned; times with the error of the tablet's clock taken out. Unknown fields stay in the event.

    Raises:
        Invalid: with the sentence under each wrong field.
    """
    model = FIELDS[event.kind]
    try:
        read = model.model_validate({name: _text(name, value) for name, value in event.fields.items()})
    except ValidationError as error:
        wrong = {str(part["loc"][0]): WRONG for part in error.errors() if part["loc"]}
        raise Invalid("この記録には正しくない項目があります。", wrong) from error
    values = {name: _value(name, value, offset_ms) for name, value in _said(read, _KNOWN[event.kind]).items()}
    begins = event.shelter is not None and values.get("start") is not None and values.get("person") is not None
    if event.kind == Kind.STAY and begins and values.get("place", PlaceKind.SHELTER) == PlaceKind.SHELTER:
        values.setdefault("shelter", event.shelter)  # who says no shelter means the one where the tablet stands
    return values


def placed(event: Event, values: Mapping[str, Any], shelters: Container[int]) -> None:
    """Nothing, where every shelter that the event or its accepted fields name is one of these.

    Raises:
        Invalid: with the sentence under the field.
    """
    named = (
        ("shelter", event.shelter),
        ("shelter", values.get("shelter")),
        ("goods_shelter", values.get("goods_shelter")),
    )
    for name, number in named:
        if number is not None and number not in shelters:
            raise Invalid(NO_SHELTER, {name: NO_SHELTER})


def shifted(ms: int, offset_ms: int) -> int:
    """A tablet's time on our clock, within the years that exist."""
    return min(max(ms + offset_ms, 0), LAST_MS)


def _written(event: Event) -> str:
    said = event.model_fields_set
    sent = {name: value for name, value in vars(event).items() if name in said} | (event.model_extra or {})
    try:
        return _WRITER.encode(sent)
    except TypeError:  # it was made here, with values that JSON knows by another form
        return _WRITER.encode(event.model_dump(mode="json", exclude_unset=True))


def _said(read: BaseModel, known: frozenset[str]) -> dict[str, Any]:
    """The known fields that were sent, as JSON has them."""
    said = read.model_fields_set & known
    sent = {name: value for name, value in vars(read).items() if name in said}
    if _SIMPLE.issuperset(map(type, sent.values())):
        return sent
    return read.model_dump(mode="json", include=set(sent))


def _text(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    clean = clean_text if name in SEVERAL_LINES else clean_line
    return clean(value, field=name, label="この項目", limit=2000)


def _value(name: str, value: Any, offset_ms: int) -> Any:
    if value is None:
        return None
    if name in TIMES:
        return shifted(value, offset_ms)
    if name in _NUMBERS and not 0 < value <= LARGEST_NUMBER:
        raise Invalid(WRONG, {name: WRONG})
    if name == "seen_on":
        try:
            date.fromisoformat(value)
        except ValueError as error:
            raise Invalid("この日付はありません。", {name: "この日付はありません。"}) from error
    return sorted(set(value)) if name == "care" else value
