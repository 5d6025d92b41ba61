"""A page for everybody is given out again for a fifth of a second, compressed where it may be; nothing of anybody's own ever is."""

import gzip
from typing import Any

import pytest
from flask import Flask, Response, request
from werkzeug.test import Client

from disaster.public.front import FRESH, Front


class World:
    """A small application that counts how often it was asked."""

    def __init__(self) -> None:
        self.asked, self.time, self.text = 0, 100.0, "x" * 5000
        self.app = Flask("small")
        self.app.add_url_rule("/", view_func=self.page)
        self.app.add_url_rule("/own", view_func=self.own)
        self.client = Client(Front(self.app.wsgi_app, now=lambda: self.time))

    def page(self) -> Response:
        self.asked += 1
        answer = Response(self.text + request.args.get("q", ""), mimetype="text/html")
        answer.set_etag(str(hash(self.text + request.args.get("q", ""))))
        answer.cache_control.public = True
        return answer.make_conditional(request)  # type: ignore[return-value]

    def own(self) -> Response:
        self.asked += 1
        answer = Response(f"{self.asked}", mimetype="text/html")
        answer.set_etag("same")
        answer.cache_control.no_store = True
        answer.set_cookie("session", "secret")
        return answer


@pytest.fixture
def world() -> World:
    return World()


def get(world: World, path: str = "/", **headers: str) -> Any:
    return world.client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


def test_a_crowd_is_answered_with_one_look(world: World) -> None:
    answers = {get(world).get_data() for _ in range(50)}
    assert (len(answers), world.asked) == (1, 1)


def test_a_change_shows_after_a_fifth_of_a_second(world: World) -> None:
    get(world)
    world.text = "y" * 5000
    world.time += FRESH + 0.01
    assert get(world).get_data() == b"y" * 5000


def test_an_unchanged_page_is_looked_at_and_kept_on(world: World) -> None:
    for _ in range(3):
        assert get(world).status_code == 200
        world.time += FRESH + 0.01
    assert world.asked == 3


def test_a_browser_that_takes_it_gets_a_tenth(world: World) -> None:
    packed = get(world, Accept_Encoding="gzip, br")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(packed.get_data()) == world.text.encode()
    assert int(packed.headers["Content-Length"]) == len(packed.get_data()) < 500
    for refusing in ("identity", "gzip;q=0", ""):
        assert "Content-Encoding" not in get(world, Accept_Encoding=refusing).headers


def test_who_has_it_already_gets_nothing_again(world: World) -> None:
    for encoding in ("gzip", "identity"):
        etag = get(world, Accept_Encoding=encoding).headers["ETag"]
        again = get(world, Accept_Encoding=encoding, If_None_Match=etag)
        assert (again.status_code, again.get_data()) == (304, b"")
        assert "Content-Length" not in again.headers
        world.time += FRESH + 0.01
        assert get(world, Accept_Encoding=encoding, If_None_Match=etag).status_code == 304
    assert get(world, If_None_Match='"older"').status_code == 200


def test_each_address_and_host_has_its_own(world: World) -> None:
    assert get(world, "/?q=1").get_data() != get(world, "/?q=2").get_data()
    get(world, "/?q=1", Host="other.example")
    assert world.asked == 3


def test_what_is_somebodys_own_is_never_kept(world: World) -> None:
    assert get(world, "/own").get_data() != get(world, "/own").get_data()
    assert world.client.post("/").status_code == 405
    assert get(world, "/missing").status_code == 404
    assert get(world, "/?q=" + "a" * 300).status_code == 200
    assert get(world, "/?q=" + "a" * 300).status_code == 200
    assert world.asked == 4
