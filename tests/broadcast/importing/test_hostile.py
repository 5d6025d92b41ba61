"""Hostile lists: whatever the file holds, the answer is a report or a sentence, soon, and nothing is taken in unconfirmed (T17, R30, R31)."""

import contextlib
import io
import random
import time
import tracemalloc

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from broadcast.importing import table, taking
from broadcast.models.audience import Subscriber
from disaster.core.errors import Invalid
from disaster.core.extensions import db
from disaster.staff.permissions import Role
from tests.broadcast.views.browsing import person

HEAD = "番号,メール,携帯電話,電話,地区,言語,要支援"
CELLS = [
    "", "=1+1", "@SUM(A1)", "-2+3", "+81 90 0000 0001", "090-0000-0001", "taro@gmail.com", "葛\U000e0100城", "𠮷野家@gmail.com",
    "ﾊﾝｶｸ", "\u202eevil", "\x07", "\x85", "a\rb", '"', '""', "'", "\\", "ソ能表", "x" * 1999, "x" * 2001, "🌊" * 40, "中上", "全域",
    "笹尾西１丁目", "<script>alert(1)</script>", "{{7*7}}", "'; DROP TABLE contacts;--", "1e308", "NaN", "9" * 400, "\ufeff", "e\u0301",
]  # fmt: skip
SPECIAL = [
    b"", b"\n" * 1000, b"," * 100_000, b'"' * 100_001, b"\xff\xfe", b"\xff\xfe\x00", b"\xfe\xff\xd8\x00", b"\xef\xbb\xbf", b"\x00" * 5000,
    b"PK\x03\x04" + b"\x00" * 100, b"%PDF-1.4", b"\x1f\x8b\x08", b"<html>", b"[]", HEAD.encode() + b"\n" + b"\x80\x81\x82",
    HEAD.encode("utf-16"), HEAD.encode("utf-7"), (HEAD + "\n" + "1," * 5000).encode(), (HEAD + '\n1,"a\n').encode() * 50,
    (HEAD + "\n").encode() * 3000, ("メール;地区\n" + "a@b.jp;中上\n" * 20_000).encode(),
]  # fmt: skip


def _random_file(seed: int) -> bytes:
    dice = random.Random(seed)
    delimiter = dice.choice([",", "\t", ";", "|"])
    lines = [HEAD.replace(",", delimiter)] if dice.random() < 0.9 else []
    for _ in range(dice.randrange(30)):
        cells = [dice.choice(CELLS) for _ in range(dice.randrange(1, 12))]
        lines.append(delimiter.join(f'"{cell}"' if dice.random() < 0.3 else cell for cell in cells))
    text = dice.choice(["\n", "\r\n", "\r", "\n\r"]).join(lines)
    content = text.encode(dice.choice(["utf-8", "utf-8-sig", "cp932", "utf-16", "shift_jis_2004"]), "replace")
    if dice.random() < 0.3:
        cut = dice.randrange(len(content) + 1)
        content = content[:cut] + dice.randbytes(dice.randrange(1, 40)) + content[cut:]
    return content


def test_two_hundred_hostile_files_never_break_the_page_and_take_nothing_in(app: Flask) -> None:
    officer = person(app, "honbu", Role.OPERATOR)
    form = officer.form("/headquarters/subscribers", "/import")
    files = SPECIAL + [_random_file(seed) for seed in range(200 - len(SPECIAL))]
    slowest = 0.0
    for number, content in enumerate(files):
        started = time.process_time()

        data = {**form.values, "file": (io.BytesIO(content), f"{number}.csv")}
        answer = officer.client.post(form.action, data=data, content_type="multipart/form-data")
        assert answer.status_code in (303, 422), (number, content[:200])
        if answer.status_code == 303:
            assert officer.client.get(answer.headers["Location"]).status_code == 200, (number, content[:200])
        slowest = max(slowest, time.process_time() - started)
    assert slowest < 6, "seconds of work for the upload and the look together"
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Subscriber)) == 0


@given(st.binary(max_size=400))
@settings(max_examples=300)
def test_any_bytes_are_a_table_or_a_sentence(content: bytes) -> None:
    for whole in (content, "メール,地区\n".encode() + content):
        with contextlib.suppress(Invalid):
            found = table.read(whole)
            assert all(row.line > 0 for row in found.rows)


def test_any_row_is_a_person_or_mistakes_that_never_repeat_a_cell(app: Flask) -> None:
    @given(st.lists(st.one_of(st.sampled_from(CELLS), st.text(max_size=30)), max_size=8))
    @settings(max_examples=200, deadline=None)
    def check(cells: list[str]) -> None:
        quoted = ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)
        try:
            report = taking.take_in((HEAD + "\n" + quoted + "\n").encode("utf-8", "replace"), "x", dry_run=True)
        except Invalid:
            return
        for mistake in report.mistakes:
            assert not any(len(cell) > 3 and cell in mistake.reason for cell in cells)

    check()


def test_a_formula_in_a_heading_is_shown_as_text(app: Flask, client: FlaskClient) -> None:
    report = taking.take_in("メール,地区,<b>=1+1</b>\na@gmail.com,中上,x\n".encode(), "x", dry_run=True)
    assert report.unused == ["<b>=1+1</b>"]


def test_a_file_of_nothing_but_lines_takes_no_memory() -> None:
    """Eight megabytes of empty lines once took more than a gigabyte, and half a minute."""
    for line in (b"\n", b"\r", b"a\n", b",\n"):
        tracemalloc.start()
        try:
            with pytest.raises(Invalid, match="行が多すぎます"):
                table.read(b"\xef\xbb\xbf" + line * (table.MOST_BYTES // len(line) - 3))
            assert tracemalloc.get_traced_memory()[1] < 100_000_000
        finally:
            tracemalloc.stop()
