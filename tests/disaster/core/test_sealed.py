"""Sealed values: opened with the key and purpose they were made for, and with nothing else."""

import secrets
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine, select
from sqlalchemy import text as sql
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from disaster.app import create_app
from disaster.core import sealed
from disaster.core.settings import Settings, SettingsError

OLD, NEW = "ab" * 32, "cd" * 32


def _app(tmp_path: Path, data_key: str) -> Flask:
    return create_app(Settings(data_dir=tmp_path, secret_key="test", data_key=data_key, jma_feeds=False))


@pytest.mark.parametrize("text", ["", "090-1234-5678", "東員町 𠮷田 葛󠄀城", "a" * 5000])
def test_what_is_sealed_opens_again(app: Flask, text: str) -> None:
    assert sealed.unseal(sealed.seal(text)) == text
    assert sealed.opener()(sealed.seal(text)) == text


def test_equal_texts_give_different_sealed_values_that_hide_the_text(app: Flask) -> None:
    one, two = sealed.seal("taro@example.jp"), sealed.seal("taro@example.jp")
    assert one != two
    assert b"taro" not in one


def test_no_changed_byte_goes_unnoticed(app: Flask) -> None:
    data = sealed.seal("090-1234-5678")
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= 1 + secrets.randbelow(255)
        with pytest.raises(sealed.SealBroken):
            sealed.unseal(bytes(changed))
    for length in range(len(data)):
        with pytest.raises(sealed.SealBroken):
            sealed.unseal(data[:length])


def test_a_value_moved_to_another_purpose_does_not_open(app: Flask) -> None:
    with pytest.raises(sealed.SealBroken) as refused:
        sealed.unseal(sealed.seal("secret text", purpose="totp"), purpose="contact")
    assert "secret text" not in str(refused.value)


def test_a_new_key_seals_and_the_old_one_still_opens(tmp_path: Path) -> None:
    with _app(tmp_path, OLD).app_context():
        before, found_by = sealed.seal("old"), sealed.digest("old", "contact")
    with _app(tmp_path, f"{NEW},{OLD}").app_context():
        assert sealed.unseal(before) == "old"
        assert sealed.digest("old", "contact") == found_by
        after = sealed.seal("new")
    with _app(tmp_path, NEW).app_context():
        assert sealed.unseal(after) == "new"
        with pytest.raises(sealed.SealBroken):
            sealed.unseal(before)


def test_a_digest_depends_on_text_purpose_and_key(tmp_path: Path) -> None:
    with _app(tmp_path, OLD).app_context():
        digests = {sealed.digest("a", "x"), sealed.digest("b", "x"), sealed.digest("a", "y")}
        assert sealed.digest("a", "x") in digests
    with _app(tmp_path, NEW).app_context():
        digests.add(sealed.digest("a", "x"))
    assert len(digests) == 4
    assert {len(digest) for digest in digests} == {64}


@pytest.mark.parametrize("key", ["", "ab", "zz" * 32, "ab" * 31, f"{OLD},", f"{OLD},{OLD}", "pass phrase"])
def test_a_missing_or_wrong_key_is_named_and_never_repeated(tmp_path: Path, key: str) -> None:
    with pytest.raises(SettingsError, match="DISASTER_DATA_KEY") as refused, _app(tmp_path, key).app_context():
        sealed.seal("text")
    assert not key or key not in str(refused.value)


class _Tables(DeclarativeBase):
    pass


class _Row(_Tables):
    __tablename__ = "rows"

    id: Mapped[int] = mapped_column(primary_key=True)
    note: Mapped[str | None] = mapped_column(sealed.Sealed("note"))


def test_a_sealed_column_is_text_in_the_program_and_noise_in_the_database(app: Flask) -> None:
    engine = create_engine("sqlite://")
    _Tables.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([_Row(note="服薬あり"), _Row(note=None)])
        session.commit()
        assert session.scalars(select(_Row.note).order_by(_Row.id)).all() == ["服薬あり", None]
        raw = session.execute(sql("SELECT hex(note) FROM rows WHERE id = 1")).scalar_one()
    assert "服薬".encode().hex() not in raw.lower()
    assert len(raw) > 2 * 28
    engine.dispose()
