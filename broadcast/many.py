"""Many values in one parameter: they travel as one JSON array, because binding each costs more than the database's own work."""

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Select, TableValuedAlias, cast, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session


def rows(session: Session, values: Sequence[Any]) -> TableValuedAlias:
    """A table with one column ``value``, a JSON value for each."""
    if session.get_bind().dialect.name == "postgresql":
        return func.jsonb_array_elements(literal(values, JSONB)).table_valued("value", name="given")
    return func.json_each(json.dumps(values, separators=(",", ":"))).table_valued("value", name="given")


def numbers(session: Session, values: Sequence[int]) -> Select[int]:
    """The numbers, for ``column.in_``."""
    given = rows(session, list(values))
    if session.get_bind().dialect.name == "postgresql":
        return select(cast(given.c.value, BigInteger))
    return select(given.c.value)
