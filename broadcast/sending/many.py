"""Many values in one parameter: they travel as one JSON text, because binding each costs more than the database's own work."""

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import BigInteger, ColumnElement, Integer, Select, cast, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session


def pairs(session: Session, values: Mapping[int, str | None]) -> tuple[ColumnElement[int], ColumnElement[str | None]]:
    """Number and text of each pair, as columns of a table. One JSON object: its keys and values need no parsing of their own."""
    if session.get_bind().dialect.name == "postgresql":
        table = func.jsonb_each_text(literal(dict(values), JSONB)).table_valued("key", "value", name="given")
        return cast(table.c.key, BigInteger), table.c.value
    given = func.json_each(json.dumps(values, separators=(",", ":"))).table_valued("key", "value", name="given")
    return cast(given.c.key, Integer), given.c.value


def numbers(session: Session, values: Sequence[int]) -> Select[int]:
    """The numbers, for ``column.in_``."""
    if session.get_bind().dialect.name == "postgresql":
        table = func.jsonb_array_elements(literal(list(values), JSONB)).table_valued("value", name="given")
        return select(cast(table.c.value, BigInteger))
    return select(func.json_each(json.dumps(list(values))).table_valued("value", name="given").c.value)
