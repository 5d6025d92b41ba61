"""One case through the office: told, applied, examined, decided, paid. Every step is a compare-and-set and stays in the case's history."""

from collections.abc import Collection

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from disaster.core import audit, clock, sealed
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Missing, Stale
from disaster.core.text import clean_line
from disaster.incidents.models import Incident
from registry.aid import payments
from registry.aid.amounts import amount
from registry.aid.finding import facts_of
from registry.aid.measures import measures
from registry.aid.programmes import Choice, Circumstance
from registry.aid.states import MOVES, NEEDS_REASON, OPEN_ENDED, UNDECIDED, CaseState
from registry.models.aid import AidCase, AidEvent, AidReview
from registry.models.certificates import Certificate

FASTER = "この案件は、ほかの人が先に進めました。いまの内容を確かめてから、もう一度操作してください。"
NO_AMOUNT = "支給する額が決まっていません。額を入力してください。"
OUTCOMES = {"keep": "支給した額のままにする", "pay_more": "差額を支給する", "return": "返還を求める"}


def move(
    case_id: int, wanted: CaseState, *, seen: int, actor: str, note: str = "", paid_on: str = "", account: str = ""
) -> None:
    """Take a case one step on.

    ``account``: where the money goes, with the application. ``paid_on``: the day of payment, today where it is empty.

    Raises:
        Missing, Stale
        Invalid: no such step from here, a reason or an amount is missing, the day is none.
    """
    note = clean_line(note, field="note", label="理由", limit=400)
    account = clean_line(account, field="account", label="振込先", limit=200)
    with transaction() as session:
        case = _held(session, case_id, seen)
        if wanted not in MOVES[case.state]:
            raise Invalid(f"「{case.state.ja}」から「{wanted.ja}」には進められません。")
        back = case.state == CaseState.DECIDED and wanted == CaseState.EXAMINING
        if (wanted in NEEDS_REASON or back or case.state == CaseState.EXCLUDED) and not note:
            raise Invalid("理由を入力してください。", {"note": "理由を入力してください。"})
        if wanted == CaseState.DECIDED and case.due is None:
            raise Invalid(NO_AMOUNT, {"yen": NO_AMOUNT})
        if wanted == CaseState.PAID:
            if case.due:
                payments.add(session, case, case.due, payments.day(paid_on), note, actor=actor)
            else:
                case.paid_yen, case.paid_on = case.due, payments.day(paid_on)
        if wanted == CaseState.RETURNED and case.paid_yen:
            payments.add(session, case, -case.paid_yen, payments.day(paid_on), note, actor=actor)
        if wanted == CaseState.INFORMED:
            case.informed_at = clock.now()
        if account:
            case.account, case.account_digest = account, sealed.digest(_plain(account), "aid-account")
        case.state = wanted
        _changed(session, case, actor, note)
        detail = {"state": str(wanted)}
        audit.record(session, "aid.moved", actor=actor, subject=f"aid:{case.id}", detail=detail)


def say(case_id: int, circumstances: Collection[str], choices: Collection[str], *, seen: int, actor: str) -> None:
    """Note what the household says (pulled down, builds or repairs …); the amount follows while nothing is decided.

    Raises:
        Missing, Stale, Invalid
    """
    try:
        words = sorted({Circumstance(word) for word in circumstances})
        chosen = sorted({Choice(word) for word in choices if word})
    except ValueError as error:
        raise Invalid("選べないものが入っています。もう一度選んでください。") from error
    with transaction() as session:
        case = _held(session, case_id, seen)
        _undecided(case)
        case.circumstances, case.choices = list(words), list(chosen)
        incident = session.get(Incident, case.incident_id)
        measure = measures(session, incident)[case.programme] if incident else None
        if measure:
            paper = session.get(Certificate, case.certificate_id) if case.certificate_id else None
            case.yen = amount(measure.programme, facts_of(case, paper, case.size or 1)).yen
        _changed(session, case, actor, "")
        audit.record(session, "aid.said", actor=actor, subject=f"aid:{case.id}")


def set_amount(case_id: int, yen: int | None, reason: str, *, seen: int, actor: str) -> None:
    """Set the amount by hand, with a reason; None goes back to what is computed.

    Raises:
        Missing, Stale, Invalid
    """
    reason = clean_line(reason, field="reason", label="理由", limit=200, required=yen is not None)
    if yen is not None and not 0 <= yen <= 1_000_000_000:
        raise Invalid("金額は0円から10億円までです。", {"yen": "金額は0円から10億円までです。"})
    with transaction() as session:
        case = _held(session, case_id, seen)
        _undecided(case)
        case.yen_by_hand, case.hand_reason = yen, reason
        _changed(session, case, actor, reason)
        audit.record(session, "aid.amount", actor=actor, subject=f"aid:{case.id}", detail={"by_hand": yen is not None})


def pay_difference(case_id: int, yen: int | None, why: str, *, seen: int, actor: str, paid_on: str = "") -> None:
    """Record that (some of) the difference after a review was paid, or came back; what was paid before stays as it is.

    Raises:
        Missing, Stale, Invalid
    """
    why = clean_line(why, field="why", label="理由", limit=400, required=True)
    with transaction() as session:
        case = _held(session, case_id, seen)
        payments.difference(session, case, yen, payments.day(paid_on), why, actor=actor)


def close_review(review_id: int, outcome: str, note: str, *, actor: str, yen: int | None = None) -> None:
    """Say what follows from a new certificate for a case that was decided or paid. What was paid stays; a difference becomes open.

    ``yen``: what the case comes to in all, where it is not what the review computed.

    Raises:
        Missing, Stale, Invalid
    """
    note = clean_line(note, field="note", label="理由", limit=400, required=True)
    if outcome not in OUTCOMES:
        raise Invalid("どうするかを選んでください。", {"outcome": "どうするかを選んでください。"})
    with transaction() as session:
        row = session.get(AidReview, review_id)
        if row is None:
            raise Missing
        open_now = (AidReview.id == review_id) & AidReview.closed_at.is_(None)
        values = {"closed_at": clock.now(), "closed_by": actor, "outcome": outcome, "note": note}
        if (
            session.execute(update(AidReview).where(open_now).values(**values).returning(AidReview.id)).one_or_none()
            is None
        ):
            raise Stale("この見直しは、ほかの人が先に決めました。")
        if outcome != "keep":
            _comes_to(session, row, outcome, yen, note)
        detail = {"review": review_id, "outcome": outcome}
        audit.record(session, "aid.reviewed", actor=actor, subject=f"aid:{row.case_id}", detail=detail)


def _comes_to(session: Session, review: AidReview, outcome: str, yen: int | None, note: str) -> None:
    """The case comes to another amount in all, by the new certificate or by hand."""
    case = _held(session, review.case_id, session.get_one(AidCase, review.case_id).version)
    wanted = review.yen_after if yen is None else yen
    if wanted is None:
        raise Invalid(NO_AMOUNT, {"yen": NO_AMOUNT})
    before = case.paid_yen if case.paid_yen is not None else case.due or 0
    if (wanted > before) != (outcome == "pay_more") or wanted == before:
        more = "多く" if outcome == "pay_more" else "少なく"
        message = f"全部で支給する額は、いままでの {before:,}円より{more}なければなりません。"
        raise Invalid(message, {"yen": message})
    by_hand = wanted != review.yen_after
    case.yen, case.yen_by_hand = review.yen_after, wanted if by_hand else None
    case.hand_reason = note[:200] if by_hand else ""
    if review.certificate_id is not None:
        paper = session.get_one(Certificate, review.certificate_id)
        case.certificate_id, case.grade = paper.id, paper.grade


def history(session: Session, case_id: int) -> list[AidEvent]:
    """The steps of a case, oldest first."""
    return list(session.scalars(select(AidEvent).where(AidEvent.case_id == case_id).order_by(AidEvent.id)))


def _held(session: Session, case_id: int, seen: int) -> AidCase:
    """The case, taken at the version that was on the screen."""
    if session.get(AidCase, case_id) is None:
        raise Missing
    mine = (AidCase.id == case_id) & (AidCase.version == seen)
    taken = update(AidCase).where(mine).values(version=seen + 1, changed_at=clock.now()).returning(AidCase.id)
    if session.execute(taken).one_or_none() is None:
        raise Stale(FASTER)
    session.expire_all()
    case = session.get(AidCase, case_id)
    if case is None:
        raise Missing
    return case


def _undecided(case: AidCase) -> None:
    if case.state not in (*OPEN_ENDED, *UNDECIDED):
        raise Invalid("決定したあとは変えられません。先に「審査」に戻してください。")


def _changed(session: Session, case: AidCase, actor: str, note: str) -> None:
    session.add(AidEvent(case_id=case.id, state=case.state, yen=case.due, note=note or None, at=clock.now(), by=actor))


def _plain(account: str) -> str:
    return "".join(account.split()).upper()
