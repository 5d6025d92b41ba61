"""Feeds for programs and for the disaster radio."""

import json
import time

import feedparser
import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import etree
from sqlalchemy import select

from broadcast.cap.schema import problems
from broadcast.cap.vocabulary import Hazard, Kind, Mode, MsgType
from broadcast.channels.registry import RadioChannel
from broadcast.models.alert import Transmission
from broadcast.models.delivery import PUBLIC, Delivery, DeliveryEvent, Status
from disaster.core import clock
from disaster.core.extensions import db
from disaster.core.settings import Settings
from tests.disaster.public.conftest import Publish

TOKEN = "the-station's-token"
STATION = {"Authorization": f"Bearer {TOKEN}"}
NS = {"cap": "urn:oasis:names:tc:emergency:cap:1.2"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """With a radio station."""
    return settings.model_copy(
        update={"radio_token": type(settings.secret_key)(TOKEN), "public_url": "https://bosai.example.jp"}
    )


@pytest.fixture
def radio(publish: Publish) -> Publish:
    """Publish with the delivery that stands for the radio, as fan-out writes it."""

    def write(*given: object, **named: object) -> int:
        alert_id = publish(*given, **named)
        transmission = db.session.scalars(select(Transmission).where(Transmission.alert_id == alert_id)).one()
        now = clock.now()
        db.session.add(
            Delivery(
                transmission_id=transmission.id,
                channel=RadioChannel.name,
                contact_id=PUBLIC,
                language="ja",
                rank=0,
                due_at=now,
                updated_at=now,
            )
        )
        db.session.commit()
        return alert_id

    return write


def status_of_radio(alert_id: int) -> Status:
    db.session.rollback()
    found = select(Delivery.status).join(Transmission, Transmission.id == Delivery.transmission_id)
    return Status(db.session.scalars(found.where(Transmission.alert_id == alert_id)).one())


def test_the_atom_feed_has_one_entry_for_each_alert_in_force(client: FlaskClient, publish: Publish) -> None:
    empty = feedparser.parse(client.get("/feeds/alerts.atom").data)
    assert (empty.bozo, len(empty.entries)) == (False, 0)
    publish(Kind.ELDERLY, Hazard.LANDSLIDE)
    publish(Kind.EVACUATE, situation='5 < 7 & ]]> "引用"')
    response = client.get("/feeds/alerts.atom")
    feed = feedparser.parse(response.data)
    assert response.mimetype == "application/atom+xml"
    assert (feed.bozo, len(feed.entries)) == (False, 2)
    entry = next(entry for entry in feed.entries if "避難指示" in entry.title)
    links = {link["type"]: link["href"] for link in entry.links}
    assert links["application/cap+xml"] == "https://bosai.example.jp/feeds/cap/2.xml"
    assert links["text/html"] == "https://bosai.example.jp/alerts/2"
    assert entry.updated.endswith("+09:00")


def test_a_foreign_host_header_reaches_no_feed(client: FlaskClient, publish: Publish) -> None:
    publish(Kind.EVACUATE)
    for path in ("/feeds/alerts.atom", "/feeds/cap/1.xml", "/feeds/radio.json", "/"):
        response = client.get(path, headers={"X-Forwarded-Host": "evil.example"})
        assert b"evil.example" not in response.data, path


def test_every_kind_of_alert_is_valid_cap(client: FlaskClient, publish: Publish) -> None:
    first = publish(Kind.EVACUATE)
    publish(Kind.EVACUATE, msg_type=MsgType.UPDATE, earlier=(first, Kind.EVACUATE), correction="直しました。")
    publish(Kind.LIFT, msg_type=MsgType.UPDATE, earlier=(2, Kind.EVACUATE), lifted=Kind.EVACUATE)
    publish(Kind.EMERGENCY, areas=())
    publish(Kind.NOTICE, Hazard.OTHER, title="給水所")
    for number in range(1, 6):
        response = client.get(f"/feeds/cap/{number}.xml")
        assert response.mimetype == "application/cap+xml"
        assert not problems(etree.fromstring(response.data)), number
    update = etree.fromstring(client.get("/feeds/cap/2.xml").data)
    assert update.findtext("cap:references", namespaces=NS).startswith("bosai.example.jp,243248-1,")
    assert etree.fromstring(client.get("/feeds/cap/4.xml").data).find(".//cap:polygon", NS) is not None


def test_the_radio_reads_the_most_urgent_first_with_kana_chimes_and_repeats(
    client: FlaskClient, publish: Publish
) -> None:
    publish(Kind.ELDERLY, Hazard.LANDSLIDE)
    publish(Kind.EMERGENCY)
    messages = client.get("/feeds/radio.json").json["messages"]
    assert [message["alert"] for message in messages] == [2, 1]
    assert messages[0]["chime_up"] == "♪上りチャイム"
    assert messages[0]["repeats"] == 2
    assert "けいかい" in messages[0]["kana"]
    text = client.get("/feeds/radio.txt").get_data(as_text=True)
    assert text.index("レベル5") < text.index("レベル3")
    assert text.count("♪上りチャイム") == 2


def test_without_an_alert_the_radio_has_nothing_to_say(client: FlaskClient) -> None:
    assert client.get("/feeds/radio.txt").data == b""
    assert client.get("/feeds/radio.json").json == {"messages": []}


def test_the_stations_poll_is_the_receipt_and_counts_once(client: FlaskClient, radio: Publish) -> None:
    number = radio(Kind.EVACUATE)
    for _ in range(3):
        assert client.get("/feeds/radio.json", headers=STATION).status_code == 200
    assert status_of_radio(number) is Status.DELIVERED
    assert db.session.query(DeliveryEvent).count() == 1


def test_a_poll_that_was_answered_not_modified_is_a_receipt_too(client: FlaskClient, radio: Publish) -> None:
    number = radio(Kind.EVACUATE)
    etag = client.get("/feeds/radio.txt").headers["ETag"]
    assert client.get("/feeds/radio.txt", headers={**STATION, "If-None-Match": etag}).status_code == 304
    assert status_of_radio(number) is Status.DELIVERED


def test_a_reader_without_the_token_is_no_receipt(client: FlaskClient, radio: Publish) -> None:
    number = radio(Kind.EVACUATE)
    assert "避難指示" in client.get("/feeds/radio.txt").get_data(as_text=True)
    assert status_of_radio(number) is Status.QUEUED


@pytest.mark.parametrize("proof", ["Bearer wrong", "Bearer ", TOKEN, "Basic dTpw", "Bearer トークン"])
def test_a_wrong_token_is_refused_and_is_no_receipt(client: FlaskClient, radio: Publish, proof: str) -> None:
    number = radio(Kind.EVACUATE)
    assert (
        client.get("/feeds/radio.txt", headers={"Authorization": proof.encode().decode("latin-1")}).status_code == 401
    )
    assert status_of_radio(number) is Status.QUEUED


def test_what_an_officer_stopped_is_not_read_out(client: FlaskClient, publish: Publish) -> None:
    publish(Kind.EVACUATE)
    assert client.get("/feeds/radio.txt").data != b""
    db.session.query(Transmission).update({"stopped_at": clock.now()})
    db.session.commit()
    assert client.get("/feeds/radio.txt").data == b""


def test_a_drill_is_not_read_out_even_to_the_station(client: FlaskClient, radio: Publish) -> None:
    number = radio(Kind.EVACUATE, mode=Mode.DRILL)
    assert client.get("/feeds/radio.json", headers=STATION).json == {"messages": []}
    assert status_of_radio(number) is Status.QUEUED


def test_a_reload_of_the_feeds_is_cheap(app: Flask, client: FlaskClient, publish: Publish) -> None:
    publish(Kind.EVACUATE)
    client.get("/feeds/radio.json")
    began = time.perf_counter()
    for _ in range(100):
        client.get("/feeds/radio.json")
    assert (time.perf_counter() - began) / 100 < 0.1
    assert json.loads(client.get("/feeds/radio.json").data)["messages"]


def test_asking_for_the_head_alone_is_no_receipt_because_it_brings_no_text(client: FlaskClient, radio: Publish) -> None:
    radio(Kind.EVACUATE)
    assert client.head("/feeds/radio.txt", headers=STATION).status_code == 200
    assert db.session.scalars(select(Delivery.status)).all() == [Status.QUEUED]
    client.get("/feeds/radio.txt", headers=STATION)
    db.session.rollback()
    assert db.session.scalars(select(Delivery.status)).all() == [Status.DELIVERED]
