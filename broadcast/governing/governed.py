"""Settings that can cause or limit a send are changed by two people: one proposes with a reason, another confirms with a fresh code.

The value in force is read at most every two seconds by each process, so that a lane may ask at every step.
"""

import time
from contextvars import Context
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from broadcast.governing.governed_names import ON, every, named
from broadcast.models.trust import ChangeState, GovernedChange, GovernedValue
from disaster.core import audit
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.errors import DomainError, Forbidden, Invalid, Missing, Stale
from disaster.core.extensions import db
from disaster.core.text import clean_text
from disaster.staff import accounts, second_factor
from disaster.staff.permissions import Permission

OPEN_FOR = timedelta(hours=1)  # a proposal that nobody confirmed; a wish of yesterday must not change today's sending
PURPOSE = "settings"  # of the second factor
FRESH_SECONDS = 2.0
_KEY = "broadcast.governed"


@dataclass(frozen=True, slots=True)
class _Snapshot:
    read_at: float
    values: dict[str, str]


def value(name: str) -> str:
    """The value in force, at most two seconds old."""
    return _values().get(name, named(name).default)


def number(name: str) -> int:
    """A number in force."""
    return int(value(name))


def override(name: str, installed: int) -> int:
    """The number that two people set, or the installation's own where they set none."""
    found = _values().get(name)
    return installed if found is None else int(found)


def is_on(name: str) -> bool:
    """Whether a switch is on."""
    return value(name) == ON


def _values() -> dict[str, str]:
    found: _Snapshot | None = current_app.extensions.get(_KEY)
    at = time.monotonic()
    if found is None or not 0 <= at - found.read_at < FRESH_SECONDS:
        found = current_app.extensions[_KEY] = _Snapshot(at, Context().run(_read, db.engine))
    return found.values


def _read(engine: Engine) -> dict[str, str]:
    """On a connection of its own and in a context of its own: whoever asks may stand in a transaction that writes, and must neither be
    waited for nor be left in one."""
    with engine.connect() as connection:
        rows = connection.execute(select(GovernedValue.name, GovernedValue.value)).all()
    return {row.name: row.value for row in rows}


def forget() -> None:
    """Read anew at the next question, in this process."""
    current_app.extensions.pop(_KEY, None)


def propose(actor: int, name: str, typed: str, reason: str) -> int:
    """Propose a change; its number. It waits for another person, for an hour at most.

    Raises:
        Invalid: the value is none, is the one in force, or there is no reason.
        Stale: a change of this setting waits already.
    """
    with transaction() as session:
        return propose_in(session, actor, name, typed, reason)


def propose_in(session: Session, actor: int, name: str, typed: str, reason: str) -> int:
    """The same in the caller's transaction."""
    accounts.check_permission(actor, Permission.SENDING_SETTINGS)
    setting = named(name)
    wanted, reason, at = setting.clean(typed), _required(reason), now()
    seen = present_in(session, name)
    if wanted == seen:
        same = "いまの値と同じです。"
        raise Invalid(same, {"value": same})
    _end_old(session, at)
    change = GovernedChange(
        name=name,
        value=wanted,
        seen=seen,
        reason=reason,
        proposed_by=actor,
        proposed_at=at,
        expires_at=at + OPEN_FOR,
    )
    try:
        with session.begin_nested():
            session.add(change)
    except IntegrityError:
        raise Stale("この設定には、確認待ちの変更がすでにあります。") from None
    _record(session, "setting.proposed", actor, change)
    return change.id


def confirm(change_id: int, actor: int, code: str) -> None:
    """Put a proposed change into force: another person than the one who proposed it, with a fresh second factor.

    Raises:
        Forbidden: it is one's own proposal, or the permission is missing.
        Stale: it was decided, withdrawn or is too old, or the setting is no longer what the proposal replaces.
        Invalid: the code is wrong.
    """
    accounts.check_permission(actor, Permission.SENDING_SETTINGS)
    _check(_get(change_id), actor)
    second_factor.fresh(actor, code, PURPOSE)
    with transaction() as session:
        change = _decide(session, change_id, ChangeState.CONFIRMED, actor)
        if change.proposed_by == actor:
            raise Forbidden(_OWN)
        _replace(session, change)
        _record(session, "setting.confirmed", actor, change)
    forget()


def refuse(change_id: int, actor: int, note: str) -> None:
    """Say no to a proposal, with the reason.

    Raises:
        Stale: it is no longer waiting.
    """
    accounts.check_permission(actor, Permission.SENDING_SETTINGS)
    note = _required(note)
    with transaction() as session:
        change = _decide(session, change_id, ChangeState.REFUSED, actor, note)
        _record(session, "setting.refused", actor, change)


def withdraw(change_id: int, actor: int) -> None:
    """Take one's own proposal back.

    Raises:
        Forbidden: another person proposed it.
        Stale: it is no longer waiting.
    """
    accounts.check_permission(actor, Permission.SENDING_SETTINGS)
    with transaction() as session:
        change = _decide(session, change_id, ChangeState.WITHDRAWN, actor)
        if change.proposed_by != actor:
            raise Forbidden("取り下げられるのは、提案した人だけです。")
        _record(session, "setting.withdrawn", actor, change)


def waiting(at: datetime) -> list[GovernedChange]:
    """Proposals that can be confirmed now, oldest first."""
    open_now = (GovernedChange.state == ChangeState.PROPOSED, GovernedChange.expires_at > at)
    return list(db.session.scalars(select(GovernedChange).where(*open_now).order_by(GovernedChange.id)))


def history(most: int = 50) -> list[GovernedChange]:
    """Changes that are no longer waiting, newest first."""
    over = (GovernedChange.state != ChangeState.PROPOSED) | (GovernedChange.expires_at <= now())
    return list(db.session.scalars(select(GovernedChange).where(over).order_by(GovernedChange.id.desc()).limit(most)))


def present() -> dict[str, str]:
    """Every setting's value in force, read now."""
    forget()
    return {name: value(name) for name in every()}


def changed_at(name: str) -> datetime | None:
    """Since when the value in force stands; None for the default."""
    return db.session.scalar(select(GovernedValue.changed_at).where(GovernedValue.name == name))


_OWN = "自分が提案した変更は、自分では確認できません。ほかの人に頼んでください。"
_OVER = "この変更はもう確認待ちではありません。いまの設定を確かめてください。"


def _get(change_id: int) -> GovernedChange:
    change = db.session.get(GovernedChange, change_id, populate_existing=True)
    if change is None:
        raise Missing("この変更は見つかりません。")
    return change


def _check(change: GovernedChange, actor: int) -> None:
    """Refuse before the second factor is used up; the transaction checks again."""
    if change.state != ChangeState.PROPOSED or change.expires_at <= now():
        raise _over(change)
    if change.proposed_by == actor:
        raise Forbidden(_OWN)


def _over(change: GovernedChange) -> DomainError:
    if change.state == ChangeState.PROPOSED:
        return Stale("提案から1時間たったので、この変更は使えません。必要なら、もう一度提案してください。")
    return Stale(_OVER)


def _decide(session: Session, change_id: int, state: ChangeState, actor: int, note: str = "") -> GovernedChange:
    at = now()
    done = session.execute(
        update(GovernedChange)
        .where(
            GovernedChange.id == change_id, GovernedChange.state == ChangeState.PROPOSED, GovernedChange.expires_at > at
        )
        .values(state=state, decided_by=actor, decided_at=at, note=note)
        .returning(GovernedChange.id)
    ).first()
    change = session.get(GovernedChange, change_id, populate_existing=True)
    if change is None:
        raise Missing("この変更は見つかりません。")
    if done is None:
        raise _over(change)
    return change


def _replace(session: Session, change: GovernedChange) -> None:
    """The compare-and-set on the value that the proposal saw."""
    new = {"value": change.value, "change_id": change.id, "changed_at": now()}
    kept = session.scalar(select(GovernedValue.name).where(GovernedValue.name == change.name))
    if kept is None and change.seen == named(change.name).default:
        try:
            with session.begin_nested():
                session.execute(insert(GovernedValue).values(name=change.name, **new))
            return
        except IntegrityError:
            pass
    where = (GovernedValue.name == change.name, GovernedValue.value == change.seen)
    if session.execute(update(GovernedValue).where(*where).values(**new).returning(GovernedValue.name)).first() is None:
        raise Stale("この設定は、提案のあとに変わっています。いまの値を見て、もう一度提案してください。")


def present_in(session: Session, name: str) -> str:
    """The value in force, read in the caller's transaction."""
    found = session.scalar(select(GovernedValue.value).where(GovernedValue.name == name))
    return named(name).default if found is None else found


def _end_old(session: Session, at: datetime) -> None:
    session.execute(
        update(GovernedChange)
        .where(GovernedChange.state == ChangeState.PROPOSED, GovernedChange.expires_at <= at)
        .values(state=ChangeState.EXPIRED)
    )


def _record(session: Session, action: str, actor: int, change: GovernedChange) -> None:
    detail = {"setting": change.name, "from": change.seen, "to": change.value}
    audit.record(session, action, actor=f"account:{actor}", subject=f"setting:{change.id}", detail=detail)


def _required(text: str) -> str:
    text = clean_text(text, field="reason", label="理由", limit=400)
    if not text:
        raise Invalid("理由を入力してください。", {"reason": "理由を入力してください。"})
    return text
