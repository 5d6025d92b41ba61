"""Looking shelters up, and what they may be used for."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm.attributes import set_committed_value

from disaster.core.extensions import db
from disaster.shelters.models import Shelter, ShelterState
from disaster.shelters.vocabulary import HAZARD_SHORT, HAZARDS, Crowding, Opening, Suitability


def all_shelters() -> list[Shelter]:
    """Every shelter with its state, in the order of the national ids (the lists' own order)."""
    return list(db.session.scalars(select(Shelter).order_by(Shelter.kind.desc(), Shelter.source_id)))


def public_shelters() -> list[Shelter]:
    """What residents may see: 福祉避難所 only while they are open, because people would stand before a closed door; and nothing of an
    exercise (訓練): a shelter that was opened in one stands there as closed, as if nobody had touched it.
    """
    shelters = all_shelters()
    for shelter in shelters:
        if shelter.state.exercise:
            untouched = ShelterState(
                shelter_id=shelter.id,
                opening=Opening.CLOSED,
                crowding=Crowding.UNKNOWN,
                changed_by="",
                version=shelter.state.version,
                exercise=True,
            )
            db.session.expunge(shelter)  # what is shown here is never written
            set_committed_value(shelter, "state", untouched)
    return [shelter for shelter in shelters if not shelter.welfare or shelter.state.opening == Opening.OPEN]


def by_ids(ids: Sequence[int]) -> list[Shelter]:
    """The shelters with these ids, in the order asked for; an unknown id is left out."""
    if not ids:
        return []
    found = {shelter.id: shelter for shelter in db.session.scalars(select(Shelter).where(Shelter.id.in_(set(ids))))}
    return [found[number] for number in ids if number in found]


def suitable(shelter: Shelter, hazard: str) -> Suitability:
    """Whether the shelter may be used against the hazard; unknown for hazards that the lists have no column for (wind, snow, other)."""
    return Suitability(getattr(shelter, hazard)) if hazard in HAZARDS else Suitability.UNKNOWN


def refusals(ids: Iterable[int], hazard: str) -> dict[int, str]:
    """Which of the shelters must not be opened against the hazard, each with the sentence for the officer."""
    return {
        shelter.id: f"{shelter.name}は{HAZARD_SHORT[hazard]}では使えません"
        f"（{shelter.source} {shelter.source_date.isoformat()}）。ほかの避難所を選んでください。"
        for shelter in by_ids(list(ids))
        if suitable(shelter, hazard) == Suitability.NO
    }
