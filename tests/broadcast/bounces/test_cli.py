"""``scripts/disaster bounces read``."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from broadcast.bounces.cli import bounces
from broadcast.models.delivery import Delivery, Status
from broadcast.sending.reference import maker
from disaster.core.extensions import db
from tests.broadcast.bounces.letters import letter
from tests.broadcast.town import Town

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def sent(town: Town) -> Delivery:
    town.resident(1)
    town.approved()
    town.send_everything()
    return db.session.scalars(select(Delivery).where(Delivery.channel == "email")).one()


def test_it_tells_what_letters_report_and_changes_nothing(town: Town, sent: Delivery, tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(letter("postfix_user_unknown", maker()(sent.id)))
    (tmp_path / "b.eml").write_bytes(letter("vacation", maker()(sent.id)))
    names = [str(tmp_path / name) for name in ("a.eml", "b.eml")]
    done = town.app.test_cli_runner().invoke(bounces, ["read", *names, "--json"])
    assert [json.loads(line) for line in done.output.splitlines()] == [
        {"file": "a.eml", "kind": "failed", "status": "5.1.1", "known": True, "becomes": "undelivered"},
        {"file": "b.eml", "kind": "other", "status": "", "known": False, "becomes": None},
    ]
    assert db.session.get_one(Delivery, sent.id, populate_existing=True).status == Status.ACCEPTED


def test_with_apply_it_is_noted_once(town: Town, sent: Delivery, tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(letter("postfix_user_unknown", maker()(sent.id)))
    runner, line = town.app.test_cli_runner(), ["read", str(tmp_path / "a.eml"), "--apply"]
    assert "about one of our deliveries, noted" in runner.invoke(bounces, line).output
    assert "not noted" in runner.invoke(bounces, line).output
    assert db.session.get_one(Delivery, sent.id, populate_existing=True).status == Status.UNDELIVERABLE


def test_a_file_that_is_not_there_is_said(town: Town) -> None:
    done = CliRunner().invoke(bounces, ["read", "nothing.eml"])
    assert done.exit_code == 2
