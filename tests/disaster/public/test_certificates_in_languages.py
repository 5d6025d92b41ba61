"""The form of an application and its receipt in English and やさしい日本語: every word and every sentence about what is wrong."""

import io
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from disaster.core.errors import Busy, DomainError, Invalid, Stale
from registry.damage import given, wording
from registry.damage.applying import TooManyApplications
from registry.damage.vocabulary import RELATIONS, TENURES, Kind
from tests.disaster.public.test_certificates import applications, key_at
from tests.registry.damage.cases import FORM, photograph

OTHERS = ["en", "easy_ja"]


def keys(table: dict[str, Any], before: str = "") -> Iterator[str]:
    for name, value in table.items():
        if isinstance(value, dict):
            yield from keys(value, f"{name}.")
        else:
            yield before + name


def opened(client: FlaskClient, language: str) -> tuple[str, str]:
    """The form's page and its key."""
    address = client.get(f"/certificates/apply?lang={language}").headers["Location"]
    return client.get(address).text, key_at(client, address)


@pytest.mark.parametrize("language", OTHERS)
def test_every_word_is_there_in_every_language(language: str) -> None:
    japanese = set(keys(wording.table("ja")))
    assert {key for key in keys(wording.table(language)) if not key.startswith("error.")} == japanese
    said = wording.table(language)["error"]
    assert set(given.ORDER) <= set(said)
    assert all(said.values())


def test_the_words_are_those_of_every_choice_and_field() -> None:
    table = wording.table("ja")
    assert set(table["kind"]) == set(Kind)
    assert (set(table["relation"]), set(table["tenure"])) == (set(RELATIONS), set(TENURES))
    assert table["relation"] == RELATIONS
    assert table["tenure"] == TENURES
    assert {name: label for name, (label, *_) in (given.LINES | given.TEXTS).items()}.items() <= table["label"].items()


def test_english_from_the_form_to_the_receipt(client: FlaskClient) -> None:
    page, key = opened(client, "en")
    assert '<html lang="en"' in page
    assert "Date of birth of who applies" in page
    assert "lang=easy_ja" in page
    assert f"form={key}" in page
    form = {**FORM, "key": key, "lang": "en"}
    refused = client.post("/certificates/apply", data={**form, "birth": "2001-02-29", "phone": "12", "name": "Ann Lee"})
    assert refused.status_code == 422
    assert "For example" in refused.text
    assert "Enter a real day with year, month and day" in refused.text
    assert "Enter the digits of a telephone number" in refused.text
    assert 'value="Ann Lee"' in refused.text
    assert not re.search(r"してください|ありません", _without_footer(refused.text))
    sent = client.post("/certificates/apply", data={**form, "name": "Ann Lee"})
    assert (sent.status_code, applications()) == (303, 1)
    receipt = client.get(sent.headers["Location"]).text
    assert "We have your application" in receipt
    assert not re.search(r"してください|ます。", _without_footer(receipt))
    again = client.post("/certificates/apply", data={**form, "name": "Ann Lee"}, follow_redirects=True)
    assert "We have this application already" in again.text


def test_files_that_are_none_are_told_in_the_language_of_the_receipt(client: FlaskClient) -> None:
    _, key = opened(client, "easy_ja")
    client.post("/certificates/apply", data={**FORM, "key": key, "lang": "easy_ja"})
    at = f"/certificates/receipt/{key}/files"
    refused = client.post(at, data={"files": (io.BytesIO(b"GIF89a"), "x.gif"), "lang": "easy_ja"})
    assert refused.status_code == 422
    assert "この ファイルは 受（う）け取（と）れません" in refused.text
    taken = client.post(
        at, data={"files": (io.BytesIO(photograph()), "x.jpg"), "lang": "easy_ja"}, follow_redirects=True
    )
    assert "1個（こ） 受（う）け取（と）りました" in taken.text


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize(
    ("error", "key"),
    [(Invalid("開き直してください。"), "again"), (Stale("重なりました。"), "stale"), (TooManyApplications(), "many"), (Busy(), "other")],
)  # fmt: skip
def test_what_else_may_happen(language: str, error: DomainError, key: str) -> None:
    assert wording.told(error, language) == (wording.table(language)["error"][key], {})
    assert wording.told(error, "ja")[0] == error.message


def test_an_unknown_language_is_japanese_and_pages_lead_there(app: Flask, client: FlaskClient) -> None:
    assert "申請する人の氏名" in opened(client, "xx")[0]
    front = client.get("/certificates").text
    assert 'href="/certificates/apply?lang=en"' in front
    assert 'href="/certificates/apply?lang=en"' in client.get("/?lang=en").text
    assert 'href="/certificates"' in client.get("/").text


def _without_footer(page: str) -> str:
    return page[: page.index("<footer")]
