"""Accounts of staff: add, change, disable, sign in. There is no default account; a person sets password and second factor through a link."""

import re

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import Forbidden, Invalid, Missing, Stale
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.core.settings import settings
from disaster.core.text import clean_line
from disaster.staff import passwords, samples, second_factor, sessions, throttle
from disaster.staff.guards import SignInNeeded
from disaster.staff.models import Account
from disaster.staff.permissions import Permission, Role, granted

WRONG = "ログインIDかパスワードが違います。"
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")


def current_account() -> Account:
    """The person who makes this request.

    Raises:
        SignInNeeded: nobody is signed in (the guard has refused that already on every view with a permission).
    """
    account = sessions.signed_in()
    if account is None:
        raise SignInNeeded()
    return account


def get(account_id: int) -> Account | None:
    """An account by its number, also a disabled one."""
    return db.session.get(Account, account_id)


def check_permission(account_id: int, permission: Permission) -> None:
    """Ask again inside a step, whatever the view asked: the account may have been closed or its roles changed meanwhile.

    Raises:
        Forbidden: no such account, a closed one, or none of its roles grants it.
    """
    account = get(account_id)
    if account is None or not account.active or not granted(account.role_list, permission):
        raise Forbidden("この操作をする権限がありません。")


def find(login: str) -> Account | None:
    """An account by its login name, in any case; nobody has a name that no database takes (NUL)."""
    if not login.isprintable():
        return None
    return db.session.scalars(select(Account).where(Account.login == login.strip().lower())).first()


def any_usable() -> bool:
    """Whether there is any account; those of the demonstration count in the demonstration only."""
    found = select(Account.id).where(Account.sample.is_(False)) if not settings().demo else select(Account.id)
    return db.session.scalar(found.limit(1)) is not None


def usable(account: Account) -> bool:
    """Whether anybody may sign in with it here and now."""
    return account.active and account.ready and (not account.sample or settings().demo)


def everyone() -> list[Account]:
    """All accounts, those in use first, by login name."""
    return list(db.session.scalars(select(Account).order_by(Account.active.desc(), Account.login)))


def add(login: str, name: str, roles: list[Role], *, actor: str, password: str = "") -> Account:
    """Make an account. Nobody can sign in with it until its set-up link was used.

    Raises:
        Invalid: a field is wrong, or the login name is taken.
    """
    login, name = clean_login(login), clean_name(name)
    if not roles:
        raise Invalid("役割を1つ以上選んでください。", {"roles": "役割を1つ以上選んでください。"})
    account = Account(login=login, name=name, roles=roles, created_at=clock.now())
    if password:
        passwords.check(password, login=login, name=name, town=municipality())
        account.password_hash = passwords.hashed(password)
    try:
        with transaction() as session:
            session.add(account)
            session.flush()
            audit.record(session, "staff.add", actor=actor, subject=account.actor, detail={"roles": account.roles})
    except IntegrityError:
        taken = f"ログインID「{login}」はもう使われています。"
        raise Invalid(taken, {"login": taken}) from None
    return account


def change_roles(account_id: int, roles: list[Role], *, actor: str) -> None:
    """Give a person other roles; they count from the next click on.

    Raises:
        Invalid: none was chosen.
        Stale: nobody would be left who can manage accounts.
    """
    if not roles:
        raise Invalid("役割を1つ以上選んでください。", {"roles": "役割を1つ以上選んでください。"})
    with transaction() as session:
        account = _existing(session, account_id)
        managed = _manages(account)
        detail = {"from": account.role_list, "to": [role for role in Role if role in roles]}
        account.roles = roles
        session.flush()
        _check_manager_left(session, managed)
        audit.record(session, "staff.roles", actor=actor, subject=account.actor, detail=detail)


def disable(account_id: int, *, actor: str) -> None:
    """Close an account and end its sessions at once; it is kept, because the records name it.

    Raises:
        Stale: nobody would be left who can manage accounts.
    """
    with transaction() as session:
        account = _existing(session, account_id)
        managed = _manages(account)
        account.active = False
        session.flush()
        _check_manager_left(session, managed)
        sessions.end_all(session, account_id)
        audit.record(session, "staff.disable", actor=actor, subject=account.actor)


def enable(account_id: int, *, actor: str) -> None:
    """Open a disabled account again, with the password and second factor it had."""
    with transaction() as session:
        account = _existing(session, account_id)
        account.active = True
        audit.record(session, "staff.enable", actor=actor, subject=account.actor)


def change_password(account_id: int, old: str, new: str) -> None:
    """A person's own new password; every other session of theirs ends.

    Raises:
        Invalid: the old one is wrong, or the new one is refused.
        TooMany: too many wrong guesses at the old one.
    """
    account = _existing(db.session(), account_id)
    key = throttle.guess(f"password:{account.id}")
    if not passwords.matches(account.password_hash, old):
        raise Invalid("いまのパスワードが違います。", {"password_old": "いまのパスワードが違います。"})
    passwords.check(new, login=account.login, name=account.name, town=municipality())
    fresh_hash = passwords.hashed(new)
    with transaction() as session:
        session.execute(update(Account).where(Account.id == account_id).values(password_hash=fresh_hash))
        throttle.forgive(session, key)
        sessions.end_all(session, account_id, but_this=True)
        audit.record(session, "staff.password", actor=account.actor, subject=account.actor)


def new_recovery_codes(account_id: int) -> list[str]:
    """Replace a person's recovery codes; shown once."""
    with transaction() as session:
        account = _existing(session, account_id)
        codes = second_factor.new_recovery_codes(session, account)
        audit.record(session, "staff.recovery_codes", actor=account.actor, subject=account.actor)
    return codes


def end_other_sessions(account_id: int) -> None:
    """End a person's sessions on all devices but the one that asks."""
    with transaction() as session:
        account = _existing(session, account_id)
        sessions.end_all(session, account_id, but_this=True)
        audit.record(session, "staff.sessions_ended", actor=account.actor, subject=account.actor)


def check_password(login: str, password: str) -> Account:
    """The first step of a sign-in.

    Raises:
        Invalid: wrong, unknown, disabled or not set up yet; the sentence does not tell which.
        TooMany: too many wrong guesses for this login name from this address.
    """
    key = throttle.guess(f"login:{login.strip().lower()}")
    account = find(login) if len(login) <= 80 else None
    right = passwords.matches(account.password_hash if account else "", password[: passwords.LONGEST])
    if account is None or not right or not usable(account):
        if account is not None:
            _note(account, "staff.sign_in_refused")
        raise Invalid(WRONG, {"login": WRONG})
    with transaction() as session:
        throttle.forgive(session, key)
    return account


def sign_in(account_id: int, code: str) -> Account:
    """The second step: the code, then a session in this browser.

    Raises:
        Invalid, TooMany: as ``second_factor.fresh``.
    """
    second_factor.fresh(account_id, code, purpose="sign-in")
    account = _existing(db.session(), account_id)
    sessions.start(account)
    _note(account, "staff.sign_in")
    return account


def seed_demo() -> None:
    """Make the sample accounts of the demonstration where they are missing.

    Raises:
        RuntimeError: this is no demonstration.
    """
    if not settings().demo:
        raise RuntimeError("sample accounts are made with --demo only")
    present = {account.login for account in everyone()}
    with transaction() as session:
        for sample in samples.SAMPLES:
            if sample.login not in present:
                session.add(_sample_account(sample))
        audit.record(session, "staff.samples", actor="cli", detail={"count": len(samples.SAMPLES)})


def _sample_account(sample: samples.Sample) -> Account:
    return Account(
        login=sample.login,
        name=sample.name,
        roles=[sample.role],
        password_hash=passwords.hashed(samples.PASSWORD),
        totp_secret=sample.secret,
        sample=True,
        created_at=clock.now(),
    )


def _note(account: Account, action: str) -> None:
    with transaction() as session:
        audit.record(session, action, actor=account.actor, subject=account.actor)


def clean_login(login: str) -> str:
    """A login name in the form that is stored.

    Raises:
        Invalid: other letters than a-z, 0-9, ``.``, ``-`` and ``_``, or not 2 to 40 of them.
    """
    login = clean_line(login, field="login", label="ログインID", limit=40, required=True).lower()
    if not _LOGIN.fullmatch(login):
        reason = "ログインIDは半角の英小文字・数字・「.」「-」「_」で2〜40文字にしてください。"
        raise Invalid(reason, {"login": reason})
    return login


def clean_name(name: str) -> str:
    """A person's name as it is shown beside what they did."""
    return clean_line(name, field="name", label="氏名", limit=60, required=True)


def _existing(session: Session, account_id: int) -> Account:
    account = session.get(Account, account_id, populate_existing=True)
    if account is None:
        raise Missing("このアカウントは見つかりません。")
    return account


def _manages(account: Account) -> bool:
    return account.active and account.ready and granted(account.role_list, Permission.STAFF_MANAGE)


def _check_manager_left(session: Session, managed: bool) -> None:
    if managed and not any(_manages(other) for other in session.scalars(select(Account).where(Account.active))):
        raise Stale(
            "アカウントを管理できる人がいなくなるため、変更できません。先に、ほかの人に管理者の役割を付けてください。"
        )
