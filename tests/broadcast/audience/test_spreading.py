"""A large audience is written in chunks: everybody once, those who need support first, and nobody after a stop."""

import os
import random
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import Connection, event, select

from broadcast import upkeep
from broadcast.alert import compose, ending, lifecycle
from broadcast.alert.compose import Origin
from broadcast.audience import choosing, fanout, spreading
from broadcast.audience.spreading import Spreader
from broadcast.cap.vocabulary import MsgType
from broadcast.models.alert import State, Transmission
from broadcast.models.audience import Contact, Subscriber
from broadcast.models.delivery import Delivery, Status
from broadcast.models.fanout import Fanout, Phase
from broadcast.sending import claims
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.core.settings import Settings
from drill import workers
from tests.broadcast.town import Town
from tests.server import environment

PEOPLE = 60
KILLS = 4


@pytest.fixture(autouse=True)
def small_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A prefecture of sixty: more than ten are left to the worker, seven numbers at a time."""
    monkeypatch.setattr(ending, "AT_ONCE", 10)
    monkeypatch.setattr(spreading, "FIRST_SPAN", 7)
    monkeypatch.setattr(spreading, "LEAST_SPAN", 7)
    monkeypatch.setattr(spreading, "LONGEST_SPAN", 7)


@pytest.fixture
def prefecture(any_town: Town) -> Town:
    """Many residents, every fifth needs support."""
    for number in range(PEOPLE):
        any_town.resident(number, support_needed=number % 5 == 0)
    return any_town


def spread_all() -> int:
    """Write until nothing is left; how many chunks."""
    spreader, chunks = Spreader(), 0
    while spreader.step():
        chunks += 1
    return chunks


def written(alert_id: int) -> list[Delivery]:
    db.session.rollback()
    mine = select(Transmission.id).where(Transmission.alert_id == alert_id).scalar_subquery()
    rows = select(Delivery).where(Delivery.transmission_id == mine, Delivery.channel == "email").order_by(Delivery.id)
    return list(db.session.scalars(rows))


def test_the_alert_is_out_with_the_approval_and_everybody_is_written_once(prefecture: Town) -> None:
    alert_id = prefecture.approved()
    assert written(alert_id) == []
    assert prefecture.statuses(alert_id, "radio") == {Status.QUEUED: 1}, "the radio need not wait for the addresses"
    assert prefecture.statuses(alert_id, "web") == {Status.ACCEPTED: 1}
    assert spread_all() >= PEOPLE * 2 // 7
    contacts = [row.contact_id for row in written(alert_id)]
    assert len(contacts) == len(set(contacts)) == PEOPLE


def test_a_chunk_at_the_end_of_a_prefecture_costs_what_the_first_one_costs(town: Town) -> None:
    for number in range(700):
        town.resident(number)
    town.approved(whole_town=True)
    spreader, steps, worked = Spreader(), [0], []

    def count() -> None:
        steps[0] += 1

    def watch(connection: Connection) -> None:
        connection.connection.driver_connection.set_progress_handler(count, 20)  # type: ignore[union-attr]

    event.listen(db.engine, "begin", watch)
    try:
        while spreader.step():
            worked.append(steps[0])
            steps[0] = 0
    finally:
        event.remove(db.engine, "begin", watch)
    second_pass = worked[len(worked) // 2 :]  # nobody needs support: all are written in the second one
    assert max(second_pass[-20:]) < 1.3 * max(second_pass[1:21]), "the rows before it are looked through again"


def test_people_who_need_support_come_first(prefecture: Town) -> None:
    alert_id = prefecture.approved()
    spread_all()
    first = [row.contact_id for row in written(alert_id)][: PEOPLE // 5]
    needed = db.session.scalars(select(Contact.id).join(Subscriber).where(Subscriber.support_needed)).all()
    assert sorted(first) == sorted(needed)


def test_the_first_are_sent_to_while_the_rest_is_being_written_and_the_alert_is_not_over_before(
    prefecture: Town,
) -> None:
    alert_id = prefecture.approved()
    spreader = Spreader()
    spreader.step()
    prefecture.send_everything()
    assert 0 < len(prefecture.channels["email"].received) < PEOPLE // 5
    upkeep.finish_alerts(now())
    assert compose.get(alert_id).state == State.SENDING, "nothing is queued at this moment, but most are not written"
    spread_all()
    prefecture.send_everything()
    upkeep.finish_alerts(now())
    assert compose.get(alert_id).state == State.SENT
    assert sorted(prefecture.channels["email"].addresses) == sorted(f"person{n}@example.jp" for n in range(PEOPLE))


@pytest.mark.parametrize("chunks", [0, 2, 100])
def test_a_town_begins_with_a_part_of_its_people_and_a_correction_in_the_middle_goes_to_all(
    prefecture: Town, monkeypatch: pytest.MonkeyPatch, chunks: int
) -> None:
    monkeypatch.setattr(ending, "AT_ONCE", 1000)
    monkeypatch.setattr(fanout, "HEAD", 10)
    first = prefecture.approved()
    needed = set(db.session.scalars(select(Contact.id).join(Subscriber).where(Subscriber.support_needed)))
    head = set(db.session.scalars(select(Contact.id).order_by(Contact.id).limit(10)))
    assert {row.contact_id for row in written(first)} == needed | head
    spreader = Spreader()
    for _ in range(chunks):
        spreader.step()
    prefecture.send_everything()
    already = len(prefecture.channels["email"].received)
    second = prefecture.approved(
        origin=Origin(MsgType.UPDATE, references_id=first), correction="川の名前を訂正します。"
    )
    assert len(written(second)) == PEOPLE, "whoever got the first text need not wait for the second one"
    assert (spreading.unfinished(), spread_all()) == ([], 0), "nobody more gets the old text"
    prefecture.send_everything()
    assert prefecture.statuses(first, "email") == {Status.ACCEPTED: already}
    assert prefecture.statuses(second, "email") == {Status.ACCEPTED: PEOPLE}


def test_several_workers_write_nobody_twice(prefecture: Town) -> None:
    alert_id = prefecture.approved()

    def work() -> None:
        with prefecture.app.app_context():
            spread_all()
            db.session.remove()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for thread in workers:
        thread.start()
    for thread in workers:
        thread.join()
    contacts = [row.contact_id for row in written(alert_id)]
    assert len(contacts) == len(set(contacts)) == PEOPLE


def test_who_subscribes_after_the_approval_is_not_addressed(prefecture: Town) -> None:
    alert_id = prefecture.approved()
    Spreader().step()
    prefecture.resident(1000)
    spread_all()
    assert len(written(alert_id)) == PEOPLE


def test_after_a_stop_nobody_more_is_written_and_what_was_is_not_sent(prefecture: Town) -> None:
    alert_id = prefecture.approved()
    spreader = Spreader()
    for _ in range(12):
        spreader.step()
    before = len(written(alert_id))
    lifecycle.stop(alert_id, prefecture.operator)
    spread_all()
    upkeep.expire_deliveries(now())
    prefecture.send_everything()
    assert 0 < len(written(alert_id)) == before < PEOPLE
    assert prefecture.statuses(alert_id, "email") == {Status.SKIPPED: before}
    assert prefecture.channels["email"].received == []


def test_after_its_time_nobody_more_is_written(prefecture: Town) -> None:
    alert_id = prefecture.approved(expires_at=now() + timedelta(minutes=5))
    Spreader().step()
    before = len(written(alert_id))
    with time_machine.travel(now() + timedelta(minutes=6), tick=False):
        spread_all()
        upkeep.expire_deliveries(now())
    assert prefecture.statuses(alert_id, "email") == {Status.EXPIRED: before}
    assert spreading.unfinished() == []


@pytest.mark.parametrize("chunks", [0, 1, 9, 14, 100])
def test_a_correction_in_the_middle_goes_to_everybody_whom_the_first_was_for(prefecture: Town, chunks: int) -> None:
    first = prefecture.approved()
    spreader = Spreader()
    for _ in range(chunks):
        spreader.step()
    prefecture.send_everything()
    already = set(prefecture.channels["email"].addresses)
    second = prefecture.approved(
        origin=Origin(MsgType.UPDATE, references_id=first), correction="川の名前を訂正します。"
    )
    spread_all()
    upkeep.expire_deliveries(now())
    prefecture.send_everything()
    assert len(written(second)) == PEOPLE
    assert prefecture.statuses(second, "email") == {Status.ACCEPTED: PEOPLE}
    assert prefecture.statuses(first, "email").get(Status.ACCEPTED, 0) == len(already)
    third = prefecture.approved(origin=Origin(MsgType.UPDATE, references_id=second), correction="もう一度訂正します。")
    spread_all()
    assert len(written(third)) == PEOPLE


def test_a_correction_of_a_correction_in_the_middle_goes_to_everybody_too(prefecture: Town) -> None:
    first = prefecture.approved()
    Spreader().step()
    second = prefecture.approved(origin=Origin(MsgType.UPDATE, references_id=first), correction="訂正します。")
    Spreader().step()
    third = prefecture.approved(origin=Origin(MsgType.UPDATE, references_id=second), correction="もう一度訂正します。")
    spread_all()
    assert len(written(third)) == PEOPLE
    assert len(written(first)) < PEOPLE
    assert len(written(second)) < PEOPLE


def test_a_cancel_in_the_middle_goes_to_exactly_those_whom_the_first_reached(prefecture: Town) -> None:
    first = prefecture.approved()
    spreader = Spreader()
    for _ in range(12):
        spreader.step()
    lane = prefecture.lane("email")
    lane.step()
    spreader.step()
    lane.wire.close()
    reached = set(prefecture.channels["email"].addresses)
    cancel = prefecture.approved(origin=Origin(MsgType.CANCEL, references_id=first))
    spread_all()
    upkeep.expire_deliveries(now())
    prefecture.channels["email"].received.clear()
    prefecture.send_everything()
    assert 0 < len(reached) < PEOPLE
    assert set(prefecture.channels["email"].addresses) == reached
    assert len(written(cancel)) == len(reached)


def test_a_cancel_waits_for_what_a_lane_holds_and_leaves_out_what_it_had_not_sent(any_town: Town) -> None:
    for number in range(6):
        any_town.resident(number)
    first = any_town.approved()
    taken = claims.claim("email", "lane", 4, now())
    cancel = any_town.approved(origin=Origin(MsgType.CANCEL, references_id=first))
    spreader = Spreader()
    spreader.step()
    assert written(cancel) == [], "nobody is known to have got the first"
    with transaction() as session:
        claims.give_back(session, "lane", [taken[0].id, taken[1].id], now(), now())
    with transaction() as session:
        session.query(Delivery).filter(Delivery.id.in_([taken[2].id, taken[3].id])).update({"status": Status.ACCEPTED})
    upkeep.expire_deliveries(now())
    for _ in range(5):
        spreader.step()
    assert {row.contact_id for row in written(cancel)} == {taken[2].contact_id, taken[3].contact_id}
    assert spreading.unfinished() == []


def test_the_chunks_are_the_same_people_that_the_approver_saw(prefecture: Town) -> None:
    alert_id = prefecture.submitted()
    people = choosing.reach(compose.get(alert_id)).people
    lifecycle.approve(alert_id, prefecture.approver, prefecture.seen(alert_id), code=prefecture.code())
    spread_all()
    assert len(written(alert_id)) == people == PEOPLE
    transmission = db.session.scalars(select(Transmission)).one()
    assert transmission.people == PEOPLE
    spread = db.session.get_one(Fanout, transmission.id)
    assert (spread.phase, spread.after) == (Phase.OTHERS, spread.upto)


@pytest.fixture(scope="module")
def spreaders() -> Iterator[workers.Workers]:
    """Starts processes that spread, quickly one after another."""
    with workers.ready("tests.broadcast.spreader") as found:
        yield found


@pytest.mark.timeout(400)
def test_killed_in_the_middle_it_goes_on_without_loss_or_doubling(
    any_database: Settings, app_on_any_database: Flask, spreaders: workers.Workers, tmp_path: Path
) -> None:
    town = Town(app_on_any_database).build()
    for number in range(PEOPLE):
        town.resident(number, support_needed=number % 5 == 0)
    alert_id = town.approved()
    chance = random.Random(20261123)
    variables = {**os.environ, **environment(any_database), "DISASTER_SMTP_HOST": ""}
    for number in range(KILLS):
        log = tmp_path / f"spreader{number}.log"
        process = spreaders.start(variables, log)
        until = time.monotonic() + 60
        while not log.exists() or "ready" not in log.read_text():
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.002)
        time.sleep(chance.uniform(0.005, 0.06))
        spreaders.kill(process)
    spread_all()
    contacts = [row.contact_id for row in written(alert_id)]
    assert len(contacts) == len(set(contacts)) == PEOPLE
