"""What staff see of protected people on the pages of a shelter, on its tablets and where two entries are joined, walked as they walk it."""

import json
import re

import pytest
from flask import Flask
from sqlalchemy import select

from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.staff.permissions import Role
from registry.intake import entering
from registry.models.people import MergeLink, Person
from registry.tablets import pulling
from registry.vocabulary import Kind, Protection
from tests.fakes.staff import signed_in_client
from tests.registry.protection.conftest import Refuge
from tests.registry.views.people_desk import Officer, officer

HIDDEN, WHEREABOUTS = Protection.HIDDEN, Protection.WHEREABOUTS
TOLD = ("珍名", "メズラシ", "090-1234-5678")


def arrive(refuge: Refuge, level: Protection | None = None, **more: object) -> str:
    """Somebody whose words are found nowhere else; protected with an alias, and willing to be posted."""
    said = {"kana_family": "メズラシ", "phone": "090-1234-5678", "birth": "1980-04-12", "household": "x", **more}
    number = refuge.arrive("珍名", **said)  # type: ignore[arg-type]
    with transaction() as session:
        home = session.get_one(Person, number).household_id
        assert home
        entering.enter(session, Kind.HOUSEHOLD, home, {"consent": {"posting": True}, "surname": ""}, actor="cli")
    if level:
        refuge.protect(number, level, alias="ひまわり")
    return number


def nothing(text: str) -> None:
    assert [word for word in TOLD if word in text] == []


@pytest.mark.parametrize("level", [WHEREABOUTS, HIDDEN])
def test_a_shelters_pages_sheets_and_tablets_know_the_alias_at_most(
    app: Flask, refuge: Refuge, level: Protection
) -> None:
    """Also for who works there and is the one that must not be met."""
    number = arrive(refuge, level)
    desk = officer(app, Role.SHELTER, refuge.kanda)
    at = f"/registry/shelters/{refuge.kanda}"
    for path, alias in ((at, True), (f"{at}/roll", True), (f"{at}/wall", False)):
        page = desk.get(path)
        nothing(page)
        assert ("ひまわり" in page) == (alias and level == WHEREABOUTS), path
    page = desk.get(f"/registry/people/{number}?why=desk", 200 if level == WHEREABOUTS else 404)
    nothing(page)
    for words in ("name=珍名", "kana=メズラシ", "phone=09012345678", "birth=1980-04-12"):
        found = desk.get(f"/registry/search?why=desk&{words}")
        assert number not in found, words
        assert "ひまわり" not in found, words
    pulled = json.dumps(pulling.changes(db.session(), refuge.kanda, 0), default=str, ensure_ascii=False)
    nothing(pulled)
    assert "ひまわり" not in pulled, "a tablet can be lost"


def plain(text: str, *words: str) -> str:
    for word in words:
        text = text.replace(word, "")
    return re.sub(r'name="(csrf_token|form_key)" value="[^"]*"', "", text)


@pytest.mark.parametrize("level", [WHEREABOUTS, HIDDEN])
@pytest.mark.parametrize("way", [0, 1])
def test_who_is_secret_is_joined_with_nobody_by_who_is_not_named(
    app: Flask, refuge: Refuge, way: int, level: Protection
) -> None:
    hidden, open_one = arrive(refuge, level), refuge.arrive("山田")
    nobody = "018f0000-0000-7000-8000-000000000000"
    clerk = officer(app, Role.REGISTRY)
    answers = []
    for other in (hidden, nobody):
        first, second = ((other, open_one), (open_one, other))[way]
        look = clerk.client.get(f"/registry/pairs/of?first={first}&second={second}")
        did = clerk.post("/registry/pairs/decide", first=first, second=second, decision="same")
        answers.append([(one.status_code, plain(one.get_data(as_text=True), other)) for one in (look, did)])
    assert answers[0] == answers[1]
    assert (refuge.level(hidden), refuge.level(open_one)) == (level, Protection.NONE)


@pytest.mark.parametrize("level", [WHEREABOUTS, HIDDEN])
@pytest.mark.parametrize("way", [0, 1])
def test_joined_by_a_named_officer_both_are_secret_until_they_are_apart(
    app: Flask, refuge: Refuge, way: int, level: Protection
) -> None:
    secret, open_one = arrive(refuge, level), refuge.arrive("山田", shelter=refuge.inabe)
    named = Officer(*signed_in_client(app, "named", Role.REGISTRY, Role.PROTECTION))
    desk = officer(app, Role.SHELTER, refuge.inabe)
    here = f"/registry/shelters/{refuge.inabe}"
    assert "山田" in desk.get(here)
    first, second = ((secret, open_one), (open_one, secret))[way]
    assert "同じ人として統合しました" in named.told(
        "/registry/pairs/decide", first=first, second=second, decision="same"
    )
    assert {refuge.level(one) for one in (secret, open_one)} == {level}
    for path in (here, f"{here}/roll", f"{here}/wall"):
        nothing(desk.get(path))
        assert "山田" not in desk.get(path)
    link = db.session.scalars(select(MergeLink.id)).one()
    db.session.rollback()
    assert "統合を取り消しました" in named.told(f"/registry/merges/{link}/undo")
    assert [refuge.level(one) for one in (secret, open_one)] == [level, Protection.NONE]
    assert "山田" in desk.get(here)
    nothing(desk.get(here))
