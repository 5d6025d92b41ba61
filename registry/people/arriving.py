"""People who arrive together and are no family: a school, a care home, a bus. Rows by number first, names when there is time."""

from dataclasses import dataclass

from disaster.core import clock
from disaster.core.db import transaction
from disaster.core.errors import Forbidden, Invalid
from disaster.core.text import clean_line, clean_text
from disaster.staff.models import Account
from registry.access import own_shelters
from registry.access.cells import Group, cells
from registry.intake import entering, ids
from registry.intake.entering import Entry
from registry.intake.projection import millis
from registry.vocabulary import Kind, PlaceKind

MOST = 300
IN_A_GROUP = "団体"  # in place of a 続柄


@dataclass(frozen=True, slots=True)
class Party:
    """What is asked of a group. ``names``: one a line, fewer than ``count`` or none; the rest get numbers."""

    name: str
    supervisor: str
    phone: str
    count: int
    names: tuple[str, ...]


def read(name: str, supervisor: str, phone: str, count: str, names: str) -> Party:
    """What was typed.

    Raises:
        Invalid: with the sentence under each wrong field.
    """
    lines = clean_text(names, field="names", label="名前", limit=20_000).split("\n")
    listed = tuple(clean_line(line.strip(), field="names", label="名前", limit=200) for line in lines if line.strip())
    number = int(count) if count.strip().isdecimal() and len(count.strip()) < 6 else len(listed) if not count else 0
    if not 1 <= max(number, len(listed)) <= MOST:
        sentence = f"人数は1から{MOST}までの数字で入力してください。多いときは、分けて登録します。"
        raise Invalid(sentence, {"count": sentence})
    return Party(
        clean_line(name, field="name", label="団体の名前", limit=100, required=True),
        clean_line(supervisor, field="supervisor", label="引率者", limit=100),
        clean_line(phone, field="phone", label="電話", limit=60),
        max(number, len(listed)),
        listed,
    )


def register(account: Account, shelter_id: int, party: Party) -> str:
    """Register everybody of a group at a shelter; the id of the group.

    Raises:
        Forbidden: it is not the account's shelter.
    """
    mine = shelter_id in own_shelters.of(account)
    if not cells(account.role_list, own=mine)[Group.STAY].writes:
        raise Forbidden(own_shelters.REFUSED)
    group, at = ids.new(), millis(clock.now())
    note = f"引率者：{party.supervisor}" if party.supervisor else ""
    fields = {"group": party.name, "surname": party.name, "size": party.count, "phone": party.phone, "note": note}
    entries = [Entry(Kind.HOUSEHOLD, group, {key: said for key, said in fields.items() if said}, shelter_id)]
    for place in range(party.count):
        entries += _one(group, party, place, shelter_id, at)
    with transaction() as session:
        entering.enter_all(session, entries, actor=account.actor)
    return group


def _one(group: str, party: Party, place: int, shelter_id: int, at: int) -> list[Entry]:
    named = place < len(party.names)
    name = party.names[place] if named else f"{party.name} {place + 1}番"
    person = {"name": name, "household": group, "relation": IN_A_GROUP, "provisional": not named}
    number = ids.new()
    stay = {"person": number, "place": str(PlaceKind.SHELTER), "shelter": shelter_id, "start": at}
    return [
        Entry(Kind.PERSON, number, person, shelter_id),
        Entry(Kind.STAY, ids.new(), stay, shelter_id),
    ]
