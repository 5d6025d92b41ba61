"""An alert as sound on the residents' pages: there when there is a file, and no word of it otherwise."""

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from broadcast.cap.vocabulary import Mode
from broadcast.models.alert import Transmission
from broadcast.sound import recording
from disaster.core.extensions import db
from tests.broadcast.town import Town

SOUND = b"RIFF" + bytes(range(256)) * 40


def recorded() -> None:
    """Put a file where the worker would."""
    for transmission in db.session.scalars(select(Transmission)):
        path = recording.file_of(transmission)
        assert path is not None
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(SOUND)


def sent(app: Flask, **options: object) -> int:
    return Town(app).build().approved(**options)


def test_without_a_file_there_is_no_player_and_no_error(app: Flask, client: FlaskClient) -> None:
    alert_id = sent(app)
    page = client.get(f"/alerts/{alert_id}")
    assert page.status_code == 200
    assert b"<audio" not in page.data
    assert client.get(f"/alerts/{alert_id}/audio.wav").status_code == 404
    assert client.get("/feeds/radio.json").get_json()["messages"][0]["audio"] is None


def test_the_player_comes_with_the_file_and_the_feed_links_it(app: Flask, client: FlaskClient) -> None:
    alert_id = sent(app)
    client.get(f"/alerts/{alert_id}")
    client.get("/feeds/radio.json")
    recorded()
    page = client.get(f"/alerts/{alert_id}").get_data(as_text=True)
    assert f'src="/alerts/{alert_id}/audio.wav"' in page
    assert "autoplay" not in page
    link = client.get("/feeds/radio.json").get_json()["messages"][0]["audio"]
    assert link == f"http://127.0.0.1:8000/alerts/{alert_id}/audio.wav"


def test_the_file_is_served_whole_in_parts_and_not_twice(app: Flask, client: FlaskClient) -> None:
    alert_id = sent(app)
    recorded()
    whole = client.get(f"/alerts/{alert_id}/audio.wav")
    assert (whole.status_code, whole.mimetype, whole.data) == (200, "audio/wav", SOUND)
    assert whole.headers["Accept-Ranges"] == "bytes"
    part = client.get(f"/alerts/{alert_id}/audio.wav", headers={"Range": "bytes=4-9"})
    assert (part.status_code, part.data) == (206, SOUND[4:10])
    assert part.headers["Content-Range"] == f"bytes 4-9/{len(SOUND)}"
    known = client.get(f"/alerts/{alert_id}/audio.wav", headers={"If-None-Match": whole.headers["ETag"]})
    assert (known.status_code, known.data) == (304, b"")
    assert client.get(f"/alerts/{alert_id}/audio.wav", headers={"Range": "bytes=999999-"}).status_code == 416


def test_a_drill_has_no_sound(app: Flask, client: FlaskClient) -> None:
    alert_id = sent(app, mode=Mode.DRILL)
    recorded()
    assert client.get(f"/alerts/{alert_id}/audio.wav").status_code == 404
    assert client.get("/alerts/999/audio.wav").status_code == 404


def test_the_number_to_call_is_on_the_page_where_there_is_one(app: Flask, client: FlaskClient) -> None:
    alert_id = sent(app)
    config = app.extensions["disaster.settings"]
    app.extensions["disaster.settings"] = config.model_copy(update={"listen_number": "050-0000-0119"})
    page = client.get(f"/alerts/{alert_id}").get_data(as_text=True)
    assert 'href="tel:05000000119"' in page
    assert "電話でも聞けます" in page


def test_the_siren_is_the_municipalitys_own(app: Flask, client: FlaskClient) -> None:
    town = Town(app).build()
    known = app.extensions["disaster.municipality"]
    own = known.radio.model_copy(update={"siren_level_4": "サイレン 約1分吹鳴・約5秒休止 3回"})
    app.extensions["disaster.municipality"] = known.model_copy(update={"radio": own})
    town.approved()
    message = client.get("/feeds/radio.json").get_json()["messages"][0]
    assert message["siren"] == "サイレン 約1分吹鳴・約5秒休止 3回"
    assert "♪サイレン 約1分吹鳴・約5秒休止 3回" in message["text"]
