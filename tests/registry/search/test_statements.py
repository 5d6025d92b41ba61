"""The questions that the index is asked are read in an index and never row by row, however many share a name."""

import pytest
from flask import Flask
from sqlalchemy import text

from disaster.core.extensions import db
from registry.search import statements
from registry.search.statements import Shape

FAMILY, GIVEN = ((0,),), ((1,),)


def plan(shape: Shape, *, births: int = 0, few: bool = True, areas: bool = False, one_subject: bool = False) -> str:
    values = statements.nobody(shape, births, areas=areas)
    statement = statements.entries(shape, births, few, areas, one_subject).params(**values)  # type: ignore[attr-defined]
    compiled = statement.compile(db.engine, compile_kwargs={"literal_binds": True})
    return " ".join(
        row.detail for row in db.session.execute(text(f"EXPLAIN QUERY PLAN {compiled}".replace(":", r"\:")))
    )


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        ({"shape": FAMILY}, "reading (family_reading=?)"),
        ({"shape": FAMILY, "births": 1}, "birth (birth_date>? AND birth_date<?)"),
        ({"shape": GIVEN, "births": 1, "areas": True}, "birth (birth_date>? AND birth_date<?)"),
        (
            {"shape": GIVEN, "births": 1, "few": False},
            "given_reading (given_reading=? AND birth_date>? AND birth_date<?)",
        ),
        ({"shape": FAMILY, "areas": True}, "area (area_code=? AND family_reading=?)"),
        ({"shape": ((0, 1),), "one_subject": True}, "reading (family_reading=? AND given_reading=?)"),
        ({"shape": GIVEN, "one_subject": True}, "given_reading (given_reading=?)"),
    ],
)
def test_what_leaves_the_fewest_leads_to_the_index(app: Flask, asked: dict, index: str) -> None:
    assert f"USING INDEX ix_search_entries_{index}" in plan(**asked)


def test_no_usual_question_reads_the_whole_table(app: Flask) -> None:
    for shape in {*statements.ONE, *statements.TWO, *statements.PARTED, *statements.MIXED}:
        for births, few in ((0, True), (1, True), (1, False)):
            assert "SCAN search_entries" not in plan(shape, births=births, few=few)
