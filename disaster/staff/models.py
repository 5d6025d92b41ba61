"""Tables of the staff room: accounts, their recovery codes and sessions, set-up links, used codes and throttles."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Dialect, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from disaster.core.base import Base, BigId, UtcTime
from disaster.core.sealed import Sealed
from disaster.staff.permissions import Role


class Roles(TypeDecorator[list[Role]]):
    """The roles of a person, as a JSON list of their values."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Iterable[Role] | None, dialect: Dialect) -> list[str] | None:
        """In the order of ``Role``, each once."""
        return None if value is None else [role.value for role in Role if role in set(value)]

    def process_result_value(self, value: Any, dialect: Dialect) -> list[Role] | None:
        """As members of ``Role``."""
        return None if value is None else [Role(item) for item in value]


class Account(Base):
    """One person of the staff. Without a password hash and a second factor nobody can sign in with it."""

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    login: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(60))
    roles: Mapped[list[Role]] = mapped_column(Roles, default=list)
    password_hash: Mapped[str] = mapped_column(String(160), default="")  # argon2id in PHC form
    totp_secret: Mapped[str | None] = mapped_column(Sealed("totp"))  # base32
    active: Mapped[bool] = mapped_column(default=True)
    sample: Mapped[bool] = mapped_column(default=False)  # of the demonstration: its password is on the sign-in page
    created_at: Mapped[datetime] = mapped_column(UtcTime)

    @property
    def actor(self) -> str:
        """How the audit log names the person."""
        return f"account:{self.id}"

    @property
    def role_list(self) -> list[Role]:
        """The roles as a list of its own."""
        return list(self.roles)

    @property
    def ready(self) -> bool:
        """Whether password and second factor are both set."""
        return bool(self.password_hash and self.totp_secret)


class RecoveryCode(Base):
    """One single-use code for a person whose telephone is lost; kept as a keyed digest."""

    __tablename__ = "recovery_codes"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None] = mapped_column(UtcTime)


class SpentStep(Base):
    """A TOTP time step that a person has used for one purpose; the primary key refuses it a second time."""

    __tablename__ = "spent_steps"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16), primary_key=True)
    step: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)


class StaffSession(Base):
    """One sign-in on one device; ended by sign-out, a new password, or when the account is disabled."""

    __tablename__ = "staff_sessions"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    started_at: Mapped[datetime] = mapped_column(UtcTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)


class SetupLink(Base):
    """A one-time link where a person sets password and second factor; without an account it makes the first administrator."""

    __tablename__ = "setup_links"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    totp_secret: Mapped[str] = mapped_column(Sealed("totp"))  # offered on the page, becomes the account's
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcTime)


class Throttle(Base):
    """Failed guesses for one account (or login name) from one address. ``key`` is a keyed digest: a password typed into the
    wrong field, or a person's address, is not stored."""

    __tablename__ = "throttles"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(UtcTime)
    blocked_until: Mapped[datetime] = mapped_column(UtcTime)
