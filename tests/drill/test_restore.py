"""The restore drill: nothing is sent again from a copy, and the drill sees it where the file is simply put back."""

import pytest

from tests.drill.running import drill

pytestmark = pytest.mark.timeout(300)


def test_a_restored_machine_has_every_row_and_sends_nothing_again() -> None:
    found, done = drill("restore", "--people", "400", "--flips", "20")
    assert done.returncode == 0, done.stderr[-3000:]
    assert (found["equal"], found["resent"], found["detected"]) == (True, 0, 20)
    assert found["seconds"] < 600


def test_it_sees_a_database_that_is_put_back_as_a_file() -> None:
    found, done = drill("restore", "--people", "400", "--flips", "1", "--naive")
    assert done.returncode == 1
    assert found["resent"] > 0
