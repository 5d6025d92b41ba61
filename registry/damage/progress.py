"""How far an application is, for who has its number and the applicant's birth date. Any wrong pair is the same answer."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from disaster.core.db import transaction
from disaster.core.errors import Invalid
from disaster.core.extensions import db
from disaster.staff import throttle
from registry.damage import applying, given, numbers
from registry.damage.vocabulary import Kind, State
from registry.models.certificates import ApplicationMove, DamageApplication

NO_PAIR = (
    "受付番号と生年月日の組が見つかりません。受付の控えにある番号と、申請した人の生年月日を確かめてください。"
    "分からないときは、役場にお電話ください。"
)


@dataclass(frozen=True, slots=True)
class Progress:
    """What the page tells: no name, no address, no grade."""

    number: str
    kind_ja: str
    told: str
    state: State
    steps: tuple[tuple[str, datetime], ...]
    may_ask_again: bool


def look(number: str, birth: str) -> Progress:
    """The progress.

    Raises:
        Invalid: there is no such pair (one answer, whatever is wrong).
        TooMany: too many guesses from one network for one number.
    """
    return _told(_found(number, birth))


def ask_again(number: str, birth: str, reason: str) -> None:
    """A request for another survey by who has the pair.

    Raises:
        Invalid, TooMany, Stale.
    """
    applying.ask_again(_found(number, birth).id, reason, actor=applying.RESIDENT)


def _found(number: str, birth: str) -> DamageApplication:
    digits = numbers.typed(number[:60])
    day: date | None = given.one_day(birth[:60])
    key = throttle.guess(f"certificate-progress:{digits or ''}")
    wanted = applying.pair(digits or "", day.isoformat() if day else "")
    row = db.session.scalar(select(DamageApplication).where(DamageApplication.pair_digest == wanted))
    if row is None or digits is None or day is None:
        raise Invalid(NO_PAIR)
    with transaction() as session:
        throttle.forgive(session, key)
    return row


def _told(row: DamageApplication) -> Progress:
    moves = db.session.execute(
        select(ApplicationMove.state, ApplicationMove.at)
        .where(ApplicationMove.application_id == row.id)
        .order_by(ApplicationMove.id)
    )
    again = row.kind is Kind.DWELLING and row.state is State.ISSUED
    steps = tuple((state.ja, at) for state, at in moves)
    told = row.state.told
    if row.kind is Kind.OTHER and row.state in (State.RECEIVED, State.JUDGED):
        told = (
            "申請を受け付けました。写真などを確認しています。"
            if row.state is State.RECEIVED
            else "証明書を準備しています。"
        )
    return Progress(numbers.shown(row.number), row.kind.ja, told, row.state, steps, again)
