"""Addresses that did not work: flagged by failures, decided about by people only."""

import json

import pytest
from sqlalchemy import select

from broadcast.channels.contract import Accepted, Code, Refused
from broadcast.models.audience import Contact
from broadcast.models.delivery import Delivery
from broadcast.reports import unconfirmed
from broadcast.subscribers import enrolment, flagging
from broadcast.subscribers.enrolment import Choice
from disaster.core.audit import AuditEntry
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.errors import Invalid
from disaster.core.extensions import db
from tests.broadcast.town import NAKAGAMI, Town


def contacts() -> list[Contact]:
    db.session.rollback()
    return list(db.session.scalars(select(Contact).order_by(Contact.id).execution_options(populate_existing=True)))


def refused(town: Town, code: Code, detail: str, *, channel: str = "email", people: int = 1) -> None:
    for number in range(people):
        town.resident(len(contacts()) + 1 + number, channels=(channel,))
    town.channels[channel].script = lambda _: Refused(code, retryable=False, detail=detail)
    town.approved()
    town.send_everything()


@pytest.mark.parametrize(
    ("channel", "code", "detail", "flagged"),
    [
        ("email", Code.ADDRESS, "550 5.1.1", True),
        ("email", Code.REJECTED, "554 5.7.1", True),
        ("email", Code.CONTENT, "552 5.3.4", False),
        ("sms", Code.ADDRESS, "21211", True),
        ("sms", Code.REJECTED, "30004", False),
        ("sms", Code.OPTED_OUT, "21610", False),
    ],
)
def test_which_refusals_are_about_the_address(
    any_town: Town, channel: str, code: Code, detail: str, flagged: bool
) -> None:
    refused(any_town, code, detail, channel=channel)
    [contact] = contacts()
    assert (contact.flagged_at is not None) == flagged
    assert contact.active == (code != Code.OPTED_OUT)
    if flagged:
        assert (contact.flagged_why, contact.flagged_detail, contact.flagged_times) == ("refused", detail, 1)


def test_each_failed_send_is_counted_and_the_first_stays_the_beginning(town: Town) -> None:
    refused(town, Code.ADDRESS, "550 5.1.1")
    since = contacts()[0].flagged_at
    town.approved()
    town.send_everything()
    [contact] = contacts()
    assert (contact.flagged_times, contact.flagged_at) == (2, since)


def test_a_flagged_address_is_still_written_to(town: Town) -> None:
    refused(town, Code.ADDRESS, "550 5.1.1")
    town.channels["email"].script = lambda target: Accepted(str(target.delivery_id))
    town.approved()
    town.send_everything()
    assert len(town.channels["email"].received) == 2


def test_stopping_is_a_persons_decision_with_a_name(any_town: Town) -> None:
    refused(any_town, Code.ADDRESS, "550 5.1.1", people=3)
    first, second, third = (contact.id for contact in contacts())
    assert flagging.waiting() == 3
    assert flagging.stop([first, second], any_town.operator) == 2
    assert flagging.keep([second, third], any_town.operator) == 1, "the second was decided already"
    assert [(c.active, c.stopped_why) for c in contacts()] == [(False, "address"), (False, "address"), (True, "")]
    assert flagging.waiting() == 0
    entries = db.session.execute(
        select(AuditEntry.action, AuditEntry.subject, AuditEntry.actor).where(AuditEntry.action.like("contact.%"))
    ).all()
    assert sorted(map(tuple, entries)) == [
        ("contact.kept", f"contact:{third}", f"account:{any_town.operator}"),
        ("contact.stopped", f"contact:{first}", f"account:{any_town.operator}"),
        ("contact.stopped", f"contact:{second}", f"account:{any_town.operator}"),
    ]


def test_what_was_kept_is_flagged_again_by_the_next_failure(town: Town) -> None:
    refused(town, Code.ADDRESS, "550 5.1.1")
    flagging.keep([contacts()[0].id], town.operator)
    assert contacts()[0].flagged_times == 0
    town.approved()
    town.send_everything()
    assert contacts()[0].flagged_times == 1


def test_an_address_that_is_not_flagged_cannot_be_stopped_here(town: Town) -> None:
    town.resident(1)
    assert flagging.stop([contacts()[0].id], town.operator) == 0
    assert contacts()[0].active


def test_none_and_too_many_are_refused_in_words(town: Town) -> None:
    with pytest.raises(Invalid, match="選んで"):
        flagging.stop([], town.operator)
    with pytest.raises(Invalid, match="500件"):
        flagging.keep(list(range(501)), town.operator)


def test_registering_again_takes_the_flag_away(town: Town) -> None:
    refused(town, Code.ADDRESS, "550 5.1.1")
    with transaction() as session:
        choice = Choice(areas=(NAKAGAMI,))
        enrolment.enrol(session, "email", "person1@example.jp", choice, source="self", confirmed_at=now())
    [contact] = contacts()
    assert (contact.flagged_at, contact.flagged_detail, contact.flagged_times) == (None, "", 0)


def test_the_list_shows_enough_to_know_and_no_whole_address(town: Town) -> None:
    refused(town, Code.ADDRESS, "550 5.1.1", people=2)
    shown = flagging.listed()
    assert [one.shown for one in shown] == ["p…@e….jp", "p…@e….jp"]
    assert flagging.listed(after=shown[0].id) == shown[1:]
    assert flagging.listed(channel="sms") == []
    assert flagging.by_channel() == {"email": 2}
    assert "person" not in json.dumps([one.shown for one in shown])


def test_what_nobody_confirmed_after_ten_minutes_is_unconfirmed(any_town: Town) -> None:
    any_town.channels["sms"].confirms = True
    for number in (1, 2, 3):
        any_town.resident(number, channels=("sms", "email"))
    any_town.approved()
    any_town.send_everything()
    rows = db.session.scalars(select(Delivery).where(Delivery.channel == "sms").order_by(Delivery.id)).all()
    with transaction() as session:
        session.get_one(Delivery, rows[0].id).status = 40
    transmission_id = rows[0].transmission_id
    at = now()
    assert unconfirmed.unconfirmed(transmission_id, at) == {}
    assert unconfirmed.unconfirmed(transmission_id, at + unconfirmed.AFTER) == {"sms": 2}
    assert unconfirmed.unconfirmed(999, at) == {}
