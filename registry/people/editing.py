"""Correcting a record on a page: only what was changed is entered, with the values that were on the screen named.

So two officers on one record lose nothing: what the second did not see stands beside what they wrote, as a conflict with both values.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from disaster.core.db import transaction
from disaster.core.errors import Forbidden, Invalid, Missing
from disaster.core.extensions import db
from disaster.core.text import clean_line, clean_text
from disaster.staff.models import Account
from registry.access import viewing
from registry.access.cells import Group, group_of
from registry.access.viewing import NO_RECORD, Seen
from registry.intake import entering
from registry.intake.merging import Doc, differing
from registry.models.people import Household
from registry.people import facts
from registry.people.facts import CONSENTS, LABELS
from registry.vocabulary import Care, Kind, Safety, Sex

PERSON = (
    "family", "given", "name", "kana_family", "kana_given", "kana", "romaji", "sex", "age", "birth", "address", "phone", "relation",
    "nationality", "language", "visitor", "destination", "provisional", "features", "safety", "injury", "care", "care_note", "note",
)  # fmt: skip
HOUSEHOLD = ("surname", "kana", "address", "phone", "size", "group", "care_asked", "consent", "goods_shelter", "note")
LONG = frozenset({"features", "care_note", "note"})
CHOICES: Mapping[str, Mapping[str, str]] = {
    "sex": {one.value: one.ja for one in Sex},
    "safety": {one.value: one.ja for one in Safety if one != Safety.DEAD},
    "care": {one.value: one.ja for one in Care},
    "consent": CONSENTS,
}
SEVERAL = frozenset({"care", "consent"})
TICKS = frozenset({"visitor", "provisional", "care_asked"})
NUMBERS = frozenset({"age", "size", "goods_shelter"})


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the form. ``seen``: the events behind the value on the screen."""

    name: str
    label: str
    value: str
    chosen: Sequence[str]
    seen: str
    group: Group


def fields(names: Sequence[str], doc: Doc, may: Callable[[Group], bool]) -> list[Field]:
    """The fields of these names that may be changed, with what stands in them."""
    return [
        Field(name, LABELS[name], _shown(doc.get(name)), _chosen(doc.get(name)), _named(doc, name), group_of(name))
        for name in names
        if may(group_of(name))
    ]


def person(account: Account, number: str, form: Mapping[str, Any]) -> list[str]:
    """Enter what was changed of a person; the labels of fields that stand in conflict now.

    ``form``: of each field ``<name>`` typed (a list where several may be chosen), ``was:<name>`` and ``seen:<name>`` as they were on the screen.

    Raises:
        Missing, Forbidden
        Invalid: with the sentence under each wrong field.
    """
    with transaction() as session:
        seen = viewing.found(account, number)
        changed, base = _changed(PERSON, form, seen)
        if not changed:
            raise Invalid("変わったところがありません。")
        shelter = viewing.shelter_of(seen)
        entering.enter(
            session, Kind.PERSON, seen.person.id, changed, actor=account.actor, shelter_id=shelter, seen=base
        )
    return _in_conflict(facts.opened(viewing.found(account, number).person), changed)


def household(account: Account, number: str, form: Mapping[str, Any]) -> list[str]:
    """The same for a household.

    Raises:
        Missing, Forbidden, Invalid
    """
    with transaction() as session:
        members = _members(account, number)
        writer = next((one for one in members if one.writes(Group.HOUSEHOLD)), None)
        if writer is None:
            raise Forbidden("この世帯を変える権限がありません。")
        changed, base = _changed(HOUSEHOLD, form, writer)
        if not changed:
            raise Invalid("変わったところがありません。")
        entering.enter(
            session,
            Kind.HOUSEHOLD,
            number,
            changed,
            actor=account.actor,
            shelter_id=viewing.shelter_of(writer),
            seen=base,
        )
    row = db.session.get(Household, number, populate_existing=True)
    return _in_conflict(facts.opened(row), changed) if row else []


def remove(account: Account, number: str, reason: str) -> None:
    """Take an entry out that was a mistake: a tombstone, which no tablet brings back.

    Raises:
        Missing, Forbidden
        Invalid: no reason.
    """
    reason = clean_line(reason, field="reason", label="取り消す理由", limit=200, required=True)
    with transaction() as session:
        seen = viewing.writable(account, number, Group.NAME)
        said = {"removed": True, "note": f"取消の理由：{reason}"}
        entering.enter(session, Kind.PERSON, seen.person.id, said, actor=account.actor)


def restore(account: Account, number: str) -> None:
    """Bring a removed entry back.

    Raises:
        Missing, Forbidden
    """
    with transaction() as session:
        seen = viewing.writable(account, number, Group.NAME)
        entering.enter(session, Kind.PERSON, seen.person.id, {"removed": False}, actor=account.actor)


def _members(account: Account, number: str) -> list[Seen]:
    members = viewing.members(account, number)
    if not members:
        raise Missing(NO_RECORD)
    return members


def _changed(names: Sequence[str], form: Mapping[str, Any], seen: Seen) -> tuple[dict[str, Any], dict[str, list[str]]]:
    changed: dict[str, Any] = {}
    base: dict[str, list[str]] = {}
    for name in names:
        if f"was:{name}" not in form:
            continue  # was not on the screen
        typed = form.get(name, [] if name in SEVERAL else "")
        if _shown_again(name, typed) == form[f"was:{name}"]:
            continue
        if not seen.writes(group_of(name)):
            raise Forbidden(f"「{LABELS[name]}」を変える権限がありません。")
        changed[name] = _read(name, typed)
        base[name] = _events(form.get(f"seen:{name}", ""))
    return changed, base


def _read(name: str, typed: Any) -> Any:
    """What was typed, as a value of the register; None takes it back.

    Raises:
        Invalid
    """
    label = LABELS[name]
    if name == "care":
        return sorted(set(typed) & set(CHOICES["care"]))
    if name == "consent":
        return {key: key in typed for key in CONSENTS}
    if name in TICKS:
        return typed == "1"
    clean = clean_text if name in LONG else clean_line
    text = clean(str(typed), field=name, label=label, limit=2000 if name in LONG else 200)
    if name in NUMBERS and text:
        if not text.isdecimal() or len(text) > 7:
            raise Invalid("入力を確かめてください。", {name: f"{label}は数字で入力してください。"})
        return int(text)
    if name in CHOICES and text not in CHOICES[name]:
        raise Invalid("入力を確かめてください。", {name: f"{label}を選んでください。"})
    return text or None


def _shown(value: Any) -> str:
    """A value as a form holds it: one text, the same for the same value."""
    if isinstance(value, bool):
        return "1" if value else ""
    if isinstance(value, dict | list):
        return " ".join(_chosen(value))
    return "" if value is None else str(value)


def _shown_again(name: str, typed: Any) -> str:
    if name in SEVERAL:
        return " ".join(sorted(typed))
    return str(typed).replace("\r\n", "\n").strip() if name in LONG else str(typed).strip()


def _chosen(value: Any) -> list[str]:
    if isinstance(value, dict):
        return sorted(key for key, one in value.items() if one)
    return sorted(str(one) for one in value) if isinstance(value, list) else []


def _named(doc: Doc, name: str) -> str:
    return json.dumps([head.event for head in doc.heads.get(name, ())])


def _events(written: str) -> list[str]:
    try:
        read = json.loads(written or "[]")
    except ValueError:
        return []
    return [one for one in read if isinstance(one, str)] if isinstance(read, list) else []


def _in_conflict(doc: Doc, changed: Mapping[str, Any]) -> list[str]:
    return [LABELS[name] for name in changed if differing(doc, name)]
