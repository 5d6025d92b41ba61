"""Sources disagree about a shelter: the safer value stands, and each source keeps what it said, with its date.

Real case: the town's own page (2023) calls 三和小学校 usable when water stands in the streets, 国土地理院's list (2025) does not.
"""

from collections.abc import Iterable, Mapping
from datetime import date

from disaster.shelters.models import Shelter, ShelterClaim
from disaster.shelters.vocabulary import HAZARDS, Suitability

Says = Mapping[str, Suitability]


def safer(values: Iterable[Suitability]) -> Suitability:
    """One value out of several: no before yes, yes before unknown."""
    found = set(values)
    for value in (Suitability.NO, Suitability.YES):
        if value in found:
            return value
    return Suitability.UNKNOWN


def put(shelter: Shelter, source: str, source_date: date, says: Says) -> None:
    """Note what ``source`` says now, in place of what it said before, and merge all sources into the shelter's columns."""
    plain = {hazard: str(value) for hazard, value in says.items()}
    claim = next((claim for claim in shelter.claims if claim.source == source), None)
    if claim is None:
        shelter.claims.append(ShelterClaim(source=source, source_date=source_date, says=plain))
    else:
        claim.source_date, claim.says = source_date, plain
    for hazard in HAZARDS:
        setattr(shelter, hazard, safer(Suitability(claim.says.get(hazard, "unknown")) for claim in shelter.claims))


def conflicts(shelter: Shelter) -> dict[str, list[ShelterClaim]]:
    """Hazards on which the sources disagree, with what each says."""
    found = {}
    for hazard in HAZARDS:
        said = {claim.says.get(hazard) for claim in shelter.claims} - {"unknown", None}
        if len(said) > 1:
            found[hazard] = list(shelter.claims)
    return found
