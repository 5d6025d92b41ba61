"""The declarative base of every table, with column types that mean the same on SQLite and PostgreSQL."""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, DateTime, Dialect, Enum, Integer, MetaData
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

BigId = BigInteger().with_variant(Integer(), "sqlite")


class UtcTime(TypeDecorator[datetime]):
    """An instant: aware on both sides, stored in UTC (SQLite keeps no zone); a naive value is a programming error."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def bind_processor(self, dialect: Dialect) -> Callable[[datetime | None], Any] | None:
        """On SQLite in one step, in the form in which SQLAlchemy keeps it there: a check-in writes thirty instants, most of them the same."""
        if dialect.name != "sqlite":
            return super().bind_processor(dialect)
        last: tuple[datetime | None, str | None] = (None, None)

        def written(value: datetime | None) -> str | None:
            nonlocal last
            instant, text = last
            if value is not instant:
                plain = self.process_bind_param(value, dialect)
                text = None if plain is None else plain.isoformat(" ", "microseconds")
                last = (value, text)
            return text

        return written

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        found: datetime = value
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def words(kind: type[StrEnum], length: int = 16) -> Enum:
    """A column of a closed vocabulary, stored as its plain words so that a new word needs no migration."""
    return Enum(kind, native_enum=False, length=length, values_callable=lambda kinds: [word.value for word in kinds])


class Base(DeclarativeBase):
    """Base of every model; models never commit."""

    metadata = MetaData(naming_convention=NAMES)
