"""Any order of acts by anybody: nothing leaves without a second person or a recorded emergency, and a drill reaches no real channel."""

import itertools
import os
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import time_machine
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select

from broadcast import upkeep
from broadcast.alert import compose, lifecycle
from broadcast.alert.compose import Origin
from broadcast.alert.lifecycle import Seen
from broadcast.cap.vocabulary import Kind, Mode, MsgType
from broadcast.models.alert import Alert, AlertEvent, State, Transmission
from broadcast.models.delivery import Delivery
from disaster.app import create_app
from disaster.core import audit
from disaster.core.base import Base
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.errors import DomainError
from disaster.core.extensions import db
from disaster.core.settings import Settings
from disaster.incidents import exercise
from disaster.staff.models import Account
from disaster.staff.permissions import Permission, granted
from tests.broadcast.town import Town

STEPS = 40
EXAMPLES = int(os.environ.get("MACHINE_EXAMPLES", "12"))
PEOPLE = st.integers(0, 2)
SEALED = (State.APPROVED, State.SENDING, State.SENT, State.STOPPED)


class Headquarters(RuleBasedStateMachine):
    """Three people (one operator, two approvers) press whatever there is to press, also on old pages."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.config = Settings(
            data_dir=Path(self.folder.name), secret_key="test-secret", data_key="0" * 64, jma_feeds=False
        )
        self.app = create_app(self.config)
        self.context = self.app.app_context()
        self.context.push()
        Base.metadata.create_all(db.engine)
        self.town = Town(self.app).build()
        self.keys = (f"key-{number}" for number in itertools.count())
        self.pages: list[tuple[int, Seen]] = []
        self.frozen: dict[int, tuple[str, str]] = {}
        self.late = timedelta(0)

    def teardown(self) -> None:
        """Give everything back."""
        db.session.remove()
        db.engine.dispose()
        self.context.pop()
        self.folder.cleanup()

    def person(self, number: int) -> int:
        return (self.town.operator, self.town.approver, self.town.second_approver)[number]

    def alert(self, number: int) -> int:
        ids = db.session.scalars(select(Alert.id).order_by(Alert.id)).all()
        return ids[number % len(ids)]

    def attempt(self, act: Callable[[], object]) -> None:
        """Refusals are part of the life of a headquarters; any other error is a defect."""
        try:
            with time_machine.travel(now() + self.late, tick=False):
                act()
        except DomainError:
            event("refused")
        finally:
            db.session.rollback()

    @initialize()
    def people_and_a_draft(self) -> None:
        self.town.resident(1, channels=("email", "sms"))
        self.town.resident(2)
        self.town.composed()

    @rule(who=PEOPLE, drill=st.booleans(), kind=st.sampled_from([Kind.ELDERLY, Kind.EVACUATE, Kind.NOTICE]))
    def compose_one(self, who: int, drill: bool, kind: Kind) -> None:
        draft = self.town.draft(kind=kind, title="給水", expires_at=now() + self.late + timedelta(hours=6))
        mode = Mode.DRILL if drill else Mode.LIVE
        self.attempt(lambda: compose.create(self.person(who), draft, mode=mode, key=next(self.keys)))

    @rule(who=PEOPLE, number=st.integers(0, 30), drill=st.booleans(), cancel=st.booleans())
    def compose_a_follow_up_in_either_mode(self, who: int, number: int, drill: bool, cancel: bool) -> None:
        origin = Origin(MsgType.CANCEL if cancel else MsgType.UPDATE, references_id=self.alert(number))
        draft = self.town.draft(correction="地区の誤り", expires_at=now() + self.late + timedelta(hours=6))
        mode = Mode.DRILL if drill else Mode.LIVE
        self.attempt(lambda: compose.create(self.person(who), draft, mode=mode, key=next(self.keys), origin=origin))

    @rule(
        who=PEOPLE, number=st.integers(0, 30), words=st.sampled_from(["水位が上がっています。", "堤防が切れました。"])
    )
    def edit(self, who: int, number: int, words: str) -> None:
        alert_id = self.alert(number)
        draft = self.town.draft(situation=words, expires_at=now() + self.late + timedelta(hours=6))
        self.attempt(lambda: compose.edit(alert_id, compose.get(alert_id).version, self.person(who), draft))

    @rule(who=PEOPLE, number=st.integers(0, 30))
    def submit(self, who: int, number: int) -> None:
        alert_id = self.alert(number)
        self.attempt(lambda: lifecycle.submit(alert_id, compose.get(alert_id).version, self.person(who)))

    @rule(number=st.integers(0, 30))
    def open_the_page(self, number: int) -> None:
        alert_id = self.alert(number)
        self.attempt(lambda: self.pages.append((alert_id, self.town.seen(alert_id))))

    @rule(writes=PEOPLE, decides=PEOPLE, drill=st.booleans(), follows=st.booleans(), cancel=st.booleans())
    def the_usual_way(self, writes: int, decides: int, drill: bool, follows: bool, cancel: bool) -> None:
        """Compose, submit, look, approve, as it goes on an ordinary day; so that the other acts also meet what is out."""
        mode = Mode.DRILL if drill else Mode.LIVE
        out = db.session.scalars(select(Transmission.alert_id).order_by(Transmission.id.desc())).all()
        origin = Origin(MsgType.CANCEL if cancel else MsgType.UPDATE, references_id=out[0]) if follows and out else None
        draft = self.town.draft(correction="地区の誤り", expires_at=now() + self.late + timedelta(hours=6))

        def act() -> None:
            alert_id = compose.create(self.person(writes), draft, mode=mode, key=next(self.keys), origin=origin)
            lifecycle.submit(alert_id, 1, self.person(writes))
            self.pages.append((alert_id, self.town.seen(alert_id)))
            lifecycle.approve(alert_id, self.person(decides), self.pages[-1][1], code=self.town.code())

        self.attempt(act)

    @rule(who=PEOPLE, number=st.integers(0, 30))
    def submit_and_open_the_page(self, who: int, number: int) -> None:
        self.submit(who, number)
        self.open_the_page(number)

    @precondition(lambda self: self.pages)
    @rule(who=PEOPLE, back=st.sampled_from([1, 1, 1, 2, 3]))
    def approve_a_page_that_was_opened_lately(self, who: int, back: int) -> None:
        self.approve(who, max(0, len(self.pages) - back))

    @precondition(lambda self: self.pages)
    @rule(who=PEOPLE, page=st.integers(0, 30))
    def approve(self, who: int, page: int) -> None:
        alert_id, seen = self.pages[page % len(self.pages)]
        self.attempt(lambda: lifecycle.approve(alert_id, self.person(who), seen, code=self.town.code()))

    @precondition(lambda self: self.pages)
    @rule(who=PEOPLE, page=st.integers(0, 30), reason=st.sampled_from(["", "ほかに誰もいない"]))
    def send_alone(self, who: int, page: int, reason: str) -> None:
        alert_id, seen = self.pages[page % len(self.pages)]
        self.attempt(
            lambda: lifecycle.send_alone(alert_id, self.person(who), seen, code=self.town.code(), reason=reason)
        )

    @rule(who=PEOPLE, number=st.integers(0, 30), what=st.sampled_from(["give_back", "reject", "withdraw", "stop"]))
    def decide(self, who: int, number: int, what: str) -> None:
        alert_id, person = self.alert(number), self.person(who)
        acts: dict[str, Callable[[], object]] = {
            "give_back": lambda: lifecycle.give_back(alert_id, compose.get(alert_id).version, person, "理由"),
            "reject": lambda: lifecycle.reject(alert_id, compose.get(alert_id).version, person, "理由"),
            "withdraw": lambda: lifecycle.withdraw(alert_id, compose.get(alert_id).version, person),
            "stop": lambda: lifecycle.stop(alert_id, person),
        }
        self.attempt(acts[what])

    @rule()
    def open_an_exercise(self) -> None:
        end = now() + self.late + timedelta(hours=2)
        self.attempt(lambda: exercise.open_window(self.town.approver, name="訓練", ends_at=end))

    @rule()
    def let_everything_be_sent(self) -> None:
        self.attempt(self.town.send_everything)
        self.attempt(lambda: upkeep.finish_alerts(now()))

    @rule(hours=st.sampled_from([1, 7, 13]))
    def time_passes(self, hours: int) -> None:
        self.late = min(self.late + timedelta(hours=hours), timedelta(days=20))
        self.attempt(lambda: upkeep.expire_deliveries(now()))
        self.attempt(lifecycle.expire_drafts)

    @rule(who=PEOPLE, active=st.sampled_from([True, True, False]))
    def an_account_is_closed_or_opened(self, who: int, active: bool) -> None:
        with transaction() as session:
            session.get_one(Account, self.person(who)).active = active

    @invariant()
    def nothing_leaves_without_a_second_person_or_a_recorded_emergency(self) -> None:
        db.session.rollback()
        for alert in db.session.scalars(select(Alert)):
            events = list(db.session.scalars(select(AlertEvent).where(AlertEvent.alert_id == alert.id)))
            sent = db.session.scalar(select(Transmission).where(Transmission.alert_id == alert.id))
            assert (sent is not None) == (alert.state in SEALED)
            if sent is None:
                continue
            (release,) = [one for one in events if one.verb in ("approved", "sent_alone")]
            account = db.session.get_one(Account, release.actor_id)
            event(f"{sent.mode} {release.verb}")
            if release.verb == "approved":
                wrote = {one.actor_id for one in events if one.verb in lifecycle.AUTHORS}
                assert release.actor_id not in wrote
                assert granted(account.role_list, Permission.ALERT_APPROVE)
            else:
                assert alert.emergency_reason
                assert granted(account.role_list, Permission.ALERT_EMERGENCY)
                assert alert.kind != Kind.NOTICE or alert.msg_type != MsgType.ALERT

    @invariant()
    def what_was_frozen_never_changes_and_keeps_its_mode(self) -> None:
        for sent in db.session.scalars(select(Transmission)):
            alert = db.session.get_one(Alert, sent.alert_id)
            assert sent.mode == alert.mode
            assert self.frozen.setdefault(sent.id, (sent.digest, sent.mode)) == (sent.digest, sent.mode)
            if alert.references_id:
                first = db.session.get_one(Alert, alert.references_id)
                assert first.mode == alert.mode

    @invariant()
    def real_channels_carried_approved_live_texts_only(self) -> None:
        live = set(db.session.scalars(select(Transmission.id).where(Transmission.mode == Mode.LIVE)))
        for channel in self.town.channels.values():
            for target, message in channel.received:
                assert message.extra["mode"] == Mode.LIVE
                assert "【訓練】" not in message.body
                assert db.session.get_one(Delivery, target.delivery_id).transmission_id in live
            assert len(channel.received) == len({target.delivery_id for target, _ in channel.received})

    @invariant()
    def the_audit_log_is_whole(self) -> None:
        assert audit.verify() == []


Headquarters.TestCase.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
TestHeadquarters = Headquarters.TestCase
