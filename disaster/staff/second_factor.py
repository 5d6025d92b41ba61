"""The second factor: time-based codes (TOTP, RFC 6238: SHA-1, 6 digits, 30 s) and single-use recovery codes.

A code counts once for each purpose. So somebody who has just signed in may approve with the same six digits, but whoever reads them over a
shoulder cannot use them for the same purpose again.
"""

import secrets
import unicodedata

import pyotp
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Forbidden, Invalid
from disaster.core.extensions import db
from disaster.core.sealed import digest
from disaster.staff import throttle
from disaster.staff.models import Account, RecoveryCode, SpentStep

STEP_SECONDS = 30
RECOVERY_CODES = 10
_KEPT_STEPS = 24 * 3600 // STEP_SECONDS
_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that is mistaken for another

WRONG = "確認コードが違います。認証アプリに今表示されている6桁の数字を入力してください。"
SPENT = "この確認コードはもう使われました。次の数字に変わるまで（最大30秒）待って、新しい数字を入力してください。"
EMPTY = "確認コードを入力してください。"


def fresh(account_id: int, code: str, purpose: str = "approval") -> None:
    """Verify that the person holds the second factor now. Writes in transactions of its own: call it before your step's.

    Raises:
        Invalid: the code is wrong or was used before; the sentence stands under ``code``.
        TooMany: too many wrong codes (429).
        Forbidden: the account has no second factor.
    """
    account = db.session.get(Account, account_id)
    if account is None or not account.active or not account.totp_secret:
        raise Forbidden("このアカウントには確認コードが登録されていません。管理者に連絡してください。")
    typed = _plain(code)
    if not typed:
        raise Invalid(EMPTY, {"code": EMPTY})
    key = throttle.guess(f"code:{account.id}:{purpose}")
    with transaction() as session:
        if typed.isdigit() and len(typed) == 6:
            _spend_step(session, account, typed, purpose)
        else:
            _spend_recovery(session, account, typed)
        throttle.forgive(session, key)


def matching_step(secret: str, code: str) -> int | None:
    """The time step whose code this is: the present one or a neighbour (a clock may be 30 s off), None for a wrong code."""
    present = int(clock.now().timestamp()) // STEP_SECONDS
    totp = pyotp.TOTP(secret)
    steps = (present, present - 1, present + 1)
    return next((step for step in steps if secrets.compare_digest(totp.generate_otp(step), _plain(code))), None)


def new_recovery_codes(session: Session, account: Account) -> list[str]:
    """Replace the person's recovery codes; the new ones are returned once and kept as digests."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == account.id))
    codes = [
        "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(2)) for _ in range(RECOVERY_CODES)
    ]
    session.add_all(
        RecoveryCode(account_id=account.id, digest=_recovery_digest(account, _plain(code))) for code in codes
    )
    return codes


def recovery_codes_left(account_id: int) -> int:
    """How many recovery codes a person has not used yet."""
    unused = select(func.count()).where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
    return db.session.scalar(unused) or 0


def _spend_step(session: Session, account: Account, code: str, purpose: str) -> None:
    step = matching_step(account.totp_secret or "", code)
    if step is None:
        raise Invalid(WRONG, {"code": WRONG})
    session.execute(delete(SpentStep).where(SpentStep.account_id == account.id, SpentStep.step < step - _KEPT_STEPS))
    try:
        session.execute(insert(SpentStep).values(account_id=account.id, purpose=purpose, step=step))
    except IntegrityError:
        raise Invalid(SPENT, {"code": SPENT}) from None


def _spend_recovery(session: Session, account: Account, code: str) -> None:
    spent = session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.account_id == account.id,
            RecoveryCode.digest == _recovery_digest(account, code),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=clock.now())
        .returning(RecoveryCode.id)
    ).first()
    if spent is None:
        raise Invalid(WRONG, {"code": WRONG})
    audit.record(session, "staff.recovery_code_used", actor=account.actor, subject=account.actor)


def _recovery_digest(account: Account, code: str) -> str:
    return digest(f"{account.id}:{code}", "recovery")


def _plain(code: str) -> str:
    """As it is compared: half-width capitals without spaces and hyphens."""
    folded = unicodedata.normalize("NFKC", code).upper()
    return "".join(letter for letter in folded if letter.isascii() and letter.isalnum())
