"""Many values in one parameter: they travel as one JSON text, because binding each costs more than the database's own work."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, Select, String, bindparam, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

GIVEN = "given"  # the parameter of statements that are built once
NOTHING = "[]"


def dialect(session: Session) -> str:
    """Name of the session's database."""
    return session.get_bind().dialect.name


def text(values: Mapping[int, str | None] | Sequence[int]) -> str:
    """The values as they travel."""
    return json.dumps(values, separators=(",", ":"))


def pairs(session: Session, values: Mapping[int, str | None]) -> tuple[ColumnElement[int], ColumnElement[str | None]]:
    """Number and text of each pair, as columns of a table."""
    return given_pairs(dialect(session), text(values))


def numbers(session: Session, values: Sequence[int]) -> Select[int]:
    """The numbers, for ``column.in_``."""
    return given_numbers(dialect(session), text(values))


def given_pairs(name: str, values: str | None = None) -> tuple[ColumnElement[int], ColumnElement[str | None]]:
    """The same of ``values`` or, without them, of what is ``GIVEN`` when the statement runs. One JSON object: its keys and values need
    no parsing of their own."""
    if name == "postgresql":
        table = func.jsonb_each_text(cast(_parameter(values), JSONB)).table_valued("key", "value", name="given")
        return cast(table.c.key, BigInteger), table.c.value
    given = func.json_each(_parameter(values)).table_valued("key", "value", name="given")
    return cast(given.c.key, Integer), given.c.value


def given_numbers(name: str, values: str | None = None) -> Select[int]:
    """The same of numbers."""
    if name == "postgresql":
        table = func.jsonb_array_elements(cast(_parameter(values), JSONB)).table_valued("value", name="given")
        return select(cast(table.c.value, BigInteger))
    return select(func.json_each(_parameter(values)).table_valued("value", name="given").c.value)


def together(name: str, column: ColumnElement[int]) -> ColumnElement[str]:
    """All numbers of a column as one such text: a database hands out one row much faster than a thousand."""
    return cast(func.jsonb_agg(column), String) if name == "postgresql" else func.json_group_array(column)


def _parameter(values: str | None) -> ColumnElement[Any]:
    return bindparam(GIVEN, type_=String) if values is None else bindparam(None, values, type_=String)
