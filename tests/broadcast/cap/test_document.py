"""The CAP document of what was really sent: sender, identifiers and the chain of earlier messages."""

from datetime import timedelta

from flask import Flask

from broadcast.alert import content_json
from broadcast.alert.content import Content, Reference
from broadcast.cap import document
from broadcast.cap.reading import read
from broadcast.cap.vocabulary import Kind, MsgType
from broadcast.models.alert import Alert, Transmission
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.municipality import municipality
from tests.broadcast.contents import AREAS, ISSUED, content


def sent(number: int, alert: Content) -> Transmission:
    """Freeze a content as sent."""
    with transaction() as session:
        session.add(
            Alert(
                id=number, mode=alert.mode, msg_type=alert.msg_type, kind=alert.kind, hazard=alert.hazard, expires_at=alert.expires,
                idempotency_key=str(number), drafted_by=1, created_at=now(), updated_at=now(),
            )
        )  # fmt: skip
        session.flush()
        one = Transmission(
            alert_id=number, identifier=f"243248-{number}", mode=alert.mode, msg_type=alert.msg_type, kind=alert.kind, rank=3,
            content=content_json.dump(alert), texts={}, digest="", people=1, sent_at=ISSUED + timedelta(hours=number), expires_at=alert.expires,
        )  # fmt: skip
        session.add(one)
    return one


def test_an_update_of_an_update_names_both(app: Flask) -> None:
    sent(1, content())
    sent(2, content(msg_type=MsgType.UPDATE, reference=Reference(1, Kind.EVACUATE, ISSUED)))
    last = sent(3, content(Kind.LIFT, msg_type=MsgType.UPDATE, reference=Reference(2, Kind.EVACUATE, ISSUED)))
    found = read(document.render(last).encode())
    assert (found["valid"], found["identifier"], found["sender"]) == (True, "243248-3", document.sender())
    assert [reference.split(",")[1] for reference in found["references"]] == ["243248-2", "243248-1"]


def test_the_whole_town_has_its_outline_and_an_area_its_circle(app: Flask) -> None:
    town = read(document.render(sent(1, content(whole_town=True))).encode())
    points = town["infos"][0]["areas"][0]["polygons"][0].split()
    assert points[0] == points[-1]
    assert len(points) == len(document.boundary(municipality()))
    assert points[0].startswith("35.")
    part = read(document.render(sent(2, content(areas=AREAS))).encode())
    assert all(area["circles"] for area in part["infos"][0]["areas"])


def test_the_same_transmission_gives_the_same_document(app: Flask) -> None:
    one = sent(1, content())
    assert document.render(one) == document.render(one)
