"""One-time set-up links: where a person sets the password and the second factor. The first one makes the first administrator."""

import secrets
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

import pyotp
import segno
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import DomainError, Invalid
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.core.sealed import digest
from disaster.core.settings import settings
from disaster.staff import accounts, passwords, second_factor, sessions
from disaster.staff.models import Account, SetupLink
from disaster.staff.permissions import Role

_T = TypeVar("_T")
VALID = timedelta(hours=24)
MISMATCH = "2回目のパスワードが1回目と違います。"


class LinkOver(DomainError):
    """The link is unknown, used or too old."""

    status = 410

    def __init__(self) -> None:
        super().__init__(
            "この設定用リンクは使えません（使用済み、期限切れ、または新しいリンクに置き換えられました）。管理者に新しいリンクを頼んでください。"
        )


def first_start_link() -> str | None:
    """The address where the first administrator sets the account up; None when there is an account already.

    Each call makes a new link and ends the one before.
    """
    if accounts.any_usable():
        return None
    return _issue(None, actor="cli")


def link_for(account: Account, *, actor: str) -> str:
    """A new link for a person who joins, or who lost password or telephone; links given before end.

    What the person has stays in force until the link is used.
    """
    return _issue(account, actor=actor)


def _issue(account: Account | None, *, actor: str) -> str:
    token = secrets.token_urlsafe(24)
    now = clock.now()
    account_id = account.id if account else None
    with transaction() as session:
        same = SetupLink.account_id == account_id if account_id else SetupLink.account_id.is_(None)
        session.execute(update(SetupLink).where(same, SetupLink.used_at.is_(None)).values(used_at=now))
        session.add(
            SetupLink(
                account_id=account_id, digest=_digest(token), totp_secret=pyotp.random_base32(), expires_at=now + VALID
            )
        )
        audit.record(session, "staff.setup_link", actor=actor, subject=account.actor if account else "first")
    return settings().link(f"/staff/setup/{token}")


def opened(token: str) -> SetupLink:
    """The link behind a token, still unused.

    Raises:
        LinkOver: it is used, too old, unknown, or its account is disabled.
    """
    link = db.session.scalars(select(SetupLink).where(SetupLink.digest == _digest(token))).first()
    if link is None or link.used_at or link.expires_at <= clock.now():
        raise LinkOver()
    account = _owner(db.session(), link)
    if (account is None) != (link.account_id is None) or (account is not None and not account.active):
        raise LinkOver()
    if link.account_id is None and accounts.any_usable():
        raise LinkOver()
    return link


def owner(link: SetupLink) -> Account | None:
    """Whose link it is; None for the first administrator, who has no account yet."""
    return _owner(db.session(), link)


def qr_code(link: SetupLink, login: str) -> str:
    """The QR code for the authenticator app, as a data URI (SVG)."""
    town = municipality()
    address = pyotp.TOTP(link.totp_secret).provisioning_uri(name=login, issuer_name=f"{town.name} 災害情報")
    uri: str = segno.make(address, error="m").svg_data_uri(scale=5, border=4, light="#fff")
    return uri


def complete(
    token: str, *, password: str, again: str, code: str, login: str = "", name: str = ""
) -> tuple[Account, list[str]]:
    """Use the link: set password and second factor, for the first administrator also login and name; returns the recovery codes.

    Raises:
        Invalid: every wrong field at once, each with its sentence.
        LinkOver: somebody was faster.
    """
    link = opened(token)
    account = owner(link)
    wrong: dict[str, str] = {}
    if account is None:
        login = _collect(wrong, lambda: accounts.clean_login(login)) or login
        name = _collect(wrong, lambda: accounts.clean_name(name)) or name
    else:
        login, name = account.login, account.name
    _collect(wrong, lambda: passwords.check(password, login=login, name=name, town=municipality()))
    if password != again:
        wrong["password_again"] = MISMATCH
    step = second_factor.matching_step(link.totp_secret, code)
    if step is None:
        wrong["code"] = second_factor.WRONG if code.strip() else second_factor.EMPTY
    if wrong:
        raise Invalid("入力を確かめてください。", wrong)
    return _finish(link, account, login, name, passwords.hashed(password))


def _finish(
    link: SetupLink, account: Account | None, login: str, name: str, password_hash: str
) -> tuple[Account, list[str]]:
    with transaction() as session:
        used = update(SetupLink).where(SetupLink.id == link.id, SetupLink.used_at.is_(None)).values(used_at=clock.now())
        if session.execute(used.returning(SetupLink.id)).first() is None:
            raise LinkOver()
        if account is None:
            account = Account(login=login, name=name, roles=[Role.ADMIN], created_at=clock.now())
            session.add(account)
        account.password_hash, account.totp_secret = password_hash, link.totp_secret
        session.flush()
        codes = second_factor.new_recovery_codes(session, account)
        sessions.end_all(session, account.id)
        audit.record(session, "staff.set_up", actor=account.actor, subject=account.actor)
    return account, codes


def _collect(wrong: dict[str, str], checked: Callable[[], _T]) -> _T | None:
    try:
        return checked()
    except Invalid as error:
        wrong.update(error.fields)
        return None


def _owner(session: Session, link: SetupLink) -> Account | None:
    return session.get(Account, link.account_id) if link.account_id else None


def _digest(token: str) -> str:
    return digest(token, "setup-link")
