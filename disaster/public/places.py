"""The shelters as a resident sees them: which can be used now, how they stand, how far they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from broadcast.alert.content import Place
from broadcast.cap.vocabulary import Language
from broadcast.models.alert import Transmission
from broadcast.sending import ledger
from broadcast.texts.places import with_reading, without_oaza
from disaster.core import clock
from disaster.core.municipality import Area, municipality
from disaster.public import cards
from disaster.public.language import Words, when, words
from disaster.shelters import directory
from disaster.shelters.map import Point, metres, site_of
from disaster.shelters.models import Shelter
from disaster.shelters.vocabulary import HAZARDS, Crowding, Opening, Status, Suitability

ROUTE = "https://maps.gsi.go.jp/#17/{lat}/{lng}/"
# How a shelter stands, as a sign on the map: letter, and which of several places at one spot decides the pin.
PINS = {
    "free": ("○", 5),
    "open": ("開", 4),
    "busy": ("△", 3),
    "preparing": ("…", 2),
    "full": ("×", 2),
    "closed": ("－", 1),
    "unfit": ("不", 0),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """What the visitor asked for. ``hazard`` None: not said, then that of the alert in force; empty: any."""

    hazard: str | None
    area: str

    @property
    def arguments(self) -> dict[str, str]:
        """The same as query arguments."""
        return {"hazard": self.hazard or "", "area": self.area}


@dataclass(frozen=True, slots=True)
class Row:
    """One shelter of the list, every text in the page's language."""

    key: int
    site: int
    name: str
    reading: str
    kind: str
    welfare: str
    address: str
    state: str
    status: Status
    as_of: str
    pin: str
    letter: str
    rank: int
    label: str
    suits: tuple[tuple[str, Suitability], ...]
    refusal: str
    doubt: str
    distance: str
    capacity: str
    source: str
    route: str


@dataclass(frozen=True, slots=True)
class Listing:
    """The list with its filters; ``hazard_now`` is the name of the hazard that the alert in force chose, empty where none did."""

    rows: tuple[Row, ...]
    hazards: tuple[tuple[str, str], ...]
    hazard: str
    hazard_now: str
    areas: tuple[tuple[str, str], ...]
    area: str
    used: tuple[str, ...] = field(default=())


def choice(arguments: Mapping[str, str]) -> Choice:
    """Read the query; what is unknown counts as not said."""
    hazard, area = arguments.get("hazard"), arguments.get("area", "")
    known = hazard if hazard is None or hazard == "" or hazard in HAZARDS else None
    return Choice(known, area if area in municipality().area_by_code else "")


def listing(asked: Choice, language: Language, at: datetime) -> Listing:
    """The whole list for one choice."""
    shelters, t = directory.public_shelters(), words(language)
    used = tuple(h for h in HAZARDS if any(directory.suitable(s, h) == Suitability.YES for s in shelters))
    now = hazard_in_force(ledger.in_force(at)) if asked.hazard is None else ""
    hazard = asked.hazard if asked.hazard is not None else now
    area = municipality().area_by_code.get(asked.area)
    site = site_of([Point(s.id, s.lat, s.lng) for s in shelters])
    rows = [
        _row(shelter, site[shelter.id], hazard, used, area, language) for shelter in _ordered(shelters, hazard, area)
    ]
    return Listing(
        rows=tuple(rows),
        hazards=tuple((h, t(f"hazard.{h}")) for h in HAZARDS if h in used or h == hazard),
        hazard=hazard,
        hazard_now=t(f"hazard.{now}") if now else "",
        areas=tuple((a.code, area_name(a, language)) for a in municipality().areas),
        area=asked.area,
        used=used,
    )


def open_now(language: Language) -> list[Row]:
    """The shelters that are open, for the first page."""
    found = [s for s in directory.public_shelters() if s.state.opening == Opening.OPEN]
    return [_row(shelter, shelter.id, "", (), None, language) for shelter in found]


def hazard_in_force(standing: list[Transmission]) -> str:
    """The hazard of the most urgent alert that tells people to leave; empty where none does, or the lists know no such hazard."""
    found = cards.by_urgency([cards.card(transmission, Language.JA) for transmission in standing])
    return next((card.hazard for card in found if card.level and card.hazard in HAZARDS), "")


def hazards_now() -> list[str]:
    """The hazards of all alerts in force that tell people to leave, the most urgent first, as the shelter lists name them."""
    found = cards.by_urgency([cards.card(transmission, Language.JA) for transmission in ledger.in_force(clock.now())])
    return list(dict.fromkeys(card.hazard for card in found if card.level and card.hazard in HAZARDS))


def _ordered(shelters: list[Shelter], hazard: str, area: Area | None) -> list[Shelter]:
    """Usable ones first, then the nearest; where no district was chosen, those that are open before the others."""

    def unfit(shelter: Shelter) -> bool:
        return bool(hazard) and directory.suitable(shelter, hazard) == Suitability.NO

    def away(shelter: Shelter) -> float:
        return metres(area.lat, area.lng, shelter.lat, shelter.lng) if area else 0.0

    def closed(shelter: Shelter) -> int:
        return 0 if area else {Opening.OPEN: 0, Opening.PREPARING: 1}.get(shelter.state.opening, 2)

    return sorted(shelters, key=lambda shelter: (unfit(shelter), closed(shelter), away(shelter)))


def _row(shelter: Shelter, site: int, hazard: str, used: tuple[str, ...], area: Area | None, language: Language) -> Row:
    t, fit = words(language), directory.suitable(shelter, hazard) if hazard else None
    pin = "unfit" if fit == Suitability.NO else sign(shelter)
    letter, rank = PINS[pin]
    name = _name(shelter, language)
    refusal = t("unfit", hazard=t(f"hazard.{hazard}")) if fit == Suitability.NO else ""
    state = _state(shelter, t)
    changed = shelter.state.crowding_at or shelter.state.changed_at
    away = metres(area.lat, area.lng, shelter.lat, shelter.lng) if area else None
    return Row(
        key=shelter.id,
        site=site,
        name=name,
        reading=shelter.name if language == Language.EN else shelter.kana if language == Language.EASY_JA else "",
        kind=t(f"kind_{shelter.kind}"),
        welfare=t("welfare", who=shelter.accepts) if shelter.welfare else "",
        address=shelter.address,
        state=state,
        status=shelter.status,
        as_of=t("asof", time=when(changed, language)) if changed else "",
        pin=pin,
        letter=letter,
        rank=rank,
        label="　".join(part for part in (name, refusal or state) if part),
        suits=tuple((t(f"hazard.{h}"), directory.suitable(shelter, h)) for h in used),
        refusal=refusal,
        doubt=t("unknown_fit", hazard=t(f"hazard.{hazard}")) if fit == Suitability.UNKNOWN else "",
        distance=_distance(away, area, language),
        capacity=t("capacity_unknown") if shelter.capacity is None else t("people", number=f"{shelter.capacity:,}"),
        source=f"{shelter.source} {shelter.source_date.isoformat()}",
        route=ROUTE.format(lat=shelter.lat, lng=shelter.lng),
    )


def sign(shelter: Shelter) -> str:
    """The pin of a shelter without regard to a hazard."""
    if shelter.status != Status.OPEN:
        return str(shelter.status)
    by_crowding = {Crowding.FREE: "free", Crowding.SOME: "busy", Crowding.CROWDED: "busy"}
    return by_crowding.get(shelter.crowding, "open")


def _state(shelter: Shelter, t: Words) -> str:
    if shelter.status != Status.OPEN:
        return t(f"state_{shelter.status}")
    joint = " / " if t("state_open").isascii() else "・"
    return f"{t('state_open')}{joint}{t(f'crowd_{shelter.crowding}')}"


def _distance(away: float | None, area: Area | None, language: Language) -> str:
    if away is None or area is None:
        return ""
    return words(language)("distance", area=area_name(area, language), km=f"{away / 1000:.1f}")


def _name(shelter: Shelter, language: Language) -> str:
    return shelter.name_en or shelter.name if language == Language.EN else shelter.name


def area_name(area: Area, language: Language) -> str:
    """An area as a page names it: with its reading in やさしい日本語, without 大字 in Japanese."""
    place = Place(area.name, area.kana, area.name_en)
    if language == Language.EN:
        return area.name_en
    return with_reading(place) if language == Language.EASY_JA else without_oaza(place).name
