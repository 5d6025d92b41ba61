"""The second factor: each code once for each purpose, recovery codes once at all, guesses slowed down."""

from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from disaster.core import clock
from disaster.core.errors import Forbidden, Invalid
from disaster.staff import accounts, second_factor
from disaster.staff.permissions import Role
from disaster.staff.throttle import TooMany
from tests.fakes.staff import code, make_account


def test_a_code_counts_once_for_each_purpose(app_on_any_database: Flask) -> None:
    person = make_account("shonin", Role.APPROVER)
    with time_machine.travel(clock.now(), tick=False):
        shown = code(person)
        second_factor.fresh(person.id, shown, purpose="sign-in")
        second_factor.fresh(person.id, shown)  # approving within the same 30 seconds
        for purpose in ("sign-in", "approval"):
            with pytest.raises(Invalid, match="もう使われました"):
                second_factor.fresh(person.id, shown, purpose=purpose)


@pytest.mark.parametrize(("steps", "good"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_off(app: Flask, steps: int, good: bool) -> None:
    person = make_account("shonin", Role.APPROVER)
    with time_machine.travel(clock.now(), tick=False):
        if good:
            second_factor.fresh(person.id, code(person, steps))
        else:
            with pytest.raises(Invalid, match="違います"):
                second_factor.fresh(person.id, code(person, steps))


@pytest.mark.parametrize("typed", ["{} {}", " {}-{} ", "{}　{}"])
def test_a_code_may_be_typed_with_spaces_or_full_width(app: Flask, typed: str) -> None:
    person = make_account("shonin", Role.APPROVER)
    shown = code(person)
    second_factor.fresh(person.id, typed.format(shown[:3], shown[3:]))
    wide = shown.translate({ord(str(n)): chr(0xFF10 + n) for n in range(10)})
    second_factor.fresh(person.id, wide, purpose="account")
    with pytest.raises(Invalid, match="もう使われました"):  # each of them was taken as the code that it is
        second_factor.fresh(person.id, shown, purpose="account")


@pytest.mark.parametrize("typed", ["", " ", "000", "abcdef", "1" * 500, "'; DROP TABLE accounts; --", "１２\x00３"])
def test_nonsense_is_refused_in_words(app: Flask, typed: str) -> None:
    person = make_account("shonin", Role.APPROVER)
    with pytest.raises(Invalid) as refused:
        second_factor.fresh(person.id, typed)
    assert refused.value.fields.keys() == {"code"}


def test_nobody_without_a_second_factor_is_let_through(app: Flask) -> None:
    person = accounts.add("new", "新しい人", [Role.APPROVER], actor="cli")
    for number in (person.id, 999):
        with pytest.raises(Forbidden):
            second_factor.fresh(number, "123456")


def test_another_persons_code_and_recovery_code_are_wrong(app: Flask) -> None:
    one, two = make_account("one", Role.APPROVER), make_account("two", Role.APPROVER)
    spare = accounts.new_recovery_codes(two.id)[0]
    for typed in (code(two), spare):
        with pytest.raises(Invalid):
            second_factor.fresh(one.id, typed)


def test_guesses_are_slowed_down_and_the_right_code_waits_too(app: Flask) -> None:
    person = make_account("shonin", Role.APPROVER)
    for _ in range(5):
        with pytest.raises(Invalid):
            second_factor.fresh(person.id, "000000")
    with pytest.raises(TooMany, match="秒待って"):
        second_factor.fresh(person.id, code(person))
    with time_machine.travel(clock.now() + timedelta(seconds=6)):
        second_factor.fresh(person.id, code(person))


def test_recovery_codes_are_used_up_one_by_one(app: Flask) -> None:
    person = make_account("shonin", Role.APPROVER)
    codes = accounts.new_recovery_codes(person.id)
    assert len(set(codes)) == second_factor.RECOVERY_CODES
    second_factor.fresh(person.id, codes[3])
    assert second_factor.recovery_codes_left(person.id) == 9
    with pytest.raises(Invalid):
        second_factor.fresh(person.id, codes[3], purpose="sign-in")
    accounts.new_recovery_codes(person.id)
    with pytest.raises(Invalid):
        second_factor.fresh(person.id, codes[4])
