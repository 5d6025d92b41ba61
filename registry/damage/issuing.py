"""A certificate is made from what an approved survey found, once, whoever presses; it is never changed, and void only with a reason."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from disaster.core import audit, birthdates, clock
from disaster.core.db import transaction
from disaster.core.errors import DomainError, Invalid, Missing, Stale
from disaster.core.municipality import municipality
from disaster.core.text import clean_text
from disaster.incidents.models import Incident
from registry.damage import members, numbers
from registry.damage.applying import found
from registry.damage.current import current
from registry.damage.given import Given, opened
from registry.damage.grades import Grade
from registry.damage.moving import move
from registry.damage.surveys import approved_of
from registry.damage.vocabulary import Flood, Kind, State
from registry.models.certificates import Certificate, CertificateChange, DamageApplication, Survey
from registry.models.damage import Dwelling
from registry.models.ledger import AffectedHousehold

NOT_APPROVED = "調査の判定がまだ承認されていません。"
SOMEBODY_WAS_FASTER = "この証明書は、ほかの人が先に交付しました。"


class Lower(Invalid):
    """The new grade is below the one on the paper that stands; it takes a decision with a reason."""


def issue(application_id: str, *, actor: str, lower_because: str = "") -> int:
    """Make the paper (or its next version); the certificate's id. ``lower_because`` is the reason for a grade below the one that stands.

    Raises:
        Missing
        Invalid: it is not that far. Lower: the grade falls and no reason is given.
        Stale: somebody issued it at the same moment.
    """
    lower_because = clean_text(lower_because, field="lower", label="判定が下がることの理由", limit=500)
    try:
        with transaction() as session:
            audit.in_a_row(session)
            return _issue(session, found(session, application_id), actor, lower_because).id
    except IntegrityError:
        raise Stale(SOMEBODY_WAS_FASTER) from None


def issue_many(application_ids: Sequence[str], *, actor: str) -> tuple[list[int], dict[str, str]]:
    """Issue in bulk, each in a transaction of its own; the certificates made, and why each of the others was not. Falling grades are left for a decision."""
    done: list[int] = []
    refused: dict[str, str] = {}
    for application_id in dict.fromkeys(application_ids):
        try:
            done.append(issue(application_id, actor=actor))
        except DomainError as error:
            refused[application_id] = error.message
    return done, refused


def void(certificate_id: int, reason: str, *, actor: str) -> None:
    """Declare a paper void; what it said stays. The application waits for the next version.

    Raises:
        Missing, Stale (it is void already), Invalid (``reason``).
    """
    reason = clean_text(reason, field="reason", label="無効にする理由", limit=500)
    if not reason:
        raise Invalid("無効にする理由を書いてください。", {"reason": "無効にする理由を書いてください。"})
    with transaction() as session:
        audit.in_a_row(session)
        row = session.get(Certificate, certificate_id, populate_existing=True)
        if row is None:
            raise Missing("この証明書はありません。")
        changed = session.execute(
            update(Certificate)
            .where(Certificate.id == certificate_id, Certificate.void_at.is_(None))
            .values(void_at=clock.now(), void_by=actor, void_reason=reason)
            .execution_options(synchronize_session=False)
            .returning(Certificate.id)
        ).one_or_none()
        if changed is None:
            raise Stale("この証明書は、ほかの人が先に無効にしました。")
        application = found(session, row.application_id)
        if application.state is State.ISSUED:
            move(session, application, State.JUDGED, actor=actor)
        _changed(session, row, "void", row.grade)
        audit.record(session, "certificate.void", actor=actor, subject=f"certificate:{certificate_id}")


def blocked(session: Session, application_id: str) -> str:
    """Why the paper of an application that was judged cannot be made in bulk: not approved yet, or the grade falls; empty where it can."""
    row = found(session, application_id)
    if row.kind is not Kind.DWELLING:
        return ""
    survey = approved_of(session, row.dwelling_id) if row.dwelling_id else None
    if survey is None or _unapproved(session, survey):
        return NOT_APPROVED
    before = standing(session, row.id)
    if before is not None and _falls(before, survey):
        return f"前の証明書（{before.damage}）より軽くなります。1件ずつ、理由を書いて交付してください。"
    return ""


def standing(session: Session, application_id: str) -> Certificate | None:
    """The version of an application's paper that stands."""
    query = select(Certificate).where(Certificate.application_id == application_id, Certificate.void_at.is_(None))
    return session.scalar(query.order_by(Certificate.version.desc()).limit(1))


def versions(session: Session, application_id: str) -> list[Certificate]:
    """Every version, oldest first."""
    query = select(Certificate).where(Certificate.application_id == application_id)
    return list(session.scalars(query.order_by(Certificate.version)))


def _issue(session: Session, row: DamageApplication, actor: str, lower_because: str) -> Certificate:
    survey = approved_of(session, row.dwelling_id) if row.dwelling_id and row.kind is Kind.DWELLING else None
    if row.state is not State.JUDGED:
        raise Invalid(f"この申請は「{row.state.ja}」です。証明書は、判定のあとに交付できます。")
    if row.kind is Kind.DWELLING and (survey is None or _unapproved(session, survey)):
        raise Invalid(NOT_APPROVED)
    before = standing(session, row.id)
    if before is not None and _falls(before, survey) and not lower_because:
        said = f"前の証明書の「{before.damage}」より軽い「{_damage(row.kind, survey, None)}」になります。交付するには、理由を書いて、1件ずつ交付してください。"
        raise Lower(said, {"lower": said})
    standing_grade = None
    if row.household_id and (last := current(session, row.household_id)):
        standing_grade = last.grade
    fresh = _frozen(session, row, survey, actor)
    session.add(fresh)
    session.flush()
    move(session, row, State.ISSUED, actor=actor, note=lower_because)
    _changed(session, fresh, "issued", standing_grade)
    detail = {
        "number": fresh.number,
        "version": fresh.version,
        "grade": str(fresh.grade or ""),
        "lower": bool(lower_because),
    }
    audit.record(session, "certificate.issued", actor=actor, subject=f"certificate:{fresh.id}", detail=detail)
    return fresh


def _unapproved(session: Session, survey: Survey) -> bool:
    """Whether a newer survey of the building was judged and nobody has approved it yet."""
    query = select(Survey.id).where(
        Survey.dwelling_id == survey.dwelling_id, Survey.id > survey.id, Survey.state == "judged"
    )
    return session.scalar(query.limit(1)) is not None


def _falls(before: Certificate, survey: Survey | None) -> bool:
    if before.grade is None or survey is None or survey.grade is None:
        return False
    return survey.grade.from_percent < before.grade.from_percent


def _frozen(session: Session, row: DamageApplication, survey: Survey | None, actor: str) -> Certificate:
    """The six required items and the rest, as text of this moment."""
    household = session.get(AffectedHousehold, row.household_id) if row.household_id else None
    dwelling = session.get(Dwelling, row.dwelling_id) if row.dwelling_id else None
    incident = session.get_one(Incident, row.incident_id)
    given = opened(row.given)
    people = members.of(session, household.id) if household else []
    head = next((one.name for one in people if one.head), "") or given.head or given.name
    place = f"{dwelling.address}　{dwelling.building}".strip() if dwelling else row.place
    at = clock.now()
    last = versions(session, row.id)
    return Certificate(
        incident_id=row.incident_id, application_id=row.id, household_id=row.household_id, dwelling_id=row.dwelling_id,
        survey_id=survey.id if survey else None, kind=row.kind, version=len(last) + 1,
        number=last[0].number if last else _next_number(session, incident),
        head_address=(household.address if household else "") or given.address, head_name=head,
        cause=cause(incident), place=place, damage=_damage(row.kind, survey, dwelling), grade=survey.grade if survey else None,
        extra=json.dumps(_extra(given, people, survey, dwelling), ensure_ascii=False), issuer=issuer(),
        issued_on=clock.jst(at).date(), issued_at=at, issued_by=actor,
    )  # fmt: skip


def cause(incident: Incident) -> str:
    """罹災原因 with its day, as papers state it: ``令和8年11月28日の台風第10号による``."""
    day = birthdates.in_era(clock.jst(incident.occurred_at).date())
    return f"{day}の{incident.cause}による" if incident.cause else f"{day}の災害による"


def issuer() -> str:
    """Who certifies: the mayor, by office and, where the profile has it, by name."""
    town = municipality()
    return f"{town.name}長　{town.mayor}".rstrip("　")


def _damage(kind: Kind, survey: Survey | None, dwelling: Dwelling | None) -> str:
    if kind is Kind.DWELLING:
        assert survey is not None
        assert survey.grade is not None
        return survey.grade.ja
    return f"{(dwelling.use if dwelling else '') or '建物・物件'}に被害があったとの届出"


def _extra(
    given: Given, people: list[members.Named], survey: Survey | None, dwelling: Dwelling | None
) -> dict[str, Any]:
    lines: list[list[str]] = []
    if survey is not None:
        if survey.flood is not Flood.NONE:
            lines.append(["浸水区分", survey.flood.ja])
        name = survey.round.ja + (f"（{survey.round_number}回目）" if survey.round_number > 1 else "")
        day = f"（{birthdates.in_era(survey.surveyed_on)}）" if survey.surveyed_on else ""
        lines.append(["被害認定の方法", f"{name}{day}"])
    if dwelling is not None and dwelling.structure:
        lines.append(["建物の構造", dwelling.structure])
    if given.relation == "agent":
        lines.append(["申請者（代理）", given.name])
    return {"members": [[one.name, one.relation or ("世帯主" if one.head else "")] for one in people], "lines": lines}


def _next_number(session: Session, incident: Incident) -> str:
    from_one = select(func.count()).where(Certificate.incident_id == incident.id, Certificate.version == 1)
    running = (session.scalar(from_one) or 0) + 1
    return numbers.certificate(incident.id, clock.jst(incident.occurred_at).year, running)


def _changed(session: Session, row: Certificate, what: str, before: Grade | None) -> None:
    after = current(session, row.household_id) if row.household_id else None
    session.add(
        CertificateChange(
            incident_id=row.incident_id,
            certificate_id=row.id,
            household_id=row.household_id,
            what=what,
            grade_before=before,
            grade_after=after.grade if after else None,
            at=clock.now(),
        )
    )
