"""Several workers on several hosts: one is killed, the broker goes and comes, and everybody is reached once."""

import json
import time
from pathlib import Path

import pika
import pytest
from flask import Flask

from broadcast.models.delivery import Status
from disaster.core.settings import Settings
from disaster.scaled import broker, nudging
from tests.broadcast.town import Town
from tests.disaster.scaled.hosts import check_copies, hosts, listeners, wait_until
from tests.fakes.smtp_server import FakeSmtp, serving_smtp
from tests.postgresql import free_port
from tests.rabbitmq import RabbitServer

PEOPLE = 500
pytestmark = [
    pytest.mark.postgres,
    pytest.mark.timeout(400),
    pytest.mark.parametrize("any_database", ["postgresql"], indirect=True),
]


def _slowly(connection: int, command: bytes) -> float:
    return 0.01 if command == b"." else 0.0


def _town(app: Flask, config: Settings) -> Town:
    nudging.init_app(app, config.broker_url.get_secret_value())
    town = Town(app).build()
    for number in range(PEOPLE):
        town.resident(number)
    return town


def _scaled(config: Settings, url: str) -> Settings:
    return Settings.model_validate({**config.model_dump(exclude_unset=True), "broker_url": url})


def test_a_host_that_dies_in_mid_send_is_finished_by_the_other_one(
    any_database: Settings, app_on_any_database: Flask, rabbit: RabbitServer, tmp_path: Path
) -> None:
    config = _scaled(any_database, rabbit.url)
    town, smtp = _town(app_on_any_database, config), FakeSmtp(slow=_slowly)
    with serving_smtp(smtp), hosts(2, config, smtp, tmp_path) as (one, _):
        wait_until(lambda: listeners(rabbit) == 2)
        alert_id = town.approved()
        wait_until(lambda: len(smtp.received) >= PEOPLE * 0.3)
        one.kill()
        wait_until(lambda: town.statuses(alert_id, "email") == {Status.ACCEPTED: PEOPLE}, 90)
    check_copies(smtp, PEOPLE)


def test_a_broker_that_dies_during_a_send_and_comes_back_costs_nobody_the_alert(
    any_database: Settings, app_on_any_database: Flask, rabbit: RabbitServer, tmp_path: Path
) -> None:
    config = _scaled(any_database, rabbit.url)
    town, smtp = _town(app_on_any_database, config), FakeSmtp(slow=_slowly)
    with serving_smtp(smtp), hosts(2, config, smtp, tmp_path):
        wait_until(lambda: listeners(rabbit) == 2)
        first = town.approved()
        wait_until(lambda: len(smtp.received) >= PEOPLE * 0.2)
        rabbit.kill()
        try:
            wait_until(lambda: town.statuses(first, "email") == {Status.ACCEPTED: PEOPLE})
            started = time.monotonic()
            second = town.approved()
            assert time.monotonic() - started < 5, "an approval does not wait for the broker"
            wait_until(lambda: town.statuses(second, "email") == {Status.ACCEPTED: PEOPLE})
        finally:
            rabbit.start()
        wait_until(lambda: listeners(rabbit) == 2)
        third = town.approved()
        wait_until(lambda: town.statuses(third, "email") == {Status.ACCEPTED: PEOPLE})
    assert len(smtp.received) == 3 * PEOPLE


def test_a_worker_that_starts_without_a_broker_sends(
    any_database: Settings, app_on_any_database: Flask, tmp_path: Path
) -> None:
    config = _scaled(any_database, f"amqp://guest:guest@127.0.0.1:{free_port()}/%2F")
    town, smtp = _town(app_on_any_database, config), FakeSmtp()
    with serving_smtp(smtp), hosts(1, config, smtp, tmp_path):
        alert_id = town.approved()
        wait_until(lambda: town.statuses(alert_id, "email") == {Status.ACCEPTED: PEOPLE})
    check_copies(smtp, PEOPLE)


def test_a_wake_up_that_a_killed_worker_held_is_given_out_again(
    any_database: Settings, app_on_any_database: Flask, rabbit: RabbitServer, tmp_path: Path
) -> None:
    config = _scaled(any_database, rabbit.url)
    town, smtp = _town(app_on_any_database, config), FakeSmtp(slow=lambda *_: 0.5)
    with serving_smtp(smtp), hosts(1, config, smtp, tmp_path) as (one,):
        wait_until(lambda: listeners(rabbit) == 1)
        town.approved()
        wait_until(lambda: smtp.received)
        time.sleep(1)  # the other channels have nothing to send and are answered for
        one.kill()
        wait_until(lambda: listeners(rabbit) == 0)
        with pika.BlockingConnection(broker.parameters(rabbit.url)) as connection:
            got, _, body = connection.channel().basic_get(broker.QUEUE, auto_ack=True)
    assert got, "it is answered for only when there is nothing more to send"
    assert got.redelivered
    assert json.loads(body)["args"] == ["email"]
