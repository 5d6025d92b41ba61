"""The race drill: eight who press at once send once, and the drill sees it where they would not."""

import pytest

from tests.drill.running import drill
from tests.postgresql import PostgresServer

pytestmark = pytest.mark.timeout(300)


def test_eight_who_approve_at_the_same_moment_send_once() -> None:
    found, done = drill("race", "--rounds", "8")
    assert done.returncode == 0, done.stderr[-3000:]
    assert (found["rounds"], found["not_once"]) == (8, 0)


@pytest.mark.postgres
def test_the_same_on_postgresql(postgres_server: PostgresServer) -> None:
    database = postgres_server.create()
    found, done = drill("race", "--rounds", "6", "--database-url", postgres_server.url(database))
    assert done.returncode == 0, done.stderr[-3000:]
    assert found["not_once"] == 0
    postgres_server.drop(database)


def test_it_sees_read_then_write() -> None:
    found, done = drill("race", "--rounds", "3", "--naive")
    assert done.returncode == 1
    assert found["not_once"] > 0
