"""Mail servers in bad moments (faults R8 to R12): refused for now, refused for good, slow, without TLS, cut off."""

import time
from collections import Counter
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from tempfile import TemporaryDirectory

from sqlalchemy import select

from broadcast.models.delivery import Status
from broadcast.models.health import ChannelHealth
from disaster.core.extensions import db
from disaster.demo.providers import certificate
from drill.comparison import address
from drill.mailserver import FakeSmtp, now_and_then, once_each
from drill.trial import check, mailing

PEOPLE = 40
DEFERRED = {address(number) for number in range(4, PEOPLE + 1, 4)}


def smtp_4xx(*, naive: bool = False) -> None:
    """A quarter of the recipients are refused for now, twice: they are tried again on schedule, and hold up nobody."""
    tries: Counter[str] = Counter()

    def rcpt(to: str) -> bytes | None:
        tries[to] += 1
        return b"450 4.2.1 try later" if to in DEFERRED and tries[to] < 3 else None

    fake = FakeSmtp(rcpt=rcpt)
    with mailing(PEOPLE, fake, naive=naive) as trial:
        alert_id = trial.approve()
        check(trial.work(trial.all_accepted(alert_id)), "everyone gets it in the end")
        check(not set(fake.to()[: PEOPLE - len(DEFERRED)]) & DEFERRED, "nobody waits for those who were refused")
        check(len(fake.received) == PEOPLE, "nobody gets it twice")
        rows = trial.rows(alert_id)
        check(sum(row.attempts for row in rows) == PEOPLE + 2 * len(DEFERRED), "every try is counted")


def smtp_greylisting(*, naive: bool = False) -> None:
    """Everybody's first try is refused with 451 4.7.1: the second one is made later and reaches everyone once."""
    fake = FakeSmtp(rcpt=once_each(b"451 4.7.1 greylisted"))
    with mailing(PEOPLE, fake, naive=naive) as trial:
        alert_id = trial.approve()
        started = time.monotonic()
        check(trial.work(trial.all_accepted(alert_id)), "everyone gets it at the second try")
        check(time.monotonic() - started >= 0.9, "the second try waits its time")
        check(len(fake.received) == PEOPLE, "nobody gets it twice")


def smtp_5xx(*, naive: bool = False) -> None:
    """Some addresses do not exist: not tried again, shown with the reason; everyone else gets it."""
    tries: Counter[str] = Counter()

    def rcpt(to: str) -> bytes | None:
        tries[to] += 1
        return b"550 5.1.1 no such user" if to in DEFERRED else None

    fake = FakeSmtp(rcpt=rcpt)
    with mailing(PEOPLE, fake, naive=naive) as trial:
        alert_id = trial.approve()
        over = {Status.ACCEPTED: PEOPLE - len(DEFERRED), Status.UNDELIVERABLE: len(DEFERRED)}
        check(
            trial.work(lambda: trial.statuses(alert_id) == over, seconds=15), "refused for good ends as undeliverable"
        )
        check(all(tries[to] == 1 for to in DEFERRED), "what is refused for good is not tried again")
        refused = [row for row in trial.rows(alert_id) if row.status == Status.UNDELIVERABLE]
        check({(row.code, row.detail[:9]) for row in refused} == {("address", "550 5.1.1")}, "the reason is kept")


def smtp_tarpit(*, naive: bool = False) -> None:
    """One connection of eight answers every letter after five seconds: the others keep their speed."""
    people, connections, each = 1200, 8, 0.02

    def seconds(tarpit: int) -> float:
        fake = FakeSmtp(
            slow=lambda connection, command: (5.0 if connection == tarpit else each) if command == b"." else 0.0
        )
        with mailing(people, fake, smtp_connections=str(connections)) as trial, trial.worker():
            trial.approve()
            started = time.monotonic()
            check(trial.wait(lambda: len(fake.received) >= people * 0.9, 60), "nine in ten get it")
            return time.monotonic() - started

    ordinary, hindered = seconds(0), seconds(1)
    note = f"{ordinary:.1f} s without, {hindered:.1f} s with it"
    check(ordinary / hindered >= 0.7, f"one tarpit of {connections} connections costs little ({note})")


def smtp_tls_failure(*, naive: bool = False) -> None:
    """A mail server without STARTTLS, then one with a certificate that nobody vouches for: nothing is sent in clear, and it is said."""
    with TemporaryDirectory(prefix="disaster-drill-tls-") as folder:
        files = certificate.prepare(Path(folder), "authority.pem")
        stranger = SSLContext(PROTOCOL_TLS_SERVER)
        stranger.load_cert_chain(files.chain, files.key)
        for fake in (FakeSmtp(), FakeSmtp(tls=stranger)):
            with mailing(5, fake, naive=naive, smtp_starttls="required") as trial:
                alert_id = trial.approve()
                trial.work(lambda: False, seconds=1.5)
                check(not fake.received, "nothing is sent without encryption and a good certificate")
                check(trial.statuses(alert_id) == {Status.QUEUED: 5}, "everything waits")
                cause = db.session.scalar(select(ChannelHealth.cause).where(ChannelHealth.channel == "email"))
                check(cause, "the officer is told")


def smtp_reset_mid_data(*, naive: bool = False) -> None:
    """Three connections in ten are reset in the middle of a letter: it goes again, and arrives once."""
    _reset(FakeSmtp(cut_mid_content=now_and_then(11, 0.3)), naive)


def smtp_reset_after_acceptance(*, naive: bool = False) -> None:
    """Three in ten are reset after the final dot and before the answer: repeated under the same Message-ID, and counted as in doubt."""
    _reset(FakeSmtp(cut_after_content=now_and_then(12, 0.3)), naive)


def _reset(fake: FakeSmtp, naive: bool) -> None:
    people = 200
    with mailing(people, fake, naive=naive) as trial:
        alert_id = trial.approve()
        trial.work(trial.all_accepted(alert_id), seconds=60)
        counts = trial.compared(alert_id, fake, people)
        check(counts.lost == 0, f"nobody is left out ({counts.lost})")
        check(counts.doubled == 0, f"nobody gets it under another Message-ID ({counts.doubled})")
        check(counts.unsettled == 0, f"the ledger says in the end what happened ({counts.unsettled})")


CASES = (
    smtp_4xx,
    smtp_greylisting,
    smtp_5xx,
    smtp_tarpit,
    smtp_tls_failure,
    smtp_reset_mid_data,
    smtp_reset_after_acceptance,
)
