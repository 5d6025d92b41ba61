"""What an Atom feed of 気象庁 lists, and which of it concerns the municipality."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from disaster.bulletins import entries
from disaster.bulletins.download import Refused
from disaster.core.municipality import load
from tests.disaster.bulletins.writing import feed

FEEDS = Path(__file__).parents[2] / "data" / "jma" / "feeds"
TOIN = load("243248").jma
BASE = "https://www.data.jma.go.jp/developer/xml/data/"


@pytest.mark.parametrize("name", ["eqvol_l", "extra_20240725", "eqvol-jp", "eqvol_20200725_koga1020"])
def test_a_real_feed_is_read_whole(name: str) -> None:
    data = (FEEDS / f"{name}.xml").read_bytes()
    found = entries.parse(data)
    assert found.updated is not None
    assert len(found.entries) == data.count(b"<entry>")
    assert all(re.match(r"https?://www\.data\.jma\.go\.jp/[^#]*$", entry.url) for entry in found.entries)


def test_the_address_is_the_link_and_not_the_id() -> None:
    found = entries.parse((FEEDS / "eqvol_20200725_koga1020.xml").read_bytes())
    assert not any("urn:uuid" in entry.url for entry in found.entries)


def test_entries_come_oldest_first() -> None:
    found = entries.parse((FEEDS / "extra_20240725.xml").read_bytes())
    times = [entry.updated for entry in found.entries if entry.updated]
    assert times == sorted(times)


def test_the_feeds_own_time_is_an_instant() -> None:
    assert entries.parse(feed([])).updated == datetime(2026, 8, 1, 0, 0, tzinfo=UTC)


def _concerning(urls: list[str], *, title: str = "電文", r06: bool = False) -> list[str]:
    found = entries.parse(feed([(BASE + url, title, BASE + url) for url in urls]))
    return [entry.url.removeprefix(BASE) for entry in entries.concerning(found, TOIN, lambda: r06)]


def test_only_the_prefectures_documents_and_every_earthquake_and_tsunami_are_fetched() -> None:
    urls = [
        "1_0_VPWW56_240000.xml",
        "2_0_VPWW56_260000.xml",
        "3_0_VXSE53_270000.xml",
        "4_0_VXSE52_270000.xml",
        "5_0_VTSE41_010000.xml",
        "6_0_VFVO53_010000.xml",
        "7_0_VXKO55_240000.xml",
        "8_0_VYSE50_010000.xml",
        "9_0_VPWW53_240000.xml",
        "10_0_VPWW54_240000.xml",
        "11_0_VPBS50_240000.xml",
    ]
    kept = {url.split("_")[0] for url in _concerning(urls)}
    assert kept == {"1", "3", "5", "7", "8", "10", "11"}
    assert "10_0_VPWW54_240000.xml" not in _concerning(urls, r06=True)


def test_a_document_without_type_in_its_address_is_judged_by_title_and_office() -> None:
    assert _concerning(["0341a170.xml"], title="気象警報・注意報（Ｒ０６）（大雨）") == ["0341a170.xml"]
    assert _concerning(["0341a170.xml"], title="震源・震度に関する情報") == ["0341a170.xml"]
    assert _concerning(["0341a170.xml"], title="何か") == []


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<!DOCTYPE html><html><body>Service Unavailable</body></html>",
        b"<html><body>Error</body></html>",
        b"\xff\xfe\x00junk",
        b"http://127.0.0.1:9/feed.xml",
        b"/etc/passwd",
        b'<?xml version="1.0"?><!DOCTYPE f [<!ENTITY a "b">]><feed xmlns="http://www.w3.org/2005/Atom"/>',
        b'<rss version="2.0"><channel><title>x</title></channel></rss>',
        feed([(BASE + "1_0_VPWW56_240000.xml", "t", "i")])[:-40],
    ],
)
def test_what_is_no_whole_feed_is_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        entries.parse(data)


def test_an_entry_without_a_link_is_left_out() -> None:
    data = feed([]).replace(b"</feed>", b"<entry><title>x</title><id>i</id></entry></feed>")
    assert entries.parse(data).entries == ()


def test_a_byte_order_mark_does_no_harm() -> None:
    assert entries.parse(b"\xef\xbb\xbf" + feed([(BASE + "1.xml", "t", "i")])).entries
