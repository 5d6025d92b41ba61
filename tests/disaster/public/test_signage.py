"""The JSON for signs: held against its published form."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from openapi_schema_validator import OAS31Validator

from broadcast.cap.vocabulary import Hazard, Kind, Mode, MsgType
from disaster.core import clock
from disaster.core.extensions import db
from disaster.public.lines import width
from disaster.shelters.models import Shelter, ShelterState
from disaster.shelters.vocabulary import Crowding, Opening
from tests.disaster.public.conftest import Publish

SCHEMA = json.loads((Path(__file__).parents[3] / "docs/signage.schema.json").read_text(encoding="utf-8"))


def read(client: FlaskClient, query: str = "") -> dict[str, Any]:
    answer = client.get(f"/feeds/signage.json{query}")
    assert answer.status_code == 200
    found: dict[str, Any] = json.loads(answer.data)
    assert [error.message for error in OAS31Validator(SCHEMA).iter_errors(found)] == []
    return found


def test_when_nothing_is_in_force_it_says_so_in_every_language(client: FlaskClient) -> None:
    found = read(client)
    assert (found["state"], found["alerts"], found["shelters"]) == ("none", [], [])
    assert found["message"]["ja"] == "現在、発令中の情報はありません"
    assert set(found["message"]) == {"ja", "easy_ja", "en"}


def test_every_kind_of_alert_has_the_published_form_and_the_most_urgent_is_first(
    client: FlaskClient, publish: Publish
) -> None:
    publish(Kind.NOTICE, Hazard.OTHER, title="断水のお知らせ")
    publish(Kind.ELDERLY, Hazard.LANDSLIDE)
    first = publish(Kind.EVACUATE)
    publish(Kind.EMERGENCY, areas=())
    publish(Kind.LIFT, msg_type=MsgType.UPDATE, earlier=(first, Kind.EVACUATE), lifted=Kind.EVACUATE)
    publish(Kind.SHELTERS, shelters=("笹尾西小学校",))
    found = read(client)
    assert [alert["level"] for alert in found["alerts"]] == [5, 3, None, None, None]
    assert found["alerts"][0]["colour"] == {
        "name": "black",
        "code": "#0c000c",
        "words": {"ja": "黒", "easy_ja": "黒（くろ）", "en": "black"},
    }
    assert found["alerts"][0]["whole_municipality"] is True
    assert found["message"] is None
    assert found["alerts"][1]["areas"] == ["大字長深"]
    assert "Alert Level 3" in found["alerts"][1]["texts"]["en"]["headline"]


@pytest.mark.parametrize("columns", [16, 24, 32, 48, 64])
def test_lines_keep_to_the_width_that_was_asked_for(client: FlaskClient, publish: Publish, columns: int) -> None:
    publish(Kind.EVACUATE)
    found = read(client, f"?columns={columns}")
    assert found["columns"] == columns
    texts = found["alerts"][0]["texts"]
    assert all(width(line) <= columns for text in texts.values() for line in text["lines"])
    assert "".join(texts["ja"]["lines"]).startswith("警戒レベル4")


@pytest.mark.parametrize(
    "query", ["?columns=7", "?columns=x", "?columns=", "?columns=-1", "?columns=99999999999999999999"]
)
def test_any_other_width_is_the_usual_one(client: FlaskClient, query: str) -> None:
    assert read(client, query)["columns"] == 32


def test_open_shelters_have_their_crowding_and_when_somebody_said_so(
    client: FlaskClient, shelters: dict[str, Shelter]
) -> None:
    state = db.session.get(ShelterState, shelters["笹尾西小学校"].id)
    assert state is not None
    state.opening, state.crowding, state.version = Opening.OPEN, Crowding.SOME, 2
    state.changed_at = state.crowding_at = clock.now()
    db.session.commit()
    [shelter] = read(client)["shelters"]
    assert (shelter["name"], shelter["crowding"]) == ("笹尾西小学校", "some")
    assert shelter["texts"]["ja"]["crowding"] == "やや混雑"
    assert shelter["as_of"].endswith("+09:00")


def test_a_drill_is_never_in_it(client: FlaskClient, publish: Publish) -> None:
    publish(Kind.EMERGENCY, mode=Mode.DRILL)
    assert read(client)["state"] == "none"
    assert "訓練" not in client.get("/feeds/signage.json").get_data(as_text=True)


def test_what_is_over_is_not_in_it(client: FlaskClient, publish: Publish) -> None:
    publish(Kind.EVACUATE, seconds=60)
    assert read(client)["state"] == "in_force"
    with time_machine.travel(clock.now() + timedelta(seconds=61), tick=False):
        assert read(client)["state"] == "none"


def test_within_a_minute_the_bytes_are_the_same_then_the_time_is_new(
    app: Flask, client: FlaskClient, publish: Publish
) -> None:
    with time_machine.travel("2026-09-12T06:04:20+00:00", tick=False) as at:
        publish(Kind.EVACUATE)
        first = client.get("/feeds/signage.json")
        assert json.loads(first.data)["generated_at"] == "2026-09-12T15:04:20+09:00"  # not older than its newest alert
        at.shift(30)
        app.extensions.pop("disaster.public.shelf")  # as another process would render it
        same = client.get("/feeds/signage.json", headers={"If-None-Match": first.headers["ETag"]})
        assert same.status_code == 304
        assert same.headers["Access-Control-Allow-Origin"] == "*"
        at.shift(30)
        later = client.get("/feeds/signage.json", headers={"If-None-Match": first.headers["ETag"]})
        assert later.status_code == 200
        assert json.loads(later.data)["generated_at"] == "2026-09-12T15:05:00+09:00"


def test_any_site_may_read_it_and_a_browser_keeps_it_for_seconds_only(client: FlaskClient) -> None:
    answer = client.get("/feeds/signage.json", headers={"Origin": "https://other.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.mimetype == "application/json"
    assert "max-age=5" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers
