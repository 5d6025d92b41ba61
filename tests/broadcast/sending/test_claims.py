"""How much a lane takes, and of what, where others take at the same moment."""

import pytest
from sqlalchemy import select

from broadcast.models.alert import Transmission
from broadcast.models.delivery import Delivery
from broadcast.sending import claims
from disaster.core.clock import now
from disaster.core.extensions import db
from tests.broadcast.town import Town


def test_towards_the_end_a_lane_takes_ever_less_so_that_all_lanes_end_together(
    any_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claims, "LAST", 2)
    for number in range(12):
        any_town.resident(number)
    any_town.approved()
    taken = [[c.id for c in claims.claim("email", f"lane{lane}", 100, now())] for lane in range(6)]
    assert [len(part) for part in taken] == [4, 2, 2, 2, 2, 0]
    ids = [number for part in taken for number in part]
    assert ids == sorted(db.session.scalars(select(Delivery.id).where(Delivery.channel == "email"))), "in their order"


def test_a_lane_that_came_too_late_for_the_most_urgent_takes_what_is_behind_it(
    any_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    any_town.resident(1)
    any_town.approved()
    number = db.session.scalars(select(Transmission.id)).one()
    looks = [[(number, 0, 5)]]  # as it was before somebody else took all of this rank
    seen = claims._with_first_tries
    monkeypatch.setattr(claims, "_with_first_tries", lambda *given: looks.pop() if looks else seen(*given))
    assert len(claims.claim("email", "lane", 100, now())) == 1
