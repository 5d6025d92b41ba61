"""The inbox keeps exactly what arrived."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from disaster.demo import inbox

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / inbox.FILE


@pytest.fixture
def writer(path: Path) -> Iterator[inbox.Writer]:
    with closing(inbox.Writer(path)) as writer:
        yield writer


def test_a_message_comes_back_as_it_was(path: Path, writer: inbox.Writer) -> None:
    body = "【東員町】\n<b>𠮷野家</b> 葛󠄀城 \u202eabc 'quote\" %s"
    at = datetime(2026, 11, 23, 21, 0, tzinfo=timezone(timedelta(hours=9)))
    writer.store("email", "a@mail.example", "件名", body, at, sender="町 <t@x.example>", headers={"Message-ID": "<1>"})
    [found] = inbox.messages(path)
    assert (found.subject, found.body, found.sender) == ("件名", body, "町 <t@x.example>")
    assert found.at == at
    assert found.headers == {"Message-ID": "<1>"}


def test_the_newest_comes_first_page_by_page(path: Path, writer: inbox.Writer) -> None:
    for number in range(7):
        writer.store("sms", "+8190", "", str(number), NOON)
    assert [m.body for m in inbox.messages(path, limit=3)] == ["6", "5", "4"]
    assert [m.body for m in inbox.messages(path, limit=3, offset=6)] == ["0"]


def test_one_channel_or_some_recipients(path: Path, writer: inbox.Writer) -> None:
    writer.store("sms", "+8190", "", "s", NOON)
    writer.store("line", "U1", "", "l", NOON)
    writer.store("mastodon", inbox.PUBLIC, "", "m", NOON)
    assert [m.body for m in inbox.messages(path, channel="line")] == ["l"]
    assert [m.body for m in inbox.messages(path, recipients=["+8190", "U1"])] == ["l", "s"]
    assert inbox.messages(path, recipients=[]) == []
    assert inbox.counts(path) == {"sms": 1, "line": 1, "mastodon": 1}
    assert inbox.counts(path, recipients=["U1"]) == {"line": 1}


def test_many_writers_lose_nothing(path: Path, writer: inbox.Writer) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: writer.store("sms", "+8190", "", str(n), NOON), range(80)))
    assert {m.body for m in inbox.messages(path, limit=100)} == {str(n) for n in range(80)}


def test_an_inbox_that_nobody_wrote_to_is_empty(path: Path) -> None:
    assert inbox.messages(path) == []
    assert inbox.counts(path) == {}
