"""The same telegrams give the same answer in every order."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from disaster.bulletins.history import Report, in_order, replay

START = datetime(2026, 8, 1, 9, 0, tzinfo=UTC)


def _report(
    number: int,
    step: int | None,
    *,
    minutes: int | None = None,
    info: str = "発表",
    kind: str = "VPWW56",
    event: str = "",
) -> Report:
    at = START + timedelta(minutes=number if minutes is None else minutes)
    return Report(number, kind, info, event, at, step, f"{step}")


def test_an_event_runs_from_the_first_step_at_the_threshold_to_the_report_that_ends_it() -> None:
    outlook = replay([_report(n, step) for n, step in enumerate([2, 3, 4, 4, 3, 2])], 3)
    assert outlook is not None
    assert outlook.event is not None
    assert (outlook.event.start.id, outlook.event.peak, outlook.event.end and outlook.event.end.id) == (1, 4, 5)


def test_rising_again_after_the_end_is_another_event() -> None:
    outlook = replay([_report(n, step) for n, step in enumerate([3, None, 3])], 3)
    assert outlook is not None
    assert outlook.event is not None
    assert (outlook.event.start.id, outlook.event.end) == (2, None)


def test_the_time_since_when_a_step_holds_is_that_of_its_first_report() -> None:
    outlook = replay([_report(n, step) for n, step in enumerate([2, 4, 4, 4])], 3)
    assert outlook is not None
    assert outlook.since == START + timedelta(minutes=1)


def test_a_correction_replaces_what_has_the_same_event_and_time() -> None:
    wrong, right = _report(1, 4, minutes=5), _report(2, 2, minutes=5, info="訂正")
    assert in_order([wrong, right]) == [right]
    assert in_order([right, wrong]) == [right]


def test_a_withdrawal_takes_the_telegram_of_its_time_away() -> None:
    first, second = _report(1, 3, minutes=1), _report(2, 4, minutes=5)
    assert in_order([first, second, _report(3, None, minutes=5, info="取消")]) == [first]


def test_a_withdrawal_of_another_time_takes_the_latest_away() -> None:
    first, second = _report(1, 3, minutes=1), _report(2, 4, minutes=5)
    assert in_order([first, second, _report(3, None, minutes=9, info="取消")]) == [first]


def test_a_withdrawn_earthquake_is_withdrawn_in_whole() -> None:
    shocks = [_report(n, 2, kind="VXSE53", event="e") for n in (1, 2)]
    assert in_order([*shocks, _report(3, None, minutes=60, kind="VXSE53", event="e", info="取消")]) == []
    assert replay([*shocks, _report(3, None, minutes=60, kind="VXSE53", event="e", info="取消")], 1) is None


@given(
    steps=st.lists(st.one_of(st.none(), st.integers(2, 5)), min_size=1, max_size=8),
    infos=st.lists(st.sampled_from(["発表", "発表", "発表", "訂正", "取消"]), min_size=8, max_size=8),
    shuffled=st.randoms(use_true_random=False),
)
def test_any_order_of_arrival_gives_the_same_outlook(
    steps: list[int | None], infos: list[str], shuffled: object
) -> None:
    reports = [_report(n, step, info=infos[n]) for n, step in enumerate(steps)]
    other = list(reports)
    shuffled.shuffle(other)  # type: ignore[attr-defined]
    assert replay(other, 3) == replay(reports, 3)
