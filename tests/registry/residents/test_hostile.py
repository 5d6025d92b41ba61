"""Residents' lists as they arrive: each is read right, or refused in a plain Japanese sentence that names the row. Nothing half, nothing silent."""

import io
import re
import zipfile
from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from disaster.core.errors import Invalid
from disaster.core.extensions import db
from disaster.staff.permissions import Role
from registry.models.people import Resident
from registry.residents import reading, taking
from registry.residents.report import Report
from registry.views import residents_list
from tests.fakes.staff import csrf_token, signed_in_client
from tests.registry.residents.lists import HEADER, ROWS, listed

SENTENCE = re.compile(r"[ぁ-ん].*[。）]$", re.DOTALL)


def _take(content: bytes, **how: bool) -> Report:
    return taking.take_in(lambda: io.BytesIO(content), "jumin.csv", **how)


def _born(said: str) -> bytes:
    return listed(ROWS[0].replace("昭和60年4月12日", said))


def _zipped() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("jumin.csv", listed())
    return packed.getvalue()


READ_RIGHT: dict[str, tuple[bytes, dict[str, Any]]] = {
    "CP932, and 外字 of the sender's own": (
        listed(ROWS[0].replace("太郎", "GAIJI郎"), encoding="cp932").replace(b"GAIJI", b"\xf0\x40"),
        {"name": "山田　〓郎"},
    ),
    "IBM's letters of CP932": (listed(ROWS[2], encoding="cp932"), {"name": "髙橋　一郎"}),
    "UTF-16 as a spreadsheet writes it": (listed(encoding="utf-16"), {"name": "山田　太郎"}),
    "tabs in the place of commas": (listed().replace(b",", b"\t"), {"address": "東員町大字山田１６００番地"}),
    "a title above the header": ("東員町 住民一覧,,\n".encode() + listed(encoding="utf-8"), {"name": "山田　太郎"}),
    "headings with spaces, full width and brackets": (
        listed(
            header="宛名 番号,世帯番号,氏　名,フリガナ（全角）,生年月日,性別,現住所,続柄,電話番号,住民状態,支援措置"
        ),
        {"kana": "ヤマダ　タロウ"},
    ),
    "a last line without an end": (listed(*ROWS).rstrip(b"\r\n"), {"name": "山田　太郎"}),
    "blank lines and a page break between": (
        listed(ROWS[0], "", ",,,,,,,,,,", "\x0c", ROWS[2]),
        {"name": "山田　太郎"},
    ),
    "a formula in the place of a name": (
        listed(ROWS[0].replace("山田　太郎", "=HYPERLINK(1)")),
        {"name": "=HYPERLINK(1)"},
    ),
    "an empty birth date": (_born(""), {"birth_date": None, "birth_raw": ""}),
    "a birth date of zeros": (_born("00000000"), {"birth_date": None}),
    "who moved out": (listed(ROWS[3]), {"gone": "moved", "birth_date": None}),
    "who died": (listed(ROWS[0].replace("0001,,", "0001,死亡,")), {"gone": "dead"}),
    "a removal that was taken back": (listed(ROWS[0].replace("0001,,", "0001,転出取消,")), {"gone": ""}),
    "a name of 200 letters": (listed(ROWS[0].replace("山田　太郎", "あ" * 200)), {"name": "あ" * 200}),
}


@pytest.mark.parametrize("why", READ_RIGHT)
def test_it_is_read_right(app: Flask, why: str) -> None:
    content, facts = READ_RIGHT[why]
    assert _take(content).bad == 0
    row = db.session.scalars(select(Resident).order_by(Resident.id)).first()
    assert {name: getattr(row, name) for name in facts} == facts


NOTATIONS = (
    "昭和60年4月12日", "昭和60.4.12", "昭60年4月12日", "S60.4.12", "S60/4/12", "s60-04-12", "S600412", "Ｓ６０．０４．１２", "3600412",
    "19850412", "1985/4/12", "1985-04-12", "1985年4月12日", "１９８５年４月１２日", "昭和六十年四月十二日",
)  # fmt: skip


@pytest.mark.parametrize("said", NOTATIONS)
def test_a_birth_date_in_every_notation(app: Flask, said: str) -> None:
    assert _take(_born(said)).unclear == {}
    row = db.session.scalars(select(Resident)).one()
    assert (row.birth_date, row.birth_precision, row.birth_raw) == (date(1985, 4, 12), "day", said)


@pytest.mark.parametrize(
    "said", ["昭和35年2月30日", "99999999", "不詳", "昭和元年", "2099-01-01", "1985", "明治100年1月1日"]
)
def test_a_birth_date_that_is_none_keeps_its_words_and_stops_nobody(app: Flask, said: str) -> None:
    assert _take(_born(said)).bad == 0
    row = db.session.scalars(select(Resident)).one()
    assert row.birth_raw == said
    assert row.birth_precision != "day" or row.birth_date


WRONG_ROWS: dict[str, tuple[bytes, int]] = {
    "a number twice with other content": (listed(*ROWS, ROWS[0].replace("太郎", "次郎")), 7),
    "no number": (listed(ROWS[0], ROWS[1].replace("0000002,", ",", 1)), 3),
    "no name": (listed(ROWS[0].replace("山田　太郎,ヤマダ　タロウ", ",")), 2),
    "a name of 201 letters": (listed(ROWS[0], ROWS[1].replace("山田　花子", "あ" * 201)), 3),
    "a control letter in a name": (listed(ROWS[0].replace("太郎", "太\x07郎")), 2),
    "quotes that never close": (listed(ROWS[0], '2,1,"山田 花子,,,,,,,,', ROWS[2]), 3),
    "a cell without an end": (listed(ROWS[0], ROWS[1].replace("花子", "花" * 5000)), 3),
    "a last line that was cut off": (listed(ROWS[0], ROWS[4].rsplit(",", 2)[0]).rstrip(b"\r\n"), 3),
    "hundreds of columns": (listed(ROWS[0], ROWS[1] + "," * 400), 3),
}


@pytest.mark.parametrize("why", WRONG_ROWS)
def test_a_wrong_row_is_named_and_nothing_is_taken_in(app: Flask, why: str) -> None:
    content, line = WRONG_ROWS[why]
    report = _take(content)
    assert not report.applied
    assert [mistake.line for mistake in report.mistakes] == [line]
    assert all(SENTENCE.search(mistake.reason) for mistake in report.mistakes)
    assert db.session.scalar(select(Resident.id)) is None


REFUSED: dict[str, tuple[bytes, str]] = {
    "an empty file": (b"", "見出し"),
    "a header and nothing below": (HEADER.encode(), "行がありません"),
    "no header": ("\n".join(ROWS).encode(), "見出し"),
    "headings that nobody knows": (listed(header="番号A,番号B,なまえ,よみ,うまれ,せい,ところ,つづき,でんわ,じょうたい,そち"), "見出し"),
    "a packed folder that is called .csv": (_zipped(), "Excel"),
    "NUL bytes": (listed(ROWS[0].replace("太郎", "太\x00郎")), "文字として読めない"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40, "文字として読めない"),
    "an end in the middle of a letter": (listed(*ROWS).rstrip(b"\r\n")[:-1], "途中で切れています"),
    "UTF-16 without its mark": (listed(encoding="utf-16-le"), "文字として読めない"),
}  # fmt: skip


@pytest.mark.parametrize("why", REFUSED)
def test_what_is_no_list_is_refused_in_a_sentence(app: Flask, why: str) -> None:
    content, word = REFUSED[why]
    with pytest.raises(Invalid) as refused:
        _take(content)
    assert word in refused.value.message
    assert SENTENCE.search(refused.value.message)


def test_a_file_that_is_too_large_is_refused_before_it_is_read(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_BYTES", 1000)
    with pytest.raises(Invalid, match="大きすぎます"):
        _take(listed(*ROWS * 10))
    monkeypatch.setattr(residents_list, "MOST_BYTES", 1000)
    client, _ = signed_in_client(app, "daicho", Role.REGISTRY)
    form = {"csrf_token": csrf_token(client, "/registry/residents"), "file": (io.BytesIO(listed(*ROWS * 10)), "a.csv")}
    page = client.post("/registry/residents", data=form)
    assert page.status_code == 422
    assert "disaster residents import" in page.get_data(as_text=True)
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    body, shape = head + b"x" * 20_000_000 + b"\r\n--x--\r\n", "multipart/form-data; boundary=x"
    page = client.post("/registry/residents", data=body, content_type=shape)
    assert page.status_code == 413
    assert "大きすぎ" in page.get_data(as_text=True)
