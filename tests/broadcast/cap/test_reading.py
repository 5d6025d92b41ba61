"""CAP documents of others: real ones, broken ones, and attacks."""

import contextlib
import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st

from broadcast.cap.reading import MAX_BYTES, Unreadable, read
from tests.broadcast.cap.test_xml import write
from tests.broadcast.contents import content

CORPUS = Path(__file__).parents[2] / "data/cap"
VALID = (
    "australia.cap",
    "canada.cap",
    "canada_errors.cap",
    "canada_signed.cap",
    "earthquake-iso8859-1.cap",
    "wcatwc-warning.cap",
)
OLDER = ("earthquake.cap", "earthquake_signed.cap", "no_optional_fields.cap", "noaa_errors.cap", "weather.cap")
OTHERS = sorted(path.name for path in CORPUS.iterdir() if path.suffix in (".atom", ".rss", ".edxlde", ".pem"))


def corpus(name: str) -> bytes:
    """A file of the corpus."""
    return (CORPUS / name).read_bytes()


@pytest.mark.parametrize("name", VALID)
def test_valid_documents_are_valid_for_a_second_validator_too(name: str) -> None:
    found = read(corpus(name))
    assert (found["valid"], found["version"], found["problems"]) == (True, "1.2", [])
    if (
        name != "canada_signed.cap"
    ):  # the other validator also checks inside of the signature, which CAP leaves open ("lax")
        assert xmlschema.XMLSchema(str(CORPUS / "xsd/CAP-v1.2.xsd")).is_valid(str(CORPUS / name))


@pytest.mark.parametrize("name", OLDER)
def test_documents_of_cap_11_are_read_and_said_to_be_of_that_version(name: str) -> None:
    found = read(corpus(name))
    assert (found["valid"], found["version"], found["problems"][0]) == (False, "1.1", "CAP 1.1, not 1.2")
    assert found["identifier"]


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_alert_is_named(name: str) -> None:
    with pytest.raises(Unreadable, match=r"CAPの文書（alert）ではなく|XMLとして読めません|文書型宣言"):
        read(corpus(name))


def test_entities_are_never_read() -> None:
    for name in ("xee.cap", "xee.atom"):
        with pytest.raises(Unreadable, match="文書型宣言（DOCTYPE）のある文書は読みません"):
            read(corpus(name))


def test_a_bomb_of_entities_is_refused_at_once() -> None:
    lines = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    with pytest.raises(Unreadable, match=r"読めません|読みません"):
        read(f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l0 "ha">{lines}]><alert>&l11;</alert>'.encode())


def test_a_real_alert_in_two_languages() -> None:
    found = read(corpus("canada.cap"))
    assert (found["identifier"], found["sender"]) == ("2.49.0.1.124.6bddbc91.2012", "cap@ec.gc.ca")
    assert (found["status"], found["msg_type"], found["scope"]) == ("Actual", "Update", "Public")
    assert len(found["references"]) == 2
    assert [info["language"] for info in found["infos"]] == ["en-CA", "fr-CA"]
    assert found["infos"][0]["areas"][0]["geocodes"]


def test_a_missing_scope_is_said() -> None:
    found = read(corpus("invalid.cap"))
    assert (found["valid"], found["scope"], found["identifier"]) == (False, None, "12345")
    assert "scope" in found["problems"][0]


def test_an_update_without_references_is_a_warning_because_the_schema_allows_it() -> None:
    assert read(corpus("canada_errors.cap"))["warnings"] == ["Update without references"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (b"<status>Actual", b"<status>actual", "status"),
        (b"+09:00</sent>", b"Z</sent>", "sent"),
        (b"<scope>Public</scope>", b"", "scope"),
        (b"<urgency>", b"<urgency>Very", "urgency"),
        (b"<event>", b"<headline>x</headline><event>", "headline"),
    ],
)
def test_each_rule_of_the_schema_is_kept(old: bytes, new: bytes, said: str) -> None:
    document = write(content())
    assert old in document
    found = read(document.replace(old, new))
    assert not found["valid"]
    assert said in found["problems"][0]


def test_an_odd_namespace_is_named_and_the_rest_still_read() -> None:
    odd = write(content()).replace(b"urn:oasis:names:tc:emergency:cap:1.2", b"urn:oasis:names:tc:emergency:alerts:1.2")
    found = read(odd)
    assert (found["valid"], found["version"], found["identifier"]) == (False, None, "243248-123")
    assert found["problems"] == ["the namespace urn:oasis:names:tc:emergency:alerts:1.2 is not the one of CAP 1.2"]


def test_too_large_and_empty_files_are_refused() -> None:
    with pytest.raises(Unreadable, match="大きすぎます（8MBまで）"):
        read(b" " * (MAX_BYTES + 1))
    with pytest.raises(Unreadable, match="空です"):
        read(b" \n")


@pytest.mark.parametrize(("pack", "said"), [(gzip.compress, "gzip"), (lambda data: b"PK\x03\x04" + data, "zip")])
def test_a_packed_file_is_said_to_be_packed(pack: Callable[[bytes], bytes], said: str) -> None:
    with pytest.raises(Unreadable, match=f"{said}で圧縮されています"):
        read(pack(corpus("canada.cap")))


def test_every_sentence_is_for_people_and_names_no_library() -> None:
    files = (
        corpus("canada.cap")[:900],
        b"<a>" * 300,
        "こんにちは".encode(),
        corpus("canada.cap").decode().encode("cp500"),
    )
    for data in files:
        with pytest.raises(Unreadable, match=r"^XMLとして読めません（\d+行目）。$"):
            read(data)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damaged_documents_never_break_the_reader(data: st.DataObject) -> None:
    document = bytearray(corpus(data.draw(st.sampled_from(VALID + OLDER))))
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(document) - 1))
        document[place : place + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=8))
    with contextlib.suppress(Unreadable):
        found = read(bytes(document))
        assert found["valid"] == (found["problems"] == [])
