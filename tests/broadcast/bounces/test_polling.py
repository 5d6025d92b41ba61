"""The worker's look into the mailbox: what it finds goes into the ledger, what keeps it from looking is noted."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from pydantic import SecretStr
from sqlalchemy import select

from broadcast.bounces import polling
from broadcast.models.delivery import Delivery, Status
from broadcast.models.health import ChannelHealth
from broadcast.sending.reference import maker
from disaster.core.db import transaction
from disaster.core.errors import Busy
from disaster.core.extensions import db
from tests import dovecot
from tests.broadcast.bounces.letters import letter
from tests.broadcast.town import Town
from tests.dovecot import DovecotServer


@pytest.fixture
def imap() -> Iterator[DovecotServer]:
    if not dovecot.PROGRAM:
        pytest.skip("Dovecot is not installed (Debian: dovecot-imapd)")
    server = DovecotServer()
    server.start()
    yield server
    server.stop()


def sent(town: Town, people: int) -> list[Delivery]:
    for number in range(1, people + 1):
        town.resident(number)
    town.approved()
    town.send_everything()
    return list(db.session.scalars(select(Delivery).where(Delivery.channel == "email").order_by(Delivery.id)))


def set_up(app: Flask, **values: object) -> None:
    config = app.extensions["disaster.settings"]
    app.extensions["disaster.settings"] = config.model_copy(update=values)


def statuses() -> list[int]:
    db.session.rollback()
    rows = select(Delivery.status).where(Delivery.channel == "email").order_by(Delivery.id)
    return list(db.session.scalars(rows))


def health() -> ChannelHealth:
    return db.session.get_one(ChannelHealth, polling.HEALTH, populate_existing=True)


def test_without_a_mailbox_nothing_is_looked_at(town: Town) -> None:
    assert polling.poll() == 0
    assert db.session.get(ChannelHealth, polling.HEALTH) is None


def test_what_came_back_by_imap_stands_in_the_ledger(town: Town, imap: DovecotServer) -> None:
    people = sent(town, 3)
    set_up(
        town.app,
        bounce_imap_host="127.0.0.1",
        bounce_imap_port=imap.port,
        bounce_imap_user=dovecot.USER,
        bounce_imap_password=SecretStr(dovecot.PASSWORD),
        bounce_imap_ca_file=imap.authority,
    )
    imap.deliver(letter("postfix_user_unknown", maker()(people[0].id)), "1.a")
    imap.deliver(letter("postfix_delay", maker()(people[1].id)), "2.b")
    imap.deliver(letter("vacation", maker()(people[2].id)), "3.c")
    assert polling.poll() == 3
    assert statuses() == [Status.UNDELIVERABLE, Status.ACCEPTED, Status.ACCEPTED]
    assert imap.letters() == []
    assert health().last_success_at
    assert polling.poll() == 0


def test_what_came_back_into_a_folder_stands_in_the_ledger(town: Town, tmp_path: Path) -> None:
    people = sent(town, 2)
    folder = tmp_path / "Maildir"
    for name in ("new", "cur", "tmp"):
        (folder / name).mkdir(parents=True)
    (folder / "new/1.a").write_bytes(letter("docomo_plain", maker()(people[1].id)))
    set_up(town.app, bounce_maildir=folder)
    assert polling.poll() == 1
    assert statuses() == [Status.ACCEPTED, Status.UNDELIVERABLE]


def test_a_database_that_is_held_leaves_the_letter_where_it_is(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    [person] = sent(town, 1)
    folder = tmp_path / "Maildir"
    for name in ("new", "cur", "tmp"):
        (folder / name).mkdir(parents=True)
    (folder / "new/1.a").write_bytes(letter("postfix_user_unknown", maker()(person.id)))
    set_up(town.app, bounce_maildir=folder)

    def busy(*_: object) -> bool:
        raise Busy

    with monkeypatch.context() as held:
        held.setattr("broadcast.bounces.intake.receipts.apply", busy)
        with pytest.raises(Busy):
            polling.poll()
    assert (folder / "new/1.a").exists()
    assert polling.poll() == 1
    assert statuses() == [Status.UNDELIVERABLE]


def test_a_mailbox_that_cannot_be_read_is_noted_and_forgotten_when_it_can(town: Town, tmp_path: Path) -> None:
    set_up(town.app, bounce_maildir=tmp_path / "nothing-here")
    assert polling.poll() == 0
    since = health().down_since
    assert since
    assert "Maildir" in health().cause
    assert polling.poll() == 0
    assert health().down_since == since
    for name in ("new", "cur", "tmp"):
        (tmp_path / "nothing-here" / name).mkdir(parents=True)
    polling.poll()
    assert health().down_since is None
    with transaction() as session:
        assert session.get_one(ChannelHealth, polling.HEALTH).cause == ""
