"""CAP 1.2 as we write it: valid for every alert, nothing invented, nothing lost."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
import xmlschema
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from broadcast.alert.content import Content, Reference
from broadcast.cap.reading import read
from broadcast.cap.vocabulary import Hazard, Kind, Language, Mode, MsgType
from broadcast.cap.xml import reference, to_xml
from tests.broadcast.contents import AREAS, ISSUED, SHELTERS, content
from tests.broadcast.strategies import contents

SCHEMA = xmlschema.XMLSchema(str(Path(__file__).parents[2] / "data/cap/xsd/CAP-v1.2.xsd"))
NS = {"c": "urn:oasis:names:tc:emergency:cap:1.2"}
EARLIER = reference("toin.example", "243248-1", ISSUED)
SQUARE = ((35.11, 136.59), (35.11, 136.60), (35.05, 136.60), (35.05, 136.59))


def write(alert: Content, **given: object) -> bytes:
    """The document of a content, with the usual names."""
    references = () if alert.msg_type is MsgType.ALERT else (EARLIER,)
    usual = {"identifier": "243248-123", "sender": "toin.example", "sent": ISSUED, "references": references}
    return to_xml(alert, **{**usual, **given})  # type: ignore[arg-type]


def values(document: bytes, path: str) -> list[str]:
    """The texts at a path below the root, ``c:`` before every name."""
    return [str(element.text) for element in etree.fromstring(document).iterfind(path, NS)]


@settings(max_examples=50, deadline=None)
@given(contents(), st.booleans())
def test_every_alert_is_valid_by_a_second_validator(alert: Content, shapes: bool) -> None:
    points = {place.name: (35.07, 136.58) for place in AREAS[:9]} if shapes else {}
    document = write(alert, boundary=SQUARE if shapes else (), points=points)
    SCHEMA.validate(document.decode())
    found = read(document)
    assert (found["valid"], found["problems"], found["warnings"]) == (True, [], [])
    assert [info["language"] for info in found["infos"]] == ["ja-JP", "ja-JP-x-easy", "en"]
    assert all(info["areas"] for info in found["infos"])
    assert (found["status"] == "Exercise") == (alert.mode is Mode.DRILL)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (Kind.EMERGENCY, ("Immediate", "Extreme", "Observed", ["Shelter"])),
        (Kind.EVACUATE, ("Immediate", "Severe", "Likely", ["Evacuate"])),
        (Kind.ELDERLY, ("Expected", "Moderate", "Likely", ["Evacuate", "Prepare"])),
        (Kind.LIFT, ("Past", "Minor", "Observed", ["AllClear"])),
    ],
)
def test_levels_are_graded(kind: Kind, expected: tuple[object, ...]) -> None:
    for info in read(write(content(kind)))["infos"]:
        assert (info["urgency"], info["severity"], info["certainty"], info["response_types"]) == expected


def test_an_alert_made_by_mistake_is_all_clear_but_a_mistaken_lift_is_not() -> None:
    withdrawn = read(write(content(msg_type=MsgType.CANCEL)))["infos"][0]
    assert (withdrawn["response_types"], withdrawn["certainty"], withdrawn["parameters"]) == (
        ["AllClear"],
        "Unlikely",
        [],
    )
    lift = read(write(content(Kind.LIFT, msg_type=MsgType.CANCEL)))["infos"][0]
    assert (lift["response_types"], lift["severity"]) == (["Evacuate"], "Severe")
    assert lift["parameters"] == [{"name": "警戒レベル", "value": "4"}]


def test_nobody_is_told_to_shelter_where_a_tsunami_or_a_fire_comes() -> None:
    for hazard in (Hazard.TSUNAMI, Hazard.FIRE):
        assert values(write(content(Kind.EMERGENCY, hazard)), "c:info/c:responseType") == ["Evacuate"] * 3


def test_times_are_in_japan_and_whole_seconds() -> None:
    document = write(content(), sent=datetime(2026, 9, 12, 6, 4, 5, 678901, tzinfo=UTC))
    assert values(document, "c:sent") == ["2026-09-12T15:04:05+09:00"]
    assert values(document, "c:info/c:expires") == ["2026-09-13T09:00:00+09:00"] * 3


def test_an_update_names_what_it_updates() -> None:
    document = write(
        content(msg_type=MsgType.UPDATE), references=(EARLIER, reference("toin.example", "243248-2", ISSUED))
    )
    assert values(document, "c:msgType") == ["Update"]
    first, second = values(document, "c:references")[0].split()
    assert first == "toin.example,243248-1,2026-09-12T15:04:00+09:00"
    assert second == "toin.example,243248-2,2026-09-12T15:04:00+09:00"


def test_each_area_is_an_area_with_its_circle_and_without_the_code_of_the_whole_town() -> None:
    areas = read(write(content(), points={"大字長深": (35.059309, 136.578508)}))["infos"][0]["areas"]
    assert [area["description"] for area in areas] == ["東員町大字長深", "東員町大字中上"]
    assert (areas[0]["circles"], areas[0]["geocodes"]) == (["35.059309,136.578508 0.5"], [])
    assert areas[1]["geocodes"] == [{"name": "全国地方公共団体コード", "value": "243248"}]


def test_the_whole_town_is_a_closed_polygon_latitude_first() -> None:
    (area,) = read(write(content(whole_town=True), boundary=SQUARE))["infos"][2]["areas"]
    points = area["polygons"][0].split()
    assert points[0] == points[-1] == "35.110000,136.590000"
    assert (len(points), area["description"]) == (5, "All of Toin Town")


def test_free_text_is_data_and_not_markup() -> None:
    document = write(content(situation="</description><info>&amp;]]>"))
    assert "</description><info>&amp;]]>" in read(document)["infos"][0]["description"]
    assert len(etree.fromstring(document).findall("c:info", NS)) == len(Language)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"identifier": "a b"}, "identifier"),
        ({"identifier": ""}, "identifier"),
        ({"sender": "a,b"}, "sender"),
        ({"sender": "a<b&c"}, "sender"),
        ({"boundary": ((136.5, 35.1), (136.6, 35.1), (136.6, 35.0))}, "latitude"),
        ({"boundary": ((35.1, 136.5), (35.0, 136.5))}, "polygon"),
    ],
)
def test_what_cap_forbids_is_refused(given: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        write(content(whole_town=True), **given)


def test_an_alert_without_area_is_refused_and_never_becomes_everyone() -> None:
    with pytest.raises(ValueError, match="area"):
        write(content(areas=()))


def test_an_update_without_references_is_refused() -> None:
    with pytest.raises(ValueError, match="references"):
        write(content(msg_type=MsgType.UPDATE), references=())


def test_a_lift_is_an_update_of_the_order_and_not_a_correction() -> None:
    lift = content(
        Kind.LIFT, msg_type=MsgType.UPDATE, reference=Reference(122, Kind.EVACUATE, ISSUED), shelters=SHELTERS[:1]
    )
    headlines = values(write(lift), "c:info/c:headline")
    assert headlines[0] == "避難指示（洪水）の解除"
    assert headlines[2] == "Evacuation Order (Flood) lifted"
