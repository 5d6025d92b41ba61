"""Many pollers cost what one costs: what they see is worked out once a second, whoever asks."""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor

from flask import Flask
from sqlalchemy import event

from broadcast.views import glance
from disaster.core.extensions import db
from tests.broadcast.town import Town
from tests.broadcast.views.browsing import Person

POLLS = 200


def test_two_hundred_polls_at_once_read_the_ledger_a_handful_of_times(app: Flask, town: Town, writer: Person) -> None:
    town.resident(1)
    alert_id = town.approved()
    path, cookie = f"/headquarters/alerts/{alert_id}/progress/now", writer.client.get_cookie("session")
    assert cookie is not None
    said: list[str] = []
    counting = threading.Lock()

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        with counting:
            said.append(statement)

    def poll(_: int) -> int:
        with app.app_context():
            client = app.test_client()
            client.set_cookie("session", cookie.value)
            return client.get(path, headers={"HX-Request": "true"}).status_code

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(poll, range(POLLS)))
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert set(answers) == {200}
    ledger = [statement for statement in said if "delivery_tallies" in statement or "FROM deliveries" in statement]
    who = [statement for statement in said if "FROM accounts JOIN staff_sessions" in statement]
    assert len(who) == POLLS, "who asks is looked up for each"
    assert len(ledger) <= 20, "some for each second that the two hundred took, not for each of them"
    assert len(said) - len(who) <= 400


def test_a_poller_that_has_the_newest_state_gets_no_body(town: Town, writer: Person) -> None:
    alert_id = town.approved()
    path = f"/headquarters/alerts/{alert_id}/progress/now"
    first = writer.client.get(path, headers={"HX-Request": "true"})
    again = writer.client.get(path, headers={"HX-Request": "true", "If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert again.get_data() == b""
    town.send_everything()
    app_forgets(town)
    changed = writer.client.get(path, headers={"HX-Request": "true", "If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200


def app_forgets(town: Town) -> None:
    """As if a second had passed."""
    town.app.extensions.pop("broadcast.glance", None)


def test_one_makes_it_and_the_others_wait_for_that(app: Flask) -> None:
    made: list[int] = []
    gate = threading.Event()

    def make() -> int:
        gate.wait(5)
        made.append(1)
        return len(made)

    def ask() -> int:
        with app.app_context():
            return glance.once("key", make, 60)

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(ask) for _ in range(8)]
        gate.set()
        assert {one.result() for one in asked} == {1}


def test_an_error_is_nobodys_value(app: Flask) -> None:
    calls: list[int] = []

    def make() -> str:
        calls.append(1)
        if len(calls) == 1:
            raise ValueError
        return "good"

    with contextlib.suppress(ValueError):
        glance.once("key", make)
    assert glance.once("key", make) == "good"
