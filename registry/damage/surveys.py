"""Surveys of buildings: planned by area and route, judged once by whoever looked, approved in bulk by somebody else."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Missing, Stale
from disaster.core.extensions import db
from disaster.core.text import clean_text
from registry.damage.grades import Grade, grade_of
from registry.damage.moving import move
from registry.damage.vocabulary import SURVEY_MOVES, Flood, Method, Round, State, SurveyState
from registry.models.certificates import DamageApplication, Survey
from registry.models.damage import Dwelling

UNDER_WAY = (SurveyState.PLANNED, SurveyState.SURVEYING, SurveyState.JUDGED)
_WITHOUT_RATIO = "損害割合を入力してください（例：23、23.5）。"


@dataclass(frozen=True, slots=True)
class Finding:
    """What surveyors found, as typed: ``ratio`` in percent with at most two decimals, ``flood_cm`` blank where there was no water."""

    ratio: str
    method: str
    flood: str = "none"
    flood_cm: str = ""
    surveyors: tuple[int, ...] = ()
    day: str = ""
    remarks: str = ""


def plan(session: Session, dwelling: Dwelling, kind: Round, *, actor: str) -> Survey:
    """The survey of a building that is under way, or a new one, in the caller's transaction; two at once make one (unique index)."""
    audit.in_a_row(session)
    standing = select(Survey).where(Survey.dwelling_id == dwelling.id, Survey.state.in_(UNDER_WAY))
    if (present := session.scalar(standing.order_by(Survey.id).limit(1))) is not None:
        return present
    numbers = select(func.max(Survey.round_number)).where(
        Survey.dwelling_id == dwelling.id, Survey.round == kind, Survey.state != SurveyState.CANCELLED
    )
    last = session.scalar(numbers) or 0
    if last and kind is not Round.AGAIN:
        kind, last = Round.AGAIN, _last_again(session, dwelling.id)
    fresh = Survey(
        incident_id=dwelling.incident_id, dwelling_id=dwelling.id, round=kind, round_number=last + 1, state=SurveyState.PLANNED,
        surveyors=[], created_at=clock.now(), created_by=actor,
    )  # fmt: skip
    session.add(fresh)
    session.flush()
    audit.record(session, "survey.planned", actor=actor, subject=f"survey:{fresh.id}", detail={"round": str(kind)})
    return fresh


def start(survey_id: int, *, seen: int, actor: str) -> None:
    """Go there: the survey and the applications that wait for it are under way.

    Raises:
        Missing, Stale, Invalid.
    """
    with transaction() as session:
        row = found(session, survey_id)
        _step(session, row, SurveyState.SURVEYING, seen=seen)
        for application in _waiting(session, row.dwelling_id, (State.WAITING,)):
            move(session, application, State.SURVEYING, actor=actor)
        audit.record(session, "survey.started", actor=actor, subject=f"survey:{row.id}")


def judge(survey_id: int, finding: Finding, *, seen: int, actor: str) -> Grade:
    """Write the finding down, once; the grade follows from the ratio (lower bounds inclusive).

    Raises:
        Missing, Stale
        Invalid: the fields that are wrong, or the survey was judged already.
    """
    values = _read(finding)
    ratio = values["ratio"]
    assert isinstance(ratio, int)
    grade = graded(ratio)
    with transaction() as session:
        row = found(session, survey_id)
        _step(
            session, row, SurveyState.JUDGED, seen=seen, grade=grade, judged_at=clock.now(), judged_by=actor, **values
        )
        waiting = (
            State.WAITING,
            State.SURVEYING,
            State.ISSUED,
        )  # issued: the neighbour in the same house gets the new grade as well
        for application in _waiting(session, row.dwelling_id, waiting):
            move(session, application, State.JUDGED, actor=actor)
        detail = {"grade": str(grade), "ratio": ratio}
        audit.record(session, "survey.judged", actor=actor, subject=f"survey:{row.id}", detail=detail)
    return grade


def cancel(survey_id: int, reason: str, *, seen: int, actor: str) -> None:
    """Take a survey back that was not approved: its findings stay as they are, a new survey of the same round is planned.

    Raises:
        Missing, Stale, Invalid.
    """
    reason = clean_text(reason, field="reason", label="取り消す理由", limit=300)
    if not reason:
        raise Invalid("取り消す理由を書いてください。", {"reason": "取り消す理由を書いてください。"})
    with transaction() as session:
        row = found(session, survey_id)
        _step(session, row, SurveyState.CANCELLED, seen=seen)
        dwelling = session.get_one(Dwelling, row.dwelling_id)
        for application in _waiting(session, row.dwelling_id, (State.SURVEYING, State.JUDGED)):
            move(session, application, State.WAITING, actor=actor, note=reason)
        plan(session, dwelling, row.round, actor=actor)
        audit.record(session, "survey.cancelled", actor=actor, subject=f"survey:{row.id}")


def approve(survey_ids: Sequence[int], *, account_id: int, actor: str) -> tuple[list[int], dict[int, str]]:
    """Approve judgements in bulk; those done, and why each of the others was not. Whoever surveyed or judged approves nothing of it."""
    done: list[int] = []
    refused: dict[int, str] = {}
    with transaction() as session:
        audit.in_a_row(session)
        for survey_id in dict.fromkeys(survey_ids):
            row = session.get(Survey, survey_id, populate_existing=True)
            if row is None or row.state is not SurveyState.JUDGED:
                refused[survey_id] = "もう承認されているか、取り消されています。"
            elif row.judged_by == actor or account_id in row.surveyors:
                refused[survey_id] = "自分が調査・判定したものは承認できません。ほかの人に頼んでください。"
            else:
                _step(session, row, SurveyState.APPROVED, seen=row.version, approved_at=clock.now(), approved_by=actor)
                done.append(survey_id)
        if done:
            audit.record(session, "survey.approved", actor=actor, subject="survey:", detail={"surveys": done})
    return done, refused


def approved_of(session: Session, dwelling_id: str) -> Survey | None:
    """The judgement that stands for a building: the one that was approved last."""
    query = select(Survey).where(Survey.dwelling_id == dwelling_id, Survey.state == SurveyState.APPROVED)
    return session.scalar(query.order_by(Survey.id.desc()).limit(1))


def of_dwelling(dwelling_id: str) -> list[Survey]:
    """Every survey of a building, oldest first."""
    return list(db.session.scalars(select(Survey).where(Survey.dwelling_id == dwelling_id).order_by(Survey.id)))


def listed(
    incident: int | None, states: Sequence[SurveyState], area_code: str = "", *, known: ColumnElement[bool]
) -> list[tuple[Survey, Dwelling]]:
    """Surveys with their buildings in the order of a walk: area, then address; of the buildings that are ``known`` to who asks."""
    query = (
        select(Survey, Dwelling)
        .join(Dwelling, Dwelling.id == Survey.dwelling_id)
        .where(Survey.incident_id == incident, Survey.state.in_(states), known)
    )
    if area_code:
        query = query.where(Dwelling.area_code == area_code)
    rows = db.session.execute(query.order_by(Dwelling.area_code, Dwelling.address, Survey.id)).all()
    return sorted(((s, d) for s, d in rows), key=lambda pair: (pair[1].area_code, _by_number(pair[1].address)))


def found(session: Session, survey_id: int) -> Survey:
    """The survey as it is now.

    Raises:
        Missing
    """
    row = session.get(Survey, survey_id, populate_existing=True)
    if row is None:
        raise Missing("この調査はありません。")
    return row


def _step(session: Session, row: Survey, to: SurveyState, *, seen: int, **values: object) -> None:
    if to not in SURVEY_MOVES[row.state]:
        raise Invalid(
            f"この調査は「{row.state.ja}」です。「{to.ja}」にはできません。直すときは、取り消して、もう一度調査してください。"
        )
    changed = session.execute(
        update(Survey)
        .where(Survey.id == row.id, Survey.version == seen, Survey.state == row.state)
        .values(state=to, version=seen + 1, **values)
        .execution_options(synchronize_session=False)
        .returning(Survey.id)
    ).one_or_none()
    if changed is None:
        raise Stale("この調査は、ほかの人が先に進めました。いまの状態を確かめてください。")
    session.refresh(row)


def _waiting(session: Session, dwelling_id: str, states: Sequence[State]) -> list[DamageApplication]:
    query = select(DamageApplication).where(
        DamageApplication.dwelling_id == dwelling_id, DamageApplication.state.in_(states)
    )
    return list(session.scalars(query.order_by(DamageApplication.id).execution_options(populate_existing=True)))


def _last_again(session: Session, dwelling_id: str) -> int:
    query = select(func.max(Survey.round_number)).where(
        Survey.dwelling_id == dwelling_id, Survey.round == Round.AGAIN, Survey.state != SurveyState.CANCELLED
    )
    return session.scalar(query) or 0


def _read(finding: Finding) -> dict[str, object]:
    wrong: dict[str, str] = {}
    ratio = hundredths(finding.ratio)
    if ratio is None:
        wrong["ratio"] = f"損害割合は0から100までの数で、小数は2けたまでです。{_WITHOUT_RATIO}"
    if finding.method not in list(Method):
        wrong["method"] = "調査の方法を選んでください。"
    if finding.flood not in list(Flood):
        wrong["flood"] = "浸水の有無を選んでください。"
    depth = _whole(finding.flood_cm)
    if depth == -1 or (depth or 0) > 2000:
        wrong["flood_cm"] = "浸水の深さは、センチメートルの整数で入力してください（2000まで）。"
    day = _day(finding.day)
    if day is None:
        wrong["day"] = "調査した日を選んでください（先の日にはできません）。"
    if not finding.surveyors:
        wrong["surveyors"] = "調査した人を選んでください。"
    remarks = clean_text(finding.remarks, field="remarks", label="調査のメモ", limit=2000)
    if wrong:
        raise Invalid("入力に直すところがあります。", wrong)
    return {
        "ratio": ratio,
        "method": Method(finding.method),
        "flood": Flood(finding.flood),
        "flood_cm": depth,
        "surveyors": list(finding.surveyors),
        "surveyed_on": day,
        "remarks": remarks or None,
    }  # fmt: skip


def graded(ratio: int) -> Grade:
    """The grade of a ratio in hundredths of a percent."""
    return grade_of(Decimal(ratio) / 100)


def hundredths(typed: str) -> int | None:
    """A ratio in percent as typed (full-width digits, a sign of percent), in hundredths of a percent; None for what is none of 0 to 100."""
    text = unicodedata.normalize("NFKC", typed).strip().rstrip("%").strip()
    try:
        value = Decimal(text) * 100 if text.replace(".", "", 1).isdecimal() and len(text) <= 6 else None
    except InvalidOperation:
        return None
    return int(value) if value is not None and value == int(value) and 0 <= value <= 10_000 else None


def _whole(typed: str) -> int | None:
    """A whole number, None for a blank, -1 for what is none."""
    text = unicodedata.normalize("NFKC", typed).strip()
    if not text:
        return None
    return int(text) if text.isdecimal() and len(text) <= 6 else -1


def _day(typed: str) -> date | None:
    today = clock.jst(clock.now()).date()
    if not typed:
        return today
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return None
    return day if date(2000, 1, 1) <= day <= today else None


def _by_number(address: str) -> list[tuple[int, str]]:
    """Addresses in the order of their numbers: 山田2 before 山田10."""
    plain = unicodedata.normalize("NFKC", address)
    parts: list[tuple[int, str]] = []
    digits = ""
    for letter in plain + " ":
        if letter.isdecimal() and letter.isascii():
            digits += letter
            continue
        if digits:
            parts.append((int(digits[:9]), ""))
            digits = ""
        parts.append((-1, letter))
    return parts
