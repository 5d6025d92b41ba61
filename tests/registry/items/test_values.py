"""The 14 items: each value with its source and time, and the one that stands."""

import pytest
from flask import Flask
from sqlalchemy import select, true

from disaster.core import clock
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Missing
from disaster.core.extensions import db
from disaster.staff.permissions import Role
from registry.aid import finding
from registry.damage.grades import Grade
from registry.items import facts, values
from registry.items.coverage import coverage
from registry.items.values import Filled, State
from registry.ledger import households
from registry.ledger.households import Member
from registry.legal_items import ITEMS, Source
from registry.models.giving import Consent, DisclosedPerson, Disclosure
from registry.models.ledger import Victim
from tests.fakes.staff import make_account
from tests.registry.aid.papers import household, paper
from tests.registry.ledger.town import OFFICER, in_the_ledger, resident


def items(victim: Victim) -> dict[str, Filled]:
    return {filled.item.code: filled for filled in values.of_victim(db.session, victim)}


def test_there_are_seven_items_of_the_act_and_seven_of_the_rule() -> None:
    assert [item.code for item in ITEMS] == [f"A{n}" for n in range(1, 8)] + [f"R{n}" for n in range(1, 8)]
    assert all("90条の3" in item.law or item.law.startswith("同") for item in ITEMS if item.code.startswith("A"))


class TestWhichValueStands:
    def test_the_residents_list_wins_for_the_ledger_and_what_was_said_stays(self, app: Flask) -> None:
        row = resident("髙橋　花子")
        victim = in_the_ledger(family="高橋", given="はなこ", resident=row)
        name = items(victim)["A1"].values["name"]
        assert [(value.text, value.source) for value in name] == [
            ("髙橋　花子", Source.RESIDENTS),
            ("高橋 はなこ", Source.INTAKE),
        ]

    def test_an_officer_may_write_a_name_that_the_machine_cannot(self, app: Flask) -> None:
        victim = in_the_ledger(resident=resident("〓橋　花子"))
        facts.write(victim.id, "A1", "name", "髙橋　花子", "officer", note="外字のため", actor=OFFICER)
        standing = items(victim)["A1"].standing("name")
        assert standing is not None
        assert (standing.text, standing.note) == ("髙橋　花子", "外字のため")

    def test_of_one_source_the_latest(self, app: Flask) -> None:
        victim = in_the_ledger()
        for phone in ("0594-86-2800", "090-1234-5678"):
            facts.write(victim.id, "R1", "contact", phone, "victim", actor=OFFICER)
        assert [value.text for value in items(victim)["R1"].values["contact"]] == ["090-1234-5678", "0594-86-2800"]

    def test_the_address_of_the_list_and_where_somebody_lives_are_two_things(self, app: Flask) -> None:
        victim = in_the_ledger(address="四日市市のアパート", resident=resident())
        found = items(victim)["A4"]
        assert [found.standing(field).text for field in ("address", "residence")] == [  # type: ignore[union-attr]
            "三重県員弁郡東員町大字山田1600",
            "四日市市のアパート",
        ]

    def test_each_value_says_when_and_from_which_entry(self, app: Flask) -> None:
        value = items(in_the_ledger(phone="090-1234-5678"))["R1"].standing("phone")
        assert value is not None
        assert value.ref.startswith("event:")


class TestStates:
    def test_empty_filled_and_not_to_be_had(self, app: Flask) -> None:
        victim = in_the_ledger()
        before = items(victim)
        assert (before["A1"].state, before["A2"].state) == (State.FILLED, State.EMPTY)
        facts.not_collected(victim.id, "A2", "birth", "本人が答えたくないため", actor=OFFICER)
        assert items(victim)["A2"].state == State.NOT_COLLECTED
        facts.write(victim.id, "A2", "birth", "昭和60年4月12日", "victim", actor=OFFICER)
        assert items(victim)["A2"].state == State.FILLED

    def test_what_was_written_and_taken_back_stands_no_more(self, app: Flask) -> None:
        victim = in_the_ledger()
        facts.write(victim.id, "R7", "other", "犬一匹", "victim", actor=OFFICER)
        facts.not_collected(victim.id, "R7", "other", "誤記のため", actor=OFFICER)
        assert items(victim)["R7"].state == State.NOT_COLLECTED

    def test_my_number_is_not_collected_where_it_is_not_used(self, app: Flask) -> None:
        found = items(in_the_ledger())["R6"]
        assert found.state == State.NOT_COLLECTED

    def test_care_and_injury_count_where_there_is_something(self, app: Flask) -> None:
        safe = items(in_the_ledger(safety="safe"))
        hurt = items(in_the_ledger(given="次郎", safety="light", injury="右手の切り傷", care=["elderly"]))
        assert (safe["A5"].state, safe["A7"].state) == (State.EMPTY, State.EMPTY)
        assert hurt["A5"].standing("injury").text == "軽傷　右手の切り傷"  # type: ignore[union-attr]
        assert hurt["A7"].standing("care").text == "高齢"  # type: ignore[union-attr]

    def test_the_household_at_the_disaster(self, app: Flask) -> None:
        victim = in_the_ledger()
        households.freeze([Member(victim.id, "", head=True)], address="", actor=OFFICER)
        assert items(victim)["R2"].standing("household").text == "世帯番号 1　1人"  # type: ignore[union-attr]

    def test_the_household_tells_who_is_in_it_without_names(self, app: Flask) -> None:
        head, child = in_the_ledger(), in_the_ledger(given="次郎")
        members = [Member(child.id, "子"), Member(head.id, "", head=True)]
        households.freeze(members, address="", actor=OFFICER)
        text = items(child)["R2"].standing("household").text  # type: ignore[union-attr]
        assert text == "世帯番号 1　2人（世帯主、子。本人は子）"


class TestWriting:
    @pytest.mark.parametrize(
        ("code", "field", "value", "source"),
        [
            ("A1", "nickname", "花ちゃん", "victim"),
            ("R3", "certificate", "全壊", "officer"),
            ("R6", "my_number", "123456789018", "officer"),
            ("A1", "name", "", "officer"),
            ("A1", "name", "あ" * 2001, "officer"),
            ("A1", "name", "花子", "residents"),
            ("A1", "name", "花\ud842子", "officer"),
        ],
    )
    def test_what_cannot_be_is_refused(self, app: Flask, code: str, field: str, value: str, source: str) -> None:
        victim = in_the_ledger()
        with pytest.raises(Invalid):
            facts.write(victim.id, code, field, value, source, actor=OFFICER)

    def test_of_nobody(self, app: Flask) -> None:
        with pytest.raises(Missing):
            facts.write("nobody", "A1", "name", "花子", "officer", actor=OFFICER)


def test_the_whole_ledger_is_counted_as_one_by_one(app_on_any_database: Flask) -> None:
    row = resident()
    one = in_the_ledger(resident=row, phone="090-1234-5678", care=["elderly"])
    two = in_the_ledger(given="次郎", birth="S600412", safety="light", injury="打撲")
    facts.not_collected(two.id, "A3", "sex", "答えたくない", actor=OFFICER)
    facts.write(two.id, "R7", "other", "犬一匹", "victim", actor=OFFICER)
    households.freeze([Member(one.id, "", head=True)], address="", actor=OFFICER)
    number, rows = coverage(db.session, one.incident_id, true())
    assert number == 2
    for row_ in rows:
        states = [items(victim)[row_.item.code].state for victim in (one, two)]
        counted = (row_.filled, row_.not_collected, row_.empty)
        assert counted == tuple(states.count(s) for s in (State.FILLED, State.NOT_COLLECTED, State.EMPTY)), row_.item


class TestWhatFollows:
    """Damage, certificate, aid, consent and disclosure are read where they stand."""

    def test_from_the_certificate_to_the_disclosure(self, app_on_any_database: Flask) -> None:
        home = household(size=1)
        paper(home, Grade.TOTAL)
        finding.find()
        victim = db.session.scalars(select(Victim)).one()
        with transaction() as session:
            account = make_account("daicho", Role.REGISTRY)
            consent = Consent(
                subject=f"victim:{victim.id}",
                by="self",
                recipient_class="named",
                recipient="東員町社会福祉協議会",
                items=["A1"],
                method="signed",
                from_at=clock.now(),
                recorded_by=OFFICER,
            )
            given = Disclosure(
                ground="90-4-1", recipient_class="named", recipient="四日市市", items=["A1"], people=1,
                at=clock.now(), by=account.id,
            )  # fmt: skip
            session.add_all([consent, given])
            session.flush()
            session.add(DisclosedPerson(disclosure_id=given.id, subject=f"victim:{victim.id}"))
        found = items(victim)
        assert found["A5"].standing("dwelling").text == "全壊"  # type: ignore[union-attr]
        assert "交付" in str(found["R3"].standing("certificate").text)  # type: ignore[union-attr]
        aid = [value.text for value in found["A6"].values["aid"]]
        assert "被災者生活再建支援金（基礎支援金）：対象の可能性" in aid
        assert found["R4"].standing("consent").text == "東員町社会福祉協議会（本人の同意）"  # type: ignore[union-attr]
        assert "四日市市" in str(found["R5"].standing("disclosure").text)  # type: ignore[union-attr]
        _, rows = coverage(db.session, victim.incident_id, true())
        assert {row.item.code: row.filled for row in rows if row.item.code in ("A5", "A6", "R3", "R4", "R5")} == {
            "A5": 1,
            "A6": 1,
            "R3": 1,
            "R4": 1,
            "R5": 1,
        }
