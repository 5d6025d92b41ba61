"""Nothing leaves without its record, and never more than the ground or the consent allows."""

import csv
import hashlib
import json
import re
from dataclasses import replace
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest
from flask import Flask
from sqlalchemy import event, select

from disaster.core.db import transaction
from disaster.core.errors import DomainError, Forbidden, Invalid, Missing, Stale
from disaster.core.extensions import db
from disaster.incidents import running
from disaster.staff.permissions import Role
from registry.consent import consents
from registry.consent.consents import Said
from registry.consent.words import Recipient
from registry.disclosure import files, giving
from registry.disclosure.files import Row
from registry.disclosure.giving import Asked
from registry.disclosure.grounds import RULES, Ground, allowed
from registry.intake import entering, ids
from registry.items import values
from registry.ledger import households, victims
from registry.models.giving import DisclosedPerson, Disclosure
from registry.models.ledger import Victim
from registry.models.people import Resident
from registry.protection import orders
from registry.protection.orders import Wanted
from registry.vocabulary import Kind, Protection
from tests.fakes.staff import fresh_code, make_account
from tests.registry.damage.cases import case

FORM = {"applicant": "いなべ市長", "victim": "別紙", "range": "別紙", "use": "援護のため"}
LEGAL = ["A1", "A2", "A3", "A4", "A5", "A6", "A7", "R1", "R2", "R3", "R4", "R5", "R7"]


@pytest.fixture
def officers(app: Flask) -> tuple[int, int]:
    return make_account("daicho", Role.REGISTRY).id, make_account("daicho2", Role.REGISTRY).id


def enter(family: str, **fields: object) -> str:
    """Somebody of the ledger; the person's id."""
    number = ids.new()
    with transaction() as session:
        person = {"family": family, "given": "花子", "birth": "S35.4.12", "address": "山田1600", **fields}
        entering.enter(session, Kind.PERSON, number, person, actor="cli")
    victims.build(actor="cli")
    return number


def victim(person_id: str) -> Victim:
    db.session.rollback()
    return db.session.scalars(select(Victim).where(Victim.person_id == person_id)).one()


def wide(numbers: str, **changes: object) -> Asked:
    """広域一時滞在 to a neighbouring town."""
    asked = Asked(Ground.WIDE, Recipient.GOVERNMENT, "いなべ市", numbers, (), "一時滞在先での援護", confirmed=1)
    return replace(asked, **changes)  # type: ignore[arg-type]


def test_the_file_of_86_8_holds_exactly_the_legal_items_and_its_record_stands(officers: tuple[int, int]) -> None:
    number = victim(enter("髙橋", phone="090-1111-2222", care=["device"])).number
    given = giving.give(wide(str(number), shape="json"), officers[0])
    content = json.loads(given.file.content)
    assert list(content["items"]) == LEGAL
    assert list(content["people"][0]["items"]) == LEGAL
    assert content["people"][0]["items"]["A1"]["name"] == "髙橋 花子"
    row = db.session.scalars(select(Disclosure)).one()
    assert (row.ground, row.recipient, row.people, row.items) == ("86-8", "いなべ市", 1, LEGAL)
    assert row.file_hash == hashlib.sha256(given.file.content).hexdigest()
    assert db.session.scalars(select(DisclosedPerson.subject)).one().startswith("victim:")


def test_the_record_is_item_r5_of_the_ledger(officers: tuple[int, int]) -> None:
    one = victim(enter("髙橋"))
    giving.give(wide(str(one.number)), officers[0])
    r5 = next(filled for filled in values.of_victim(db.session(), one) if filled.item.code == "R5")
    assert r5.values["disclosure"][0].text == "いなべ市（法86条の8）"


def test_the_file_holds_every_consent_and_every_disclosure_with_its_time(officers: tuple[int, int]) -> None:
    one = victim(enter("髙橋"))
    for company in ("みえ保険", "いせ保険"):
        consents.give(one.id, Said("self", "company", ["A1"], "signed", recipient=company), actor="cli")
    for town in ("いなべ市", "桑名市"):
        giving.give(wide(str(one.number), recipient=town), officers[0])
    file = giving.give(wide(str(one.number), shape="json"), officers[0]).file
    items = json.loads(file.content)["people"][0]["items"]
    assert set(items["R4"]["consent"].split("／")) == {"みえ保険（本人の同意）", "いせ保険（本人の同意）"}
    when = r"\d{4}-\d\d-\d\d \d\d:\d\d "
    assert re.fullmatch(rf"{when}桑名市（法86条の8）／{when}いなべ市（法86条の8）", items["R5"]["disclosure"])


def test_how_another_of_the_household_is_reached_goes_on_no_consent(officers: tuple[int, int]) -> None:
    here = case(name="山田 花子", phone="090-1234-5678", address="総合体育館")
    rows = households.members_of(db.session, [here.household or ""])[here.household or ""]
    other = db.session.get_one(Victim, rows[1].victim_id)
    consents.give(other.id, Said("self", "company", ["A1", "R1"], "signed"), actor="cli")
    agreed = Asked(
        Ground.CONSENT,
        Recipient.COMPANY,
        "みえ保険",
        str(other.number),
        ("A1", "R1"),
        "保険金",
        "json",
        FORM,
        confirmed=1,
    )
    assert "09012345678" not in giving.give(agreed, officers[0]).file.content.decode()
    assert "09012345678" in giving.give(wide(str(other.number), shape="json"), officers[0]).file.content.decode()


def test_a_file_that_cannot_be_recorded_is_not_made(officers: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    number = victim(enter("髙橋")).number
    monkeypatch.setattr(giving.audit, "record", lambda *_a, **_k: (_ for _ in ()).throw(RuntimeError("no log")))
    with pytest.raises(RuntimeError):
        giving.give(wide(str(number)), officers[0])
    db.session.rollback()
    assert db.session.scalars(select(Disclosure)).all() == []


def test_many_people_need_two_officers(officers: tuple[int, int]) -> None:
    numbers = ",".join(str(victim(enter(name)).number) for name in ("髙橋", "鈴木"))
    with pytest.raises(Forbidden):
        giving.give(wide(numbers), officers[0])
    proposal = giving.propose(wide(numbers), "一時滞在の受入れ", officers[0])
    with pytest.raises(Forbidden):
        giving.confirm(proposal, officers[0], fresh_code(officers[0]))
    given = giving.confirm(proposal, officers[1], fresh_code(officers[1]))
    rows = list(csv.reader(StringIO(given.file.content.decode("utf-8-sig"))))
    assert [row[1] for row in rows[1:]] == ["髙橋 花子", "鈴木 花子"]
    with pytest.raises(Stale):
        giving.confirm(proposal, officers[1], fresh_code(officers[1]))
    assert db.session.scalars(select(Disclosure.people)).all() == [2]


def test_a_consent_that_was_withdrawn_between_proposal_and_confirmation_counts(officers: tuple[int, int]) -> None:
    people = [victim(enter(name)) for name in ("髙橋", "鈴木")]
    for one in people:
        said = Said("self", "company", ["A1", "A4"], "signed", recipient="みえ保険")
        kept = consents.give(one.id, said, actor="cli")
    asked = Asked(
        Ground.CONSENT,
        Recipient.COMPANY,
        "みえ保険",
        ",".join(str(one.number) for one in people),
        ("A1", "A2", "A4"),
        "保険金の支払い",
        application=FORM,
        confirmed=1,
    )
    proposal = giving.propose(asked, "本人たちの希望", officers[0])
    consents.withdraw(kept, actor="cli")
    text = giving.confirm(proposal, officers[1], fresh_code(officers[1])).file.content.decode("utf-8-sig")
    assert "髙橋" in text
    assert "鈴木" not in text
    assert "1960" not in text, "the birth date was not agreed to"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ground": "any"}, "ground"),
        ({"recipient_class": "company"}, "recipient_class"),
        ({"recipient": " "}, "recipient"),
        ({"purpose": ""}, "purpose"),
        ({"confirmed": 0}, "confirmed"),
        ({"numbers": "いち"}, "numbers"),
        ({"numbers": ""}, "numbers"),
        ({"numbers": "1-99999"}, "numbers"),
        ({"shape": "xlsx"}, "shape"),
        ({"ground": Ground.GOVERNMENT, "items": ("A1",), "confirmed": 2}, "applicant"),
        ({"ground": Ground.GOVERNMENT, "items": ("R6",), "confirmed": 2, "application": FORM}, "items"),
        (
            {"ground": Ground.GROUP, "items": ("A7",), "confirmed": 5, "application": FORM, "recipient_class": "group"},
            "items",
        ),
    ],
)
def test_what_the_law_does_not_allow_is_refused_with_its_field(
    officers: tuple[int, int], changes: dict[str, object], field: str
) -> None:
    number = victim(enter("髙橋")).number
    with pytest.raises(Invalid) as told:
        giving.look(replace(wide(str(number)), **changes), officers[0])  # type: ignore[arg-type]
    assert field in told.value.fields
    assert db.session.scalars(select(Disclosure)).all() == []


def test_the_table_of_grounds_is_the_laws() -> None:
    everything = frozenset({*LEGAL, "R6"})
    cells = {ground: allowed(ground, rule.recipients[0], everything, frozenset()) for ground, rule in RULES.items()}
    assert cells == {
        Ground.CONSENT: frozenset(),
        Ground.INTERNAL: frozenset(LEGAL),
        Ground.GOVERNMENT: frozenset(LEGAL),
        Ground.GROUP: frozenset({"A1", "A2", "A3", "A4", "R1", "R2"}),
        Ground.WIDE: frozenset(LEGAL),
        Ground.LIST_CONSENT: frozenset(),
        Ground.LIST_EMERGENCY: frozenset({"A1", "A2", "A3", "A4", "A7", "R1"}),
        Ground.PLAN_CONSENT: frozenset(),
        Ground.PLAN_EMERGENCY: frozenset({"A1", "A2", "A3", "A4", "A7", "R1"}),
        Ground.NAMES: frozenset({"A1", "A3", "A4"}),
    }
    for ground, rule in RULES.items():
        for recipient in Recipient:
            found = allowed(ground, recipient, everything, everything)
            assert "R6" not in found
            assert bool(found) == (recipient in rule.recipients)
    assert allowed(Ground.WIDE, Recipient.GOVERNMENT, frozenset(), frozenset()) == frozenset(LEGAL)
    assert allowed(Ground.CONSENT, Recipient.COMPANY, everything, frozenset({"A1", "R6"})) == {"A1"}


@pytest.mark.parametrize(
    ("ground", "asked"),
    [
        (Ground.LIST_CONSENT, "名簿に載っている"),
        (Ground.LIST_EMERGENCY, "名簿に載っている"),
        (Ground.PLAN_CONSENT, "個別避難計画がある"),
        (Ground.PLAN_EMERGENCY, "個別避難計画がある"),
    ],
)
def test_a_list_is_given_of_those_on_it_and_with_the_duty_of_secrecy(
    officers: tuple[int, int], ground: Ground, asked: str
) -> None:
    number, conditions = victim(enter("髙橋")).number, RULES[ground].conditions
    assert any(asked in one for one in conditions)
    assert any("秘密を守る義務" in one for one in conditions)
    less = wide(str(number), ground=ground, recipient_class="support", items=("A1",), confirmed=len(conditions) - 1)
    with pytest.raises(Invalid) as told:
        giving.look(less, officers[0])
    assert "confirmed" in told.value.fields


def test_protected_people_are_given_away_by_the_named_officers_alone_and_never_to_a_group(
    officers: tuple[int, int],
) -> None:
    first, second = (make_account(login, Role.PROTECTION).id for login in ("hitoku", "hitoku2"))
    hidden, whereabouts = enter("秘匿"), enter("所在")
    for person, level in ((hidden, Protection.HIDDEN), (whereabouts, Protection.WHEREABOUTS)):
        orders.protect(Wanted(level, "support", "支援措置の決定", second, person_id=person), first)
    with pytest.raises(Missing) as nobody:
        giving.look(wide(str(victim(hidden).number)), officers[0])
    with pytest.raises(Missing) as none:
        giving.look(wide("88888"), officers[0])
    assert re.sub(r"\d+", "", nobody.value.message) == re.sub(r"\d+", "", none.value.message)
    with pytest.raises(Forbidden):
        giving.look(wide(str(victim(whereabouts).number)), officers[0])
    assert giving.look(wide(str(victim(hidden).number)), first).people == 1
    group = wide(
        str(victim(hidden).number),
        ground=Ground.GROUP,
        recipient_class="group",
        items=("A1",),
        application=FORM,
        confirmed=5,
    )
    with pytest.raises(Forbidden):
        giving.look(group, first)


def test_published_names_say_the_quarter_only_and_leave_out_who_asked_for_it(officers: tuple[int, int]) -> None:
    one = victim(enter("髙橋", area="24324-01"))
    asked = wide(str(one.number), ground=Ground.NAMES, items=("A1", "A4"), confirmed=2)
    text = giving.give(asked, officers[0]).file.content.decode("utf-8-sig")
    assert "1600" not in text
    assert "中上" in text
    first, second = (make_account(login, Role.PROTECTION).id for login in ("hitoku", "hitoku2"))
    wanted = Wanted(Protection.UNLISTED, "self", "公開しないでほしい", second, person_id=one.person_id)
    orders.protect(wanted, first)
    with pytest.raises(Forbidden):
        giving.give(asked, officers[0])


def test_nobody_without_the_permission_gives_anything_away(officers: tuple[int, int]) -> None:
    number, other = victim(enter("髙橋")).number, make_account("honbu", Role.OPERATOR, Role.ADMIN).id
    for step in (
        lambda: giving.give(wide(str(number)), other),
        lambda: giving.propose(wide(str(number)), "理由を書いた", other),
        lambda: giving.confirm(1, other, fresh_code(other)),
    ):
        with pytest.raises(DomainError):
            step()


@pytest.mark.parametrize("bad", ["=1+1", "+81", "-1", "@x", "\tx", "\rx", "\0x"])
def test_no_cell_is_a_formula(bad: str) -> None:
    row = Row(1, {("A1", "name"): bad})
    text = files.write("csv", [row], ["A1"], "x").content.decode("utf-8-sig")
    cells = list(csv.reader(StringIO(text.replace("\0", "␀"))))[1]
    assert cells[1].startswith("'")


def test_cp932_writes_a_geta_and_lists_what_it_could_not_hold() -> None:
    rows = [Row(7, {("A1", "name"): "𠮷野 ゔぃ葛󠄀"}), Row(8, {("A1", "name"): "髙橋"})]
    file = files.write("cp932", rows, ["A1"], "x")
    with ZipFile(BytesIO(file.content)) as pack:
        assert pack.namelist() == ["x-sjis.csv", "x-gaiji.csv"]
        text, listed = pack.read("x-sjis.csv").decode("cp932"), pack.read("x-gaiji.csv").decode("utf-8-sig")
    assert "〓野 〓ぃ葛" in text
    assert "髙橋" in text
    assert "?" not in text
    assert list(csv.reader(StringIO(listed)))[1:] == [
        ["2", "7", "氏名", "𠮷", "U+20BB7", "〓"],
        ["2", "7", "氏名", "ゔ", "U+3094", "〓"],
        ["2", "7", "氏名", "\U000e0100", "U+E0100", "（異体字の指定を除いた字）"],
    ]
    assert file.content == files.write("cp932", rows, ["A1"], "x").content, "so that its fingerprint can be compared"


def test_cp932_keeps_signs_that_two_tables_number_differently_and_needs_no_list_for_what_it_holds() -> None:
    file = files.write("cp932", [Row(1, {("A1", "name"): "1〜2丁目 －"})], ["A1"], "x")
    with ZipFile(BytesIO(file.content)) as pack:
        assert "1～2丁目 －" in pack.read("x-sjis.csv").decode("cp932")
    assert [one.code for one in file.replaced] == ["U+301C"]
    assert files.write("cp932", [Row(8, {("A1", "name"): "髙橋"})], ["A1"], "x").mimetype == "text/csv"


def test_an_incident_that_is_not_running_has_nobody(officers: tuple[int, int]) -> None:
    assert running.running() is None
    with pytest.raises(Missing):
        giving.look(wide("1"), officers[0])


def test_a_row_of_the_residents_list_that_hides_goes_as_little_as_an_evacuee_who_hides(app: Flask) -> None:
    both = make_account("hitoku", Role.REGISTRY, Role.PROTECTION).id
    here = case("h1", "支援措置 花子")
    with transaction() as session:
        row = session.scalars(select(Resident)).one()
        entry = session.scalars(select(Victim).where(Victim.resident_id == row.id)).one()
        row.hidden, number, person = True, entry.number, entry.person_id
    assert (here.household is not None, person) == (True, None)
    names = Asked(Ground.NAMES, Recipient.GOVERNMENT, "三重県", str(number), ("A1",), "捜索", confirmed=2)
    inside = Asked(Ground.INTERNAL, Recipient.OFFICE, "税務課", str(number), ("A1",), "減免", confirmed=1)
    for asked in (names, inside):
        with pytest.raises(Forbidden):
            giving.give(asked, both)
    assert giving.give(wide(str(number)), both).disclosure_id


def test_a_file_of_many_costs_the_database_no_more_questions_than_one_of_few(officers: tuple[int, int]) -> None:
    for place in range(12):
        enter(f"髙橋{place}", phone="090-1111-2222")
    asked: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))

    def questions(numbers: str) -> int:
        giving.look(wide(numbers), officers[0])
        asked.clear()
        assert giving.look(wide(numbers), officers[0]).items["R1"] > 0
        return len(asked)

    assert questions("1-12") == questions("1-2")


def test_many_together_have_what_each_has_alone(officers: tuple[int, int]) -> None:
    here = case("h1", "髙橋 一", "髙橋 二")
    here.approved()
    other = case("h2", "鈴木 一", relation="family", head="鈴木 一")
    other.issued()
    enter("佐藤", care=["device"])
    giving.give(wide(str(victim(enter("田中")).number)), officers[0])
    everybody = list(db.session.scalars(select(Victim).order_by(Victim.number)))
    together = dict(values.of_many(db.session(), everybody))
    assert len(everybody) == 5
    assert all(together[one] == values.of_victim(db.session(), one) for one in everybody)
    filled = {item.item.code for items in together.values() for item in items if item.state == values.State.FILLED}
    assert filled >= {"A1", "A5", "A7", "R1", "R2", "R3", "R5"}
