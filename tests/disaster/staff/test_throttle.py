"""Guesses: counted before they are looked at, slowed for one account from one address."""

import contextlib
import threading
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from disaster.core import clock
from disaster.core.errors import Busy
from disaster.core.extensions import db
from disaster.staff import throttle
from disaster.staff.models import Throttle


def _guess(app: Flask, subject: str = "login:honbu", address: str = "192.0.2.1") -> str:
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        return throttle.guess(subject)


def test_the_wait_doubles_up_to_a_quarter_of_an_hour(app: Flask) -> None:
    waits = []
    now = clock.now()
    for _ in range(15):
        with time_machine.travel(now, tick=False):
            _guess(app)
        db.session.rollback()
        blocked = db.session.scalars(select(Throttle.blocked_until)).one()
        waits.append(int((blocked - now).total_seconds()))
        now = max(blocked, now)
    assert waits == [0, 0, 0, 0, 5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900]


def test_a_refused_guess_does_not_prolong_the_wait(app: Flask) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        for _ in range(5):
            _guess(app)
        for _ in range(20):
            with pytest.raises(throttle.TooMany):
                _guess(app)
        traveller.shift(timedelta(seconds=5.1))
        _guess(app)


def test_other_addresses_and_other_accounts_are_not_held_up(app: Flask) -> None:
    for _ in range(5):
        _guess(app)
    _guess(app, address="192.0.2.2")
    _guess(app, subject="login:shonin")
    with pytest.raises(throttle.TooMany):
        _guess(app)


def test_one_holder_of_an_ipv6_network_is_one_address(app: Flask) -> None:
    for number in range(5):
        _guess(app, address=f"2001:db8:1:2::{number + 1:x}")
    with pytest.raises(throttle.TooMany):
        _guess(app, address="2001:db8:1:2:ffff::9")
    _guess(app, address="2001:db8:1:3::1")


def test_failures_are_forgotten_after_a_day(app: Flask) -> None:
    for _ in range(5):
        _guess(app)
    with time_machine.travel(clock.now() + timedelta(hours=25)):
        _guess(app)
        assert db.session.scalars(select(Throttle.failures)).one() == 1


def test_neither_login_names_nor_addresses_are_stored(app: Flask) -> None:
    _guess(app, subject="login:canary-password", address="198.51.100.77")
    row = db.session.scalars(select(Throttle)).one()
    assert len(row.key) == 64
    assert not {"canary-password", "198.51.100.77"} & {str(value) for value in vars(row).values()}


def test_guesses_at_the_same_moment_all_count(app_on_any_database: Flask) -> None:
    let_through, start = [], threading.Barrier(8)

    def attack() -> None:
        start.wait()
        for _ in range(5):
            with app_on_any_database.app_context(), contextlib.suppress(throttle.TooMany, Busy):
                let_through.append(_guess(app_on_any_database))

    attackers = [threading.Thread(target=attack) for _ in range(8)]
    for attacker in attackers:
        attacker.start()
    for attacker in attackers:
        attacker.join()
    assert throttle.FREE - 1 <= len(let_through) <= throttle.FREE + 1  # one more only where 5 seconds went by
