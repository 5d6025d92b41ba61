"""The page of the residents' list: looked at first, taken in once, by who may."""

import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from disaster.core.extensions import db
from disaster.staff.permissions import Role
from registry.models.people import Resident
from tests.fakes.staff import csrf_token, signed_in_client
from tests.registry.residents.lists import ROWS, listed

PATH = "/registry/residents"


@pytest.fixture
def officer(app: Flask) -> FlaskClient:
    return signed_in_client(app, "daicho", Role.REGISTRY)[0]


def _count() -> int:
    db.session.expire_all()
    return db.session.scalar(select(func.count()).select_from(Resident)) or 0


def _send(client: FlaskClient, content: bytes, **form: str) -> tuple[int, str]:
    data = {"csrf_token": csrf_token(client, PATH), "file": (io.BytesIO(content), "jumin.csv"), **form}
    answer = client.post(PATH, data=data, content_type="multipart/form-data")
    return answer.status_code, answer.headers.get("Location", "") or answer.get_data(as_text=True)


def _press(client: FlaskClient, path: str, **form: str) -> str:
    data = {"csrf_token": csrf_token(client, PATH), **form}
    return client.post(path, data=data, follow_redirects=True).get_data(as_text=True)


def test_a_list_is_looked_at_and_then_taken_in_once(officer: FlaskClient) -> None:
    status, look = _send(officer, listed())
    assert status == 303
    page = officer.get(look).get_data(as_text=True)
    assert "まだ取り込んでいません" in page
    assert re.search(r"新しい人</dt><dd[^>]*>5人", page)
    assert _count() == 0
    assert "取り込みました（新規 5人、変更 0人）" in _press(officer, look)
    assert _count() == 5
    assert "この一覧は、もうありません" in _press(officer, look)


def test_wrong_rows_are_shown_and_can_be_left_out(officer: FlaskClient) -> None:
    _, look = _send(officer, listed(*ROWS, ",1,無番号,,,,,,,,"))
    page = officer.get(look).get_data(as_text=True)
    assert "宛名番号がありません。" in page
    assert "無番号" not in page
    assert "取り込みませんでした" in _press(officer, look)
    _, look = _send(officer, listed(*ROWS, ",1,無番号,,,,,,,,"))
    assert "取り込みました" in _press(officer, look, skip_bad="1")


def test_it_can_be_thrown_away(officer: FlaskClient) -> None:
    _, look = _send(officer, listed())
    assert "捨てました" in _press(officer, look + "/discard")
    assert officer.get(look).status_code == 404
    assert _count() == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "名簿のファイルを選んでください。"),
        (b"PK\x03\x04aaaa", "Excelのファイル"),
        ("氏名,住所\n山田,1\n".encode(), "見出しの行が見つかりません"),
    ],
)
def test_what_is_no_list_is_told_at_the_form(officer: FlaskClient, content: bytes, said: str) -> None:
    status, page = _send(officer, content, partial="1")
    assert status == 422
    assert said in page
    assert 'value="1" checked' in page


def test_nobody_else_sees_a_list_that_waits(app: Flask, officer: FlaskClient) -> None:
    _, look = _send(officer, listed())
    other, _ = signed_in_client(app, "daicho2", Role.REGISTRY)
    assert other.get(look).status_code == 404
    assert signed_in_client(app, "hinan", Role.SHELTER)[0].get(PATH).status_code == 403
