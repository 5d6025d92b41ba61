"""My Number: off unless configured, sealed with a key of its own, each act in a log of its own."""

import pytest
from flask import Flask
from pydantic import SecretStr, ValidationError
from sqlalchemy import select, text, true, update

from disaster.core import audit
from disaster.core.db import transaction
from disaster.core.errors import Forbidden, Invalid, Missing, Stale
from disaster.core.extensions import db
from disaster.core.sealed import SealBroken
from disaster.core.settings import Settings
from registry.items import values
from registry.items.coverage import coverage
from registry.items.values import State
from registry.models.my_number import MyNumber, MyNumberLog
from registry.my_number import vault
from tests.registry.ledger.town import OFFICER, in_the_ledger

NUMBER = "123456789018"
KEY = "5" * 64


@pytest.fixture
def in_use(app: Flask) -> Flask:
    """An installation that uses My Number."""
    config: Settings = app.extensions["disaster.settings"]
    app.extensions["disaster.settings"] = config.model_copy(update={"my_number_key": SecretStr(KEY)})
    return app


def test_it_is_off_where_nobody_set_a_key(app: Flask) -> None:
    victim = in_the_ledger()
    for act in (
        lambda: vault.enter(victim.id, NUMBER, "支援金", actor=OFFICER),
        lambda: vault.show(victim.id, "支援金", actor=OFFICER),
    ):
        with pytest.raises(Forbidden, match="使っていません"):
            act()
    assert vault.held([victim.id]) == set()


@pytest.mark.parametrize("key", ["short", "g" * 64, "0" * 64])
def test_a_key_that_is_none_or_the_data_key_is_refused(key: str) -> None:
    with pytest.raises(ValidationError):
        Settings(data_key="0" * 64, my_number_key=key)


class TestActs:
    def test_entered_shown_removed(self, in_use: Flask) -> None:
        victim = in_the_ledger()
        vault.enter(victim.id, "1234-5678-9018", "被災者生活再建支援金の支給", actor=OFFICER)
        assert vault.held([victim.id]) == {victim.id}
        assert vault.show(victim.id, "支給の審査", actor="account:2") == NUMBER
        vault.remove(victim.id, "支給が終わったため", actor=OFFICER)
        with pytest.raises(Missing):
            vault.show(victim.id, "もう一度", actor=OFFICER)
        assert [(e.action, e.actor, e.purpose) for e in vault.log(victim.id)] == [
            ("removed", OFFICER, "支給が終わったため"),
            ("shown", "account:2", "支給の審査"),
            ("entered", OFFICER, "被災者生活再建支援金の支給"),
        ]

    def test_a_purpose_is_always_named(self, in_use: Flask) -> None:
        victim = in_the_ledger()
        with pytest.raises(Invalid, match="利用する事務"):
            vault.enter(victim.id, NUMBER, " ", actor=OFFICER)
        assert vault.log(victim.id) == []

    def test_nobody_has_two_and_no_number_two_people(self, in_use: Flask) -> None:
        first, second = in_the_ledger(), in_the_ledger(given="次郎")
        vault.enter(first.id, NUMBER, "支援金", actor=OFFICER)
        with pytest.raises(Stale):
            vault.enter(first.id, NUMBER, "支援金", actor=OFFICER)
        with pytest.raises(Invalid, match="ほかの人に"):
            vault.enter(second.id, NUMBER, "支援金", actor=OFFICER)

    def test_of_nobody(self, in_use: Flask) -> None:
        with pytest.raises(Missing):
            vault.enter("nobody", NUMBER, "支援金", actor=OFFICER)


class TestAtRest:
    def test_the_number_stands_in_no_table_and_no_log(self, in_use: Flask) -> None:
        victim = in_the_ledger()
        vault.enter(victim.id, NUMBER, "支援金", actor=OFFICER)
        vault.show(victim.id, "支援金", actor=OFFICER)
        tables = db.session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")).all()
        rows = "".join(str(db.session.execute(text(f'SELECT * FROM "{table}"')).all()) for table in tables)
        assert NUMBER not in rows

    def test_it_opens_for_its_person_only(self, in_use: Flask) -> None:
        first, second = in_the_ledger(), in_the_ledger(given="次郎")
        vault.enter(first.id, NUMBER, "支援金", actor=OFFICER)
        with transaction() as session:
            session.execute(update(MyNumber).values(victim_id=second.id))
        with pytest.raises(SealBroken):
            vault.show(second.id, "支援金", actor=OFFICER)

    def test_the_data_key_opens_nothing(self, in_use: Flask) -> None:
        from disaster.core import sealed

        victim = in_the_ledger()
        vault.enter(victim.id, NUMBER, "支援金", actor=OFFICER)
        value = db.session.scalars(select(MyNumber.value)).one()
        with pytest.raises(SealBroken):
            sealed.unseal(bytes(value), "seal")

    def test_a_log_that_was_changed_shows_where(self, in_use: Flask) -> None:
        victim = in_the_ledger()
        vault.enter(victim.id, NUMBER, "支援金", actor=OFFICER)
        vault.show(victim.id, "のぞき見", actor="account:9")
        vault.remove(victim.id, "終了", actor=OFFICER)
        assert vault.broken() is None
        with transaction() as session:
            session.execute(update(MyNumberLog).where(MyNumberLog.id == 2).values(purpose="審査"))
        assert vault.broken() == 2


def test_the_ledger_says_that_it_is_held_and_nothing_else(in_use: Flask) -> None:
    victim = in_the_ledger()
    filled = {one.item.code: one for one in values.of_victim(db.session, victim)}["R6"]
    assert filled.state == State.EMPTY
    vault.enter(victim.id, NUMBER, "支援金", actor=OFFICER)
    filled = {one.item.code: one for one in values.of_victim(db.session, victim)}["R6"]
    assert filled.state == State.FILLED
    assert NUMBER not in str(filled)
    number, rows = coverage(db.session, victim.incident_id, true())
    assert [(row.filled, row.empty) for row in rows if row.item.code == "R6"] == [(1, 0)]
    assert number == 1


def test_the_audit_log_says_that_something_was_done_without_the_purpose(in_use: Flask) -> None:
    victim = in_the_ledger()
    vault.enter(victim.id, NUMBER, "支援金", actor=OFFICER)
    entry = db.session.scalars(select(audit.AuditEntry).where(audit.AuditEntry.action == "my_number.entered")).one()
    assert (entry.subject, entry.detail) == (f"victim:{victim.id}", "{}")
