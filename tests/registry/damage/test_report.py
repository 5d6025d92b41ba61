"""The counts of 規則 別表第一, from approved judgements and the register of people."""

import pytest
from flask import Flask

from disaster.core.extensions import db
from disaster.incidents import running
from disaster.staff.permissions import Role
from registry.damage import report
from registry.damage.grades import Grade
from registry.damage.report import Line, line_of
from registry.damage.vocabulary import Flood
from tests.registry.damage.cases import case
from tests.registry.views.people_desk import officer


@pytest.mark.parametrize(
    ("grade", "flood", "line"),
    [(Grade.TOTAL, Flood.ABOVE, Line.TOTAL), (Grade.LARGE_HALF, Flood.NONE, Line.HALF), (Grade.MIDDLE_HALF, Flood.ABOVE, Line.HALF),
     (Grade.HALF, Flood.BELOW, Line.HALF), (Grade.NEAR_HALF, Flood.ABOVE, Line.ABOVE), (Grade.PART, Flood.ABOVE, Line.ABOVE),
     (Grade.PART, Flood.BELOW, Line.BELOW), (Grade.NEAR_HALF, Flood.NONE, Line.PART), (Grade.PART, Flood.NONE, Line.PART)],
)  # fmt: skip
def test_where_a_dwelling_counts(grade: Grade, flood: Flood, line: Line) -> None:
    assert line_of(grade, flood) is line


def test_buildings_households_and_people(app: Flask) -> None:
    case("h1", "山田 一", "山田 二", "山田 三").approved("55")
    here = case("h2", "鈴木 一", "鈴木 二")
    here.approved("25")
    case("h3", "田中 一", dwelling=here.dwelling, tenure="tenant")  # two households in one building
    case("h4", "伊藤 一", "伊藤 二").approved("12", flood="above", flood_cm="60")
    case("h5", "加藤 一").judged("80")  # nobody approved it yet
    found = report.counted(db.session(), running.running())
    rows = {line: (row.buildings, row.households, row.people) for line, row in found.dwellings.items()}
    assert rows == {
        Line.TOTAL: (1, 1, 3),
        Line.HALF: (1, 2, 3),
        Line.PART: (0, 0, 0),
        Line.ABOVE: (1, 1, 2),
        Line.BELOW: (0, 0, 0),
    }
    assert (found.struck_households, found.struck_people, found.not_approved) == (4, 8, 1)
    assert ("り災", "り災人員", 8, "人") in found.lines()


def test_the_last_judgement_counts_and_not_the_first(app: Flask) -> None:
    here = case()
    here.issued("25")
    here.again("55")
    found = report.counted(db.session(), running.running())
    assert (found.dwellings[Line.TOTAL].buildings, found.dwellings[Line.HALF].buildings) == (1, 0)


def test_who_sees_counts_only_sees_no_small_ones_on_the_page_and_in_the_file(app: Flask) -> None:
    lines = [
        ("人的被害", "死者", 1, "人"),
        ("人的被害", "軽傷者", 9, "人"),
        ("住家被害（全壊）", "人員", 3, "人"),
        ("住家被害（半壊）", "人員", 20, "人"),
        ("住家被害（床上浸水）", "人員", 8, "人"),
        ("り災", "り災人員", 31, "人"),
    ]
    assert [number for _, _, number, _ in report.without_small(lines)] == [None, 9, None, 20, None, 31]
    case("h1", "山田 太郎").issued()
    for role, whole in ((Role.INQUIRY, False), (Role.REGISTRY, True)):
        who = officer(app, role)
        for path in ("/registry/certificates/report", "/registry/certificates/report.csv"):
            text = who.get(path)
            assert ("5未満・非表示" in text) != whole, (role, path)
