"""A town with its shelters, and a way to put an alert in force without the headquarters."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from broadcast.alert import content_json
from broadcast.alert.content import Content, Place, Reference, Sender
from broadcast.audience.fanout import rank_of
from broadcast.cap.vocabulary import Hazard, Kind, Mode, MsgType
from broadcast.models.alert import Alert, State, Transmission
from broadcast.texts.rendering import preview
from disaster.core import clock
from disaster.core.extensions import db
from disaster.core.municipality import Municipality, municipality
from disaster.shelters import directory, importing
from disaster.shelters.models import Shelter

Publish = Callable[..., int]


@pytest.fixture
def shelters(app: Flask) -> dict[str, Shelter]:
    """All 25 places of 東員町 by name."""
    importing.import_shipped(municipality())
    return {shelter.name: shelter for shelter in directory.all_shelters()}


@pytest.fixture
def publish(app: Flask) -> Publish:
    """``publish(Kind.EVACUATE, …)`` writes what an approval would freeze; returns the alert's number."""

    def write(kind: Kind = Kind.EVACUATE, hazard: Hazard = Hazard.FLOOD, **given: object) -> int:
        number = int(db.session.query(Alert).count()) + 1
        content = sample(number, kind, hazard, municipality(), **given)  # type: ignore[arg-type]
        sent = clock.now()
        alert = Alert(
            id=number, mode=content.mode, msg_type=content.msg_type, state=State.SENDING, kind=kind, hazard=hazard,
            expires_at=content.expires, idempotency_key=str(number), drafted_by=1, created_at=sent, updated_at=sent,
            references_id=content.reference.alert_id if content.reference else None,
        )  # fmt: skip
        db.session.add(alert)
        db.session.flush()
        frozen = Transmission(
            alert_id=number, identifier=f"243248-{number}", mode=content.mode, msg_type=content.msg_type, kind=kind,
            rank=rank_of(content.msg_type, kind), content=content_json.dump(content),
            texts=content_json.dump_texts(preview(content)), digest="0" * 64, people=25700, sent_at=sent, expires_at=content.expires,
        )  # fmt: skip
        db.session.add(frozen)
        db.session.commit()
        return number

    return write


def sample(
    number: int,
    kind: Kind,
    hazard: Hazard,
    town: Municipality,
    *,
    mode: Mode = Mode.LIVE,
    msg_type: MsgType = MsgType.ALERT,
    areas: tuple[str, ...] = ("大字長深",),
    shelters: tuple[str, ...] = (),
    situation: str = "",
    action: str = "",
    title: str = "",
    correction: str = "",
    seconds: float = 6 * 3600,
    earlier: tuple[int, Kind] | None = None,
    lifted: Kind | None = None,
) -> Content:
    """The content of an alert as an officer would have written it."""
    now, contact = clock.now(), town.contact
    radio = town.radio
    sender = Sender(
        town.name, town.kana, town.name_en, town.code, contact.department, contact.department_en, contact.phone,
        radio.call_sign, radio.repeats, radio.chime_up, radio.chime_down, radio.siren_level_5,
    )  # fmt: skip
    named = tuple(Place(area.name, area.kana, area.name_en) for area in town.areas if area.name in areas)
    return Content(
        alert_id=number, mode=mode, msg_type=msg_type, kind=kind, hazard=hazard, whole_town=not areas, areas=named,
        shelters=tuple(Place(name, "", "") for name in shelters), situation=situation, action=action, title=title,
        expires=now + timedelta(seconds=seconds), sender=sender, url=f"http://127.0.0.1/alerts/{number}",
        short_url=f"http://127.0.0.1/a/{number}", lifted=lifted, correction=correction,
        reference=Reference(earlier[0], earlier[1], now - timedelta(minutes=20)) if earlier else None,
    )  # fmt: skip
