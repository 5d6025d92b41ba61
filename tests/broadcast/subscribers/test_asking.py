"""Asking, confirming, and the outbox between them: no oracle, no flood, nothing lost, nothing doubled more than once."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select, update

from broadcast import duties
from broadcast.cap.vocabulary import Language
from broadcast.channels.contract import Accepted, Code, InDoubt, Refused
from broadcast.governing import governed
from broadcast.models.audience import Contact, Subscriber
from broadcast.models.subscribing import Pending
from broadcast.subscribers import asking, confirmations, links, subscribing
from broadcast.subscribers.asking import TooMany, Wish
from broadcast.subscribers.enrolment import Choice, chosen_by
from disaster.core import clock
from disaster.core.audit import AuditEntry
from disaster.core.db import transaction
from disaster.core.extensions import db
from tests.broadcast.town import NAKAGAMI, Town

CHOICE = Choice(language=Language.EN, areas=(NAKAGAMI,), wants_notices=False, support_needed=True)


def wish(channel: str = "email", address: str = "taro@gmail.com", **more: object) -> Wish:
    values = {"purpose": "join", "language": Language.JA, "client": "here", "choice": CHOICE, **more}
    return Wish(channel=channel, address=address, **values)  # type: ignore[arg-type]


def row(handle: str) -> Pending:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(Pending).where(Pending.handle == handle)).one()


def link_in(text: str) -> str:
    found = re.search(r"/subscribe/confirm/(\S+)", text)
    assert found
    return found[1]


@contextmanager
def later(**span: float) -> Iterator[None]:
    with time_machine.travel(clock.now() + timedelta(**span), tick=True):
        yield


def contacts() -> int:
    return db.session.scalar(select(func.count()).select_from(Contact)) or 0


def test_a_mailbox_is_proved_by_its_link(any_town: Town) -> None:
    handle = asking.ask(wish())
    assert contacts() == 0
    assert confirmations.send_due() == 1
    [(target, message)] = any_town.channels["email"].received
    assert target.address == "taro@gmail.com"
    assert "東員町" in message.subject
    made = subscribing.confirm_link(link_in(message.body))
    assert made
    contact = db.session.get_one(Contact, made)
    assert contact.active
    assert contact.confirmed_at
    assert chosen_by(db.session(), contact.subscriber_id) == CHOICE
    done = row(handle)
    assert (done.address, done.choice, done.contact_id) == (None, None, made)
    assert subscribing.confirm_link(link_in(message.body)) == made, "pressing twice does no harm"
    assert contacts() == 1
    actions = db.session.scalars(select(AuditEntry.action)).all()
    assert actions.count("contact.confirmed") == 1


def test_a_telephone_is_proved_by_its_code(any_town: Town) -> None:
    handle = asking.ask(wish("sms", "+819012345678"))
    confirmations.send_due()
    [(target, message)] = any_town.channels["sms"].received
    found = re.search(r"\d{6}", message.body)
    assert found
    assert target.address == "+819012345678"
    assert subscribing.confirm_code(handle, "000000" if found[0] != "000000" else "1") is None
    fullwidth = " ".join(found[0]).translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})
    assert subscribing.confirm_code(handle, fullwidth)
    assert contacts() == 1


def test_five_wrong_guesses_end_it_even_for_the_right_code(town: Town) -> None:
    handle = asking.ask(wish("sms", "+819012345678"))
    right = links.six_digits(handle)
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    for _ in range(subscribing.MOST_GUESSES):
        assert subscribing.confirm_code(handle, wrong) is None
    assert subscribing.confirm_code(handle, right) is None
    assert contacts() == 0


def test_a_code_that_was_never_sent_proves_nothing(town: Town) -> None:
    """Whoever asks again and again for a stranger's number gets no guesses beyond those of the three messages that were sent."""
    sent = [asking.ask(wish("sms", "+819012345678")) for _ in range(asking.PER_ADDRESS)]
    beyond = asking.ask(wish("sms", "+819012345678"))
    assert subscribing.confirm_code(beyond, links.six_digits(beyond)) is None
    assert row(beyond).guesses == 1, "counted like any other"
    assert contacts() == 0
    made = subscribing.confirm_code(sent[0], links.six_digits(sent[0]))
    assert made
    assert subscribing.confirm_code(sent[0], links.six_digits(sent[0])) == made, "typing it twice does no harm"


def test_a_line_account_is_linked_by_the_code_it_sends(any_town: Town) -> None:
    handle = asking.ask(wish("line", ""))
    waiting = asking.waiting(handle)
    assert waiting
    assert confirmations.send_due() == 0
    assert not subscribing.link_line("XXXX-2222", "U" + "a" * 32)
    shown = f"登録 {waiting.code[:4].lower()}-{waiting.code[4:]} お願いします"
    assert subscribing.link_line(shown, "U" + "a" * 32)
    assert not subscribing.link_line(shown, "U" + "b" * 32), "a code works once"
    assert contacts() == 1


@pytest.mark.parametrize("odd", ["", "x" * 9000, "\x00", "é", "日本語のメッセージ", "2222-2222", "a.b"])
def test_odd_codes_and_links_open_nothing(town: Town, odd: str) -> None:
    assert subscribing.confirm_link(odd) is None
    assert subscribing.confirm_code(odd, odd) is None
    assert not subscribing.link_line(odd, "U" + "a" * 32)
    assert asking.waiting(odd) is None


def test_what_is_in_the_database_opens_nothing(town: Town) -> None:
    handle = asking.ask(wish())
    stored = row(handle)
    assert subscribing.confirm_link(stored.handle) is None
    assert subscribing.confirm_code(stored.handle, "123456") is None, "a mailbox is not proved by a code"
    forged = links.signer(links.UNSUBSCRIBE)(handle)
    assert subscribing.confirm_link(forged) is None, "a link of another purpose"


def test_the_answer_for_a_known_address_is_the_same(town: Town) -> None:
    first = asking.ask(wish())
    confirmations.send_due()
    assert subscribing.confirm_link(link_in(town.channels["email"].received[0][1].body))
    again = asking.ask(wish(choice=Choice(all_areas=True)))
    one, two = asking.waiting(first), asking.waiting(again)
    assert one
    assert two
    assert (two.purpose, two.channel, two.confirmed) == ("join", "email", False)
    confirmations.send_due()
    assert len(town.channels["email"].received) == 2


def test_seeing_a_record_sends_nothing_to_who_has_none_and_says_no_difference(town: Town) -> None:
    unknown = asking.ask(wish(purpose="manage", choice=None, address="nobody@gmail.com"))
    assert confirmations.send_due() == 0
    assert asking.waiting(unknown)
    town.resident(1)
    asking.ask(wish(purpose="manage", choice=None, address="person1@example.jp"))
    assert confirmations.send_due() == 1
    made = subscribing.confirm_link(link_in(town.channels["email"].received[0][1].body))
    assert made == db.session.scalar(select(Contact.id).where(Contact.subscriber_id.is_not(None)))
    assert "contact.confirmed" not in db.session.scalars(select(AuditEntry.action)).all()


def test_a_further_address_joins_the_person_who_asked(any_town: Town) -> None:
    person = any_town.resident(1)
    asking.ask(wish("sms", "+819012345678", purpose="add", choice=None, subscriber_id=person, standby=True))
    confirmations.send_due()
    code = re.search(r"\d{6}", any_town.channels["sms"].received[0][1].body)
    assert code
    made = subscribing.confirm_code(db.session.scalars(select(Pending.handle)).one(), code[0])
    contact = db.session.get_one(Contact, made)
    assert (contact.subscriber_id, contact.standby) == (person, True)
    assert db.session.scalar(select(func.count()).select_from(Subscriber)) == 1


def test_one_address_gets_three_messages_a_day_over_all_channels(town: Town) -> None:
    for channel in ("sms", "sms", "sms", "sms"):
        handle = asking.ask(wish(channel, "+819012345678"))
        asking.again(handle, "here")
    confirmations.send_due()
    assert len(town.channels["sms"].received) == asking.PER_ADDRESS
    with later(hours=25):
        asking.ask(wish("sms", "+819012345678"))
        confirmations.send_due()
    assert len(town.channels["sms"].received) == asking.PER_ADDRESS + 1


def test_sending_again_repeats_the_same_code_under_another_reference(town: Town) -> None:
    handle = asking.ask(wish("sms", "+819012345678"))
    confirmations.send_due()
    asking.again(handle, "here")
    confirmations.send_due()
    (first, text), (second, same) = town.channels["sms"].received
    assert text.body == same.body
    assert first.reference != second.reference


def test_one_network_and_all_together_are_limited(town: Town) -> None:
    limit = town.app.extensions["disaster.settings"].subscribe_per_client_hour
    for number in range(limit):
        asking.ask(wish(address=f"a{number}@gmail.com"))
    with pytest.raises(TooMany) as refused:
        asking.ask(wish(address="one.more@gmail.com"))
    assert refused.value.who == "client"
    asking.ask(wish(address="one.more@gmail.com", client="elsewhere"))


def test_messages_that_cost_have_a_limit_of_their_own(town: Town) -> None:
    settings = town.app.extensions["disaster.settings"]
    town.app.extensions["disaster.settings"] = settings.model_copy(update={"subscribe_paid_per_hour": 2})
    asking.ask(wish("sms", "+819012345671", client="a"))
    asking.ask(wish("voice", "+81594862824", client="b"))
    with pytest.raises(TooMany) as refused:
        asking.ask(wish("sms", "+819012345673", client="c"))
    assert refused.value.who == "all"
    asking.ask(wish(client="d"))


def test_what_nobody_confirms_is_wiped_after_a_day(any_town: Town) -> None:
    handle = asking.ask(wish())
    confirmations.send_due()
    link = link_in(any_town.channels["email"].received[0][1].body)
    with later(hours=24, minutes=1):
        assert asking.waiting(handle) is None
        assert subscribing.confirm_link(link) is None
        duties.forget(clock.now())
        assert db.session.scalar(select(func.count()).select_from(Pending)) == 0


# The outbox


def test_a_channel_that_is_down_loses_nothing(any_town: Town) -> None:
    handle = asking.ask(wish())
    any_town.channels["email"].down = "no connection"
    confirmations.send_due()
    assert row(handle).state == "queued"
    any_town.channels["email"].down = ""
    assert confirmations.send_due() == 0, "not at once"
    with later(minutes=2):
        confirmations.send_due()
    assert len(any_town.channels["email"].received) == 1
    assert row(handle).state == "sent"


def test_a_channel_out_of_service_sends_no_confirmation_until_it_is_back(town: Town) -> None:
    handle = asking.ask(wish("sms", "+819012345678"))
    for value, sent in (("off", 0), ("on", 1)):
        change = governed.propose(town.approver, "channel.sms", value, "事業者の障害")
        governed.confirm(change, town.second_approver, town.code())
        with later(minutes=2 * sent):
            confirmations.send_due()
        assert len(town.channels["sms"].received) == sent
    assert row(handle).state == "sent"


def test_a_refusal_for_now_is_tried_again_and_one_for_good_is_not(town: Town) -> None:
    answers = iter([Refused(Code.THROTTLED, retryable=True), Refused(Code.ADDRESS, retryable=False)])
    town.channels["email"].script = lambda _: next(answers)
    handle = asking.ask(wish())
    confirmations.send_due()
    assert row(handle).state == "queued"
    with later(minutes=1):
        confirmations.send_due()
        confirmations.send_due()
    failed = row(handle)
    assert (failed.state, failed.why) == ("failed", "address")
    assert asking.waiting(handle), "the asker is told no difference"


def _killed(handle: str) -> None:
    """A worker took it up and was killed: its lease is over."""
    with transaction() as session:
        session.execute(
            update(Pending)
            .where(Pending.handle == handle)
            .values(state="sending", attempts=Pending.attempts + 1, leased_until=clock.now() - timedelta(seconds=1))
        )


def test_killed_before_it_was_sent_it_is_sent(any_town: Town) -> None:
    handle = asking.ask(wish())
    _killed(handle)
    confirmations.send_due()
    assert len(any_town.channels["email"].received) == 1
    assert row(handle).state == "sent"


def test_killed_after_it_was_sent_the_provider_is_asked_first(town: Town) -> None:
    handle = asking.ask(wish("sms", "+819012345678"))
    town.channels["sms"].known[row(handle).id] = Accepted("SM1")
    _killed(handle)
    confirmations.send_due()
    assert town.channels["sms"].received == []
    assert row(handle).state == "sent"


def test_killed_again_and_again_it_is_repeated_once_under_the_same_reference(any_town: Town) -> None:
    handle = asking.ask(wish())
    confirmations.send_due()
    for _ in range(4):
        _killed(handle)
        confirmations.send_due()
    received = any_town.channels["email"].received
    assert len(received) == 2
    assert len({target.reference for target, _ in received}) == 1


def test_what_is_in_doubt_is_repeated_once(town: Town) -> None:
    town.channels["sms"].script = lambda _: InDoubt("timeout")
    handle = asking.ask(wish("sms", "+819012345678"))
    confirmations.send_due()
    for minutes in (5, 10, 15, 20):
        with later(minutes=minutes):
            confirmations.send_due()
    assert len(town.channels["sms"].received) == 2
    assert row(handle).state == "sent"


def test_two_workers_send_it_once(any_town: Town) -> None:
    asking.ask(wish())
    due = confirmations._claim(db.session.scalars(select(Pending.id)).one(), clock.now())
    assert due
    assert confirmations.send_due() == 0


def test_every_language_says_who_what_and_what_if_not_in_one_segment(town: Town) -> None:
    for language in Language:
        asking.ask(wish("sms", f"+8190123456{list(Language).index(language):02}", language=language, client=language))
    confirmations.send_due()
    for _, message in town.channels["sms"].received:
        units = len(message.body.encode("utf-16-le")) // 2
        assert units <= (160 if message.body.isascii() else 70), (units, message.body)
