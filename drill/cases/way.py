"""What must stop on its way: an alert that is over (R22), one that is cancelled or stopped while it is being sent (R23)."""

import time
from datetime import timedelta

from broadcast.alert import lifecycle
from broadcast.alert.compose import Origin
from broadcast.cap.vocabulary import MsgType
from broadcast.models.delivery import Status
from broadcast.sending.reference import delivery_of
from drill.mailserver import FakeSmtp
from drill.trial import Trial, check, mailing, message_id

PEOPLE = 1500


def expiry_while_queued(*, naive: bool = False) -> None:
    """No worker is alive until the alert is over: then nothing of it is sent, and it is reported as expired."""
    fake = FakeSmtp()
    with mailing(20, fake, naive=naive) as trial:
        alert_id = trial.approve(lasts=timedelta(seconds=3))
        time.sleep(3.5)
        if naive:
            trial.work(lambda: False, seconds=2)
        else:
            with trial.worker():
                trial.wait(lambda: trial.statuses(alert_id) == {Status.EXPIRED: 20}, 15)
        check(not fake.received, "nothing is sent after its time")
        check(trial.statuses(alert_id) == {Status.EXPIRED: 20}, "it is reported as expired")


def cancel_during_sending(*, naive: bool = False) -> None:
    """A cancel at a third of the way: it stops the rest within 5 s, and goes to exactly those who got the first one."""
    fake = FakeSmtp(slow=_slowly)
    with mailing(PEOPLE, fake) as trial, trial.worker():
        first = trial.approve()
        cancel = trial.submit(origin=Origin(MsgType.CANCEL, references_id=_at_a_third(trial, fake, first)))
        started = time.monotonic()
        second = trial.press(*cancel)
        check(trial.wait(lambda: _still(trial, first), 5), "the rest stops within 5 seconds")
        took = time.monotonic() - started
        check(trial.wait(lambda: _arrived(trial, second), 60), "the cancel goes out")
        alarmed, calmed = _reached(trial, fake, first), _reached(trial, fake, second)
        difference = f"{len(alarmed)} alarmed, {len(calmed)} calmed, stopped after {took:.1f} s"
        check(alarmed == calmed, f"the cancel reaches exactly those whom the alert reached ({difference})")
        check(len(alarmed) < PEOPLE, "it comes in time to stop anything")


def stop_during_sending(*, naive: bool = False) -> None:
    """An officer stops it at a third of the way: nothing more is sent after 5 s."""
    fake = FakeSmtp(slow=_slowly)
    with mailing(PEOPLE, fake) as trial, trial.worker():
        first = _at_a_third(trial, fake, trial.approve())
        lifecycle.stop(first, trial.town.operator)
        check(trial.wait(lambda: _still(trial, first), 5), "the rest stops within 5 seconds")
        sent = len(fake.received)
        time.sleep(1)
        check(len(fake.received) == sent < PEOPLE, "and stays stopped")
        kept = trial.statuses(first)
        check(kept[Status.ACCEPTED] + kept[Status.SKIPPED] == PEOPLE, f"everyone is accounted for: {dict(kept)}")


def _slowly(_connection: int, command: bytes) -> float:
    return 0.03 if command == b"." else 0.0


def _at_a_third(trial: Trial, fake: FakeSmtp, alert_id: int) -> int:
    check(trial.wait(lambda: len(fake.received) >= PEOPLE // 3, 60), "the send begins")
    return alert_id


def _still(trial: Trial, alert_id: int) -> bool:
    """Whether nothing of it is queued or on its way."""
    return not {Status.QUEUED, Status.SENDING} & set(trial.statuses(alert_id))


def _arrived(trial: Trial, alert_id: int) -> bool:
    return set(trial.statuses(alert_id)) == {Status.ACCEPTED}


def _reached(trial: Trial, fake: FakeSmtp, alert_id: int) -> set[str]:
    """Whom the mail server took a letter of this alert for, by the delivery's number in the Message-ID."""
    numbers = {row.id for row in trial.rows(alert_id)}
    return {letter.to for letter in fake.received if delivery_of(message_id(letter.content)[1:37]) in numbers}


CASES = (expiry_while_queued, cancel_during_sending, stop_during_sending)
