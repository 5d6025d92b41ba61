"""The demonstration's residents' list (住民基本台帳の写し), taken in like a real one, and which areas flee to which shelter. Nobody of it exists."""

import csv
import io
from collections.abc import Sequence
from math import cos, hypot, radians

from sqlalchemy import select

from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.core.municipality import Area, municipality
from disaster.shelters import directory
from disaster.shelters.models import Shelter
from registry.models.people import ShelterArea
from registry.residents import taking

HEAD = (
    "宛名番号",
    "世帯番号",
    "氏名",
    "氏名カナ",
    "生年月日",
    "性別",
    "住所",
    "続柄",
    "電話番号",
    "住民状態",
    "支援措置",
)
HOUSEHOLDS = 6  # in each area
_FAMILIES = (
    ("見本", "ミホン"), ("例田", "レイダ"), ("架空", "カクウ"), ("試川", "タメシカワ"), ("仮屋", "カリヤ"), ("雛形", "ヒナガタ"),
    ("写野", "ウツシノ"), ("髙例", "タカレイ"), ("空欄", "ソラン"), ("標山", "シメヤマ"), ("試薗", "シソノ"),
)  # fmt: skip
_MEMBERS = (  # given name, kana, sex, year of birth, relation
    ("一郎", "イチロウ", "男", 1979, "世帯主"),
    ("恵子", "ケイコ", "女", 1981, "妻"),
    ("陽菜", "ヒナ", "女", 2012, "子"),
    ("蓮", "レン", "男", 2016, "子"),
    ("ハル", "ハル", "女", 1944, "母"),
)
_SIZES = (4, 2, 1, 5, 3, 2)


def fill() -> int:
    """Take the list in and name the areas of the shelters; how many residents are new. Again changes nothing."""
    areas = municipality().areas
    text = _list(areas).encode()
    report = taking.take_in(lambda: io.BytesIO(text), "見本の名簿.csv")
    _assign(areas)
    return report.new


def _list(areas: Sequence[Area]) -> str:
    """The list as the town's system would give it out."""
    output = io.StringIO()
    rows = csv.writer(output, lineterminator="\r\n")
    rows.writerow(HEAD)
    number = household = 0
    for place, area in enumerate(areas):
        for of_area in range(HOUSEHOLDS):
            household += 1
            name, kana = _FAMILIES[(place + of_area) % len(_FAMILIES)]
            for member, (given, given_kana, sex, year, relation) in enumerate(_MEMBERS[: _SIZES[household % 6]]):
                number += 1
                born = f"{year - place % 7}{1 + (household + member) % 12:02}{1 + (household * 3 + member) % 28:02}"
                rows.writerow(
                    (
                        f"{number:07}", f"{household:07}", f"{name}　{given}", f"{kana}　{given_kana}", born, sex,
                        f"東員町{area.name}{of_area * 7 + 1}番地", relation, "", "現存", "",
                    )
                )  # fmt: skip
    return output.getvalue()


def _assign(areas: Sequence[Area]) -> None:
    """Each area to the nearest 指定避難所, where a shelter has no areas yet."""
    shelters = [one for one in directory.all_shelters() if one.kind == "evacuation"]
    if not shelters or db.session.scalar(select(ShelterArea.shelter_id).limit(1)) is not None:
        return
    with transaction() as session:
        for area in areas:
            nearest = min(shelters, key=lambda shelter: _distance(area, shelter))
            session.add(ShelterArea(shelter_id=nearest.id, area_code=area.code))


def _distance(area: Area, shelter: Shelter) -> float:
    return hypot(area.lat - shelter.lat, (area.lng - shelter.lng) * cos(radians(area.lat)))
