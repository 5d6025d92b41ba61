"""The kill drill: real workers lose and double nothing, and the drill sees it where a naive worker does."""

import pytest

from tests.drill.running import drill
from tests.postgresql import PostgresServer

pytestmark = pytest.mark.timeout(300)


def test_killed_at_any_instant_a_worker_loses_nothing_and_doubles_only_what_the_ledger_was_in_doubt_about() -> None:
    found, done = drill("kill", "--trials", "12", "--seed", "7")
    assert done.returncode == 0, done.stderr[-3000:]
    assert {name: found[name] for name in ("kills", "sent", "lost", "doubled", "unsettled", "unfinished")} == {
        "kills": 12,
        "sent": 12 * 300,
        "lost": 0,
        "doubled": 0,
        "unsettled": 0,
        "unfinished": 0,
    }
    assert found["repeated"] <= found["uncertain"] <= 12 * 8, "at most one letter for each connection and kill"


@pytest.mark.postgres
def test_the_same_on_postgresql(postgres_server: PostgresServer) -> None:
    database = postgres_server.create()
    found, done = drill("kill", "--trials", "6", "--seed", "8", "--database-url", postgres_server.url(database))
    assert done.returncode == 0, done.stderr[-3000:]
    assert (found["sent"], found["lost"], found["doubled"]) == (6 * 300, 0, 0)
    postgres_server.drop(database)


@pytest.mark.parametrize(("naive", "what"), [("mark-first", "lost"), ("retry", "doubled")])
def test_it_sees_what_a_naive_worker_loses_or_doubles(naive: str, what: str) -> None:
    found, done = drill("kill", "--trials", "5", "--seed", "9", "--naive", naive)
    assert done.returncode == 1
    assert found[what] > 0
