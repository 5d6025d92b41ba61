"""The audit log in words: there are words for every action that the code records."""

import re
from pathlib import Path

from flask import Flask

from disaster.core import audit
from disaster.core.db import transaction
from disaster.staff import trail
from disaster.staff.permissions import Role
from tests.fakes.staff import make_account

ROOT = Path(__file__).parents[3]
_ACTION = re.compile(r'audit\.record\(\s*\w+,\s*"([a-z_.]+)"')


def test_every_recorded_action_has_words() -> None:
    sources = [
        file.read_text(encoding="utf-8")
        for room in ("disaster", "broadcast", "registry")
        for file in (ROOT / room).rglob("*.py")
    ]
    actions = {action for source in sources for action in _ACTION.findall(source)}
    assert len(actions) > 10
    assert sorted(actions - trail.WORDS.keys()) == []


def test_people_and_things_are_named(app: Flask) -> None:
    person = make_account("honbu", Role.OPERATOR, name="本部 花子")
    with transaction() as session:
        audit.record(session, "alert.submitted", actor=person.actor, subject="alert:12")
        audit.record(session, "staff.disable", actor="cli", subject=person.actor, detail={"n": 1})
        audit.record(session, "alert.finished", actor="system:worker", subject="alert:12")
    worker, command, officer = trail.last(3)
    assert (officer.who, officer.what, officer.subject) == ("本部 花子", "配信の承認を求めた", "配信 12")
    assert (command.who, command.subject, command.detail) == ("サーバーのコマンド", "本部 花子", '{"n":1}')
    assert worker.who == "システム（自動）"
