"""Sources disagree about a shelter: the safer value stands, and each source keeps what it said, with its date.

Real case: the town's own page (2023) calls 三和小学校 usable when water stands in the streets, 国土地理院's list (2025) does not.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from disaster.shelters.models import Shelter, ShelterClaim
from disaster.shelters.vocabulary import HAZARD_SHORT, HAZARDS, Suitability

Says = Mapping[str, Suitability]
CAPACITY = "capacity"


@dataclass(frozen=True, slots=True)
class Word:
    """What one source says: ``says`` by hazard, ``facts`` as in ``ShelterClaim``."""

    source: str
    source_date: date
    says: Mapping[str, str]
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Sources that say different things of one field (a hazard, or ``capacity``): what stands, and ``said`` as (source, date, value)."""

    field: str
    stands: str
    said: tuple[tuple[str, str, str], ...]

    @property
    def label(self) -> str:
        """The field's name on pages."""
        return "収容人数" if self.field == CAPACITY else HAZARD_SHORT[self.field]

    def shown(self, value: str) -> str:
        """A value on pages."""
        return f"{value}人" if self.field == CAPACITY else Suitability(value).ja


def safer(values: Iterable[Suitability]) -> Suitability:
    """One value out of several: no before yes, yes before unknown."""
    found = set(values)
    for value in (Suitability.NO, Suitability.YES):
        if value in found:
            return value
    return Suitability.UNKNOWN


def words_of(shelter: Shelter) -> list[Word]:
    """What every source says of a shelter."""
    return [Word(claim.source, claim.source_date, claim.says, claim.facts or {}) for claim in shelter.claims]


def merged(words: Sequence[Word]) -> dict[str, Any]:
    """The columns that the sources make together: the safer suitability, the smaller capacity; a capacity that nobody says is None."""
    found: dict[str, Any] = {
        hazard: safer(Suitability(word.says.get(hazard, "unknown")) for word in words) for hazard in HAZARDS
    }
    found[CAPACITY] = min((word.facts[CAPACITY] for word in words if word.facts.get(CAPACITY)), default=None)
    return found


def put(
    shelter: Shelter,
    source: str,
    source_date: date,
    says: Says,
    *,
    ref: str = "",
    facts: Mapping[str, Any] | None = None,
) -> None:
    """Note what ``source`` says now, in place of what it said before, and merge all sources into the shelter's columns."""
    plain = {hazard: str(value) for hazard, value in says.items()}
    claim = next((claim for claim in shelter.claims if claim.source == source), None)
    if claim is None:
        claim = ShelterClaim(source=source)
        shelter.claims.append(claim)
    claim.source_date, claim.says, claim.ref, claim.facts = source_date, plain, ref, dict(facts or {})
    for name, value in merged(words_of(shelter)).items():
        setattr(shelter, name, value)


def disagreements(words: Sequence[Word]) -> list[Disagreement]:
    """Where the sources say different things, with what stands; who says nothing disagrees with nobody."""
    stands, found = merged(words), []
    for name in (*HAZARDS, CAPACITY):
        said = [
            (word.source, word.source_date.isoformat(), str(value))
            for word in words
            if (value := word.facts.get(CAPACITY) if name == CAPACITY else word.says.get(name)) not in (None, "unknown")
        ]
        if len({value for _, _, value in said}) > 1:
            found.append(Disagreement(name, str(stands[name]), tuple(said)))
    return found


def conflicts(shelter: Shelter) -> dict[str, list[ShelterClaim]]:
    """Hazards on which the sources disagree, with what each says."""
    fields = {one.field for one in disagreements(words_of(shelter))} - {CAPACITY}
    return {hazard: list(shelter.claims) for hazard in HAZARDS if hazard in fields}
