"""Posts from the ledger to the provider and back: one post whatever breaks, and a budget that the officer understands."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select

from broadcast.cap.vocabulary import Kind, Mode
from broadcast.channels import registry
from broadcast.channels.bluesky import BlueskyChannel
from broadcast.channels.contract import Channel
from broadcast.channels.daily_budget import DailyBudget
from broadcast.channels.x import Keys, XChannel
from broadcast.models.alert import Transmission
from broadcast.models.delivery import Delivery, Status
from broadcast.sending.outcomes import SETTLE_AFTER
from broadcast.views import wording
from disaster.core.clock import now
from disaster.core.extensions import db
from disaster.demo.providers.bluesky import BlueskyStandIn
from disaster.demo.providers.x import Secrets, XStandIn
from tests.broadcast.town import Town
from tests.fakes.standins import serving


@pytest.fixture
def x() -> XStandIn:
    return XStandIn(Secrets(("a", "b"), ("c", "d")), lambda *_: None)


@pytest.fixture
def bluesky() -> BlueskyStandIn:
    return BlueskyStandIn("bosai.town.example", "password", lambda *_: None)


@pytest.fixture
def budget(tmp_path: Path) -> DailyBudget:
    return DailyBudget(tmp_path / "x-posts.json", 50, 10)


@pytest.fixture
def posting_town(town: Town, x: XStandIn, bluesky: BlueskyStandIn, budget: DailyBudget) -> Iterator[Town]:
    """The town with the two channels as they really are."""
    with serving(x.application()) as to_x, serving(bluesky.application()) as to_bluesky:
        on_x = XChannel(Keys("a", "b", "c", "d"), to_x, budget)
        on_bluesky = BlueskyChannel(to_bluesky, "bosai.town.example", "password")
        with closing(on_x), closing(on_bluesky):
            live: dict[str, Channel] = town.app.extensions[registry.KEY][Mode.LIVE]
            live |= {"x": on_x, "bluesky": on_bluesky}
            yield town


def delivery(alert_id: int, channel: str) -> Delivery:
    db.session.rollback()
    found = select(Delivery).join(Transmission, Transmission.id == Delivery.transmission_id)
    return db.session.scalars(found.where(Transmission.alert_id == alert_id, Delivery.channel == channel)).one()


@pytest.mark.parametrize("channel", ["x", "bluesky"])
def test_an_error_after_acceptance_ends_as_one_post(
    posting_town: Town, x: XStandIn, bluesky: BlueskyStandIn, channel: str
) -> None:
    x.faults, bluesky.faults = [503], [503]
    alert_id = posting_town.approved()
    lane = posting_town.lane(channel)
    lane.step()
    with time_machine.travel(now() + SETTLE_AFTER + timedelta(seconds=1), tick=False):
        lane.step()
    found = delivery(alert_id, channel)
    assert found.status == Status.ACCEPTED
    assert found.provider_id
    assert len(x.posts if channel == "x" else bluesky.records) == 1


def test_a_notice_over_the_budget_is_not_posted_and_the_officer_reads_why(posting_town: Town, x: XStandIn) -> None:
    x.per_day = 11
    notice = posting_town.approved(kind=Kind.NOTICE, title="断水のお知らせ")
    order = posting_town.approved()
    lane = posting_town.lane("x")
    while lane.step():
        pass
    found = delivery(notice, "x")
    assert (found.status, found.code) == (Status.FAILED, "budget")
    assert "取っておきました" in wording.reason(found.code).why
    assert delivery(order, "x").status == Status.ACCEPTED
    assert len(x.posts) == 1
