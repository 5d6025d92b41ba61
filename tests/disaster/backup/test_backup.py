"""A copy of a whole installation, tried out and put back on an empty machine: the same rows, and nothing is sent again."""

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select
from sqlalchemy.engine import make_url

from broadcast import upkeep
from broadcast.models.alert import Alert, State, Transmission
from broadcast.models.delivery import Status
from broadcast.models.health import WorkerBeat
from disaster.app import create_app
from disaster.backup import cli, fingerprint, making, restoring
from disaster.backup.container import Damaged, WrongKey
from disaster.core import audit, clock, schema
from disaster.core.db import transaction
from disaster.core.errors import Invalid
from disaster.core.extensions import db
from disaster.core.settings import Settings
from disaster.staff.models import StaffSession
from disaster.staff.permissions import Role
from tests.broadcast.town import Town
from tests.fakes.staff import make_account, sign_in
from tests.postgresql import PostgresServer

LATER = {"audit_entries", "alerts", "alert_events", "transmissions", "deliveries", "staff_sessions", "setup_links"}


@pytest.fixture
def town(app_on_any_database: Flask) -> Town:
    found = Town(app_on_any_database).build()
    for number in range(5):
        found.resident(number)
    return found


@contextmanager
def another_machine(request: pytest.FixtureRequest, old: Flask, folder: Path, key: str = "0" * 64) -> Iterator[Flask]:
    """An empty one, with the same kind of database and the data key out of the safe."""
    folder.mkdir()
    given: dict[str, Any] = {"data_dir": folder, "secret_key": "other", "data_key": key, "jma_feeds": False}
    server: PostgresServer | None = None
    with old.app_context():
        if db.engine.dialect.name == "postgresql":
            server = request.getfixturevalue("postgres_server")
            given["database_url"] = server.url(server.create())
    app = create_app(Settings(**given))
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()
    if server:
        server.drop(str(make_url(given["database_url"]).database))


def fingerprint_now() -> dict[str, tuple[int, str]]:
    with db.engine.connect() as connection:
        return fingerprint.of(connection)


def test_on_a_new_machine_every_row_is_the_same_and_nothing_is_sent_again(
    request: pytest.FixtureRequest, town: Town, tmp_path: Path
) -> None:
    alert_id = town.approved()
    assert town.statuses(alert_id, "email") == {Status.QUEUED: 5}
    sign_in(town.app.test_client(), make_account("someone", Role.OPERATOR))
    db.session.remove()
    made = making.make(tmp_path / "copies")
    before = fingerprint_now()
    with another_machine(request, town.app, tmp_path / "new"):
        copy, settled = restoring.restore(made.path)
        assert copy.tables == before
        after = fingerprint_now()
        same = {name for name in before if before[name] == after[name]}
        assert before.keys() - same <= LATER | {name for name in before if "tall" in name or "fanout" in name}
        assert (settled.alerts, settled.sessions) == (1, 1)
        assert settled.messages >= 5
        assert not db.session.scalars(select(StaffSession).where(StaffSession.ended_at.is_(None))).all()
        assert db.session.scalars(select(Alert.state)).all() == [State.STOPPED]
        assert db.session.scalars(select(Transmission.stopped_at)).one() is not None
        assert audit.verify() == []
        assert schema.present() == schema.newest()
        there = Town(town.app)
        assert there.statuses(alert_id, "email") == {Status.SKIPPED: 5}


def test_what_is_here_is_replaced_on_demand_only_and_stays_under_another_name(
    request: pytest.FixtureRequest, town: Town, tmp_path: Path
) -> None:
    made = making.make(tmp_path / "copies")
    town.resident(99)
    with pytest.raises(Invalid, match="--replace"):
        restoring.restore(made.path)
    copy, _ = restoring.restore(made.path, replace=True)
    assert fingerprint_now()["subscribers"] == copy.tables["subscribers"]
    assert fingerprint_now()["subscribers"][0] == 5
    if db.engine.dialect.name == "sqlite":
        kept = [path for path in tmp_path.glob("disaster.sqlite.before_restore_*") if path.suffix not in ("", "x")]
        assert kept
        assert restoring.sqlite.look(kept[0])["subscribers"][0] == 6


class TestTryingOut:
    """A copy that could not be put back is found before it is needed."""

    @pytest.fixture
    def copy(self, app: Flask, tmp_path: Path) -> Path:
        make_account("honbu", Role.OPERATOR)
        return making.make(tmp_path / "copies").path

    def test_a_good_one_is_told_with_its_age(self, copy: Path) -> None:
        assert restoring.check(copy, within_hours=1).rows > 0
        assert making.newest(copy.parent) == copy

    def test_fifty_flipped_bytes_are_all_found(self, copy: Path) -> None:
        whole, chance, found = copy.read_bytes(), random.Random(28), 0
        for _ in range(50):
            wrong = bytearray(whole)
            at = chance.randrange(len(wrong))
            wrong[at] ^= chance.randint(1, 255)
            copy.write_bytes(wrong)
            try:
                restoring.check(copy)
            except (Damaged, WrongKey):
                found += 1
        assert found == 50

    def test_one_with_another_key_says_so(self, copy: Path, settings: Settings, tmp_path: Path) -> None:
        (tmp_path / "new").mkdir()
        other = Settings(data_dir=tmp_path / "new", secret_key="x", data_key="1" * 64, jma_feeds=False)
        with create_app(other).app_context(), pytest.raises(WrongKey, match="別のデータ鍵"):
            restoring.check(copy)

    def test_an_old_one_says_that_no_new_ones_are_made(self, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        later = clock.now() + timedelta(hours=40)
        monkeypatch.setattr(clock, "now", lambda: later)
        with pytest.raises(Invalid, match="控えが作られていません"):
            restoring.check(copy, within_hours=26)

    def test_one_of_a_newer_program_is_refused(self, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(schema, "known", lambda revision: False)
        with pytest.raises(Invalid, match="新しいプログラム"):
            restoring.check(copy)

    def test_it_is_readable_by_nobody_else_and_holds_no_data_key(self, copy: Path) -> None:
        assert copy.stat().st_mode & 0o077 == 0
        with restoring.opened(copy) as found:
            assert "data_key" not in found.files
            assert audit.HEAD_FILE in found.files


def test_old_copies_go_and_the_newest_stay(tmp_path: Path) -> None:
    for day in range(1, 6):
        (tmp_path / f"disaster-2026110{day}T000000Z.backup").touch()
    making.prune(tmp_path, 2)
    assert [path.name[:17] for path in sorted(tmp_path.iterdir())] == ["disaster-20261104", "disaster-20261105"]


def test_the_command_line_makes_tries_out_and_puts_back(app: Flask, tmp_path: Path) -> None:
    make_account("honbu", Role.OPERATOR)
    db.session.remove()
    run = app.test_cli_runner().invoke
    told = json.loads(run(cli.backup, [str(tmp_path / "copies"), "--keep", "3", "--json"]).stdout)
    assert told["rows"] > 0
    checked = run(cli.restore, [str(tmp_path / "copies"), "--check", "--within-hours", "1", "--json"])
    assert json.loads(checked.stdout)["ok"] is True
    refused = run(cli.restore, [told["file"]])
    assert (refused.exit_code, "--replace" in refused.output) == (1, True)
    upkeep.beat("worker-1")
    db.session.remove()
    running = run(cli.restore, [told["file"], "--replace"])
    assert "サービスを止めて" in running.output
    with transaction() as session:
        session.execute(delete(WorkerBeat))
    done = run(cli.restore, [told["file"], "--replace"])
    assert done.exit_code == 0, done.output
    assert "配信0件" in done.output
