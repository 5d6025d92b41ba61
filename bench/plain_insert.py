"""What one would write first: a bare Flask view that stores what it is sent with one INSERT, durably. Served as ``bench.plain_insert:app``."""

import os
import sqlite3
import threading

from flask import Flask, request

app = Flask(__name__)
_here = threading.local()


def _connection() -> sqlite3.Connection:
    if not hasattr(_here, "connection"):
        connection = sqlite3.connect(os.environ["PLAIN_DATABASE"], isolation_level=None, timeout=30)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS checkins (id INTEGER PRIMARY KEY, name TEXT, age INTEGER, shelter INTEGER)"
        )
        _here.connection = connection
    found: sqlite3.Connection = _here.connection
    return found


@app.post("/checkin")
def checkin() -> dict[str, bool]:
    """One person."""
    told = request.get_json()
    values = (told["name"], told["age"], told["shelter"])
    _connection().execute("INSERT INTO checkins (name, age, shelter) VALUES (?, ?, ?)", values)
    return {"ok": True}


@app.get("/feeds/radio.json")
def ready() -> dict[str, bool]:
    """That the server is there."""
    return {"ok": True}
