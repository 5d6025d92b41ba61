"""Alerts read aloud: once for each transmission, after the messages, and never in the way of anything."""

import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from broadcast.alert import lifecycle
from broadcast.cap.vocabulary import Mode
from broadcast.models.alert import Transmission
from broadcast.sound import recording, speech
from disaster.core.clock import now
from disaster.core.extensions import db
from tests.broadcast.town import Town


@pytest.fixture
def aloud(town: Town, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Speech that writes what it was to say."""
    said: list[str] = []

    def make(path: Path, sentences: str) -> bool:
        said.append(sentences)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"RIFF" + sentences.encode())
        return True

    monkeypatch.setattr(speech, "available", lambda: True)
    monkeypatch.setattr(speech, "kana", lambda _text: "")
    monkeypatch.setattr(recording, "_make", make)
    recording._failed.clear()
    return said


def test_an_alert_is_read_aloud_once_and_names_as_they_are_said(town: Town, aloud: list[str]) -> None:
    town.approved()
    town.send_everything()
    assert recording.run() == 1
    assert recording.run() == 0
    assert "ナカガミ" in aloud[0]
    transmission = db.session.scalars(select(Transmission)).one()
    assert recording.found(transmission)
    assert recording.stamp() > 0


def test_messages_go_first(town: Town, aloud: list[str]) -> None:
    town.resident(1)
    town.approved()
    assert recording.run() == 0, "something is still queued"
    town.send_everything()
    assert recording.run() == 1


def test_a_drill_a_stopped_alert_and_one_that_is_over_are_not_read(town: Town, aloud: list[str]) -> None:
    town.approved(mode=Mode.DRILL)
    stopped = town.approved()
    lifecycle.stop(stopped, town.operator)
    town.send_everything()
    assert recording.run() == 0
    assert aloud == []


def test_without_speech_nothing_happens(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "available", lambda: False)
    town.approved()
    town.send_everything()
    assert recording.run() == 0
    assert recording.stamp() == 0


def test_a_voice_that_fails_is_tried_again_later_and_disturbs_nobody(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speech, "available", lambda: True)
    monkeypatch.setattr(speech, "kana", lambda _text: "")
    monkeypatch.setattr(recording.sys, "executable", "/bin/false")
    recording._failed.clear()
    town.approved()
    town.send_everything()
    assert recording.run() == 0
    assert list((town.app.extensions["disaster.settings"].data_dir / "audio").iterdir()) == []
    assert recording._failed
    assert recording._missing(now()) == [], "not again at once"


def test_files_of_long_ago_are_cleared(town: Town, aloud: list[str]) -> None:
    town.approved()
    town.send_everything()
    recording.run()
    [path] = (town.app.extensions["disaster.settings"].data_dir / "audio").glob("*.wav")
    old = time.time() - timedelta(days=91).total_seconds()
    os.utime(path, (old, old))
    recording._clear(now())
    assert not path.exists()
