"""Measures of aid (援護制度) as data: legal basis, unit, grades, amounts, deadlines, documents, and plain words for residents.

``programmes.json`` is what the laws say everywhere; a municipality's folder may hold ``aid.json`` with measures of its own or other values.
What officers change for one disaster (an amount that the committee decided, a deadline that the prefecture extended) stands in
``registry.models.aid.ProgrammeVersion``: a case keeps the version that it was decided by.
"""

import json
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from disaster.core.municipality import municipality
from registry.damage.grades import Grade

Yen = Annotated[int, Field(ge=0, le=1_000_000_000)]


class Choice(StrEnum):
    """What a household does about its housing; the add-on of the 支援金."""

    NONE = ""
    BUILD = "build"
    REPAIR = "repair"
    RENT = "rent"

    @property
    def ja(self) -> str:
        """The words on pages."""
        return {"": "まだ決めていない", "build": "建てる・買う", "repair": "直す", "rent": "借りる（公営住宅を除く）"}[
            self.value
        ]


class Circumstance(StrEnum):
    """What besides the grade decides eligibility or an amount."""

    DEMOLISHED = "demolished"  # 半壊・中規模半壊・大規模半壊で、やむを得ず解体
    LAND = "land"  # 敷地被害により解体
    LONG_EVACUATION = "long_evacuation"
    MAIN_EARNER = "main_earner"

    @property
    def ja(self) -> str:
        """The words on pages."""
        return {
            "demolished": "やむを得ず解体した",
            "land": "敷地の被害のため解体した",
            "long_evacuation": "長期に避難が続いている",
            "main_earner": "家計を主に支えていた（いる）",
        }[self.value]


class Data(BaseModel):
    """Data of a file: nothing unknown, never changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Amount(Data):
    """How an amount follows. ``by_size``: [two and more people, one person] by grade in ``yen``; ``by_choice``: the same by choice in ``add``;
    ``by_grade`` and ``by_circumstance``: ``yen`` by that; ``limit``: one number, the most that is paid or lent. ``limit`` true: a most, not a payment."""

    kind: Literal["by_size", "by_choice", "by_grade", "by_circumstance", "limit", "none"]
    add: dict[Choice, dict[Grade, tuple[Yen, Yen]]] = {}
    yen: dict[str, Yen | tuple[Yen, Yen]] | Yen = 0
    limit: bool = False


class Deadline(Data):
    """Until when one may apply, from the day of the disaster on, that day being the first."""

    months: Annotated[int, Field(ge=1, le=120)] | None = None
    days: Annotated[int, Field(ge=1, le=3650)] | None = None


class Plain(Data):
    """For residents, in plain words."""

    what: str
    who: str
    how_much: str


class Programme(Data):
    """One measure. ``law``: the switch of the disaster without which it does not apply (support, relief). ``switch``: starts closed, an officer opens it.

    ``whom``: those who lived in the house (tenants too), those who own it, or both; who owns and lives there is either.
    """

    key: Annotated[str, Field(pattern=r"^[a-z_]{3,32}$")]
    name: str
    basis: str
    law: Literal["", "support", "relief"] = ""
    unit: Literal["household", "person", "dwelling"]
    grades: tuple[Grade, ...] = ()
    circumstances: dict[Circumstance, Grade] = {}
    demolished_from: tuple[Grade, ...] = ()
    trigger: Literal["", "dead", "severe"] = ""
    whom: Literal["occupants", "owners", "both"] = "occupants"
    switch: str = ""
    amount: Amount
    deadline: Deadline | None = None
    documents: tuple[str, ...] = ()
    plain: Plain


def shipped() -> dict[str, Programme]:
    """The measures of this municipality by key, in the order of the files."""
    return _read(municipality().folder)


@lru_cache(maxsize=4)
def _read(folder: Path) -> dict[str, Programme]:
    found: dict[str, Programme] = {}
    for file in (Path(__file__).with_name("programmes.json"), folder / "aid.json"):
        if file.is_file():
            for row in json.loads(file.read_text(encoding="utf-8")):
                programme = Programme.model_validate(row)
                found[programme.key] = programme
    return found
