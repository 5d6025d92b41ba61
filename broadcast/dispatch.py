"""A lane: one channel's own loop from the ledger to the provider and back, so that a dead channel slows no other."""

import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import select, update

from broadcast import claims, outcomes
from broadcast.cap import Mode
from broadcast.channels import registry
from broadcast.channels.contract import Channel, ChannelDown, InDoubt, Message, Outcome, Target
from broadcast.claims import Claimed
from broadcast.content_json import load_message
from broadcast.journal import Journal
from broadcast.models.alert import Alert, State, Transmission
from broadcast.models.audience import Contact
from broadcast.models.delivery import Delivery, Status
from broadcast.models.health import ChannelHealth
from broadcast.outcomes import Result
from broadcast.reference import maker
from disaster.core import sealed
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.extensions import db

log = structlog.get_logger()
FLUSH_SECONDS = 0.5
NOTE_EVERY = timedelta(seconds=5)
DOWN_WAITS = (2, 5, 10, 30, 60)  # seconds between tries while the provider cannot be reached


@dataclass
class Lane:
    """One channel in one worker. ``owner`` names the lease; ``wire`` outlives a kill."""

    channel: str
    owner: str
    folder: Path
    downs: int = 0
    blocked_until: datetime | None = None
    wire: Journal = field(init=False)
    noted: datetime | None = None
    abandoned: bool = False  # an error broke a batch off: its deliveries are told apart before anything else is done
    texts: dict[tuple[int, str], tuple[Mode, Message | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.owner = f"{self.owner}.{self.channel}"
        self.wire = Journal(self.folder, self.owner, self.channel)

    def step(self) -> int:
        """Take one chunk and send it; how many deliveries were taken (0: nothing to do now)."""
        at = now()
        if self.abandoned:
            claims.reconcile(self.wire.remains(), registry.channels, at)
            self.abandoned = False
        if self.blocked_until and at < self.blocked_until:
            return 0
        chunk = registry.channels(Mode.LIVE)[self.channel].chunk
        self.abandoned = True
        taken = claims.claim(self.channel, self.owner, chunk, at)
        done = self._send_all(taken) if taken else self._settle(at)
        self.abandoned = False
        return done

    def _send_all(self, taken: list[Claimed]) -> int:
        self._started({c.transmission_id for c in taken})
        groups: dict[tuple[int, str], list[Claimed]] = {}
        for c in taken:  # in order of risk, so the group with the first of them goes first
            groups.setdefault((c.transmission_id, c.language), []).append(c)
        for (transmission_id, language), group in groups.items():
            self._send_group(transmission_id, language, group)
        return len(taken)

    def _started(self, transmission_ids: set[int]) -> None:
        new = transmission_ids - {transmission_id for transmission_id, _ in self.texts}
        if not new:
            return
        alerts = select(Transmission.alert_id).where(Transmission.id.in_(new)).scalar_subquery()
        with transaction() as session:
            session.execute(
                update(Alert)
                .where(Alert.id.in_(alerts), Alert.state == State.APPROVED)
                .values(state=State.SENDING)
                .execution_options(synchronize_session=False)
            )

    def _send_group(self, transmission_id: int, language: str, group: list[Claimed]) -> None:
        channel, message = self._frozen(transmission_id, language)
        if message is None:
            self._flush(channel, group, {c.id: outcomes.NO_TEXT for c in group})
            return
        targets = self._targets(channel, group)
        self.wire.begin()
        by_id = {c.id: c for c in group}
        sent: set[int] = set()
        try:
            for batch in _in_batches(channel.send(message, targets, self.wire)):
                self._flush(channel, [by_id[i] for i in batch], batch)
                sent |= batch.keys()
        except ChannelDown as down:
            self._went_down(str(down), [t.delivery_id for t in targets if t.delivery_id not in sent])
        else:
            if sent:
                self._went_well()

    def _frozen(self, transmission_id: int, language: str) -> tuple[Channel, Message | None]:
        """The channel of the transmission's mode and the text that was approved, in this language or in Japanese."""
        key = (transmission_id, language)
        if key not in self.texts:
            row = db.session.execute(
                select(Transmission.mode, Transmission.texts).where(Transmission.id == transmission_id)
            ).one()
            texts = row.texts.get(self.channel, {})
            plain = texts.get(language) or texts.get("ja")
            if len(self.texts) > 50:
                self.texts.clear()
            self.texts[key] = (row.mode, load_message(plain) if plain else None)
        mode, message = self.texts[key]
        return registry.channels(mode)[self.channel], message

    def _targets(self, channel: Channel, group: list[Claimed]) -> list[Target]:
        """Open the addresses; whoever left since the fan-out is skipped here, before anything is on the wire."""
        reference = maker()
        if not channel.personal:
            return [Target(c.id, reference(c.id), attempt=c.attempts) for c in group]
        rows = db.session.execute(
            select(Contact.id, Contact.address, Contact.token, Contact.active).where(
                Contact.id.in_([c.contact_id for c in group])
            )
        )
        contacts = {row.id: row for row in rows}
        opened = sealed.opener("contact")
        targets, left = [], []
        for c in group:
            contact = contacts.get(c.contact_id)
            if contact is None or not contact.active:
                left.append(c)
            else:
                targets.append(Target(c.id, reference(c.id), opened(contact.address), contact.token, c.attempts))
        if left:
            self._flush(channel, left, {c.id: outcomes.LEFT for c in left})
        return targets

    def _flush(self, channel: Channel, group: list[Claimed], settled: dict[int, Outcome]) -> None:
        results = [Result(c.id, c.contact_id, c.attempts, settled[c.id]) for c in group]
        with transaction() as session:
            outcomes.record(session, channel, results, now())

    def _settle(self, at: datetime) -> int:
        """Ask the provider about what is in doubt; what it does not know is sent again under the same reference."""
        taken = claims.claim_uncertain(self.channel, self.owner, 20, at)
        for c in taken:
            channel, message = self._frozen(c.transmission_id, c.language)
            targets = self._targets(channel, [c])
            outcome = channel.settle(message, targets[0]) if message and targets else None
            if targets:
                self._settled(channel, c, outcome)
        return len(taken)

    def _settled(self, channel: Channel, c: Claimed, outcome: Outcome | None) -> None:
        with transaction() as session:
            if outcome is not None and not isinstance(outcome, InDoubt):
                outcomes.record(session, channel, [Result(c.id, c.contact_id, c.attempts, outcome)], now())
                return
            # Still in doubt: the provider's answer is on its way (a slow mail server), so ask again before sending twice.
            waits = isinstance(outcome, InDoubt)
            session.execute(
                update(Delivery)
                .where(Delivery.id == c.id, Delivery.status == Status.UNCERTAIN)
                .values(
                    status=Status.UNCERTAIN if waits else Status.QUEUED,
                    lease_owner=None,
                    lease_until=None,
                    due_at=now() + outcomes.SETTLE_AFTER if waits else now(),
                    updated_at=now(),
                )
            )

    def _went_down(self, cause: str, ids: list[int]) -> None:
        """Nothing of the rest was sent: give it back and wait, longer each time; other lanes do not notice."""
        wait = DOWN_WAITS[min(self.downs, len(DOWN_WAITS) - 1)]
        self.downs += 1
        at = now()
        self.blocked_until = at + timedelta(seconds=wait)
        log.warning("channel down", channel=self.channel, wait_seconds=wait)
        with transaction() as session:
            claims.give_back(session, ids, at, at)
            health = session.get(ChannelHealth, self.channel) or ChannelHealth(channel=self.channel)
            health.down_since = health.down_since or at
            health.cause = cause[:200]
            session.add(health)

    def _went_well(self) -> None:
        at = now()
        if not self.downs and self.noted and at - self.noted < NOTE_EVERY:
            return
        self.downs, self.blocked_until, self.noted = 0, None, at
        with transaction() as session:
            health = session.get(ChannelHealth, self.channel) or ChannelHealth(channel=self.channel)
            health.last_success_at, health.down_since, health.cause = at, None, ""
            session.add(health)

    def run(self, stop: threading.Event, pause: float = 0.2) -> None:
        """Work until told to stop; an unexpected error is logged and never ends the lane."""
        while not stop.is_set():
            try:
                busy = self.step()
            except Exception:
                db.session.rollback()
                log.exception("lane failed", channel=self.channel)
                busy = 0
                stop.wait(1)
            db.session.remove()
            if not busy:
                stop.wait(pause)
        self.wire.close()


def _in_batches(answers: Iterable[tuple[Target, Outcome]]) -> Iterator[dict[int, Outcome]]:
    """Group answers by time, so that a slow provider's outcomes are seen while the chunk still runs."""
    batch: dict[int, Outcome] = {}
    last = time.monotonic()
    for target, outcome in answers:
        batch[target.delivery_id] = outcome
        if time.monotonic() - last > FLUSH_SECONDS:
            yield batch
            batch, last = {}, time.monotonic()
    if batch:
        yield batch
