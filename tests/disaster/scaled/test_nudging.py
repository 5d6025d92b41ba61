"""Wake-ups leave after the commit, hold a channel's name and nothing else, and never keep anybody waiting."""

import json
import socket
import time

import pika
import pytest
from flask import Flask

from broadcast.alert import nudge
from disaster.core.settings import Settings, SettingsError, load
from disaster.readiness import findings
from disaster.scaled import broker, nudging
from tests.broadcast.town import Town
from tests.postgresql import free_port
from tests.rabbitmq import RabbitServer

PROMPT = 0.5  # seconds; a person does not notice it, and a connection to a silent broker takes longer


def _waiting(rabbit: RabbitServer, seconds: float = 20) -> list[bytes]:
    """What is in the queue, once something is."""
    until = time.monotonic() + seconds
    connection = pika.BlockingConnection(broker.parameters(rabbit.url))
    channel = connection.channel()
    found: list[bytes] = []
    while time.monotonic() < until and not found:
        time.sleep(0.2)
        try:
            while (got := channel.basic_get(broker.QUEUE, auto_ack=True))[0]:
                found.append(got[2])
        except pika.exceptions.ChannelClosedByBroker:  # nobody has declared it yet
            channel = connection.channel()
    connection.close()
    return found


def test_an_approval_wakes_every_channel_once_with_nothing_but_its_name(rabbit: RabbitServer, app: Flask) -> None:
    nudging.init_app(app, rabbit.url)
    town = Town(app).build()
    town.resident(1)
    town.approved()
    bodies = [json.loads(body) for body in _waiting(rabbit)]
    assert sorted(body["args"][0] for body in bodies) == sorted(town.channels)
    assert all(body["kwargs"] == {} and body["options"] == {} and len(body["args"]) == 1 for body in bodies)


def test_an_approval_neither_fails_nor_waits_while_the_broker_is_gone(app: Flask) -> None:
    nudging.init_app(app, f"amqp://guest:guest@127.0.0.1:{free_port()}/%2F")
    town = Town(app).build()
    town.resident(1)
    alert_id = town.approved()
    started = time.monotonic()
    nudge.workers()
    assert time.monotonic() - started < PROMPT
    assert sum(town.statuses(alert_id, "email").values()) == 1


def test_a_broker_that_accepts_connections_and_says_nothing_keeps_nobody_waiting(app: Flask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"amqp://guest:guest@127.0.0.1:{silent.getsockname()[1]}/%2F"
        nudging.init_app(app, url)
        Town(app).build()
        started = time.monotonic()
        for _ in range(20):
            nudge.workers()
        assert time.monotonic() - started < PROMPT
        assert broker.problem(url)
        assert time.monotonic() - started < 15


def test_without_a_broker_nobody_is_told(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []
    monkeypatch.setattr(nudging.Nudges, "__call__", lambda _, names: told.append(names))
    town = Town(app).build()
    town.resident(1)
    alert_id = town.approved()
    nudge.workers()
    assert told == []
    assert sum(town.statuses(alert_id, "email").values()) == 1, "the row waits for the worker that looks by itself"
    nudging.init_app(app, "amqp://127.0.0.1")
    nudge.workers()
    assert len(told) == 1


@pytest.mark.parametrize(
    ("broker_url", "database_url", "why"),
    [
        ("redis://127.0.0.1", "postgresql+psycopg://127.0.0.1/x", "must begin with amqp"),
        ("amqp://name:hunter2@127.0.0.1", "", "PostgreSQL"),
        ("amqp://name:hunter2@127.0.0.1", "sqlite:///x", "PostgreSQL"),
    ],
)
def test_a_broker_that_cannot_be_used_refuses_the_start(broker_url: str, database_url: str, why: str) -> None:
    with pytest.raises(SettingsError, match=why) as refused:
        load({"DISASTER_BROKER_URL": broker_url, "DISASTER_DATABASE_URL": database_url})
    assert "hunter2" not in str(refused.value)


def _of_the_broker(app: Flask, settings: Settings, url: str) -> list[str]:
    given = {**settings.model_dump(), "broker_url": url, "database_url": "postgresql+psycopg://elsewhere/x"}
    app.extensions["disaster.settings"] = Settings.model_validate(given)
    return [finding.state for finding in findings() if finding.area == "broker"]


def test_check_tells_whether_the_broker_answers(rabbit: RabbitServer, app: Flask, settings: Settings) -> None:
    assert _of_the_broker(app, settings, rabbit.url) == ["ok"]
    assert _of_the_broker(app, settings, f"amqp://127.0.0.1:{free_port()}") == ["missing"], (
        "a delay is no reason to stop"
    )
    assert _of_the_broker(app, settings, "") == []
