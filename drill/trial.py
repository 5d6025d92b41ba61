"""One installation in one bad moment: what a case does with it, and how it says what does not hold."""

import contextlib
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from sqlalchemy import insert, select

from bench.installation import Installation
from broadcast.alert import compose, lifecycle
from broadcast.alert.compose import Draft, Origin
from broadcast.alert.lifecycle import Seen
from broadcast.alert.preview import preview
from broadcast.cap.vocabulary import Hazard, Kind, Language, Mode
from broadcast.channels import registry
from broadcast.models.alert import Transmission
from broadcast.models.audience import Contact, Subscriber
from broadcast.models.delivery import Delivery, Status
from broadcast.models.health import WorkerBeat
from broadcast.sending.dispatch import Lane
from disaster.core import sealed
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.extensions import db
from drill import workers
from drill.comparison import Counts, address, compare, stored
from drill.mailserver import FakeSmtp, serving_smtp
from drill.naive import NaiveLane
from drill.town import installed, mail_settings

SOON = 1  # seconds between two tries, where a real channel waits half a minute


class Wrong(Exception):
    """Something that must hold does not; the text says what."""


class Steps(Protocol):
    """A lane, or what stands in for one."""

    def step(self) -> int:
        """Do what is due; how much that was."""


def check(holds: object, what: str) -> None:
    """Say that something must hold.

    Raises:
        Wrong: it does not.
    """
    if not holds:
        raise Wrong(what)


@dataclass
class Trial:
    """An installation, and the lanes by which a case drives it in its own process. ``naive`` puts naive ones in their place."""

    town: Installation
    naive: bool = False
    lanes: dict[str, Steps] = field(default_factory=dict)

    def approve(self, *, lasts: timedelta = timedelta(hours=6), origin: Origin | None = None) -> int:
        """An alert to everyone, on its way; its id."""
        return self.press(*self.submit(lasts=lasts, origin=origin))

    def submit(self, *, lasts: timedelta = timedelta(hours=6), origin: Origin | None = None) -> tuple[int, Seen]:
        """An alert that waits for approval, and what the approver sees."""
        draft = Draft(Kind.EVACUATE, Hazard.FLOOD, now() + lasts, whole_town=True, situation="水位が上がっています。")
        alert_id = compose.create(self.town.operator, draft, mode=Mode.LIVE, key=secrets.token_hex(8), origin=origin)
        lifecycle.submit(alert_id, compose.get(alert_id).version, self.town.operator)
        alert = compose.get(alert_id)
        shown = preview(alert)
        seen = Seen(alert.version, shown.digest, shown.reach.people)
        db.session.rollback()
        return alert_id, seen

    def press(self, alert_id: int, seen: Seen) -> int:
        """Another person approves it; its id."""
        approver, code = self.town.approver()
        lifecycle.approve(alert_id, approver, seen, code=code)
        db.session.rollback()
        return alert_id

    def statuses(self, alert_id: int, channel: str = "email") -> Counter[Status]:
        """How many deliveries stand where."""
        found = Counter(Status(row.status) for row in self.rows(alert_id, channel))
        db.session.rollback()
        return found

    def rows(self, alert_id: int, channel: str = "email") -> list[Delivery]:
        """The deliveries themselves."""
        mine = select(Transmission.id).where(Transmission.alert_id == alert_id).scalar_subquery()
        db.session.expire_all()
        return list(
            db.session.scalars(select(Delivery).where(Delivery.transmission_id == mine, Delivery.channel == channel))
        )

    def work(self, until: Callable[[], object], channel: str = "email", seconds: float = 30) -> bool:
        """Let the channel's lane work until the condition holds; whether it ever did. An error ends a step and not the lane."""
        lane, end = self._lane(channel), time.monotonic() + seconds
        while not until():
            if time.monotonic() > end:
                return False
            busy = 0
            with contextlib.suppress(Exception):
                busy = lane.step()
            db.session.remove()
            if not busy:
                time.sleep(0.05)
        return True

    @contextlib.contextmanager
    def worker(self) -> Iterator[int]:
        """A real worker process that has begun to work, instead of lanes in this one."""
        pid = workers.shared().start(self.town.environment(), self.town.folder / "worker.log")
        try:
            check(self.wait(lambda: alive(pid), 60), "the worker starts")
            yield pid
        finally:
            workers.shared().kill(pid)

    def wait(self, until: Callable[[], object], seconds: float = 30) -> bool:
        """Wait while others work; whether the condition ever held."""
        end = time.monotonic() + seconds
        while not (held := until()) and time.monotonic() < end:
            db.session.rollback()
            time.sleep(0.02)
        return bool(held)

    def all_accepted(self, alert_id: int, channel: str = "email") -> Callable[[], bool]:
        """A condition for ``work``."""
        return lambda: set(self.statuses(alert_id, channel)) == {Status.ACCEPTED}

    def compared(self, alert_id: int, fake: FakeSmtp, people: int) -> Counts:
        """The three lists side by side."""
        taken = [(letter.to, message_id(letter.content)) for letter in fake.received]
        return compare([address(number) for number in range(1, people + 1)], stored(alert_id), taken)

    def close(self) -> None:
        """Give up what the lanes hold open."""
        for lane in self.lanes.values():
            if isinstance(lane, Lane):
                lane.wire.close()
        for mode in Mode:
            for channel in registry.channels(mode).values():
                channel.close()

    def _lane(self, name: str) -> Steps:
        if name not in self.lanes:
            channel = registry.channels(Mode.LIVE)[name]
            channel.retry_seconds = (SOON,)  # type: ignore[misc]
            real = Lane(name, "drill", self.town.folder / "wire")
            self.lanes[name] = NaiveLane(name) if self.naive else real
        return self.lanes[name]


def alive(pid: int) -> bool:
    """Whether a worker process has given a sign of life: it works from then on."""
    found = db.session.scalar(select(WorkerBeat.name).where(WorkerBeat.name.contains(f"-{pid}-")))
    db.session.rollback()
    return found is not None


def message_id(letter: bytes) -> str:
    """The Message-ID of a letter as it was taken, with its angle brackets."""
    lines = (line for line in letter.split(b"\r\n") if line.lower().startswith(b"message-id:"))
    return next(lines, b":none").partition(b":")[2].strip().decode()


@contextlib.contextmanager
def trial(people: int, given: Mapping[str, str], *, naive: bool = False, folder: Path | None = None) -> Iterator[Trial]:
    """A fresh installation with so many residents by e-mail."""
    with installed(people, given, folder) as town:
        made = Trial(town, naive)
        try:
            yield made
        finally:
            made.close()


@contextlib.contextmanager
def mailing(
    people: int, fake: FakeSmtp, *, naive: bool = False, folder: Path | None = None, **given: str
) -> Iterator[Trial]:
    """The same with a mail server that misbehaves as ``fake`` says."""
    with serving_smtp(fake), trial(people, {**mail_settings(fake.port), **given}, naive=naive, folder=folder) as made:
        yield made


def telephones(numbers: list[str]) -> None:
    """Residents with a mobile telephone and no e-mail address."""
    at: datetime = now()
    with transaction() as session:
        for number in numbers:
            person = Subscriber(language=Language.JA, support_needed=False, all_areas=True, created_at=at)
            session.add(person)
            session.flush()
            session.execute(
                insert(Contact).values(
                    subscriber_id=person.id,
                    channel="sms",
                    address=sealed.seal(number, "contact"),
                    digest=sealed.digest(number, "contact"),
                    token=secrets.token_urlsafe(12),
                    active=True,
                    stopped_why="",
                )
            )
