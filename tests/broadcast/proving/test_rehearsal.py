"""Rehearsal of the routes: a real round trip to the town's own recipients through the real channels, never to a resident, never an alert."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from broadcast.alert import lifecycle
from broadcast.cap.vocabulary import Mode
from broadcast.channels import registry
from broadcast.channels.bluesky import BlueskyChannel
from broadcast.channels.contract import ChannelDown
from broadcast.channels.line import LineChannel
from broadcast.channels.mastodon import MastodonChannel
from broadcast.channels.radio import RadioChannel
from broadcast.channels.receipt import Receipt
from broadcast.channels.sms import SmsChannel
from broadcast.governing import governed
from broadcast.models.audience import Contact
from broadcast.models.delivery import Delivery
from broadcast.models.trust import GovernedValue, Rehearsal, RehearsalMessage, RehearsalState
from broadcast.proving import proofs, rehearsal, rehearsal_recipients, station
from broadcast.sending import ledger
from broadcast.texts import rehearsal as texts
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Stale
from disaster.core.extensions import db
from disaster.demo.providers.bluesky import BlueskyStandIn
from disaster.demo.providers.line import LineStandIn
from disaster.demo.providers.mastodon import MastodonStandIn
from disaster.demo.providers.twilio import TwilioStandIn
from tests.broadcast.town import Town
from tests.fakes.standins import serving

SENDER, OFFICE = "+815000000119", "+819011112222"
SID, TOKEN = "AC" + "0" * 32, "token"


class Providers:
    """The stand-ins, and what came out of them."""

    def __init__(self) -> None:
        self.texts: list[tuple[str, str]] = []
        self.twilio = TwilioStandIn(SID, TOKEN, (SENDER,), lambda _s, to, body, _at: self.texts.append((to, body)))
        self.line = LineStandIn("line-token", lambda *_: self.texts.append(("line", "")))
        self.mastodon = MastodonStandIn("masto-token", "http://127.0.0.1", lambda *_: self.texts.append(("post", "")))
        self.bluesky = BlueskyStandIn("town.example", "app", lambda *_: self.texts.append(("post", "")))


@pytest.fixture
def providers(any_town: Town) -> Iterator[Providers]:
    """The real channel objects, each at its stand-in."""
    made = Providers()
    with ExitStack() as stack:
        url = {
            name: stack.enter_context(serving(one.application()))
            for name, one in (
                ("twilio", made.twilio),
                ("line", made.line),
                ("mastodon", made.mastodon),
                ("bluesky", made.bluesky),
            )
        }
        live: dict[str, Any] = {
            "sms": SmsChannel(SID, TOKEN, SENDER, url["twilio"], "", 4),
            "line": LineChannel("line-token", url["line"]),
            "mastodon": MastodonChannel(url["mastodon"], "masto-token", 500),
            "bluesky": BlueskyChannel(url["bluesky"], "town.example", "app"),
            "radio": RadioChannel("radio-token"),
        }
        drill = any_town.app.extensions[registry.KEY][Mode.DRILL]
        any_town.app.extensions[registry.KEY] = {Mode.LIVE: live, Mode.DRILL: drill}
        yield made
        for channel in live.values():
            channel.close()


def set_to(**values: str) -> None:
    """What two people have decided."""
    with transaction() as session:
        for name, value in values.items():
            session.merge(GovernedValue(name=name, value=value, change_id=1, changed_at=now()))
    governed.forget()


def with_office_phone(town: Town) -> None:
    change = rehearsal_recipients.propose_new(town.approver, "sms", OFFICE, "防災課の携帯", "試験用")
    governed.confirm(change, town.second_approver, town.code())


def states() -> dict[str, tuple[str, str]]:
    return {proof.channel: (proof.state, proof.words) for proof in proofs.proofs()}


def test_every_channel_proves_itself_and_no_resident_hears_of_it(any_town: Town, providers: Providers) -> None:
    any_town.resident(1, channels=("sms",))
    with_office_phone(any_town)
    assert rehearsal.request(any_town.approver) == 5
    with pytest.raises(Stale, match="2分ほど"):
        rehearsal.request(any_town.second_approver)
    assert rehearsal.run() == 5
    assert [to for to, _ in providers.texts] == [OFFICE], "nothing is posted, nothing goes to anybody else"
    assert providers.texts[0][1].startswith("【通信試験】東員町です。")
    said = states()
    assert said["line"] == said["mastodon"] == said["bluesky"] == ("proven", "")
    assert said["sms"][0] == "running", "accepted is not arrived"
    assert said["radio"] == ("failed", "無線の装置が、まだ一度も文面を取りに来ていません。")
    message = db.session.scalars(select(RehearsalMessage)).one()
    assert rehearsal.of_receipt("sms", Receipt(message.provider_id or "", message.reference, "delivered", "e1"))
    assert states()["sms"] == ("proven", "")
    assert db.session.query(Delivery).count() == 0
    assert ledger.in_force(now()) == []


def test_a_provider_that_never_reports_arrival_is_red_after_ten_minutes(any_town: Town, providers: Providers) -> None:
    with_office_phone(any_town)
    rehearsal.request(any_town.approver)
    rehearsal.run()
    with time_machine.travel(now() + timedelta(minutes=11), tick=False):
        rehearsal.run()
        assert states()["sms"] == ("failed", "1件で、10分たっても届いたという報告がありません。")


def test_a_refusal_and_a_wrong_token_tell_their_cause(any_town: Town, providers: Providers) -> None:
    with_office_phone(any_town)
    providers.line.token = providers.twilio.auth_token = "another"
    rehearsal.request(any_town.approver)
    rehearsal.run()
    said = states()
    assert said["line"][0] == said["sms"][0] == "failed"
    assert "LINEの認証に失敗しました" in said["line"][1]
    assert "Twilioの認証に失敗しました" in said["sms"][1]


def test_the_station_proves_itself_by_its_polls(any_town: Town, providers: Providers) -> None:
    client = any_town.app.test_client()
    with pytest.raises(ChannelDown):
        station.prove()
    token = any_town.app.extensions["disaster.settings"].radio_token.get_secret_value()
    if token:
        client.get("/feeds/radio.txt", headers={"Authorization": f"Bearer {token}"})
    else:
        station.polled()
    station.prove()
    with time_machine.travel(now() + timedelta(minutes=16), tick=False), pytest.raises(ChannelDown, match="から文面を"):
        station.prove()


def test_it_runs_once_a_day_after_the_set_time_and_not_while_an_alert_is_sent(
    any_town: Town, providers: Providers
) -> None:
    set_to(rehearsal_time="05:00")
    with time_machine.travel("2026-11-24T04:59:00+09:00", tick=False):
        assert rehearsal.run() == 0
    with time_machine.travel("2026-11-24T05:01:00+09:00", tick=False):
        alert_id = any_town.approved()
        assert rehearsal.run() == 0
    with time_machine.travel("2026-11-24T05:02:00+09:00", tick=False):
        lifecycle.stop(alert_id, any_town.operator)
        assert rehearsal.run() == 4, "the channels that have something to prove themselves with"
        assert rehearsal.run() == 0
    with time_machine.travel("2026-11-23T06:00:00+09:00", tick=False):
        assert rehearsal.run() == 4, "another day, whatever the clock did; that day's rehearsal had not been"
    set_to(rehearsal="off")
    with time_machine.travel("2026-11-25T06:00:00+09:00", tick=False):
        assert rehearsal.run() == 0


def test_a_residents_address_is_never_a_test_recipient(any_town: Town, providers: Providers) -> None:
    any_town.resident(1, channels=("sms",))
    with pytest.raises(Invalid, match="住民として登録されています"):
        rehearsal_recipients.propose_new(any_town.approver, "sms", "090-0000-0001", "住民", "試験")
    with pytest.raises(Invalid, match="住民として登録されています"):
        rehearsal_recipients.propose_new(any_town.approver, "voice", "+819000000001", "住民", "試験")
    with_office_phone(any_town)
    with transaction() as session:  # the office's number becomes a resident's afterwards
        session.query(Contact).update({"digest": rehearsal_recipients.addresses.found_by("sms", OFFICE)})
    rehearsal.request(any_town.approver)
    rehearsal.run()
    assert providers.texts == []


def test_a_rehearsal_whose_worker_was_killed_does_not_run_for_ever(any_town: Town, providers: Providers) -> None:
    with transaction() as session:
        session.add(
            Rehearsal(
                channel="sms",
                slot="x",
                state=RehearsalState.RUNNING,
                requested_at=now(),
                started_at=now() - timedelta(minutes=4),
            )
        )
    set_to(rehearsal="off")
    rehearsal.run()
    assert states()["sms"][0] == "failed"
    assert "途中で止まりました" in states()["sms"][1]


def test_a_proof_of_the_day_before_yesterday_is_old(any_town: Town, providers: Providers) -> None:
    rehearsal.request(any_town.approver)
    rehearsal.run()
    set_to(rehearsal="off")
    assert states()["line"][0] == "proven"
    with time_machine.travel(now() + timedelta(hours=27), tick=False):
        assert states()["line"][0] == "old"


@pytest.mark.parametrize("channel", rehearsal_recipients.CHANNELS)
def test_the_text_says_first_what_it_is_and_holds_no_words_of_anybody(channel: str) -> None:
    message = texts.render(channel, "東員町", "とういんちょう", "総務部防災安全課")
    assert message.body.startswith("【通信試験】")
    assert message.extra["mode"] == "rehearsal"
    assert "災害の情報ではありません" in message.body
    if channel == "sms":
        assert len(message.body) <= 70, "one segment"


def test_times_are_said_as_people_say_them(app: Flask) -> None:
    with time_machine.travel("2026-11-24T12:00:00+09:00", tick=False):
        assert proofs.said(now() - timedelta(hours=7)) == "今日 05:00"
        assert proofs.said(now() - timedelta(hours=31)) == "昨日 05:00"
        assert proofs.said(now() - timedelta(hours=55)) == "11月22日(日) 05:00"
