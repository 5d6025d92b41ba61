"""A day's report: prefilled, in versions, with a reason where it differs from the register."""

from datetime import date, datetime, timedelta

import pytest

from disaster.core import clock
from disaster.core.errors import Invalid, Missing, Stale
from disaster.core.extensions import db
from disaster.shelters import directory
from disaster.shelters.desk import reports
from disaster.shelters.desk.report_form import FIGURES

COUNTED = {"people": 42, "male": 20, "female": 22}
TYPED = {"n_people": "42", "n_male": "20", "n_female": "22", "n_fever": "３", "s_power": "ok", "s_overall": "b"}


def today() -> date:
    return clock.jst(clock.now()).date()


def send(shelter: int, typed: dict[str, str], seen: int = 0, day: date | None = None) -> int:
    return reports.submit(shelter, day or today(), typed, COUNTED, seen=seen, actor="account:1")


def test_a_report_that_agrees_is_sent_as_it_is(kanda: int) -> None:
    assert send(kanda, {**TYPED, "remarks": "山田さんの薬がない"}) == 1
    report = reports.latest(kanda)
    assert report is not None
    assert report.figures["people"] == {"value": 42, "counted": 42, "reason": ""}
    assert report.figures["fever"] == {"value": 3, "counted": None, "reason": ""}
    assert (report.states, report.remarks) == ({"power": "ok", "overall": "b"}, "山田さんの薬がない")
    raw = db.session.connection().exec_driver_sql("SELECT remarks FROM daily_reports").scalar_one()
    assert "山田".encode() not in raw


def test_another_number_needs_a_reason_and_keeps_both(kanda: int) -> None:
    with pytest.raises(Invalid) as refused:
        send(kanda, {**TYPED, "n_people": "45", "n_male": "x"})
    assert "登録では42人です" in refused.value.fields["n_people"]
    assert set(refused.value.fields) == {"n_people", "n_male"}
    send(kanda, {**TYPED, "n_people": "45", "why_people": "seen"})
    report = reports.latest(kanda)
    assert report is not None
    assert report.figures["people"] == {"value": 45, "counted": 42, "reason": "seen"}


def test_a_correction_is_a_new_version_and_the_old_one_stays(kanda: int) -> None:
    send(kanda, TYPED)
    assert send(kanda, {**TYPED, "n_fever": "4"}, seen=1) == 2
    with pytest.raises(Stale):
        send(kanda, TYPED, seen=1)
    assert [(r.version, r.figures["fever"]["value"]) for r in reports.versions(kanda)] == [(2, 4), (1, 3)]
    first = reports.one(kanda, today(), 1)
    assert first is not None
    assert first.figures["fever"]["value"] == 3


def test_blank_is_unknown_and_not_zero(kanda: int) -> None:
    send(kanda, {**TYPED, "n_cough": "", "n_stomach": "0"})
    report = reports.latest(kanda)
    assert report is not None
    assert "cough" not in report.figures
    assert report.figures["stomach"]["value"] == 0


@pytest.mark.parametrize("number", ["-1", "1.5", "１２３４５６７８９０", "多数", "²", "100001"])
def test_what_is_no_number_is_told_at_its_field(kanda: int, number: str) -> None:
    with pytest.raises(Invalid) as refused:
        send(kanda, {**TYPED, "n_fever": number})
    assert "発熱は0から" in refused.value.fields["n_fever"]


@pytest.mark.parametrize("days", [-1, 8])
def test_not_for_tomorrow_nor_long_ago(kanda: int, days: int) -> None:
    with pytest.raises(Invalid, match="7日前まで"):
        send(kanda, TYPED, day=today() - timedelta(days=days))


def test_an_unknown_shelter_is_missing(kanda: int) -> None:
    with pytest.raises(Missing):
        send(9999, TYPED)


def test_keys_are_used_once() -> None:
    assert len(FIGURES) == 25


class TestLate:
    """Which shelters owe a report."""

    def at(self, hour: int, day: int = 23) -> datetime:
        return datetime(2026, 11, day, hour, 0, tzinfo=clock.JST)

    def owe(self, kanda: int, opened: datetime, now: datetime, reported: date | None) -> bool:
        shelters = directory.by_ids([kanda])
        shelters[0].state.opened_at = opened
        known = {kanda: (reported, now)} if reported else {}
        found = reports.late(shelters, now, known)
        db.session.rollback()
        return found == {kanda}

    @pytest.mark.parametrize(
        ("opened", "now", "reported", "late"),
        [
            (8, 16, None, False),  # not due before the evening
            (8, 18, None, True),
            (8, 18, 23, False),
            (15, 18, None, False),  # opened shortly before it was due
            (8, 18, 22, True),
        ],
    )
    def test_from_five_in_the_evening(
        self, kanda: int, opened: int, now: int, reported: int | None, late: bool
    ) -> None:
        day = date(2026, 11, reported) if reported else None
        assert self.owe(kanda, self.at(opened), self.at(now), day) is late

    def test_in_the_morning_yesterdays_is_asked_for(self, kanda: int) -> None:
        assert self.owe(kanda, self.at(8, 22), self.at(9), None)
        assert not self.owe(kanda, self.at(8, 22), self.at(9), date(2026, 11, 22))
