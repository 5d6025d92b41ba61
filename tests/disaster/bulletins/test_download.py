"""Only what is small, quick, whole and on an allowed host is fetched."""

from collections.abc import Iterator

import pytest

from disaster.bulletins import download
from disaster.bulletins.download import Refused
from tests.disaster.bulletins import jma

JMA = frozenset({"www.data.jma.go.jp"})
BASE = "https://www.data.jma.go.jp/developer/xml/feed/"


@pytest.fixture
def server() -> Iterator[jma.Server]:
    """A server on loopback."""
    with jma.serving() as found:
        yield found


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/data/1.xml",
        "https://www.data.jma.go.jp@evil.example/1.xml",
        "https://user:secret@www.data.jma.go.jp/1.xml",
        "https://www.data.jma.go.jp.evil.example/1.xml",
        "https://www.data.jma.go.jp:8443/1.xml",
        "ftp://www.data.jma.go.jp/1.xml",
        "file:///etc/passwd",
        "urn:uuid:71738065-cd47-3c04-b4a5-e46f6ee5e89c",
        "//www.data.jma.go.jp/1.xml",
        "https://[bad/1.xml",
        "https://www.data.jma.go.jp:99999/1.xml",
        "",
    ],
)
def test_an_address_elsewhere_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        download.allowed(url, BASE, JMA)


@pytest.mark.parametrize(
    "url",
    [
        "http://www.data.jma.go.jp/developer/xml/data/1.xml#r1",
        "https://www.data.jma.go.jp:443/developer/xml/data/1.xml",
    ],
)
def test_an_address_of_jma_is_asked_for_over_tls_and_without_its_fragment(url: str) -> None:
    assert download.allowed(url, BASE, JMA) == "https://www.data.jma.go.jp/developer/xml/data/1.xml"


def test_what_has_not_changed_is_not_sent_again(server: jma.Server) -> None:
    url = server.put("/feed.xml", b"<feed/>")
    first = download.get(url, limit=1000)
    again = download.get(url, limit=1000, etag=first.etag)
    assert (first.data, again.data) == (b"<feed/>", None)


def test_a_redirect_is_not_followed(server: jma.Server) -> None:
    server.put("/other.xml", b"<feed/>")
    url = server.put("/feed.xml", jma.status(302, server.url + "/other.xml"))
    with pytest.raises(Refused, match="302"):
        download.get(url, limit=1000)
    assert server.paths() == ["/feed.xml"]


@pytest.mark.parametrize("code", [403, 404, 429, 500, 503])
def test_an_error_status_is_one_sentence(server: jma.Server, code: int) -> None:
    with pytest.raises(Refused, match=str(code)):
        download.get(server.put("/feed.xml", jma.status(code)), limit=1000)


def test_an_endless_answer_stops_at_the_limit(server: jma.Server) -> None:
    with pytest.raises(Refused, match="大きすぎます"):
        download.get(server.put("/feed.xml", jma.endless), limit=1024 * 1024)


def test_a_dripping_answer_stops_in_time(server: jma.Server) -> None:
    with pytest.raises(Refused, match="遅すぎます"):
        download.get(server.put("/feed.xml", jma.dripping), limit=10**6, seconds=0.5)


def test_an_answer_that_is_cut_off_is_refused(server: jma.Server) -> None:
    with pytest.raises(Refused, match="切れました"):
        download.get(server.put("/feed.xml", jma.cut_off(b"x" * 1000)), limit=10**6)


def test_a_server_that_is_gone_is_one_sentence() -> None:
    with pytest.raises(Refused, match="つながりません"):
        download.get("http://127.0.0.1:9/feed.xml", limit=1000)
