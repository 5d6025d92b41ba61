"""One look for all lanes of a worker: who has something to do, at once when it is written, and hardly any work meanwhile."""

import sqlite3
import threading
import time
from unittest.mock import patch

import pytest

from broadcast.sending import scout as scouting
from broadcast.sending.scout import Scout
from tests.broadcast.town import Town


def test_the_scout_names_channels_with_work_and_no_others(any_town: Town) -> None:
    any_town.resident(1)
    any_town.approved()
    scout = Scout()
    scout.look()
    assert {name for name in any_town.channels if scout.waiting(name)} == {"email", "mastodon", "radio"}
    any_town.send_everything()
    scout.look()
    assert not any(scout.waiting(name) for name in any_town.channels)


def test_a_lane_sleeps_until_there_is_something_to_do_on_its_channel(town: Town) -> None:
    scout, stop, woken = Scout(), threading.Event(), []

    def sleep(channel: str) -> None:
        scout.wait(channel, stop, seconds=30)
        woken.append(channel)

    sleepers = [threading.Thread(target=sleep, args=(channel,)) for channel in ("email", "sms")]
    for sleeper in sleepers:
        sleeper.start()
    scout.look()
    sleepers[0].join(0.2)
    assert woken == []
    town.resident(1)
    town.approved()
    scout.look()
    sleepers[0].join(5)
    assert woken == ["email"]
    stop.set()
    scout.run(stop)
    sleepers[1].join(5)
    assert woken == ["email", "sms"]


def test_a_lane_looks_for_itself_whatever_the_scout_says() -> None:
    started = time.monotonic()
    Scout().wait("email", threading.Event(), seconds=0.01)
    assert 0.01 <= time.monotonic() - started < 5, "it sleeps, and wakes by itself"


def test_what_is_written_is_seen_at_once_and_a_quiet_database_is_hardly_looked_at(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    scout, stop, looks, plain = Scout(), threading.Event(), [], Scout.look
    monkeypatch.setattr(scouting, "ANYHOW", 60.0)

    def look(scout: Scout) -> None:
        looks.append(time.monotonic())
        plain(scout)

    monkeypatch.setattr(Scout, "look", look)

    def look_out() -> None:
        with town.app.app_context():
            scout.run(stop)

    town.resident(1)
    looker = threading.Thread(target=look_out)
    sleeper = threading.Thread(target=scout.wait, args=("email", stop, 30.0))
    looker.start()
    sleeper.start()
    time.sleep(0.6)
    assert 1 <= len(looks) <= 3, "one at the start, one for the lane that has just begun to sleep"
    town.approved()
    sleeper.join(5)
    assert not sleeper.is_alive()
    stop.set()
    looker.join(5)


def test_a_question_that_fails_counts_as_a_change_and_the_thread_goes_on() -> None:
    with patch("broadcast.sending.scout.db") as broken:
        broken.engine.dialect.name = "sqlite"
        broken.engine.raw_connection.return_value.dbapi_connection.execute.side_effect = sqlite3.OperationalError
        with scouting._changes() as changed:
            assert changed()
