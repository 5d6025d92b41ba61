"""How many rows each table has and what they add up to: the same before and after, or something was lost on the way."""

import hashlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, inspect, text

Fingerprint = Mapping[str, tuple[int, str]]  # by table: rows, SHA-256 of them all in the order of their keys


def of(connection: Connection) -> dict[str, tuple[int, str]]:
    """The fingerprint of every table that a connection sees in its own schema."""
    looking = inspect(connection)
    return {name: _table(connection, name, looking) for name in sorted(looking.get_table_names())}


def _table(connection: Connection, name: str, looking: Any) -> tuple[int, str]:
    quote = connection.dialect.identifier_preparer.quote
    columns = sorted(column["name"] for column in looking.get_columns(name))
    order = looking.get_pk_constraint(name)["constrained_columns"] or columns
    # names come from the database's own catalogue and are quoted
    statement = f"SELECT {', '.join(map(quote, columns))} FROM {quote(name)} ORDER BY {', '.join(map(quote, order))}"  # noqa: S608
    rows, found = 0, hashlib.sha256("\x1f".join(columns).encode())
    for row in connection.execute(text(statement), execution_options={"yield_per": 2000}):
        found.update(("\x1e" + "\x1f".join(map(_plain, row))).encode("utf-8", "surrogatepass"))
        rows += 1
    return rows, found.hexdigest()


def _plain(value: object) -> str:
    if isinstance(value, (bytes, memoryview)):
        return "b" + bytes(value).hex()
    return f"{type(value).__name__[0]}{value!r}"
