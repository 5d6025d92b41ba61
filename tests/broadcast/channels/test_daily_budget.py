"""How many posts are left today, and for whom."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcast.channels.daily_budget import DAY, DailyBudget


class Clock:
    """Seconds that pass when a test says so."""

    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def budget(tmp_path: Path, clock: Clock) -> DailyBudget:
    return DailyBudget(tmp_path / "posts.json", per_day=5, reserve=2, clock=clock)


def test_the_last_posts_are_kept_for_levels_4_and_5(budget: DailyBudget) -> None:
    for _ in range(3):
        assert budget.refusal(urgent=False) == ""
        budget.posted()
    assert budget.refusal(urgent=False)
    assert budget.refusal(urgent=True) == ""


def test_a_day_later_there_is_room_again(budget: DailyBudget, clock: Clock) -> None:
    for _ in range(5):
        budget.posted()
    assert budget.left() == 0
    clock.now += DAY
    assert budget.left() == 5


def test_another_process_and_a_restart_know_what_was_posted(budget: DailyBudget, clock: Clock) -> None:
    budget.posted()
    assert DailyBudget(budget.path, 5, 2, clock).left() == 4


def test_what_the_provider_says_counts_where_it_is_less_and_until_its_reset(budget: DailyBudget, clock: Clock) -> None:
    budget.told(1, clock.now + 3600)
    assert budget.left() == 1
    clock.now += 3600
    assert budget.left() == 5
    budget.told(400, clock.now + 3600)
    assert budget.left() == 5


def test_a_reset_in_the_far_future_is_not_believed(budget: DailyBudget, clock: Clock) -> None:
    budget.told(0, clock.now + 10 * DAY)
    clock.now += DAY
    assert budget.left() == 5


def test_a_clock_that_was_set_back_does_not_count_posts_of_the_future(budget: DailyBudget, clock: Clock) -> None:
    budget.posted()
    clock.now -= 3600
    assert budget.left() == 5


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"posted": 3}', '{"posted": ["x"], "left": 1, "reset": 0}', "null"]
)
def test_a_damaged_file_keeps_nothing_back(budget: DailyBudget, content: str) -> None:
    budget.path.write_text(content)
    assert budget.left() == 5
    budget.posted()
    assert json.loads(budget.path.read_text())["posted"]


def test_where_nothing_can_be_written_the_process_remembers(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "file").write_text("")
    budget = DailyBudget(tmp_path / "file" / "posts.json", 5, 2, clock)
    budget.posted()
    assert budget.left() == 4


@given(st.integers(1, 100), st.integers(0, 200), st.integers(0, 120))
def test_level_5_is_never_kept_back_and_the_reserve_is_never_spent_on_notices(
    tmp_path_factory: pytest.TempPathFactory, per_day: int, reserve: int, posted: int
) -> None:
    clock = Clock()
    budget = DailyBudget(tmp_path_factory.mktemp("posts") / "posts.json", per_day, reserve, clock)
    budget.told(max(0, per_day - posted), clock.now + DAY)
    assert budget.refusal(urgent=True) == ""
    if budget.refusal(urgent=False) == "":
        assert budget.left() > min(reserve, per_day)
