"""A sealed file gives back what went in, or nothing: every changed, cut or added byte is seen."""

import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from disaster.backup.container import PIECE, Damaged, Opening, Sealing, WrongKey

KEY, OTHER = b"k" * 32, b"o" * 32


def sealed(content: bytes, key: bytes = KEY) -> bytes:
    to = io.BytesIO()
    sealing = Sealing(to, key, {"made": "2026-11-28T00:00:00+00:00"})
    sealing.write(content)
    sealing.close()
    return to.getvalue()


def read(data: bytes, key: bytes = KEY) -> bytes:
    source, found = Opening(io.BytesIO(data), key), b""
    while block := source.read(70_000):
        found += block
    return found


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 7])
def test_what_went_in_comes_out(size: int) -> None:
    content = random.Random(size).randbytes(size)
    assert read(sealed(content)) == content


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.data())
def test_any_flipped_bit_is_seen(content: bytes, data: st.DataObject) -> None:
    whole = bytearray(sealed(content))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises((Damaged, WrongKey)):
        read(bytes(whole))


def test_a_length_that_promises_more_than_there_is_is_seen() -> None:
    whole = bytearray(sealed(b"abc"))
    start = whole.index(b"\n", whole.index(b"\n") + 1) + 1
    for at in range(start, start + 4):
        for bit in range(8):
            changed = bytes(whole[:at]) + bytes([whole[at] ^ 1 << bit]) + bytes(whole[at + 1 :])
            with pytest.raises(Damaged):
                read(changed)


def test_what_is_cut_off_added_or_swapped_is_seen() -> None:
    content = random.Random(1).randbytes(2 * PIECE + 5)
    whole = sealed(content)
    start = whole.index(b"\n", whole.index(b"\n") + 1) + 1
    one = 4 + PIECE + 16
    first, second, last = whole[start : start + one], whole[start + one : start + 2 * one], whole[start + 2 * one :]
    for wrong in (
        whole[:-1],
        whole[: start + 2 * one],
        whole[:start],
        whole + b"x",
        whole[:start] + second + first + last,
        whole[:start] + first + last,
        b"",
        b"PK\x03\x04" * 100,
    ):
        with pytest.raises(Damaged):
            read(wrong)


def test_another_key_is_told_apart_from_damage() -> None:
    with pytest.raises(WrongKey, match="別のデータ鍵"):
        read(sealed(b"abc"), OTHER)


def test_nothing_of_the_content_is_readable_in_it() -> None:
    assert b"needle" not in sealed(b"needle" * 1000)
