"""避難所情報 as it stands now."""

import re
from collections.abc import Callable

from lxml import etree

from broadcast.lalert import schema, standing
from broadcast.lalert.names import NAMESPACES
from disaster.core.extensions import db
from disaster.shelters import directory, state
from disaster.shelters.models import Shelter
from disaster.shelters.vocabulary import Crowding, Opening
from tests.broadcast.town import Town
from tests.broadcast.views.browsing import Person


def _texts() -> Callable[[str], list[str]]:
    _, written = standing.shelters()
    assert schema.problems(written) == []
    root = etree.fromstring(written)
    return lambda path: root.xpath(f"//{path}/text()", namespaces=NAMESPACES)


def _named(name: str) -> Shelter:
    db.session.expire_all()
    return next(shelter for shelter in directory.all_shelters() if shelter.name == name)


def _set(name: str, opening: Opening) -> None:
    found = _named(name)
    state.set_opening(found.id, opening, seen=found.state.version, actor="account:1")


def test_before_any_shelter_was_opened_none_is_named(town: Town) -> None:
    texts = _texts()
    assert texts("pcx_sh:TotalNumberOfShelter") == ["0"]
    assert texts("pcx_sh:Sort") == []
    assert texts("commons:contentObject/commons:documentRevision") == ["1"]
    assert texts("pcx_ib:Text") == ["東員町で開設している避難所はありません。"]


def test_opening_crowding_and_closing_are_revisions_of_one_document(town: Town) -> None:
    first = _texts()
    _set("城山小学校", Opening.OPEN)
    found = _named("城山小学校")
    state.set_crowding(found.id, Crowding.FULL, seen=found.state.version, actor="account:1")
    _set("神田小学校", Opening.OPEN)
    _set("神田小学校", Opening.CLOSED)
    texts = _texts()
    assert texts("commons:contentObject/commons:documentID") == first("commons:contentObject/commons:documentID")
    assert texts("commons:contentObject/commons:documentRevision") == ["5"]
    assert texts("edxlde:EDXLDistribution/edxlde:distributionType") == ["Update"]
    assert texts("pcx_sh:TotalNumberOfShelter") == ["1"]
    assert dict(zip(texts("pcx_sh:Location/commons:areaName"), texts("pcx_sh:Sort"), strict=True)) == {
        "城山小学校": "開設",
        "神田小学校": "閉鎖",
    }
    assert texts("pcx_sh:Status") == ["定員一杯"]
    assert len(texts("pcx_sh:CheckedDateTime")) == 1


def test_the_same_state_is_the_same_document(town: Town) -> None:
    _set("城山小学校", Opening.OPEN)
    assert standing.shelters() == standing.shelters()


def test_an_officer_takes_it_as_a_file(town: Town, writer: Person) -> None:
    answer = writer.client.get("/headquarters/lalert-shelters.xml")
    assert answer.mimetype == "application/xml"
    assert re.search(r'filename="shelter-[0-9a-f-]{36}-r00001.xml"', answer.headers["Content-Disposition"])
