"""A lane: one channel's own loop from the ledger to the provider and back, so that a dead channel slows no other."""

import contextlib
import threading
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import select, update

from broadcast import claims, outcomes
from broadcast.answers import Broken, asked_for, in_batches
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
from broadcast.pace import Pace
from broadcast.reference import maker
from disaster.core import sealed
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.extensions import db

log = structlog.get_logger()
NOTE_EVERY = timedelta(seconds=5)
DOWN_WAITS = (2, 5, 10, 30, 60)  # seconds between tries while the provider cannot be reached
ASKING_SECONDS = 3.0  # for settling at a stretch; what is queued must not wait behind a provider that answers slowly


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
    pace: Pace = field(default_factory=Pace)

    def __post_init__(self) -> None:
        self.owner = f"{self.owner}.{self.channel}"
        self.wire = Journal(self.folder, self.owner, self.channel)

    def step(self) -> int:
        """Take one chunk and send it; how many deliveries were taken (0: nothing to do now)."""
        at = now()
        if self.abandoned:
            claims.reconcile(self.wire.remains(), registry.channels, at)
            self.abandoned = False
        if self._is_blocked(at):
            return 0
        chunk = registry.channels(Mode.LIVE)[self.channel].chunk
        self.abandoned = True
        taken = claims.claim(self.channel, self.owner, self.pace.most(chunk), at)
        done = self._send_all(taken) if taken else self._settle(at)
        self.abandoned = False
        return done

    def _is_blocked(self, at: datetime) -> bool:
        """A wait longer than the longest can only come from a clock that was set back; it holds up nothing."""
        wait = (self.blocked_until or at) - at
        return timedelta(0) < wait <= timedelta(seconds=DOWN_WAITS[-1])

    def _send_all(self, taken: list[Claimed]) -> int:
        started = time.monotonic()
        self._started({c.transmission_id for c in taken})
        groups: dict[tuple[int, str], list[Claimed]] = {}
        for c in taken:  # in order of risk, so the group with the first of them goes first
            groups.setdefault((c.transmission_id, c.language), []).append(c)
        for (transmission_id, language), group in groups.items():
            self._send_group(transmission_id, language, group)
        self.pace.took(len(taken), time.monotonic() - started)
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
        if not targets:
            return
        self.wire.begin()
        by_id = {c.id: c for c in group}
        unanswered = {target.delivery_id for target in targets}
        text = (transmission_id, language)
        try:
            for batch in in_batches(channel, message, targets, self.wire):
                self._flush(channel, [by_id[i] for i in batch], batch)
                unanswered -= batch.keys()
                self.pace.went(text)
        except ChannelDown as down:
            self._went_down(str(down), sorted(unanswered))
        except Broken as error:
            self._broke_off(channel, text, [by_id[i] for i in sorted(unanswered)], error)
        else:
            if len(unanswered) < len(targets):
                self._went_well()
            if unanswered:  # the channel broke its contract; nothing may stay on its way for ever
                self._flush(channel, [by_id[i] for i in unanswered], dict.fromkeys(unanswered, outcomes.UNANSWERED))

    def _broke_off(self, channel: Channel, text: tuple[int, str], left: list[Claimed], error: Broken) -> None:
        """Try the rest in ever smaller batches; a delivery that breaks off alone counts as refused, so that its tries have an end.

        Raises:
            Broken: something may be on the wire, or there is more than one left: the journal tells them apart.
        """
        hopeless = self.pace.hopeless(text)
        if not hopeless:
            self.pace.broke(text, len(left))
        remains = self.wire.remains()
        if remains.on_wire or remains.settled.keys() & {c.id for c in left} or (len(left) > 1 and not hopeless):
            raise error
        log.exception("delivery broke off", channel=self.channel, transmission=text[0], deliveries=len(left))
        self._flush(channel, left, {c.id: outcomes.own_failure(c.attempts, str(error)) for c in left})

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
        """Open the addresses; whoever left since the fan-out is skipped here, before anything is on the wire.

        An address that does not open (damaged, another key) is the failure of its own delivery and of no other.
        """
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
        targets, kept_back = [], dict[int, Outcome]()
        for c in group:
            contact = contacts.get(c.contact_id)
            if contact is None or not contact.active:
                kept_back[c.id] = outcomes.LEFT
                continue
            try:
                targets.append(Target(c.id, reference(c.id), opened(contact.address), contact.token, c.attempts))
            except sealed.SealBroken:
                kept_back[c.id] = outcomes.own_failure(c.attempts, "the address does not open")
        if kept_back:
            log.warning("deliveries kept back", channel=self.channel, deliveries=len(kept_back))
            self._flush(channel, [c for c in group if c.id in kept_back], kept_back)
        return targets

    def _flush(self, channel: Channel, group: list[Claimed], settled: dict[int, Outcome]) -> None:
        results = [Result(c.id, c.contact_id, c.attempts, settled[c.id]) for c in group]
        with transaction() as session:
            outcomes.record(session, channel, results, now())

    def _settle(self, at: datetime) -> int:
        """Ask the provider about what is in doubt; what it does not know is sent again under the same reference."""
        taken = claims.claim_uncertain(self.channel, self.owner, 20, at)
        started, asked = time.monotonic(), 0
        for c in taken:
            if time.monotonic() - started > ASKING_SECONDS:
                break
            channel, message = self._frozen(c.transmission_id, c.language)
            targets = self._targets(channel, [c])
            if targets:
                self._settled(channel, c, asked_for(channel, message, targets[0]) if message else None)
            asked += 1
        if asked < len(taken):
            claims.let_go(self.owner)
        return asked

    def _settled(self, channel: Channel, c: Claimed, outcome: Outcome | None) -> None:
        with transaction() as session:
            if outcome is not None and not isinstance(outcome, InDoubt):
                outcomes.record(session, channel, [Result(c.id, c.contact_id, c.attempts, outcome)], now())
                return
            # Still in doubt: the provider's answer is on its way (a slow mail server), so ask again before sending twice.
            again = outcome is None and c.attempts < outcomes.MOST_DOUBTS
            wait = outcomes.before_repeat(channel, c.attempts) if outcome is None else outcomes.SETTLE_AFTER
            session.execute(
                update(Delivery)
                .where(Delivery.id == c.id, Delivery.status == Status.UNCERTAIN)
                .values(
                    status=Status.QUEUED if again else Status.UNCERTAIN,
                    lease_owner=None,
                    lease_until=None,
                    due_at=now() + wait,
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
        if not self.downs and self.noted and abs(at - self.noted) < NOTE_EVERY:
            return
        self.downs, self.blocked_until, self.noted = 0, None, at
        with transaction() as session:
            health = session.get(ChannelHealth, self.channel) or ChannelHealth(channel=self.channel)
            health.last_success_at, health.down_since, health.cause = at, None, ""
            session.add(health)

    def run(self, stop: threading.Event, pause: float = 0.2) -> None:
        """Work until told to stop; an unexpected error is logged and never ends the lane."""
        while not stop.is_set():
            busy = 0
            try:
                busy = self.step()
            except Exception:
                log.exception("lane failed", channel=self.channel)
                stop.wait(1)
            with contextlib.suppress(Exception):  # a connection that is gone cannot be rolled back; the next one is new
                db.session.remove()
            if not busy:
                stop.wait(pause)
        self.wire.close()
