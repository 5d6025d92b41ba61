"""What keeps the register of evacuees from working at the doors of the shelters: no residents' list or an old one, shelters without tablets.

Nothing of it keeps an alert from being sent. Each finding is an area, ``ok`` or ``missing``, and a sentence in Japanese and in English.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Literal

from sqlalchemy import func, select

from disaster.core import clock
from disaster.core.audit import AuditEntry
from disaster.core.extensions import db
from disaster.shelters import directory
from disaster.shelters.vocabulary import ShelterKind
from registry.models.intake import Device
from registry.models.people import Resident, ShelterArea

OLD_LIST = timedelta(days=40)  # a town writes its list anew each month
SILENT = timedelta(days=60)
_NAMED = 5  # shelters that one sentence names
Told = tuple[str, Literal["ok", "missing"], str, str]


def residents() -> Iterator[Told]:
    """The residents' list: how many, how old, and who of it is on no tablet."""
    here = Resident.gone == ""
    number = db.session.scalar(select(func.count()).select_from(Resident).where(here)) or 0
    if not number:
        yield "residents", "missing", _NO_LIST, _NO_LIST_EN
        return
    taken = db.session.scalar(select(func.max(AuditEntry.at)).where(AuditEntry.action == "residents.import"))
    last = taken or db.session.scalar(select(func.max(Resident.updated_at))) or clock.now()
    age, day = clock.now() - last, clock.jst(last)
    old = age > OLD_LIST
    yield (
        "residents",
        "missing" if old else "ok",
        f"住民の名簿は {number:,}人、最後の取り込みは {day.year}年{day.month}月{day.day}日（{age.days}日前）です。"
        + ("新しい名簿を取り込んでください。" if old else ""),
        f"The residents' list has {number:,} people and was last taken in {age.days} days ago.",
    )
    on_tablets = Resident.area_code.in_(select(ShelterArea.area_code))
    away = db.session.scalar(select(func.count()).select_from(Resident).where(here, ~on_tablets)) or 0
    if away:
        yield (
            "residents",
            "missing",
            f"名簿のうち {away:,}人は、どの避難所の端末にも入りません（地区が分からないか、地区の避難所が決まっていません）。"
            "「タブレット」の「避難所と地区」で決めてください。",
            f"{away:,} people of the list are on no shelter's tablets: their area is unknown or flees to no shelter.",
        )


def tablets() -> Iterator[Told]:
    """Which shelters have no tablet, or one that nobody has switched on for long."""
    shelters = [one for one in directory.all_shelters() if one.kind == ShelterKind.EVACUATION]
    enrolled = Device.revoked_at.is_(None) & Device.token_digest.is_not(None)
    seen = db.session.execute(
        select(Device.shelter_id, func.count(), func.max(Device.seen_at)).where(enrolled).group_by(Device.shelter_id)
    )
    has = {row[0]: (row[1], row[2]) for row in seen}
    without = [one.name for one in shelters if one.id not in has]
    areas = set(db.session.scalars(select(ShelterArea.shelter_id).distinct()))
    if without:
        yield (
            "tablets",
            "missing",
            f"指定避難所 {len(shelters)}か所のうち {len(without)}か所に、受付の端末がありません：{_some(without)}。"
            "紙の受付票を置くか、「タブレット」で登録してください。",
            f"{len(without)} of {len(shelters)} shelters have no tablet.",
        )
    elif shelters:
        number = sum(count for count, _ in has.values())
        yield "tablets", "ok", f"受付の端末は {number}台で、すべての指定避難所にあります。", f"{number} tablets."
    empty = [one.name for one in shelters if one.id in has and one.id not in areas]
    if empty:
        yield (
            "tablets",
            "missing",
            f"端末に住民の名簿が入らない避難所があります（地区の割り当てなし）：{_some(empty)}。",
            f"{len(empty)} shelters have tablets, but no area flees to them: their tablets carry no list.",
        )
    silent = [
        one.name for one in shelters if one.id in has and (seen_at := has[one.id][1]) and clock.now() - seen_at > SILENT
    ]
    if silent:
        yield (
            "tablets",
            "missing",
            f"{SILENT.days}日以上、どの端末も通信していない避難所があります：{_some(silent)}。電源を入れて確かめてください。",
            f"The tablets of {len(silent)} shelters were silent for {SILENT.days} days.",
        )


def _some(names: list[str]) -> str:
    return "、".join(names[:_NAMED]) + (f"、ほか{len(names) - _NAMED}か所" if len(names) > _NAMED else "")


_NO_LIST = (
    "住民の名簿が取り込まれていません。受付で名前を探せず、すべて打つことになります。"
    "台帳担当が「住民の名簿」で、または「scripts/disaster residents import 名簿.csv --dry-run」で確かめて取り込んでください。"
)
_NO_LIST_EN = (
    "There is no residents' list: at the doors of the shelters everybody has to be typed in. "
    "Take it in: scripts/disaster residents import FILE --dry-run."
)
