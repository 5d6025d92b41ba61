"""A demonstration in the middle of a disaster: shelters that are open, people in them, what they ask for. On demand only; twice changes nothing."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from disaster.core import clock
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.core.settings import settings
from disaster.shelters import directory, state
from disaster.shelters.desk import conditions, notes, reports, supplies
from disaster.shelters.desk.supplies import Wanted
from disaster.shelters.vocabulary import Crowding, Opening
from disaster.staff.models import Account
from registry.intake import ids
from registry.intake.entering import Entry, enter_all
from registry.intake.projection import millis
from registry.models.people import ShelterStaff
from registry.shelters.report_figures import parts
from registry.vocabulary import Kind

OWN = "稲部小学校"  # where the sample shelter clerk works
OPEN = {
    "笹尾西小学校": Crowding.FREE,
    "稲部小学校": Crowding.CROWDED,
    "東員町総合体育館": Crowding.FULL,
    "三和小学校": None,
}
AGAINST = {"三和小学校": "上の階だけを使う"}  # the list forbids it against a flood
COUNTED = {"笹尾西小学校": 38, "稲部小学校": 92, "東員町総合体育館": 260}
FACILITIES = {
    "稲部小学校": {"toilets_men": "4", "toilets_women": "6", "toilets_shared": "1", "toilets_accessible": "1", "baths": "0", "area_m2": "300"},
    "東員町総合体育館": {"toilets_men": "3", "toilets_women": "9", "toilets_accessible": "2", "area_m2": "1200"},
}  # fmt: skip
FAMILIES = (  # surname kana, then kana, age and sex of each; nobody of them exists
    ("ミホン", (("タロウ", 71, "m"), ("ハナコ", 68, "f"))),
    ("タメシ", (("ケンイチ", 42, "m"), ("ユミ", 40, "f"), ("ソラ", 9, "f"), ("リク", 3, "m"))),
    ("カクウ", (("キヨ", 88, "f"),)),
    ("ヒナガタ", (("ダイスケ", 35, "m"), ("アオイ", 33, "f"), ("ユイ", 0, "f"))),
    ("レイ", (("サチコ", 57, "f"), ("マサオ", 60, "m"))),
)
SUPPLIES = (("blanket", "120", ""), ("formula", "3", "乳児1人"), ("bed", "40", "高齢の人"))


def assign(login: str = "hinanjo") -> None:
    """The sample shelter clerk works at one shelter."""
    with transaction() as session:
        account = session.scalar(select(Account.id).where(Account.login == login))
        shelter = _numbers().get(OWN)
        if account and shelter and session.get(ShelterStaff, (account, shelter)) is None:
            session.add(ShelterStaff(account_id=account, shelter_id=shelter))


def fill() -> int:
    """Open the shelters and fill them; how many were opened now.

    Raises:
        RuntimeError: this is no demonstration.
    """
    if not settings().demo:
        raise RuntimeError("sample evacuees are made with --demo only")
    numbers, actor = _numbers(), f"account:{db.session.scalar(select(Account.id).where(Account.login == 'hinanjo'))}"
    shelters = {shelter.name: shelter for shelter in directory.by_ids([numbers[name] for name in OPEN])}
    if any(shelter.state.opening != Opening.CLOSED for shelter in shelters.values()):
        return 0
    for name, crowding in OPEN.items():
        number = numbers[name]
        reason, seen = AGAINST.get(name, ""), shelters[name].state.version
        state.set_opening(number, Opening.OPEN, seen=seen, actor=actor, hazard="flood", reason=reason)
        if crowding:
            state.set_crowding(number, crowding, seen=seen + 1, actor=actor)
        if name in FACILITIES:
            conditions.count(number, FACILITIES[name], seen=0, actor=actor)
    with transaction() as session:
        _people(session, numbers, actor)
    _papers(numbers[OWN], actor)
    return len(OPEN)


def _people(session: Session, numbers: Mapping[str, int], actor: str) -> None:
    at, own, entries = millis(clock.now()) - 600_000, numbers[OWN], []
    for family, members in FAMILIES:
        household = ids.new(at)
        fields: dict[str, Any] = {"kana": family, "size": len(members)}
        entries.append(Entry(Kind.HOUSEHOLD, household, fields, own))
        for given, age, sex in members:
            person = ids.new(at)
            told = {"kana_family": family, "kana_given": given, "age": age, "sex": sex, "household": household}
            stay = {"person": person, "place": "shelter", "shelter": own, "start": at}
            entries += [Entry(Kind.PERSON, person, told, own), Entry(Kind.STAY, ids.new(at), stay, own)]
    entries += [Entry(Kind.TALLY, ids.new(at), {"total": n}, numbers[name]) for name, n in COUNTED.items()]
    enter_all(session, entries, actor=actor)


def _papers(shelter_id: int, actor: str) -> None:
    for item, quantity, for_whom in SUPPLIES:
        supplies.ask(shelter_id, Wanted(item, quantity, for_whom=for_whom), actor=actor)
    counted = parts(shelter_id)
    typed = {f"n_{key}": str(value) for key, value in counted.items()}
    typed |= {f"was_{key}": str(value) for key, value in counted.items()}
    typed |= {"n_fever": "2", "s_power": "part", "s_water": "ok", "remarks": "体育館の照明が半分つきません。"}
    reports.submit(shelter_id, clock.jst(clock.now()).date(), typed, counted, seen=0, actor=actor)
    notes.write(
        shelter_id, "毛布は19時ごろ町のトラックで届く予定です。受け取りをお願いします。", task=True, actor=actor
    )


def _numbers() -> dict[str, int]:
    return {shelter.name: shelter.id for shelter in directory.all_shelters()}
