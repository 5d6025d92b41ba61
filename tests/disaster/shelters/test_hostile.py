"""Two hundred files that are no list, half a list or worse: each is read or refused in one plain sentence, fast, and never an error inside."""

import json
import random
import time
from collections.abc import Iterator

import pytest

from disaster.core.errors import Invalid
from disaster.shelters import reading

HEAD = "名称,住所,緯度,経度,災害種別_洪水,想定収容人数\n"
ROW = "三和小,長深700,35.064,136.577,1,300\n"
GOOD = (HEAD + ROW * 3).encode()
FEATURE = {
    "type": "Feature",
    "geometry": {"type": "Point", "coordinates": [136.5, 35.0]},
    "properties": {"施設・場所名": "a"},
}


def features(*changed: object) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(changed)}).encode()


def by_hand() -> list[bytes]:
    cells = [
        "=1+1",
        "@SUM(A1)",
        "\x00",
        "\x1b[2J",
        "‮名",
        "ソ表\\",
        "ｶﾅ",
        "\ue000\ue001",
        "a" * 30_000,
        '"',
        "x\ny\nz",
        "9" * 5000,
        "１２人",
        "-1",
        "1e400",
        "nan",
    ]
    made = [(HEAD + f'"{cell}",b,35,136.5,1,"{cell}"\n').encode("utf-8", "surrogatepass") for cell in cells]
    made += [
        f"{HEAD}a,b,{place},1,1\n".encode()
        for place in ("35", "99,136", "1e999,136", "inf,nan", "０,０", "北緯35度,東経136度", ",", "35.0,136.5,35.0")
    ]
    made += [
        b"", b"\n" * 9999, b"\x00" * 5000, b"PK\x03\x04" + b"x" * 3000, b"%PDF-1.7", b"\xd0\xcf\x11\xe0" * 99, b"\x89PNG\r\n\x1a\n" * 99,
        b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>", b"<html><body>502</body></html>", b"{", b"{}", b"[" * 100_000, b'{"a":' * 50_000,
        b'{"type":"FeatureCollection"}', b'{"type":"FeatureCollection","features":{}}', b'{"type":"FeatureCollection","features":[1,null,"a",[]]}',
        features(), features({}), features({**FEATURE, "geometry": None}), features({**FEATURE, "geometry": {"type": "Polygon", "coordinates": [[]]}}),
        features({**FEATURE, "geometry": {"type": "Point", "coordinates": ["a", {}]}}), features({**FEATURE, "geometry": {"type": "Point", "coordinates": [1e308, -1e308, 0]}}),
        features({**FEATURE, "properties": None}), features({**FEATURE, "properties": {"施設・場所名": ["a", {"b": 1}], "洪水": {}, "住所": 10**4000}}),
        b'{"type":"FeatureCollection","features":[{"properties":{"\\ud800":"\\udfff"},"geometry":{"coordinates":[136,35]}}]}',
        features(*[FEATURE] * 3000), (HEAD + "," * 5000 + "\n").encode(), (",".join(f"列{n}" for n in range(3000)) + "\n").encode(), (HEAD * 500).encode(),
        (HEAD + '"' + "x" * 200_000).encode(), (HEAD + ROW).encode("utf-16"), (HEAD + ROW).encode("utf-16")[:-1], (HEAD + ROW).encode("cp932") + b"\x81", (HEAD + ROW).encode("euc_jp"),
        (HEAD + ROW).encode("utf-7"), (HEAD + ROW).encode("utf-32"), (HEAD + ROW).replace("\n", "\r").encode(), (HEAD + ROW).replace(",", "\t").encode("utf-16"), "名称\n".encode() * 50_000,
    ]  # fmt: skip
    return made


def files() -> Iterator[bytes]:
    made = by_hand()
    yield from made
    chance = random.Random(17)
    for _ in range(200 - len(made)):
        content = bytearray(
            chance.choice(
                [GOOD, (HEAD + ROW).encode("cp932"), features(FEATURE, FEATURE), (HEAD + ROW).encode("utf-16")]
            )
        )
        for _ in range(chance.randint(1, 12)):
            at = chance.randrange(len(content))
            if chance.random() < 0.5:
                content[at] = chance.randrange(256)
            else:
                del content[at : at + chance.randint(1, 20)]
                content = content or bytearray(b"x")
        yield bytes(content)


def test_each_is_read_or_refused_in_words() -> None:
    everything, said, slowest = list(files()), [], 0.0
    for content in everything:
        started = time.process_time()
        try:
            found = reading.read(content, None, own_code="243248", town="東員町")
        except Invalid as error:
            said.append(error.message)
        else:
            said += [fault.reason for fault in found.faults]
            assert all(record.name and -90 <= record.lat <= 90 for record in found.records)
        slowest = max(slowest, time.process_time() - started)
    assert (len(everything), len(said) > 100, slowest < 2) == (200, True, True)
    assert not [text for text in said if not text.endswith("。")]


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"a":' * 50_000])
def test_deep_nesting_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        reading.read(content, None, own_code="243248", town="東員町")
