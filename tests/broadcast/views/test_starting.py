"""A new alert: from a tile, from a proposal, as a follow-up; live or drill."""

from datetime import timedelta

import pytest
from flask import Flask

from broadcast.alert import compose
from broadcast.cap.vocabulary import Hazard, Kind, Mode, MsgType
from broadcast.models.alert import Alert
from disaster.bulletins import intake, proposals, samples
from disaster.bulletins.models import Proposal
from disaster.core.clock import now
from disaster.core.extensions import db
from disaster.incidents import exercise
from tests.broadcast.town import Town
from tests.broadcast.views.browsing import Person, form_in, text_of

NEW = "/headquarters/alerts/new"


def _only() -> Alert:
    db.session.rollback()
    return db.session.query(Alert).one()


def _proposal(*, drill: bool = False) -> int:
    """What the rules make of a telegram that announces level 4 for landslides."""
    telegram = samples.redated((samples.FOLDER / "toin_VPWW56_landslide_level4.xml").read_bytes(), now())
    if drill:
        telegram = telegram.replace("<Status>通常".encode(), "<Status>訓練".encode())
    intake.receive(telegram, name="telegram.xml", source=intake.Source.HAND, actor="account:1")
    return proposals.open_proposals()[0].id


def test_a_tile_makes_a_draft_and_the_same_form_twice_makes_one(town: Town, writer: Person) -> None:
    form = writer.form(NEW, NEW)
    first = writer.send(form, mode="live", tile="evacuate:flood")
    again = writer.send(form, mode="live", tile="evacuate:flood")
    assert first.status_code == again.status_code == 303
    assert first.location == again.location
    alert = _only()
    assert (alert.mode, alert.kind, alert.hazard) == (Mode.LIVE, Kind.EVACUATE, Hazard.FLOOD)
    assert alert.areas == []
    assert timedelta(hours=11) < alert.expires_at - now() < timedelta(hours=13)


def test_live_is_chosen_before_and_drill_while_an_exercise_window_is_open(town: Town, writer: Person) -> None:
    assert writer.form(NEW, NEW).values["mode"] == ["live"]
    exercise.open_window(town.approver, name="水防訓練", ends_at=town.later(hours=2))
    page = writer.open(NEW)
    assert form_in(page, NEW).values["mode"] == ["drill"]
    assert "水防訓練" in text_of(page)
    writer.press(NEW, NEW, tile="elderly:flood")
    assert _only().mode == Mode.DRILL


def test_live_is_the_harder_choice_while_an_exercise_window_is_open(town: Town, writer: Person) -> None:
    exercise.open_window(town.approver, name="水防訓練", ends_at=town.later(hours=2))
    answer = writer.press(NEW, NEW, tile="elderly:flood", mode="live")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "本番の配信を作るときは「本番」と入力してください" in page
    assert db.session.query(Alert).count() == 0
    answer = writer.press(NEW, NEW, tile="elderly:flood", mode="live", live_word="本番")
    assert answer.status_code == 303
    assert _only().mode == Mode.LIVE
    said = text_of(writer.open(answer.location))
    assert "いまは訓練時間中ですが、この配信は本番です" in said


@pytest.mark.parametrize("changes", [{"mode": None}, {"mode": "both"}, {"tile": "blast:flood"}, {"tile": ""}])
def test_a_choice_that_does_not_exist_makes_nothing(town: Town, writer: Person, changes: dict[str, str]) -> None:
    answer = writer.press(NEW, NEW, **{"mode": "live", "tile": "notice:other", **changes})
    assert answer.status_code == 422
    assert db.session.query(Alert).count() == 0


def test_a_proposal_fills_the_draft_and_chooses_no_area(town: Town, writer: Person) -> None:
    number = _proposal()
    page = writer.open(f"{NEW}?proposal={number}")
    assert "避難指示の検討" in page
    answer = writer.press(f"{NEW}?proposal={number}", NEW, mode="live")
    assert answer.status_code == 303
    alert = _only()
    assert (alert.kind, alert.hazard, alert.proposal_id) == (Kind.EVACUATE, Hazard.LANDSLIDE, number)
    assert alert.situation.startswith("津地方気象台は、")
    assert "（発表）" not in alert.situation
    assert "レベル４土砂災害危険警報" in alert.situation
    assert (alert.areas, alert.whole_town) == ([], False)
    db.session.rollback()
    assert db.session.get_one(Proposal, number, populate_existing=True).status == "used"


def test_a_proposal_makes_one_alert_only(town: Town, writer: Person) -> None:
    number = _proposal()
    form = writer.form(f"{NEW}?proposal={number}", NEW)
    assert writer.send(form, mode="live").status_code == 303
    answer = writer.send(form, mode="live", key="another-key-another-key")
    assert answer.status_code == 409
    assert "すでに使われた" in answer.get_data(as_text=True)
    assert _only().proposal_id == number


def test_a_drill_telegram_makes_a_drill_whatever_was_chosen(town: Town, writer: Person) -> None:
    number = _proposal(drill=True)
    writer.press(f"{NEW}?proposal={number}", NEW, mode="live")
    assert _only().mode == Mode.DRILL


def test_an_unknown_proposal_is_not_found(town: Town, writer: Person) -> None:
    assert writer.client.get(f"{NEW}?proposal=99").status_code == 404


def test_every_follow_up_is_one_press_away_with_its_texts_ready(town: Town, writer: Person) -> None:
    town.resident(1)
    alert_id = town.approved()
    town.send_everything()
    path = f"/headquarters/alerts/{alert_id}"
    first = compose.get(alert_id)
    made = {}
    for what in ("correct", "extend", "lift", "cancel"):
        answer = writer.press(path, "/follow-up", what=what, key=f"key-of-the-follow-up-{what}")
        assert answer.status_code == 303, what
        number = int(answer.location.split("/alerts/")[1].split("/")[0])
        made[what] = compose.get(number)
        assert made[what].references_id == alert_id
    assert {what: (a.msg_type, a.kind) for what, a in made.items()} == {
        "correct": (MsgType.UPDATE, Kind.EVACUATE),
        "extend": (MsgType.UPDATE, Kind.EVACUATE),
        "lift": (MsgType.UPDATE, Kind.LIFT),
        "cancel": (MsgType.CANCEL, Kind.EVACUATE),
    }
    assert made["lift"].lifted_kind == Kind.EVACUATE
    assert made["extend"].expires_at > first.expires_at
    for what in ("extend", "lift", "cancel"):
        assert compose.missing(made[what]) == {}, what
        said = text_of(writer.open(f"/headquarters/alerts/{made[what].id}"))
        assert "承認を求める" in said
        assert "1人" in said
    assert "誤" in text_of(writer.open(f"/headquarters/alerts/{made['cancel'].id}"))


def test_the_same_press_twice_prepares_one_follow_up(town: Town, writer: Person) -> None:
    alert_id = town.approved()
    form = writer.form(f"/headquarters/alerts/{alert_id}", "/follow-up")
    assert writer.send(form).location == writer.send(form).location
    assert db.session.query(Alert).count() == 2


def test_nothing_follows_a_draft_or_an_alert_that_was_followed_already(town: Town, writer: Person) -> None:
    draft = town.composed()
    token = writer.form("/staff/account", "/staff/logout").values["csrf_token"]
    answer = writer.client.post(f"/headquarters/alerts/{draft}/follow-up", data={"csrf_token": token, "what": "cancel"})
    assert answer.status_code == 409
    first = town.approved()
    later = town.approved(origin=compose.Origin(MsgType.CANCEL, references_id=first))
    answer = writer.client.post(f"/headquarters/alerts/{first}/follow-up", data={"csrf_token": token, "what": "lift"})
    assert answer.status_code == 409
    assert f"続報（配信{later}）" in answer.get_data(as_text=True)
    wrong = writer.client.post(f"/headquarters/alerts/{first}/follow-up", data={"csrf_token": token, "what": "delete"})
    assert wrong.status_code == 422


def test_who_only_looks_cannot_start_anything(app: Flask, town: Town) -> None:
    assert app.test_client().get(NEW).status_code == 303
