"""What would be sent, exactly: the content of an alert and every channel's text, without a path to any transmitter."""

from dataclasses import dataclass, replace

from sqlalchemy import select

from broadcast.alert import content_json
from broadcast.alert.content import Content, Place, Reference, Sender
from broadcast.alert.content_json import Texts
from broadcast.alert.extension import only_extends
from broadcast.audience import choosing
from broadcast.audience.choosing import Reach
from broadcast.models.alert import Alert, Transmission
from broadcast.models.readings import Named
from broadcast.sound import readings
from broadcast.texts import rendering
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.core.settings import settings
from disaster.shelters import directory


@dataclass(frozen=True, slots=True)
class Preview:
    """Content, texts per channel and language, people, and the digest that an approval binds."""

    content: Content
    texts: Texts
    reach: Reach
    digest: str


def preview(alert: Alert) -> Preview:
    """Everything an approver sees.

    Raises:
        Invalid: no area is named.
    """
    content = content_of(alert)
    texts = rendering.preview(content, limits=_limits())
    return Preview(content, texts, choosing.reach(alert), content_json.digest(content, texts, choosing.rule(alert)))


def _limits() -> dict[str, int]:
    """The lengths of texts that are settings."""
    config = settings()
    cell = min(config.cell_docomo_characters, config.cell_others_characters)
    return {"mastodon": config.mastodon_max_characters, "cell_broadcast": cell}


def content_of(alert: Alert) -> Content:
    """The alert as the plain data that texts are made of."""
    town = municipality()
    areas = tuple(town.area_by_code[code] for code in alert.areas)
    known = readings.table()
    content = Content(
        alert_id=alert.id,
        mode=alert.mode,
        msg_type=alert.msg_type,
        kind=alert.kind,
        hazard=alert.hazard,
        whole_town=alert.whole_town,
        areas=tuple(known.place(Named.AREA, a.code, Place(a.name, a.kana, a.name_en)) for a in areas),
        shelters=tuple(
            known.place(Named.SHELTER, s.source_id, Place(s.name, s.kana, s.name_en))
            for s in directory.by_ids(alert.shelters)
        ),
        situation=alert.situation,
        action=alert.action,
        title=alert.title,
        expires=alert.expires_at,
        sender=_sender(known),
        url=settings().link(f"/alerts/{alert.id}"),
        short_url=settings().link(f"/a/{alert.id}"),
        lifted=alert.lifted_kind,
        reference=_reference(alert),
        correction=alert.correction,
        extends=only_extends(alert),
    )
    return replace(content, readings=readings.of_free_text(content, known))


def _sender(known: readings.Table) -> Sender:
    town = municipality()
    return Sender(
        name=town.name,
        kana=known.kana(Named.TOWN, town.code, town.kana),
        name_en=town.name_en,
        code=town.code,
        department=town.contact.department,
        department_en=town.contact.department_en,
        phone=town.contact.phone,
        call_sign=town.radio.call_sign,
        radio_repeats=town.radio.repeats,
        chime_up=town.radio.chime_up,
        chime_down=town.radio.chime_down,
        siren_level_3=town.radio.siren_level_3,
        siren_level_4=town.radio.siren_level_4,
        siren_level_5=town.radio.siren_level_5,
        siren_lift=town.radio.siren_lift,
    )


def _reference(alert: Alert) -> Reference | None:
    if alert.references_id is None:
        return None
    first = db.session.query(Transmission).filter_by(alert_id=alert.references_id).one_or_none()
    return Reference(first.alert_id, first.kind, first.sent_at, _first_of(first.alert_id)) if first else None


def _first_of(alert_id: int) -> int:
    """The alert with which a chain of follow-ups began."""
    while earlier := db.session.scalar(select(Alert.references_id).where(Alert.id == alert_id)):
        alert_id = earlier
    return alert_id
