"""Whatever happens to an application, every paper that was issued and every survey that was judged stays what it was, to the letter."""

from contextlib import suppress
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from disaster.core.errors import DomainError
from disaster.core.extensions import db
from registry.damage import issuing, surveys
from registry.damage.vocabulary import SurveyState
from registry.models.certificates import Certificate, Survey
from tests.registry.damage.cases import CHIEF, OFFICER, Case, case

VOID = {"void_at", "void_by", "void_reason"}
WAY = {"state", "version", "approved_at", "approved_by"}
STEPS = st.one_of(
    st.tuples(st.just("again"), st.integers(0, 10_000)),
    st.sampled_from([("issue", 0), ("issue lower", 0), ("void", 0), ("cancel", 0)]),
)


def _step(here: Case, what: str, ratio: int) -> None:
    """One thing that an officer does; what is refused changes nothing."""
    with suppress(DomainError):
        if what == "again":
            here.again(f"{ratio / 100:.2f}")
        elif what == "cancel":
            survey = db.session.scalars(select(Survey).order_by(Survey.id.desc())).first()
            assert survey is not None
            surveys.cancel(survey.id, "取り違え", seen=survey.version, actor=CHIEF)
        elif what == "void":
            issuing.void(issuing.versions(db.session(), here.application)[-1].id, "氏名の誤り", actor=OFFICER)
        else:
            issuing.issue(here.application, actor=OFFICER, lower_because="本部で決定" if what == "issue lower" else "")


def _papers() -> list[dict[str, Any]]:
    """Every paper but for its being void."""
    rows = db.session.scalars(select(Certificate).order_by(Certificate.id))
    return [
        {one.key: getattr(row, one.key) for one in Certificate.__table__.columns if one.key not in VOID} for row in rows
    ]


def _surveys() -> dict[int, dict[str, Any]]:
    rows = db.session.scalars(select(Survey).where(Survey.state.not_in([SurveyState.PLANNED, SurveyState.CANCELLED])))
    return {
        row.id: {one.key: getattr(row, one.key) for one in Survey.__table__.columns if one.key not in WAY}
        for row in rows
    }


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=1, max_size=6))
def test_no_history_changes_what_was_issued_or_judged(app: Flask, steps: list[tuple[str, int]]) -> None:
    here = case(f"h{db.session.scalar(select(func.count()).select_from(Certificate))}")
    here.issued("25")
    for what, ratio in steps:
        issued, judged = _papers(), _surveys()
        voids = {row.id for row in db.session.scalars(select(Certificate)) if row.void_at}
        _step(here, what, ratio)
        db.session.expire_all()
        assert _papers()[: len(issued)] == issued
        assert judged.items() <= _surveys().items()
        assert voids <= {row.id for row in db.session.scalars(select(Certificate)) if row.void_at}
    versions = [row.version for row in issuing.versions(db.session(), here.application)]
    assert versions == list(range(1, len(versions) + 1))
