"""A lane: one channel's own loop from the ledger to the provider and back, so that a dead channel slows no other.

A channel has several lanes in a worker. Two hands share the first tries and the channel's connections: while one has a batch on the wire,
the other records the last one and opens the next, so the wire never waits for the ledger. Each has a journal of its own, so a kill is told
apart for each as for one. The slow lane takes the retries over connections of its own.
"""

import contextlib
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import structlog
from sqlalchemy import or_, select, update

from broadcast.alert import ending
from broadcast.alert.content_json import load_message
from broadcast.cap.vocabulary import Mode
from broadcast.channels import registry
from broadcast.channels.contract import (
    BUSY_ROUTE,
    RECALLED,
    Accepted,
    Channel,
    ChannelDown,
    Message,
    Outcome,
    Refused,
    Target,
)
from broadcast.governing import switches
from broadcast.models.alert import Alert, State, Transmission
from broadcast.sending import addressing, claims, outcomes, recovery, settling
from broadcast.sending.answers import Broken, asked_for, in_batches
from broadcast.sending.claims import Claimed, Marks, Share
from broadcast.sending.journal import Journal
from broadcast.sending.outcomes import Result
from broadcast.sending.pace import Pace
from broadcast.sending.slow_routes import FIRST_WAIT, Routes
from broadcast.sending.standing import Standing
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.extensions import db

log = structlog.get_logger()
ASKING_SECONDS = 3.0  # for settling at a stretch; what is queued must not wait behind a provider that answers slowly
MARGIN_SECONDS = 2.0  # before the end of its lease a lane puts nothing more on the wire
LOOKS_EVERY = 0.5  # seconds between two looks at what lanes hold (``watch``)


@dataclass
class Lane:
    """One channel, or a share of it, in one worker. ``owner`` names the lease; ``wire`` outlives a kill.

    ``hand`` tells lanes of the same share apart. Whoever drives lanes calls ``step`` again and again in one thread for each, and from
    another thread ``renew`` every few seconds and ``watch`` twice a second.
    """

    channel: str
    owner: str
    folder: Path
    share: Share = Share.ALL
    hand: int = 0
    wire: Journal = field(init=False)
    standing: Standing = field(init=False)
    holding: int | None = None  # the transmission of which a batch is with the channel
    abandoned: bool = False  # an error broke a batch off: its deliveries are told apart before anything else is done
    texts: dict[tuple[int, str], tuple[Mode, Message | None]] = field(default_factory=dict)
    pace: Pace = field(default_factory=Pace)
    routes: Routes = field(default_factory=Routes)
    marks: Marks = field(default_factory=dict)

    def __post_init__(self) -> None:
        sign = {Share.ALL: "", Share.FIRST: f"-{self.hand}", Share.AGAIN: f"-again{self.hand or ''}"}[self.share]
        self.owner = f"{self.owner}.{self.channel}{sign}"
        self.wire = Journal(self.folder, self.owner, self.channel)
        self.standing = Standing(self.channel)

    def step(self) -> int:
        """Take one chunk and send it; how many deliveries were taken (0: nothing to do now)."""
        at = now()
        if self.abandoned:
            recovery.reconcile(self.wire.remains(), registry.channels, at)
            self.abandoned = False
        if self.standing.blocked(at) or switches.off(self.channel):
            return 0
        chunk = self._channels(Mode.LIVE)[self.channel].chunk
        self.abandoned = True
        self._lease_holds()
        taken = claims.claim(self.channel, self.owner, self.pace.most(chunk), at, self.share, self.marks)
        done = self._send_all(taken) if taken else self._settle(at) if self.share != Share.FIRST else 0
        self.abandoned = False
        return done

    def renew(self) -> None:
        """Keep what the lane holds, from another thread; every few seconds (``claims.LEASE`` is 15)."""
        if not self.abandoned:  # nothing is held between two steps
            return
        before = time.monotonic()
        claims.renew(self.owner, now())
        self._lease_holds(time.monotonic() - before)

    def _lease_holds(self, since: float = 0.0) -> None:
        self.wire.good_for(claims.LEASE.total_seconds() - MARGIN_SECONDS - since)

    def _channels(self, mode: Mode) -> dict[str, Channel]:
        return registry.slow(mode) if self.share == Share.AGAIN else registry.channels(mode)

    def _send_all(self, taken: list[Claimed]) -> int:
        started = time.monotonic()
        transmission_id = taken[0].transmission_id
        self._started(transmission_id)
        groups: dict[str, list[Claimed]] = {}
        for c in taken:  # in order of risk, so the group with the first of them goes first
            groups.setdefault(c.language, []).append(c)
        for language, group in groups.items():
            self._send_group(transmission_id, language, group)
        self.pace.took(len(taken), time.monotonic() - started)
        return len(taken)

    def _started(self, transmission_id: int) -> None:
        if any(known == transmission_id for known, _ in self.texts):
            return
        alert = select(Transmission.alert_id).where(Transmission.id == transmission_id).scalar_subquery()
        with transaction() as session:
            session.execute(
                update(Alert)
                .where(Alert.id == alert, Alert.state == State.APPROVED)
                .values(state=State.SENDING)
                .execution_options(synchronize_session=False)
            )

    def _send_group(self, transmission_id: int, language: str, group: list[Claimed]) -> None:
        channel, message = self._frozen(transmission_id, language)
        by_id = {c.id: c for c in group}
        if message is None:
            self._flush(channel, by_id, dict.fromkeys(by_id, outcomes.NO_TEXT))
            return
        targets = self._ready(channel, by_id)
        if not targets:
            return
        unanswered = {target.delivery_id for target in targets}
        text = (transmission_id, language)
        self.wire.begin()
        self.holding = transmission_id
        try:
            for batch in in_batches(channel, message, targets, self.wire):
                unanswered -= batch.keys()
                if self._take_in(channel, by_id, batch):
                    self.pace.went(text)
        except ChannelDown as down:
            self._went_down(str(down), sorted(unanswered))
        except Broken as error:
            self._broke_off(channel, text, [by_id[i] for i in sorted(unanswered)], error)
        else:
            if len(unanswered) < len(targets):
                self.standing.well(now())
            if unanswered:  # the channel broke its contract; nothing may stay on its way for ever
                self._flush(channel, by_id, dict.fromkeys(unanswered, outcomes.UNANSWERED))
        finally:
            self.holding = None

    def _ready(self, channel: Channel, by_id: dict[int, Claimed]) -> list[Target]:
        """Those that go now. Whoever left, or has a route that is ill, is out of the ledger's hands again before the wire is touched."""
        targets, kept_back = addressing.targets(channel, list(by_id.values()))
        if kept_back:
            log.warning("deliveries kept back", channel=self.channel, deliveries=len(kept_back))
            self._flush(channel, by_id, kept_back)
        if self.share == Share.AGAIN:
            targets, waiting = self.routes.admit(targets)
            for seconds in set(waiting.values()):
                self._put_off([i for i, wait in waiting.items() if wait == seconds], seconds)
        return targets

    def _take_in(self, channel: Channel, by_id: dict[int, Claimed], batch: dict[int, Outcome]) -> int:
        """Record what was answered, and give back what the channel did not begin; how many were answered."""
        odd = {i: outcome for i, outcome in batch.items() if isinstance(outcome, Refused)}
        recalled = [i for i, outcome in odd.items() if outcome == RECALLED]
        busy = [i for i, outcome in odd.items() if outcome == BUSY_ROUTE]
        for i in (*recalled, *busy):
            del batch[i]
        if batch:
            self._flush(channel, by_id, batch)
        if recalled:
            self._take_back(recalled, by_id[recalled[0]].transmission_id)
        if busy:
            self._put_off(busy, FIRST_WAIT)
        return len(batch)

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
        by_id = {c.id: c for c in left}
        self._flush(channel, by_id, {c.id: outcomes.own_failure(c.attempts, str(error)) for c in left})

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
        return self._channels(mode)[self.channel], message

    def _flush(self, channel: Channel, by_id: dict[int, Claimed], settled: dict[int, Outcome]) -> None:
        taken = {i: outcome for i, outcome in settled.items() if isinstance(outcome, Accepted)}
        results = [
            Result(i, by_id[i].contact_id, by_id[i].attempts, outcome)
            for i, outcome in settled.items()
            if i not in taken
        ]
        if self.share == Share.AGAIN:
            for i, outcome in settled.items():
                self.routes.answered(by_id[i].route or "", outcome)
        given = outcomes.as_given(taken)
        with transaction() as session:
            outcomes.accepted(session, given, now())
            outcomes.record(session, channel, results, now())

    def _take_back(self, ids: Sequence[int], transmission_id: int) -> None:
        """The alert was stopped or is over: what the channel had not begun was never sent, and the ledger says why."""
        at = now()
        with transaction() as session:
            claims.give_back(session, self.owner, ids, at, at)
            end = ending.why(session, transmission_id, at)
            if end:
                ending.end_queued(session, transmission_id, *end, at, most=len(ids))

    def _put_off(self, ids: Sequence[int], seconds: float) -> None:
        at = now()
        with transaction() as session:
            claims.put_off(session, self.owner, ids, at, outcomes.later(at, seconds))

    def _settle(self, at: datetime) -> int:
        """Ask the provider about what is in doubt; what it does not know is sent again under the same reference."""
        taken = claims.claim_uncertain(self.channel, self.owner, 20, at)
        started, asked = time.monotonic(), 0
        for c in taken:
            if time.monotonic() - started > ASKING_SECONDS:
                break
            channel, message = self._frozen(c.transmission_id, c.language)
            targets, kept_back = addressing.targets(channel, [c])
            if kept_back:
                self._flush(channel, {c.id: c}, kept_back)
            elif message:
                settling.settled(channel, c, self._asked(channel, message, targets[0]))
            else:
                settling.settled(channel, c, None)
            asked += 1
        if asked < len(taken):
            with transaction() as session:
                claims.let_go(session, self.owner)
        return asked

    def _asked(self, channel: Channel, message: Message, target: Target) -> Outcome | None:
        """A first try went over the connections of the first tries, and an answer that came late waits there."""
        usual = registry.channels(Mode.LIVE)[self.channel]
        first = channel is registry.slow(Mode.LIVE)[self.channel] and target.attempt <= 1
        return asked_for(usual if first else channel, message, target)

    def _went_down(self, cause: str, ids: list[int]) -> None:
        """Nothing of the rest was sent: give it back and wait."""
        at = now()
        with transaction() as session:
            claims.give_back(session, self.owner, ids, at, at)
            self.standing.down(session, cause, at)
        self.marks.clear()

    def _step_and_forget(self, stop: threading.Event) -> int:
        busy = 0
        try:
            busy = self.step()
        except Exception:
            log.exception("lane failed", channel=self.channel)
            stop.wait(1)
        with contextlib.suppress(Exception):  # a connection that is gone cannot be rolled back; the next one is new
            db.session.remove()
        return busy

    def run(self, stop: threading.Event, rest: Callable[[], object]) -> None:
        """Work until told to stop, and ``rest`` where there is nothing to do; an unexpected error is logged and never ends the lane."""
        while not stop.is_set():
            if not self._step_and_forget(stop):
                rest()
        self.wire.close()


def watch(lanes: Sequence[Lane], at: datetime) -> int:
    """Take back what lanes hold of alerts that were stopped, overtaken by a cancel or a correction, or are over; how many lanes.

    Without it a stop would wait for the batch that a slow provider has. ``at`` is now; call it twice a second.
    """
    held = {lane.holding for lane in lanes} - {None}
    if not held:
        return 0
    over = set(
        db.session.scalars(
            select(Transmission.id).where(
                Transmission.id.in_(held), or_(Transmission.stopped_at.is_not(None), Transmission.expires_at <= at)
            )
        )
    )
    db.session.rollback()
    found = [lane for lane in lanes if lane.holding in over]
    for lane in found:
        lane.wire.take_back()
    return len(found)
