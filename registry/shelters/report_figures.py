"""The numbers with which the register fills in a shelter's daily report (keys of ``disaster/shelters/desk/report_form.py``)."""

from collections import Counter
from datetime import date

from sqlalchemy import func, select

from disaster.core import clock
from disaster.core.extensions import db
from registry.models.people import Household, Person, Stay
from registry.shelters import shelter_figures
from registry.vocabulary import Care, Nights, PlaceKind, Sex

_CARE = {
    "nursing": {Care.NURSING},
    "disabled": {
        Care.PHYSICAL,
        Care.INTELLECTUAL,
        Care.MENTAL,
        Care.DEVELOPMENTAL,
        Care.SIGHT,
        Care.HEARING,
        Care.INTERNAL,
    },
    "device": {Care.DEVICE},
    "pregnant": {Care.PREGNANT},
    "injured": {Care.INJURED},
    "allergy": {Care.ALLERGY},
    "language": {Care.LANGUAGE},
}


def parts(shelter_id: int) -> dict[str, int]:
    """What the register knows now; a person of whom the age or the sex is not known is in no group of it.

    Children and elderly hold at least those who were counted at the door and are not registered yet, as far as somebody counted them apart.
    """
    figures = shelter_figures.at([shelter_id])[shelter_id]
    today, found = clock.jst(clock.now()).date(), Counter[str]()
    homes: set[str] = set()
    for row in _people(shelter_id):
        found.update(_groups(row.sex, _age(row.birth_date, row.age_stated, today), row.visitor, row.nights, row.care))
        homes.add(row.household_id or f"alone {row.id}")
    _counted(shelter_id, found, figures.unregistered)
    goods = (Stay.goods_shelter_id == shelter_id) & (Stay.place != PlaceKind.SHELTER)
    outside = select(func.count()).where(goods, Stay.ended_at.is_(None), Stay.confirmed)
    pets = db.session.scalars(select(Household.pets).where(Household.id.in_(homes)))
    return {
        "people": figures.people,
        "registered": figures.registered,
        "unregistered": figures.unregistered,
        "households": len(homes),
        **{key: found[key] for key in ("male", "female", "infants", "children", "elderly", "visitors", "meals_only")},
        **{key: found[key] for key in _CARE},
        "outside": db.session.scalar(outside) or 0,
        "pets": sum(_number(pet) for kept in pets for pet in kept),
    }


def _people(shelter_id: int):  # type: ignore[no-untyped-def]
    columns = (
        Person.id,
        Person.household_id,
        Person.sex,
        Person.birth_date,
        Person.age_stated,
        Person.visitor,
        Person.care,
        Stay.nights,
    )
    return db.session.execute(
        select(*columns)
        .join(Stay, Stay.person_id == Person.id)
        .where(shelter_figures.present(shelter_id), Person.removed_at.is_(None))
    )


def _groups(sex: Sex, age: int | None, visitor: bool, nights: Nights, care: list[str]) -> list[str]:
    """The groups of the report to which somebody belongs."""
    reasons = set(care)
    if age is None:  # what an icon says where nobody was asked for the age
        age = 3 if Care.INFANT in reasons else 80 if Care.ELDERLY in reasons else None
    return [
        *(["male"] if sex == Sex.MALE else ["female"] if sex == Sex.FEMALE else []),
        *([] if age is None else ["infants"] if age < 6 else ["children"] if age < 18 else []),
        *(["elderly"] if age is not None and age >= 65 else []),
        *(["visitors"] if visitor else []),
        *(["meals_only"] if nights == Nights.MEALS else []),
        *(key for key, any_of in _CARE.items() if reasons & any_of),
    ]


def _counted(shelter_id: int, found: Counter[str], unregistered: int) -> None:
    """Add the children and elderly of the count at the door who are not registered yet, at most as many as are not."""
    count = shelter_figures.counted([shelter_id]).get(shelter_id)
    if count:
        children = count.children - found["infants"] - found["children"]
        found["children"] += min(unregistered, max(0, children))
        found["elderly"] += min(unregistered, max(0, count.elderly - found["elderly"]))


def _age(birth: date | None, stated: int | None, today: date) -> int | None:
    """Whole years (年齢計算ニ関スル法律)."""
    if birth is None:
        return stated
    return today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))


def _number(pet: object) -> int:
    count = pet.get("count", 1) if isinstance(pet, dict) else 1
    return count if isinstance(count, int) and 0 <= count <= 1000 else 1
