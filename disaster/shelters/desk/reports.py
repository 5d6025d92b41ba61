"""The day's report (日報) of a shelter: prefilled, sent in versions, never changed; which shelters are late."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Stale
from disaster.core.extensions import db
from disaster.core.text import clean_text
from disaster.incidents import running
from disaster.shelters.desk.conditions import check_shelter
from disaster.shelters.desk.models import DailyReport
from disaster.shelters.desk.numbers import gathered, whole
from disaster.shelters.desk.report_form import FIGURES, QUESTIONS, REASONS
from disaster.shelters.models import Shelter
from disaster.shelters.vocabulary import Opening

DUE = time(17, 0)  # JST; before the evening meeting of the headquarters
SETTLING = timedelta(hours=3)  # who opened just before that is not late yet
OLDEST = timedelta(days=7)
_STALE = "この日の日報は、ほかの人が先に出しました。新しい版を確かめて、もう一度出してください。"


def submit(
    shelter_id: int, day: date, typed: Mapping[str, str], counted: Mapping[str, int], *, seen: int, actor: str
) -> int:
    """Send a version; its number, from 1. ``typed`` holds ``n_<key>``, ``was_<key>`` (what the register said when the form was shown),
    ``why_<key>``, ``s_<key>`` and ``remarks``, ``counted`` what the register says at this moment, by key; ``seen`` is the version that was
    on the screen, 0 for none.

    Raises:
        Invalid (fields; a number that differs from the register needs a reason), Missing, Stale.
    """
    today = clock.jst(clock.now()).date()
    if not today - OLDEST <= day <= today:
        raise Invalid("日報の日付は、きょうから7日前までです。", {"day": "日報の日付は、きょうから7日前までです。"})
    figures, states = _figures(typed, counted), _states(typed)
    remarks = clean_text(typed.get("remarks", ""), field="remarks", label="連絡事項", limit=2000)
    try:
        with transaction() as session:
            check_shelter(session, shelter_id)
            incident = running.ensure(session, actor=actor)
            mine = (DailyReport.shelter_id == shelter_id) & (DailyReport.incident_id == incident)
            newest = session.scalar(select(func.max(DailyReport.version)).where(mine, DailyReport.day == day)) or 0
            if newest != seen:
                raise Stale(_STALE)
            report = DailyReport(shelter_id=shelter_id, incident_id=incident, day=day, version=newest + 1)
            report.figures, report.states, report.remarks = figures, states, remarks or None
            report.at, report.by = clock.now(), actor
            session.add(report)
            session.flush()
            detail = {"day": day.isoformat(), "version": newest + 1}
            audit.record(session, "shelter.report", actor=actor, subject=f"shelter:{shelter_id}", detail=detail)
    except IntegrityError:  # two at the same instant
        raise Stale(_STALE) from None
    return newest + 1


def _figures(typed: Mapping[str, str], counted: Mapping[str, int]) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    errors: list[Invalid] = []
    for key, figure in FIGURES.items():
        try:
            value = whole(typed.get(f"n_{key}", ""), field=f"n_{key}", label=figure.label)
        except Invalid as error:
            errors.append(error)
            continue
        known, why = counted.get(key), typed.get(f"why_{key}", "")
        value = known if value is None else value
        as_shown = str(value) == typed.get(f"was_{key}")  # people arrive while the form is open
        differs = known is not None and value != known and not as_shown
        if differs and why not in REASONS:
            sentence = f"{figure.label}は、登録では{known:,}{figure.unit}です。違う数にする理由を選んでください。"
            errors.append(Invalid(sentence, {f"n_{key}": sentence}))
        if value is not None or known is not None:
            figures[key] = {"value": value, "counted": known, "reason": why if differs else ""}
    gathered(errors)
    return figures


def _states(typed: Mapping[str, str]) -> dict[str, str]:
    """Answers that were tapped; nothing stands for what nobody looked at."""
    found = {question.key: typed.get(f"s_{question.key}", "") for question in QUESTIONS}
    return {question.key: found[question.key] for question in QUESTIONS if found[question.key] in question.answers}


def latest(shelter_id: int, day: date | None = None) -> DailyReport | None:
    """The newest version of a day, or of the newest day; of the running disaster."""
    query = select(DailyReport).where(
        DailyReport.shelter_id == shelter_id, DailyReport.incident_id == running.running()
    )
    if day is not None:
        query = query.where(DailyReport.day == day)
    return db.session.scalar(query.order_by(DailyReport.day.desc(), DailyReport.version.desc()).limit(1))


def versions(shelter_id: int) -> list[DailyReport]:
    """All versions of all days of the running disaster, newest first."""
    query = select(DailyReport).where(
        DailyReport.shelter_id == shelter_id, DailyReport.incident_id == running.running()
    )
    return list(db.session.scalars(query.order_by(DailyReport.day.desc(), DailyReport.version.desc())))


def one(shelter_id: int, day: date, version: int) -> DailyReport | None:
    """One version of the running disaster."""
    return next((r for r in versions(shelter_id) if (r.day, r.version) == (day, version)), None)


def last_times() -> dict[int, tuple[date, datetime]]:
    """By shelter: the newest day that was reported, and when its newest version was sent."""
    newest = (
        select(DailyReport.shelter_id, func.max(DailyReport.day).label("day"))
        .where(DailyReport.incident_id == running.running())
        .group_by(DailyReport.shelter_id)
        .subquery()
    )
    rows = db.session.execute(
        select(DailyReport.shelter_id, DailyReport.day, func.max(DailyReport.at))
        .join(newest, (newest.c.shelter_id == DailyReport.shelter_id) & (newest.c.day == DailyReport.day))
        .where(DailyReport.incident_id == running.running())
        .group_by(DailyReport.shelter_id, DailyReport.day)
    )
    return {shelter: (day, at) for shelter, day, at in rows}


def due_day(now: datetime) -> date:
    """The day whose report should be here: today from the hour on at which it is due, before that yesterday."""
    local = clock.jst(now)
    return local.date() if local.time() >= DUE else local.date() - timedelta(days=1)


def late(shelters: Iterable[Shelter], now: datetime, reported: Mapping[int, tuple[date, datetime]]) -> set[int]:
    """Which of the open shelters owe a report; one that opened shortly before it was due owes none for that day."""
    day = due_day(now)
    due = datetime.combine(day, DUE, clock.JST)
    return {
        shelter.id
        for shelter in shelters
        if shelter.state.opening == Opening.OPEN
        and shelter.state.opened_at is not None
        and shelter.state.opened_at <= due - SETTLING
        and (shelter.id not in reported or reported[shelter.id][0] < day)
    }
