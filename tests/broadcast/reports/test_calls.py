"""What becomes of calls: every order of reports, each twice, before and after our own commit, comes to the same end."""

import itertools
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from broadcast import upkeep
from broadcast.alert import lifecycle
from broadcast.cap.vocabulary import Mode
from broadcast.channels import registry
from broadcast.channels.call_reports import CallReport, KeyPress
from broadcast.channels.contract import Accepted, InDoubt, Outcome, Target
from broadcast.channels.drill import DrillChannel
from broadcast.channels.voice import VoiceChannel
from broadcast.models.alert import Alert, State
from broadcast.models.delivery import Delivery, DeliveryEvent, Status
from broadcast.reports import calls
from broadcast.sending import ledger
from broadcast.sending.dispatch import Lane
from broadcast.sending.reference import maker
from broadcast.views import figures, wording
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.extensions import db
from tests.broadcast.town import Town
from tests.fakes.channel import ScriptedChannel

PERSON = ("initiated", "ringing", "in-progress", "completed")


class Telephone(ScriptedChannel):
    """A scripted telephone network: every call gets a name of its own."""

    retry_seconds = (60, 180, 300)
    redials = 3

    def __init__(self) -> None:
        super().__init__("voice")
        self.made: list[str] = []
        self.script = self._call

    def _call(self, target: Target) -> Outcome:
        self.made.append(f"CA{len(self.made) + 1}")
        return Accepted(self.made[-1])


@dataclass
class Home:
    """One old person with a telephone, in a town with an alert on its way."""

    town: Town
    telephone: Telephone
    alert_id: int
    delivery_id: int
    lane: Lane
    first_call: str = "CA1"

    def row(self) -> Delivery:
        db.session.rollback()
        return db.session.get_one(Delivery, self.delivery_id, populate_existing=True)

    def send(self) -> int:
        """Let the lane do what is due, without waiting for the clock."""
        with transaction() as session:
            session.execute(update(Delivery).where(Delivery.id == self.delivery_id).values(due_at=now()))
        return self.lane.step()

    def tell(self, sid: str, status: str, *, known: bool = True, machine: bool = False) -> bool:
        reference = maker()(self.delivery_id) if known else ""
        report = CallReport.of(sid, reference, status, answered_by="machine_start" if machine else "")
        assert report is not None
        return calls.reported(report)

    def press(self, sid: str, key: str = "1") -> bool:
        return calls.pressed(KeyPress(sid, maker()(self.delivery_id), key))

    def say(self, sid: str, what: str) -> bool:
        """A report by one word: a status, ``key1``, or ``machine``."""
        if what == "key1":
            return self.press(sid)
        if what == "machine":
            return calls.taken_by_machine(sid, maker()(self.delivery_id))
        return self.tell(sid, what)

    def ends(self) -> tuple[Status, str]:
        calls.sweep(now())
        row = self.row()
        return Status(row.status), row.code


def settled_in(town: Town, people: int = 1) -> Home:
    telephone = Telephone()
    town.channels["voice"] = telephone
    built = town.app.extensions[registry.KEY]
    built[Mode.LIVE]["voice"], built[Mode.DRILL]["voice"] = telephone, DrillChannel("voice", personal=True)
    for number in range(people):
        town.resident(number, channels=("voice",))
    alert_id = town.approved()
    delivery_id = db.session.scalars(
        select(Delivery.id).where(Delivery.channel == "voice").order_by(Delivery.id)
    ).first()
    assert delivery_id
    return Home(town, telephone, alert_id, delivery_id, town.lane("voice", "telephone"))


@pytest.fixture
def home(town: Town) -> Home:
    return settled_in(town)


@pytest.fixture
def any_home(any_town: Town) -> Home:
    return settled_in(any_town)


def test_a_key_press_is_arrival_and_an_answer_is_not(any_home: Home) -> None:
    any_home.send()
    for status in PERSON:
        any_home.tell("CA1", status)
    assert any_home.ends() == (Status.ACCEPTED, "answered")
    assert any_home.press("CA1")
    assert any_home.ends() == (Status.DELIVERED, "")


def test_another_key_confirms_nothing(home: Home) -> None:
    home.send()
    assert not home.press("CA1", "2")
    assert home.ends() == (Status.ACCEPTED, "")


def test_an_answering_machine_is_no_confirmation(home: Home) -> None:
    home.send()
    home.tell("CA1", "completed", machine=True)
    assert home.ends() == (Status.ACCEPTED, "machine")


def test_a_busy_telephone_is_dialled_again_until_it_is_answered(any_home: Home) -> None:
    any_home.send()
    any_home.tell("CA1", "busy")
    row = any_home.row()
    assert (row.status, row.code, row.detail, row.provider_id) == (Status.QUEUED, "unanswered", "busy", None)
    assert timedelta(seconds=50) < row.due_at - now() <= timedelta(seconds=60)
    assert any_home.lane.step() == 0, "not before its time"
    assert any_home.send() == 1
    any_home.tell("CA2", "no-answer")
    assert timedelta(seconds=170) < any_home.row().due_at - now() <= timedelta(seconds=180)
    any_home.send()
    any_home.press("CA3")
    any_home.tell("CA3", "completed")
    assert any_home.ends() == (Status.DELIVERED, "")
    assert any_home.telephone.made == ["CA1", "CA2", "CA3"]
    assert any_home.send() == 0, "who confirmed is not called any more"


def test_after_the_last_redial_it_is_given_up(home: Home) -> None:
    for number in range(1, 5):
        assert home.send() == 1
        home.tell(f"CA{number}", "no-answer")
    assert home.ends() == (Status.FAILED, "unanswered")
    assert home.send() == 0
    assert len(home.telephone.made) == 4


Order = tuple[str, ...]
COMMITTED = pytest.mark.parametrize("committed", [True, False], ids=["after our commit", "before our commit"])


@COMMITTED
def test_reports_of_a_confirmed_call_come_in_any_order_and_twice(town: Town, committed: bool) -> None:
    orders = list(itertools.permutations((*PERSON, "key1")))
    homes = reported(town, [(*order, *order) for order in orders], committed)
    assert {home.ends() for home in homes} == {(Status.DELIVERED, "")}
    assert homes[0].lane.step() == 0


@COMMITTED
def test_reports_of_a_busy_telephone_come_in_any_order_and_twice(town: Town, committed: bool) -> None:
    orders = list(itertools.permutations(("initiated", "ringing", "busy")))
    homes = reported(town, [tuple(word for word in order for _ in range(2)) for order in orders], committed)
    assert {home.ends() for home in homes} == {(Status.QUEUED, "unanswered")}
    for home, order in zip(homes, orders, strict=True):
        assert home.send() == 1
        for word in order:
            home.say(home.first_call, word)
        assert home.ends() == (Status.ACCEPTED, ""), "reports of the first call say nothing of the second"


@COMMITTED
def test_reports_of_a_machine_come_in_any_order(town: Town, committed: bool) -> None:
    orders = list(itertools.permutations((*PERSON[1:], "machine")))
    homes = reported(town, [(*order, *order) for order in orders], committed)
    assert {home.ends() for home in homes} == {(Status.ACCEPTED, "machine")}


@pytest.mark.parametrize("split", range(1, 4))
def test_reports_around_our_own_commit_are_all_heard(town: Town, split: int) -> None:
    words = ("ringing", "busy", "initiated", "busy")
    [home] = reported(town, [words[:split]], committed=False)
    for word in words[split:]:
        home.say(home.first_call, word)
    assert home.ends() == (Status.QUEUED, "unanswered")


def reported(town: Town, orders: list[Order], committed: bool) -> list[Home]:
    """A home for each order of reports; they come after our commit of the call, or while the lane still waits for the answer."""
    first = settled_in(town, people=len(orders))
    ids = db.session.scalars(select(Delivery.id).where(Delivery.channel == "voice").order_by(Delivery.id)).all()
    homes = [replace(first, delivery_id=number, first_call=f"CA{number}") for number in ids]
    told = {home.delivery_id: (home, order) for home, order in zip(homes, orders, strict=True)}

    def tell(delivery_id: int) -> None:
        home, order = told.pop(delivery_id)
        for word in order:
            home.say(home.first_call, word)

    def call(target: Target) -> Outcome:
        if target.attempt > 1:
            return Accepted(f"CA{target.delivery_id}-{target.attempt}")
        if not committed:
            tell(target.delivery_id)
        return Accepted(f"CA{target.delivery_id}")

    first.telephone.script = call
    while first.lane.step():
        pass
    for number in list(told):
        tell(number)
    return homes


def test_a_report_without_our_reference_is_found_by_the_calls_name(home: Home) -> None:
    home.send()
    assert home.tell("CA1", "completed", known=False)
    assert home.ends() == (Status.ACCEPTED, "answered")


def test_reports_of_unknown_calls_change_nothing(home: Home) -> None:
    home.send()
    assert not home.tell("CA99", "busy", known=False)
    stranger = "00000000-0000-8000-8000-000000000001"
    assert not calls.pressed(KeyPress("CA99", stranger, "1"))
    assert home.ends() == (Status.ACCEPTED, "")


def test_a_report_cannot_move_a_message_of_another_channel(home: Home) -> None:
    home.town.resident(2, channels=("sms",))
    home.town.approved()
    sms = db.session.scalars(select(Delivery.id).where(Delivery.channel == "sms")).one()
    assert not calls.pressed(KeyPress("CA1", maker()(sms), "1"))
    db.session.rollback()
    assert db.session.get_one(Delivery, sms).status == Status.QUEUED


def test_a_report_settles_a_call_in_doubt(home: Home) -> None:
    home.telephone.script = lambda _: InDoubt("timeout")
    home.send()
    assert home.row().status == Status.UNCERTAIN
    home.tell("CA7", "ringing")
    assert home.ends() == (Status.ACCEPTED, "")
    assert home.row().provider_id == "CA7"


def test_a_late_report_of_an_earlier_call_does_not_settle_the_one_in_doubt(home: Home) -> None:
    home.send()
    home.tell("CA1", "busy")
    home.telephone.script = lambda _: InDoubt("timeout")
    home.send()
    home.tell("CA1", "ringing")
    home.tell("CA1", "busy")
    assert home.row().status == Status.UNCERTAIN


def test_nobody_is_dialled_again_once_the_alert_was_stopped(home: Home) -> None:
    home.send()
    lifecycle.stop(home.alert_id, home.town.operator)
    home.tell("CA1", "busy")
    assert home.ends() == (Status.FAILED, "unanswered")


def test_nobody_is_dialled_again_after_the_end(home: Home) -> None:
    home.send()
    home.tell("CA1", "busy")
    upkeep.expire_deliveries(now() + timedelta(days=2))
    assert home.row().status == Status.EXPIRED


def test_an_alert_goes_on_while_telephones_ring(home: Home) -> None:
    home.town.send_everything()
    upkeep.finish_alerts(now())
    assert _state(home) is State.SENDING, "what became of the call is not known yet"
    home.tell("CA1", "busy")
    upkeep.finish_alerts(now())
    assert _state(home) is State.SENDING
    home.send()
    home.press("CA2")
    upkeep.finish_alerts(now())
    assert _state(home) is State.SENT


def test_a_drill_calls_nobody_and_comes_to_its_end(home: Home) -> None:
    drill = home.town.approved(mode=Mode.DRILL)
    home.town.send_everything()
    assert home.town.statuses(drill, "voice") == {Status.ACCEPTED: 1}
    assert len(home.telephone.made) == 1, "the live one"
    upkeep.finish_alerts(now())
    assert db.session.get_one(Alert, drill).state is State.SENT


def _state(home: Home) -> State:
    db.session.rollback()
    return db.session.get_one(Alert, home.alert_id).state


def test_each_event_is_kept_once(home: Home) -> None:
    home.send()
    assert home.tell("CA1", "ringing")
    assert not home.tell("CA1", "ringing")
    events = db.session.scalars(select(DeliveryEvent).where(DeliveryEvent.source_id == "twilio:CA1:ringing")).all()
    assert len(events) == 1


def test_the_words_of_a_call_are_found_by_its_reference(app: Flask, home: Home) -> None:
    message = calls.words(maker()(home.delivery_id))
    assert message is not None
    assert "避難指示" in message.extra["spoken"]
    assert calls.words("00000000-0000-8000-8000-000000000001") is None
    assert calls.words("nonsense") is None


def test_progress_tells_calls_that_were_answered_from_those_that_were_confirmed(home: Home) -> None:
    home.send()
    home.tell("CA1", "completed")
    transmission = db.session.get_one(Delivery, home.delivery_id).transmission_id
    [voice] = [one for one in ledger.progress(transmission) if one.channel == "voice"]
    shown = figures.channel(voice, confirms=True)
    assert (shown.accepted, shown.delivered, shown.told) == (1, 0, (("応答のみ（確認なし）", 1),))
    assert wording.reason("unanswered").why.startswith("何度か電話しました")


def test_a_call_of_which_nothing_is_reported_is_asked_for(home: Home) -> None:
    asked: list[str] = []

    class Twilio(VoiceChannel):
        def ask(self, sid: str) -> CallReport | None:
            asked.append(sid)
            return CallReport.of(sid, "", "no-answer")

    home.send()
    built = home.town.app.extensions[registry.KEY]
    built[Mode.LIVE]["voice"] = Twilio("", "", "", "", "", {})
    assert calls.ask(now()) == 0, "it may still ring"
    assert calls.ask(now() + timedelta(minutes=3)) == 1
    assert asked == ["CA1"]
    assert home.ends() == (Status.QUEUED, "unanswered")


def test_a_call_of_which_nobody_knows_anything_ends_as_unreported(home: Home) -> None:
    class Silent(VoiceChannel):
        def ask(self, sid: str) -> CallReport | None:
            return None

    home.send()
    home.town.app.extensions[registry.KEY][Mode.LIVE]["voice"] = Silent("", "", "", "", "", {})
    calls.ask(now() + timedelta(minutes=3))
    assert home.ends() == (Status.ACCEPTED, "")
    calls.ask(now() + timedelta(minutes=40))
    assert home.ends() == (Status.ACCEPTED, "unreported")
    home.press("CA1")
    assert home.ends() == (Status.DELIVERED, "")
