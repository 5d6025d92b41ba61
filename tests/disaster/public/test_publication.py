"""The published files are what the service answers, and lead to each other without it."""

import json
from pathlib import Path
from urllib.parse import unquote

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from disaster.core import clock
from disaster.core.errors import Invalid
from disaster.core.municipality import municipality
from disaster.public import publication
from disaster.public.publish_cli import from_service, publish
from disaster.shelters import directory, importing, state
from disaster.shelters.vocabulary import Opening
from tests.broadcast.town import Town

LIVE = "http://127.0.0.1:8000"


@pytest.fixture
def folder(app: Flask, client: FlaskClient, tmp_path: Path) -> Path:
    town = Town(app).build()
    town.resident(1)
    town.approved()
    again(app, client, tmp_path / "site")
    return tmp_path / "site"


def again(app: Flask, client: FlaskClient, to: Path) -> publication.Published:
    return publication.publish(to, from_service(client, LIVE), LIVE, Path(str(app.static_folder)))


def test_the_files_are_what_is_served_and_lead_to_each_other(folder: Path, client: FlaskClient) -> None:
    for address in ("/", "/?lang=en", "/map", "/map?lang=easy_ja", "/shelters", "/alerts", "/alerts/1?lang=en"):
        served = client.get(address).get_data(as_text=True)
        published = (folder / publication.file_of(address)).read_text()
        assert published == publication.relinked(served, LIVE), address
        assert len(published) > 0.6 * len(served)
    for address in ("/shelters.csv", "/shelters.geojson", "/feeds/alerts.atom", "/feeds/cap/1.xml"):
        assert (folder / address[1:]).read_bytes() == client.get(address).get_data(), address
    pages = list(folder.rglob("*.html"))
    assert len(pages) >= 15
    for page in pages:
        text = page.read_text()
        for address in publication.links(text):
            target = folder / unquote(address.lstrip("/"))
            assert (target / "index.html" if address.endswith("/") else target).is_file(), (page, address)
        assert "?" not in "".join(publication.links(text))
        assert "<form" not in text


def test_only_what_changed_is_written_and_what_is_gone_goes(folder: Path, app: Flask, client: FlaskClient) -> None:
    with time_machine.travel(clock.now(), tick=False):  # pages tell the minute
        again(app, client, folder)
        assert again(app, client, folder).written == 0
    (folder / "own.txt").write_text("not ours")
    number = next(s.id for s in directory.all_shelters() if s.name == "神田小学校")
    state.set_opening(number, Opening.OPEN, seen=1, actor="account:1")
    changed = again(app, client, folder)
    assert 0 < changed.written < changed.files
    assert "開設中" in (folder / "shelters/index.html").read_text()
    listed = json.loads((folder / publication.LISTED).read_text())
    (folder / "alerts/99").mkdir(parents=True)
    (folder / "alerts/99/index.html").write_text("old")
    (folder / publication.LISTED).write_text(json.dumps({**listed, "alerts/99/index.html": "x", "../own.txt": "x"}))
    assert again(app, client, folder).gone == 1
    assert not (folder / "alerts/99/index.html").exists()
    assert (folder / "own.txt").exists()


def test_a_folder_with_other_files_is_left_alone(app: Flask, client: FlaskClient, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "letter.txt").write_text("mine")
    with pytest.raises(Invalid, match="ほかのファイル"):
        again(app, client, tmp_path / "home")


def test_the_command_line(app: Flask, tmp_path: Path) -> None:
    importing.import_shipped(municipality())
    done = app.test_cli_runner().invoke(publish, [str(tmp_path / "site"), "--json"])
    assert json.loads(done.stdout)["files"] > 20
    assert (tmp_path / "site/map/index.html").stat().st_size < 100_000
