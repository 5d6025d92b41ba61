"""One place of a list, checked; what is wrong with a row, and what an officer should know although it is taken."""

from dataclasses import dataclass, field
from typing import Any

from disaster.shelters.vocabulary import ShelterKind, Suitability


@dataclass(frozen=True, slots=True)
class Record:
    """One place of a list, checked; the names of the fields are those of ``Shelter``.

    ``source_id`` is the number in the list as numbers are compared: the national 共通ID, or ``473022e-101`` (code of the municipality, e for
    指定緊急避難場所 or s for 指定避難所, the list's number without leading zeros, which spreadsheets lose). ``facts`` as in ``ShelterClaim``.
    """

    source_id: str
    kind: ShelterKind
    name: str
    address: str
    lat: float
    lng: float
    welfare: bool
    accepts: str
    remark: str
    capacity: int | None = None
    kana: str = ""
    name_en: str = ""
    says: dict[str, Suitability] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    number: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """A record that cannot be read: its place in the file (1 = the first record) and the sentence for the officer."""

    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was read otherwise than it is written, or is unusual: its place in the file (0 = the whole list), name and sentence."""

    number: int
    name: str
    text: str
