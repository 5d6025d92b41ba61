"""Who stands on the list, in which order, on which tab; merged entries are one person; who is protected is on none."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event

from disaster.core import clock
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.incidents.models import Incident
from registry.intake import ids
from registry.matching import joining
from registry.vocabulary import Protection
from registry.welfare import equipment, listing
from registry.welfare.listing import Sought
from registry.welfare.words import Tab
from tests.registry.people.entries import protect
from tests.registry.views.desks import shelter_named
from tests.registry.welfare.people import call, correct, judge, named, refer, shown, tomorrow, welfare


@pytest.fixture
def app(app_on_any_database: Flask) -> Flask:
    return app_on_any_database


def test_power_and_medical_care_first_then_who_waits_longest(app: Flask) -> None:
    account = welfare()
    named("長く待つ", "elderly", hours_ago=30)
    named("いま来た", "elderly", hours_ago=1)
    named("呼吸器", "device", hours_ago=1)
    number = named("酸素", "elderly", hours_ago=2)
    named("理由なし")
    equipment.note(account, number, ["oxygen"], "", "3", seen_id=0, key=ids.new())
    assert shown(account) == ["酸素", "呼吸器", "長く待つ", "いま来た"]


def test_what_runs_out_first_stands_first(app: Flask) -> None:
    account = welfare()
    for given, hours in (("二十時間", "20"), ("四時間", "４"), ("聞いていない", "")):
        number = named(given, "device")
        equipment.note(account, number, ["ventilator"], "", hours, seen_id=0, key=ids.new())
    assert shown(account) == ["四時間", "二十時間", "聞いていない"]


def test_how_far_the_work_is_follows_from_what_was_written(app: Flask) -> None:
    account = welfare()
    number = named("花子", "elderly")
    steps = [
        (Tab.NEW, lambda: None),
        (Tab.UNREACHED, lambda: call(account, number, "absent")),
        (Tab.UNREACHED, lambda: call(account, number, "unreached")),
        (Tab.IN_HAND, lambda: call(account, number, "family")),
        (Tab.IN_HAND, lambda: judge(account, number, due=tomorrow())),
        (Tab.UNREACHED, lambda: call(account, number, "absent")),
    ]
    for tab, step in steps:
        step()
        assert [one for one in Tab if shown(account, one)] == [tab]
    page = listing.page(account, Sought(Tab.UNREACHED))
    standing = page.rows[0].assessment
    assert page.counts == {Tab.NEW: 0, Tab.IN_HAND: 0, Tab.DONE: 0, Tab.UNREACHED: 1}
    assert standing is not None
    judge(account, number, seen=standing.id)
    assert shown(account, Tab.DONE) == ["花子"]


def test_nothing_is_done_before_the_person_is_where_they_need_to_be(app: Flask) -> None:
    account = welfare()
    number = named("花子", "elderly")
    judge(account, number, "facility")
    assert shown(account, Tab.IN_HAND) == ["花子"]
    refer(account, number)
    call(account, number, "absent")
    assert shown(account, Tab.IN_HAND) == ["花子"], "a referral that waits is work in hand"


def test_a_referral_without_an_answer_is_late_after_a_day(app: Flask) -> None:
    account = welfare()
    refer(account, named("花子", "elderly"))
    with time_machine.travel(clock.now() + timedelta(hours=23)):
        page = listing.page(account, Sought(Tab.IN_HAND))
        assert (page.late, page.rows[0].late) == (0, False)
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        page = listing.page(account, Sought(Tab.IN_HAND))
        assert (page.late, page.rows[0].late) == (1, True)
        assert listing.page(account, Sought(Tab.NEW, shelter_named("稲部小学校"))).late == 1, "of everybody"


def test_by_shelter_and_by_area(app: Flask) -> None:
    account = welfare()
    named("神田の人", "elderly", area="24324801")
    named("稲部の人", "elderly", shelter="稲部小学校", area="24324802")
    assert shown(account, shelter_id=shelter_named("稲部小学校")) == ["稲部の人"]
    assert shown(account, area="24324801") == ["神田の人"]
    counts = listing.page(account, Sought(area="24324801")).counts
    assert counts[Tab.NEW] == 1


def test_page_by_page(app: Flask) -> None:
    account = welfare()
    for number in range(5):
        named(f"{number}", "elderly", hours_ago=10 - number)
    pages = [listing.page(account, Sought(), number, 2) for number in (1, 2, 3)]
    assert [[row.seen.person.given for row in page.rows] for page in pages] == [["0", "1"], ["2", "3"], ["4"]]
    assert [page.more for page in pages] == [True, True, False]


def test_entries_that_are_one_person_are_one_line_and_apart_again_two(app: Flask) -> None:
    account = welfare()
    one, other = named("花子", "elderly", hours_ago=5), named("はな子", "device", hours_ago=9)
    call(account, other, "talked", "右の部屋")
    judge(account, one, due=tomorrow())
    link = joining.merge(other, one, actor=account.actor)
    [row] = listing.page(account, Sought(Tab.IN_HAND)).rows
    assert [str(reason) for reason in row.reasons] == ["elderly", "device"]
    assert row.contact is not None
    assert row.contact.note == "右の部屋"
    joining.take_apart(link, actor=account.actor)
    assert sorted(shown(account, Tab.IN_HAND)) == ["はな子", "花子"]
    contacts = {row.seen.person.given: row.contact for row in listing.page(account, Sought(Tab.IN_HAND)).rows}
    assert contacts["花子"] is None


@pytest.mark.parametrize("level", [Protection.HIDDEN, Protection.WHEREABOUTS])
def test_who_is_secret_is_neither_on_the_list_nor_in_its_counts(app: Flask, level: Protection) -> None:
    account = welfare()
    number = named("花子", "device")
    refer(account, number)
    protect(number, level)
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        page = listing.page(account, Sought(Tab.IN_HAND))
    assert (page.rows, sum(page.counts.values()), page.late) == ([], 0, 0)


def test_neither_the_dead_nor_who_was_taken_out_nor_an_earlier_disaster(app: Flask) -> None:
    account = welfare()
    for given, fields in (("亡", {"safety": "dead"}), ("消", {"removed": True})):
        correct(named(given, "elderly"), **fields)
    assert sum(listing.page(account, Sought()).counts.values()) == 0
    named("前の災害", "elderly")
    with transaction() as session:
        session.query(Incident).one().ended_at = clock.now()
    assert sum(listing.page(account, Sought()).counts.values()) == 0


def test_a_long_list_asks_the_database_no_more_than_a_short_one(app: Flask) -> None:
    account, asked = welfare(), list[str]()

    def note(_c: object, _u: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    counts = []
    for more in (2, 20):
        for _ in range(more):
            number = named("花子", "device")
            call(account, number)
            refer(account, number)
        event.listen(db.engine, "before_cursor_execute", note)
        asked.clear()
        assert listing.page(account, Sought(Tab.IN_HAND), size=2).rows
        counts.append(len(asked))
        event.remove(db.engine, "before_cursor_execute", note)
    assert counts[0] == counts[1]
