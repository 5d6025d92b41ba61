"""The drill of three days without a network: nothing is lost, doubled or merged in silence, and the drill sees it where it would be."""

import pytest

from tests.drill.running import drill

pytestmark = pytest.mark.timeout(300)


def test_nothing_is_lost_doubled_or_merged_in_silence() -> None:
    found, done = drill("offline", "--events", "600", "--tablets", "4")
    assert done.returncode == 0, done.stderr[-3000:]
    assert found["events"] >= 600
    assert (found["lost"], found["doubled"], found["silently_merged"]) == (0, 0, 0)


def test_it_sees_what_a_server_does_that_matches_names_and_believes_clocks() -> None:
    found, done = drill("offline", "--events", "600", "--tablets", "4", "--naive")
    assert done.returncode == 1
    assert all(found[name] > 0 for name in ("lost", "doubled", "silently_merged"))
