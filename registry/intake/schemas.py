"""The wire format of the tablets: what an event is, before and after it is sealed for the way.

A tablet sends ``{"v": 1, "device_now": <ms>, "waiting": n, "items": [{"id", "k", "iv", "c"}, …]}``. ``k`` tells the
server the AES-256 key of this saving (``registry.tablets.seals``), ``iv`` 12 bytes, ``c`` ciphertext and tag of AES-GCM with the id as associated
data; all three base64. Inside is the JSON of ``Event``. The answer is ``{"app": "disaster-intake", "results": [{"id", "status", "why"?}]}``.

Older tablets are understood for ever: an unknown field of an event is kept in its payload and never dropped; it changes no column.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from disaster.shelters.vocabulary import Crowding, Opening
from registry.vocabulary import Care, ExitReason, Kind, Nights, PlaceKind, Safety, Sex

APP = "disaster-intake"
VERSION = 1
MOST_ITEMS = 500  # of one call; a tablet with more sends several
Uuid = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")]
Millis = Annotated[int, Field(ge=0, le=253_402_300_799_000)]  # since 1970, up to the year 9999
Short = Annotated[str, StringConstraints(max_length=60)]
Line = Annotated[str, StringConstraints(max_length=200)]
Long = Annotated[str, StringConstraints(max_length=2000)]


class _Kept(BaseModel):
    """Unknown fields stay; sealed values never stand in an error."""

    model_config = ConfigDict(extra="allow", hide_input_in_errors=True, frozen=True)


class Item(BaseModel):
    """One sealed entry on the way."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    id: Uuid
    k: Annotated[str, StringConstraints(max_length=1000)]
    iv: Annotated[str, StringConstraints(max_length=24)]
    c: Annotated[str, StringConstraints(max_length=65_536)]


class Batch(BaseModel):
    """One call of a tablet. ``device_now``: its own clock at the moment of sending, which tells how wrong that clock is."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    v: int = VERSION
    device_now: Millis
    waiting: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    items: Annotated[
        list[dict[str, Any]], Field(max_length=MOST_ITEMS)
    ]  # each is checked for itself: one bad one fails no other


class PersonFields(_Kept):
    """What may be said about a person; everything is optional, None takes a value back."""

    family: Line | None = None
    given: Line | None = None
    name: Line | None = None
    kana: Annotated[str, StringConstraints(max_length=400)] | None = None
    kana_family: Line | None = None
    kana_given: Line | None = None
    romaji: Line | None = None
    birth: Short | None = None  # as it was said, in any notation
    age: Annotated[int, Field(ge=0, le=150)] | None = None
    sex: Sex | None = None
    address: Annotated[str, StringConstraints(max_length=300)] | None = None
    area: Annotated[str, StringConstraints(max_length=16)] | None = None
    phone: Short | None = None
    nationality: Short | None = None
    language: Annotated[str, StringConstraints(max_length=16)] | None = None
    relation: Annotated[str, StringConstraints(max_length=40)] | None = None
    household: Uuid | None = None
    resident: int | None = None
    safety: Safety | None = None
    injury: Line | None = None
    care: Annotated[list[Care], Field(max_length=30)] | None = None
    care_note: Long | None = None
    visitor: bool | None = None
    destination: Line | None = None  # of a visitor who wants to go home
    provisional: bool | None = None
    features: Long | None = None
    removed: bool | None = None  # entered by mistake
    note: Long | None = None


class HouseholdFields(_Kept):
    """What a family is asked once."""

    surname: Line | None = None
    kana: Line | None = None
    address: Annotated[str, StringConstraints(max_length=300)] | None = None
    area: Annotated[str, StringConstraints(max_length=16)] | None = None
    phone: Short | None = None
    size: Annotated[int, Field(ge=0, le=2000)] | None = None  # a school or a bus is a group too
    group: Line | None = None  # 学校・施設・バス: the name of the group, with its supervisor in ``note``
    care_asked: bool | None = None
    consent: dict[str, bool] | None = None
    pets: Annotated[list[dict[str, Any]], Field(max_length=20)] | None = None
    goods_shelter: int | None = None
    card: Uuid | None = None
    code: Annotated[str, StringConstraints(max_length=16)] | None = None
    note: Long | None = None


class StayFields(_Kept):
    """One stay of one person. ``start`` and ``end`` are the tablet's times in milliseconds."""

    person: Uuid | None = None
    place: PlaceKind | None = None
    shelter: int | None = None
    goods_shelter: int | None = None
    slot: Annotated[str, StringConstraints(max_length=40)] | None = None
    nights: Nights | None = None
    start: Millis | None = None
    end: Millis | None = None
    reason: ExitReason | None = None
    exit_place: Line | None = None
    contact: Line | None = None
    out_until: Millis | None = None
    seen_on: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None
    confirmed_over: Uuid | None = None  # a person decided: this stay holds, that one does not
    note: Long | None = None


class TallyFields(_Kept):
    """A count at the door: either ``total`` (replaces) or ``delta`` (adds; negative takes back)."""

    total: Annotated[int, Field(ge=0, le=100_000)] | None = None
    delta: Annotated[int, Field(ge=-1000, le=1000)] = 0
    children: Annotated[int, Field(ge=-1000, le=1000)] = 0
    elderly: Annotated[int, Field(ge=-1000, le=1000)] = 0


class CrowdingFields(_Kept):
    """One tap at the place."""

    crowding: Crowding


class OpeningFields(_Kept):
    """Opening or closing; ``reason`` where a shelter opens that the hazard forbids."""

    opening: Opening
    reason: Line = ""


FIELDS: dict[Kind, type[_Kept]] = {
    Kind.PERSON: PersonFields,
    Kind.HOUSEHOLD: HouseholdFields,
    Kind.STAY: StayFields,
    Kind.TALLY: TallyFields,
    Kind.CROWDING: CrowdingFields,
    Kind.OPENING: OpeningFields,
}


class Event(_Kept):
    """One thing that happened, named by the device. ``entity`` is whom or what it is about (a tally's, crowding's or opening's entity is its own id).

    ``fields`` are only those that this event sets. ``base`` names, for each of them, the event whose value the writer saw (nothing for one that
    saw none): two values without that link were written without knowing of each other, and a person decides between them.
    ``seq`` counts the device's events; with ``at`` (the device's clock, ms) and the device's number it orders values.
    """

    v: int = VERSION
    id: Uuid
    kind: Kind
    entity: Uuid
    seq: Annotated[int, Field(ge=0, le=2**31 - 1)]
    at: Millis
    shelter: int | None = None  # at which it was entered
    by: Annotated[str, StringConstraints(max_length=60)] = (
        ""  # who held the tablet, as signed in at the start of the shift
    )
    exercise: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None  # the exercise that the writer was told of
    base: dict[str, Uuid | Annotated[list[Uuid], Field(max_length=50)]] = Field(
        default_factory=dict
    )  # several: a decision between them
    fields: dict[str, Any]
