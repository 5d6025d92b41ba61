"""Drafts are kept as typed; what is wrong is said per field and never sent."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from broadcast.alert import compose
from broadcast.alert.compose import Origin
from broadcast.cap.vocabulary import Hazard, Kind, Mode, MsgType
from broadcast.models.alert import Alert, AlertEvent
from disaster.core import audit
from disaster.core.clock import now
from disaster.core.errors import Forbidden, Invalid, Stale
from disaster.core.extensions import db
from disaster.staff import accounts
from tests.broadcast.town import SHIROYAMA, Town


def test_the_same_key_makes_one_alert(any_town: Town) -> None:
    first = compose.create(any_town.operator, any_town.draft(), mode=Mode.LIVE, key="double-click")
    again = compose.create(any_town.operator, any_town.draft(), mode=Mode.LIVE, key="double-click")
    assert first == again
    assert db.session.query(Alert).count() == 1


def test_a_closed_account_writes_and_changes_nothing(town: Town) -> None:
    alert_id = town.composed()
    accounts.disable(town.operator, actor="cli")
    with pytest.raises(Forbidden):
        town.composed()
    with pytest.raises(Forbidden):
        compose.edit(alert_id, 1, town.operator, town.draft(situation="別の文"))
    assert compose.get(alert_id).version == 1


def test_an_incomplete_draft_is_kept_as_typed(town: Town) -> None:
    alert_id = town.composed(areas=(), situation="  途中の文𠮷葛󠄀  ")
    alert = compose.get(alert_id)
    assert alert.situation == "途中の文𠮷葛󠄀"
    assert compose.missing(alert)["areas"] == "対象の地区を選んでください。"


def test_sanwa_school_is_refused_for_flood_and_welcome_for_earthquake(town: Town) -> None:
    sanwa = town.shelter("三和小学校").id
    flooded = compose.get(town.composed(shelters=(sanwa,)))
    assert "三和小学校は洪水では使えません" in compose.missing(flooded)["shelters"]
    quake = compose.get(town.composed(shelters=(sanwa,), hazard=Hazard.EARTHQUAKE))
    assert "shelters" not in compose.missing(quake)


@pytest.mark.parametrize("text", ["a\x00b", "線\ud800", "\x1b[31m"])
def test_letters_that_no_message_can_carry_are_refused_with_a_sentence(town: Town, text: str) -> None:
    with pytest.raises(Invalid) as refused:
        town.composed(situation=text)
    assert "使えない文字" in refused.value.fields["situation"]


def test_an_unknown_area_is_refused(town: Town) -> None:
    with pytest.raises(Invalid, match="この市町村にない地区"):
        town.composed(areas=("99999-01",))


def test_two_people_who_edit_do_not_overwrite_each_other(town: Town) -> None:
    alert_id = town.composed()
    assert compose.edit(alert_id, 1, town.operator, town.draft(areas=(SHIROYAMA,))) == 2
    with pytest.raises(Stale, match="ほかの人が先に変更しました"):
        compose.edit(alert_id, 1, town.approver, town.draft(situation="古い版から"))
    assert compose.get(alert_id).areas == [SHIROYAMA]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": Kind.SHELTERS}, "shelters"),
        ({"kind": Kind.NOTICE, "situation": "本文だけ"}, "title"),
        ({"kind": Kind.LIFT}, "lifted_kind"),
        ({"expires_at": now() - timedelta(minutes=1)}, "expires_at"),
        ({"expires_at": now() + timedelta(days=8)}, "expires_at"),
        ({"origin": Origin(MsgType.UPDATE)}, "correction"),
    ],
)
def test_what_is_missing_is_named_per_field(town: Town, changes: dict[str, object], field: str) -> None:
    alert = compose.get(town.composed(**changes))  # type: ignore[arg-type]
    assert list(compose.missing(alert)) == [field]


def test_a_complete_draft_misses_nothing(town: Town) -> None:
    assert compose.missing(compose.get(town.composed())) == {}


def test_a_form_that_is_sent_several_times_at_the_same_moment_makes_one_draft(any_town: Town) -> None:
    start, told = threading.Barrier(6), []

    def press() -> None:
        with any_town.app.app_context():
            start.wait()
            try:
                told.append(compose.create(any_town.operator, any_town.draft(), mode=Mode.LIVE, key="one-form"))
            except Exception as error:
                told.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=press) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 6
    assert len(set(told)) == 1, told
    assert [event.verb for event in db.session.scalars(select(AlertEvent))] == ["drafted"]
    assert audit.verify() == []
