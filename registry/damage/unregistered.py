"""The 被災時世帯 of people who are in no residents' list (住民票がない人): entered from their application, as they say they lived together."""

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from disaster.core import audit
from disaster.core.db import transaction
from disaster.core.errors import Invalid
from disaster.core.text import clean_line
from registry.damage.applying import found
from registry.damage.given import Given, opened
from registry.intake.entering import Entry, enter_all
from registry.ledger import households, victims
from registry.ledger.households import Member
from registry.models.ledger import AffectedHousehold
from registry.models.people import Person
from registry.vocabulary import Kind

MOST = 30
_SPACE = uuid.UUID("3f0b8c0e-2c5d-4f8e-9d46-7a5e1b2f6c90")  # of ids made from an application and a name
_WRONG = "世帯の人を、1行に1人ずつ、「氏名、続柄」の形で入力してください。"
_BETWEEN = re.compile(r"[、,，／/\t]")
_RELATION = re.compile(
    r"世帯主|本人|夫|妻|子|父|母|[長次二三四五]男|[長次二三四五]女|兄|姉|弟|妹|孫|祖父|祖母|同居人|\S{1,3}の\S{1,3}"
)


@dataclass(frozen=True, slots=True)
class Said:
    """One line: who lived there, and what they are to the head."""

    name: str
    relation: str


def proposed(given: Given) -> str:
    """Lines to begin with: the head, then what the applicant wrote, one person a line."""
    rest = [line for line in given.members.splitlines() if line.strip()]
    return "\n".join([f"{given.head or given.name}、世帯主", *rest])


def read(lines: str) -> list[Said]:
    """Who is meant, the head first.

    Raises:
        Invalid (``people``): nobody, too many, or a name that cannot be.
    """
    said = [_line(line) for line in lines.splitlines() if line.strip()]
    if not 0 < len(said) <= MOST:
        raise Invalid(_WRONG, {"people": _WRONG})
    return said


def make(application_id: str, people: Sequence[Said], *, address: str, actor: str) -> int:
    """Enter these people, the first as the head, and fix their household, all of it or nothing; its number. The same again is the same household.

    Raises:
        Missing, Invalid (also: some of them stand in a household already).
    """
    address = clean_line(address, field="household_address", label="被災時の住所", limit=300, required=True)
    with transaction() as session:
        audit.in_a_row(session)
        given = opened(found(session, application_id).given)
        numbers = [
            str(uuid.uuid5(_SPACE, f"{application_id}\n{place}\n{one.name}")) for place, one in enumerate(people)
        ]
        known = set(session.scalars(select(Person.id).where(Person.id.in_(numbers))))
        fresh = [
            Entry(Kind.PERSON, number, _fields(one, given, address))
            for number, one in zip(numbers, people, strict=True)
            if number not in known
        ]
        enter_all(session, fresh, actor=actor)
        entries = [victims.of_person(session, number, actor=actor) for number in numbers]
        if standing := households.shared(session, entries):
            return standing.number
        members = [
            Member(entry, one.relation, place == 0)
            for place, (entry, one) in enumerate(zip(entries, people, strict=True))
        ]
        made = households.freeze_in(session, members, address=address, actor=actor)
        return session.get_one(AffectedHousehold, made).number


def _fields(one: Said, given: Given, address: str) -> dict[str, Any]:
    """What is known of one of them: of the applicant more than the name."""
    fields: dict[str, Any] = {"name": one.name, "address": address}
    if one.relation:
        fields["relation"] = one.relation
    if one.name == given.name:
        fields |= {"birth": given.birth_raw, "phone": given.phone} | ({"kana": given.kana} if given.kana else {})
    return fields


def _line(line: str) -> Said:
    name, _, relation = (part.strip() for part in _BETWEEN.sub("\0", line, count=1).partition("\0"))
    words = name.split()
    if not relation and len(words) > 1 and _RELATION.fullmatch(words[-1]):
        name, relation = " ".join(words[:-1]), words[-1]
    return Said(
        clean_line(name, field="people", label="氏名", limit=200, required=True),
        clean_line(relation, field="people", label="続柄", limit=40),
    )
