"""The poll, against a real server on loopback."""

import re
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from disaster.app import create_app
from disaster.bulletins import board, feed
from disaster.bulletins.models import FeedState, Proposal, Telegram
from disaster.core.extensions import db
from disaster.core.settings import Settings
from tests.disaster.bulletins import jma
from tests.disaster.bulletins.conftest import NOW, ago, opened
from tests.disaster.bulletins.writing import feed as atom
from tests.disaster.bulletins.writing import landslide, old_warning, quake


@pytest.fixture
def server() -> Iterator[jma.Server]:
    """A server with empty feeds."""
    with jma.serving() as found:
        for name in ("extra", "extra_l", "eqvol", "eqvol_l"):
            found.put(f"/feed/{name}.xml", atom([]))
        yield found


@pytest.fixture
def polling(server: jma.Server, tmp_path: Path, sqlite_template: Path) -> Iterator[Flask]:
    """The application with the server's feeds."""
    config = Settings(
        data_dir=tmp_path,
        secret_key="test-secret",
        data_key="0" * 64,
        jma_feeds=True,
        jma_feed_url=f"{server.url}/feed/",
        jma_hosts="127.0.0.1",
    )
    shutil.copy(sqlite_template, tmp_path / "disaster.sqlite")
    app = create_app(config)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def _poll(at: datetime = NOW) -> None:
    with time_machine.travel(at, tick=True):
        feed.poll()


def _list(server: jma.Server, name: str, documents: dict[str, bytes], **options: str) -> None:
    """Put documents on the server and into a feed."""
    urls = [server.put(f"/data/{document}", data) for document, data in documents.items()]
    server.put(f"/feed/{name}.xml", atom([(url, "電文", f"{url}#r1") for url in urls], **options))


def _state(name: str = "extra") -> FeedState:
    db.session.expire_all()
    found = db.session.get(FeedState, name)
    assert found is not None
    return found


def test_the_long_feed_is_read_at_the_start_and_the_short_one_after_it(polling: Flask, server: jma.Server) -> None:
    _poll()
    assert server.paths() == ["/feed/extra_l.xml", "/feed/eqvol_l.xml"]
    _poll(NOW + timedelta(minutes=1))
    assert server.paths() == ["/feed/extra.xml", "/feed/eqvol.xml"]


def test_after_a_gap_of_more_than_ten_minutes_the_long_feed_is_read_again(polling: Flask, server: jma.Server) -> None:
    _poll()
    _poll(NOW + timedelta(minutes=1))
    server.paths()
    _poll(NOW + timedelta(minutes=12))
    assert server.paths() == ["/feed/extra_l.xml", "/feed/eqvol_l.xml"]


def test_an_unchanged_feed_is_asked_for_with_its_etag(polling: Flask, server: jma.Server) -> None:
    for minute in range(3):
        _poll(NOW + timedelta(minutes=minute))
    assert server.asked[-2:] == [("/feed/extra.xml", 304), ("/feed/eqvol.xml", 304)]
    assert _state().succeeded_at is not None
    assert _state().succeeded_at > NOW + timedelta(minutes=2)


def test_a_telegram_in_the_feed_becomes_a_proposal_and_is_fetched_once(polling: Flask, server: jma.Server) -> None:
    _list(
        server, "extra_l", {"1_0_VPWW56_240000.xml": landslide(4, ago(3)), "2_0_VPWW56_260000.xml": b"never asked for"}
    )
    _list(server, "extra", {"1_0_VPWW56_240000.xml": landslide(4, ago(3))})
    _poll()
    _poll(NOW + timedelta(minutes=1))
    assert opened() == [("landslide", "evacuate", "4")]
    assert server.paths().count("/data/1_0_VPWW56_240000.xml") == 1
    assert db.session.scalars(select(Telegram.type)).all() == ["VPWW56"]


def test_nothing_is_sent_and_only_a_proposal_is_made(polling: Flask, server: jma.Server) -> None:
    _list(server, "extra_l", {"1_0_VPWW56_240000.xml": landslide(5, ago(3))})
    _poll()
    assert [each.status for each in db.session.scalars(select(Proposal))] == ["open"]


def test_the_etag_is_kept_only_when_every_document_is_in(polling: Flask, server: jma.Server) -> None:
    _poll()
    url = server.url + "/data/1_0_VPWW56_240000.xml"
    server.put("/feed/extra.xml", atom([(url, "電文", url)]))
    server.put("/data/1_0_VPWW56_240000.xml", jma.status(503))
    _poll(NOW + timedelta(minutes=1))
    assert "503" in _state().problem
    assert opened() == []
    server.put("/data/1_0_VPWW56_240000.xml", landslide(3, ago(1)))
    _poll(NOW + timedelta(minutes=2))
    assert _state().problem == ""
    assert opened() == [("landslide", "elderly", "3")]


def test_a_document_that_is_gone_does_not_keep_the_feed_waiting(polling: Flask, server: jma.Server) -> None:
    url = server.url + "/data/1_0_VPWW56_240000.xml"
    server.put("/feed/extra_l.xml", atom([(url, "電文", url)]))
    _poll()
    assert "404" in _state().problem
    server.paths()
    _poll(NOW + timedelta(minutes=1))
    assert server.paths() == ["/feed/extra.xml", "/feed/eqvol.xml"]


def test_of_several_workers_one_asks(polling: Flask, server: jma.Server) -> None:
    for seconds in (0, 5, 20):
        _poll(NOW + timedelta(seconds=seconds))
    assert server.paths() == ["/feed/extra_l.xml", "/feed/eqvol_l.xml"]


def test_a_link_to_a_foreign_host_is_never_asked_for(polling: Flask, server: jma.Server) -> None:
    foreign = server.url.replace("127.0.0.1", "localhost") + "/data/1_0_VPWW56_240000.xml"
    server.put("/data/1_0_VPWW56_240000.xml", landslide(5, ago(1)))
    server.put("/feed/extra_l.xml", atom([(foreign, "電文", foreign)]))
    _poll()
    assert "許していない" in _state().problem
    assert "/data/1_0_VPWW56_240000.xml" not in server.paths()
    assert opened() == []


@pytest.mark.parametrize(
    "page",
    [
        b"",
        b"<html><body>Service Unavailable</body></html>",
        b"<!DOCTYPE html><html></html>",
        atom([("http://127.0.0.1/1_0_VPWW56_240000.xml", "t", "i")])[:-60],
        b"\x00\x01\x02",
        jma.status(500),
        jma.status(301, "http://127.0.0.1:9/"),
        jma.cut_off(atom([])),
    ],
    ids=["empty", "html", "doctype", "truncated", "binary", "500", "redirect", "cut"],
)
def test_a_broken_feed_keeps_the_last_good_state_and_says_what_happened(
    polling: Flask, server: jma.Server, page: bytes | jma.Handler
) -> None:
    _list(server, "extra_l", {"1_0_VPWW56_240000.xml": landslide(4, ago(3))})
    _poll()
    server.put("/feed/extra.xml", page)
    _poll(NOW + timedelta(minutes=4))
    assert opened() == [("landslide", "evacuate", "4")]
    extra = board.feeds(NOW + timedelta(minutes=4))[0]
    assert extra.problem.endswith("。")
    assert extra.stale
    assert extra.age_minutes is not None


def test_one_dead_feed_does_not_stop_the_other(polling: Flask, server: jma.Server) -> None:
    server.put("/feed/extra_l.xml", jma.status(500))
    _list(server, "eqvol_l", {"1_0_VXSE53_270000.xml": quake("5+", ago(3))})
    _poll()
    assert opened() == [("earthquake", "shelters", "5+")]


def test_a_document_that_cannot_be_read_does_not_stop_the_next(polling: Flask, server: jma.Server) -> None:
    _list(
        server,
        "extra_l",
        {"1_0_VPWW55_240000.xml": b"<html>junk</html>", "2_0_VPWW56_240000.xml": landslide(3, ago(3))},
    )
    _poll()
    assert opened() == [("landslide", "elderly", "3")]
    assert "読めない電文" in _state().problem


def test_a_feed_that_goes_back_in_time_is_noted_and_proposes_nothing_twice(polling: Flask, server: jma.Server) -> None:
    document = {"1_0_VPWW56_240000.xml": landslide(4, ago(3))}
    _list(server, "extra_l", document, updated="2026-08-01T21:00:00+09:00")
    _poll()
    _list(server, "extra", document, updated="2026-08-01T20:00:00+09:00")
    _poll(NOW + timedelta(minutes=1))
    assert "戻りました" in _state().problem
    assert len(opened()) == 1


def test_drills_and_tests_in_the_feed_are_told_by_the_document(polling: Flask, server: jma.Server) -> None:
    _list(
        server,
        "extra_l",
        {
            "1_0_VPWW56_240000.xml": landslide(5, ago(3), status="試験"),
            "2_0_VPWW56_240000.xml": landslide(4, ago(2), status="訓練"),
        },
    )
    _poll()
    assert [(each.drill, each.phase) for each in db.session.scalars(select(Proposal))] == [(True, "4")]


def test_the_old_form_is_not_fetched_once_the_new_one_is_known(polling: Flask, server: jma.Server) -> None:
    _list(server, "extra_l", {"1_0_VPWW56_240000.xml": landslide(4, ago(3))})
    _poll()
    server.paths()
    _list(server, "extra", {"2_0_VPWW54_240000.xml": old_warning(ago(1)), "3_0_VPWW53_240000.xml": old_warning(ago(1))})
    _poll(NOW + timedelta(minutes=1))
    assert server.paths() == ["/feed/extra.xml", "/feed/eqvol.xml"]


def test_feeds_that_are_switched_off_are_not_asked_for(app: Flask) -> None:
    feed.poll()
    assert db.session.get(FeedState, "extra") is None
    assert not board.summary(NOW).stale


def test_a_feed_that_was_never_reached_is_stale_and_one_just_taken_in_is_not(
    polling: Flask, server: jma.Server
) -> None:
    assert board.summary(NOW).stale
    for name in ("extra_l", "eqvol_l"):
        server.put(f"/feed/{name}.xml", atom([], updated=NOW.isoformat()))
    _poll()
    assert [each.stale for each in board.feeds(NOW + timedelta(minutes=1))] == [False, False]
    assert [each.stale for each in board.feeds(NOW + timedelta(minutes=4))] == [True, True]


def test_a_feed_that_is_served_but_no_longer_written_is_stale(polling: Flask, server: jma.Server) -> None:
    server.put("/feed/extra_l.xml", atom([], updated=ago(60 * 5).isoformat()))
    _poll()
    assert board.feeds(NOW)[0].stale
    assert "止まって" in board.feeds(NOW)[0].problem


@pytest.mark.parametrize("end", ["0001-01-01T00:00:00+09:00", "9999-12-31T23:59:59-12:00"])
def test_a_telegram_that_breaks_the_calendar_does_not_keep_back_those_after_it(
    polling: Flask, server: jma.Server, end: str
) -> None:
    good = landslide(4, ago(3))
    broken = re.sub(rb"(<ReportDateTime>)[^<]*", rb"\g<1>" + end.encode(), landslide(5, ago(3)))
    assert broken != good
    _list(server, "extra_l", {"0_0_VPWW56_240000.xml": broken, "1_0_VPWW56_240000.xml": good})
    _poll()
    assert opened() == [("landslide", "evacuate", "4")]
    assert "発表時刻" in _state().problem
