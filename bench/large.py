"""A prefecture: the fan-out to 1,800,000 recipients, what a message costs there, and how soon a correction stands for a whole town.

The worker is the real worker process on SQLite. What it spends is counted in its own processor seconds, so a machine that does other things
beside changes little. At full size the first messages after the fan-out are weighed, in the town whole alerts.
"""

import secrets
import statistics
import subprocess
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Insert, String, cast, insert, select

from bench import cpu, sink
from bench.installation import Installation, _contact, installed, worker
from bench.report import figure, note, peak_rss_mb
from broadcast.alert import compose, lifecycle
from broadcast.alert.compose import Draft, Origin
from broadcast.alert.lifecycle import Seen
from broadcast.alert.preview import preview
from broadcast.cap.vocabulary import Hazard, Kind, Language, Mode, MsgType
from broadcast.models.alert import Transmission
from broadcast.models.audience import Contact, Subscriber
from broadcast.models.delivery import Status
from broadcast.models.fanout import Fanout
from broadcast.sending import tallies
from broadcast.sending.ledger import ARRIVED, ON_THE_WAY
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.extensions import db

PREFECTURE, TOWN = 1_800_000, 26_000
PIECE = 20_000  # residents that are written at once
PATIENCE = 1200.0  # seconds
LOOK = 0.02
SHARE = 0.3  # of the first alert is out when its correction is approved
ROUNDS = 3
WEIGHED = 100_000  # messages at full size


def correction(recipients: int = TOWN) -> None:
    """An alert is on its way when its correction is approved: until that is queued for everybody and nothing of the old text is left."""
    with sink.running() as port, installed(port, recipients) as town, worker(town) as process:
        first = _approve(town, *town.submit())
        _until(process, lambda: _standing(first, ARRIVED) >= recipients * SHARE)
        number, seen = _correction_of(town, first)
        started = time.perf_counter()
        later = _approve(town, number, seen)
        _until(process, lambda: _standing(first, ON_THE_WAY) == 0 and _standing(later, Status) >= recipients)
        queued = time.perf_counter() - started
        _until(process, lambda: _standing(later, ARRIVED) >= recipients)
        everybody = round(time.perf_counter() - started, 3)
    figure("correction_queued_s", queued, "s", recipients=recipients, accepted_by_all_s=everybody)


def large(recipients: int = PREFECTURE, weighed: int = WEIGHED) -> None:
    """Fan-out and cost at full size, against the cost in a town of the same run."""
    usual = _cost_in_a_town()
    with sink.running() as port, installed(port, 1) as town:
        note(f"writing {recipients:,} residents")
        _fill(town, recipients)
        with worker(town) as process:
            alert = town.submit()
            started = time.perf_counter()
            number = _approve(town, *alert)
            approved = time.perf_counter() - started
            _until(process, lambda: _standing(number, ARRIVED) > 0)
            first = time.perf_counter() - started
            _until(process, lambda: _written(number))
            written = time.perf_counter() - started
            memory = peak_rss_mb(process.pid)
            figure(
                f"fanout_{recipients}_s",
                written,
                "s",
                approve_s=round(approved, 3),
                first_mail_accepted_s=round(first, 3),
                worker_rss_mb=round(memory),
                accepted_meanwhile=_standing(number, ARRIVED),
            )
            cost = _cost(process, number, min(weighed, recipients // 4))
            memory = peak_rss_mb(process.pid)
    more = {"against": f"{TOWN} recipients", "peers": {"town_us": usual, "prefecture_us": cost}}
    figure(f"cost_growth_{recipients}", cost / usual, "times", worker_rss_mb=round(memory), **more)


def _cost_in_a_town() -> float:
    """Worker's processor time for a message, in microseconds: the median of some alerts."""
    found = []
    with sink.running() as port, installed(port, TOWN) as town, worker(town) as process:
        for number in range(ROUNDS):
            note(f"town, round {number + 1} of {ROUNDS}")
            found.append(_cost(process, _approve(town, *town.submit()), TOWN))
    return round(statistics.median(found), 1)


def _cost(process: subprocess.Popen[bytes], transmission_id: int, messages: int) -> float:
    before, sent = cpu.of(process.pid), _standing(transmission_id, ARRIVED)
    _until(process, lambda: _standing(transmission_id, ARRIVED) >= sent + messages)
    spent, _ = cpu.per_message(before, cpu.of(process.pid), _standing(transmission_id, ARRIVED) - sent)
    return spent


def _fill(town: Installation, recipients: int) -> None:
    """A piece of residents with sealed addresses, then copies of it with numbers of their own: nobody's address is looked at here."""
    numbers, at = range(2, min(PIECE, recipients) + 1), now()
    with transaction() as session:
        people = [
            {"language": Language.JA, "support_needed": number % 20 == 0, "all_areas": True, "created_at": at}
            for number in numbers
        ]
        session.execute(insert(Subscriber), people)
        session.execute(insert(Contact), [_contact(number, "email") for number in numbers])
    for shift in range(PIECE, recipients, PIECE):
        with transaction() as session:
            session.connection().execute(_copies(Subscriber, shift, recipients, {"id": Subscriber.id + shift}))
            own = {
                "id": Contact.id + shift,
                "subscriber_id": Contact.subscriber_id + shift,
                "digest": cast(Contact.id + shift, String),
                "token": cast(Contact.id + shift, String),
            }
            session.connection().execute(_copies(Contact, shift, recipients, own))


def _copies(
    model: type[Subscriber] | type[Contact], shift: int, recipients: int, own: dict[str, ColumnElement[Any]]
) -> Insert:
    columns = model.__table__.columns
    values = [own.get(column.name, column) for column in columns]
    rows = select(*values).where(model.id <= min(PIECE, recipients - shift)).order_by(model.id)
    return insert(model).from_select([column.name for column in columns], rows)


def _correction_of(town: Installation, transmission_id: int) -> tuple[int, Seen]:
    alert_id = db.session.scalar(select(Transmission.alert_id).where(Transmission.id == transmission_id))
    draft = Draft(
        kind=Kind.EVACUATE,
        hazard=Hazard.FLOOD,
        expires_at=now() + timedelta(hours=6),
        whole_town=True,
        situation="員弁川の水位が下がり始めました。",
        correction="川の名前に誤りがありました。",
    )
    origin = Origin(MsgType.UPDATE, references_id=alert_id)
    number = compose.create(town.operator, draft, mode=Mode.LIVE, key=secrets.token_hex(8), origin=origin)
    lifecycle.submit(number, compose.get(number).version, town.operator)
    alert = compose.get(number)
    shown = preview(alert)
    return number, Seen(alert.version, shown.digest, shown.reach.people)


def _approve(town: Installation, alert_id: int, seen: Seen) -> int:
    """Approve it; the transmission's number."""
    approver, code = town.approver()
    return lifecycle.approve(alert_id, approver, seen, code=code)


def _standing(transmission_id: int, statuses: Iterable[Status]) -> int:
    """From the tallies, so that looking costs nothing."""
    found = tallies.standing(db.session(), transmission_id, statuses)
    db.session.rollback()
    return found


def _written(transmission_id: int) -> bool:
    rows = select(Fanout.finished_at).where(Fanout.transmission_id == transmission_id)
    found = db.session.execute(rows).first()
    db.session.rollback()
    return found is None or found[0] is not None


def _until(process: subprocess.Popen[bytes], done: Callable[[], bool]) -> None:
    until = time.perf_counter() + PATIENCE
    while not done():
        if process.poll() is not None:
            raise RuntimeError(f"the worker ended with {process.returncode}")
        if time.perf_counter() > until:
            raise RuntimeError(f"it took longer than {PATIENCE:.0f} s")
        time.sleep(LOOK)
