"""A small town for the tests of the broadcast side: staff, shelters, residents, and channels that remember."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pyotp
from flask import Flask
from sqlalchemy import select

from broadcast.alert import compose, lifecycle
from broadcast.alert.compose import Draft, Origin
from broadcast.alert.lifecycle import Seen
from broadcast.alert.preview import preview
from broadcast.cap.vocabulary import Hazard, Kind, Language, Mode
from broadcast.channels import registry
from broadcast.channels.drill import DrillChannel
from broadcast.models.alert import Alert, Transmission
from broadcast.models.audience import Contact, Subscriber, SubscriberArea
from broadcast.models.delivery import Delivery, Status
from broadcast.sending.dispatch import Lane
from disaster.core import sealed
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.shelters import importing
from disaster.shelters.models import Shelter
from disaster.staff.models import Account, SpentStep
from disaster.staff.permissions import Role
from tests.fakes.channel import ScriptedChannel

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NAKAGAMI, SHIROYAMA = "24324-01", "24324-26"


@dataclass
class Town:
    """Everyone and everything a test of an alert needs; numbers are account ids."""

    app: Flask
    operator: int = 0
    approver: int = 0
    second_approver: int = 0
    channels: dict[str, ScriptedChannel] = field(default_factory=dict)

    def build(self) -> "Town":
        """Fill the empty database."""
        for name, personal in (("email", True), ("sms", True), ("mastodon", False), ("radio", False)):
            self.channels[name] = ScriptedChannel(name, personal=personal)
            self.channels[name].confirms = name in ("sms", "radio")
        drill = {name: DrillChannel(name, personal=channel.personal) for name, channel in self.channels.items()}
        self.app.extensions[registry.KEY] = {Mode.LIVE: dict(self.channels), Mode.DRILL: drill}
        importing.import_shipped(municipality())
        with transaction() as session:
            accounts = [
                Account(login=login, name=name, roles=[role], totp_secret=SECRET, password_hash="x", created_at=now())
                for login, name, role in (
                    ("honbu", "本部 太郎", Role.OPERATOR),
                    ("shonin", "承認 花子", Role.APPROVER),
                    ("shonin2", "承認 次郎", Role.APPROVER),
                )
            ]
            session.add_all(accounts)
            session.flush()
            self.operator, self.approver, self.second_approver = (a.id for a in accounts)
        return self

    def resident(
        self, number: int, *, area: str = NAKAGAMI, channels: tuple[str, ...] = ("email",), **more: object
    ) -> int:
        """One subscriber with an address per channel; the subscriber's id."""
        with transaction() as session:
            person = Subscriber(language=more.get("language", Language.JA), created_at=now(), all_areas=False)
            person.support_needed = bool(more.get("support_needed"))
            session.add(person)
            session.flush()
            session.add(SubscriberArea(area_code=area, subscriber_id=person.id))
            for channel in channels:
                address = f"person{number}@example.jp" if channel == "email" else f"+8190{number:08d}"
                session.add(
                    Contact(
                        subscriber_id=person.id,
                        channel=channel,
                        address=sealed.seal(address, "contact"),
                        digest=sealed.digest(address, "contact"),
                        token=f"token-{number}-{channel}",
                    )
                )
            return person.id

    def draft(self, **changes: object) -> Draft:
        """A complete level-4 order for one area."""
        values = {
            "kind": Kind.EVACUATE,
            "hazard": Hazard.FLOOD,
            "expires_at": now() + timedelta(hours=6),
            "areas": (NAKAGAMI,),
            "situation": "員弁川の水位が上がっています。",
        }
        return Draft(**{**values, **changes})  # type: ignore[arg-type]

    def composed(self, *, mode: Mode = Mode.LIVE, origin: Origin | None = None, **changes: object) -> int:
        """A draft of the operator; its id."""
        count = db.session.query(Alert).count()
        return compose.create(self.operator, self.draft(**changes), mode=mode, key=f"key-{count}", origin=origin)

    def submitted(self, **options: object) -> int:
        """An alert that waits for approval."""
        alert_id = self.composed(**options)  # type: ignore[arg-type]
        lifecycle.submit(alert_id, compose.get(alert_id).version, self.operator)
        return alert_id

    def seen(self, alert_id: int) -> Seen:
        """What the approver's screen shows now."""
        alert = compose.get(alert_id)
        shown = preview(alert)
        return Seen(alert.version, shown.digest, shown.reach.people)

    def code(self) -> str:
        """A fresh second factor, as often as a test needs one."""
        with transaction() as session:
            session.query(SpentStep).delete()
        return pyotp.TOTP(SECRET).at(now())

    def approved(self, **options: object) -> int:
        """An alert on its way; the alert's id."""
        alert_id = self.submitted(**options)
        lifecycle.approve(alert_id, self.approver, self.seen(alert_id), code=self.code())
        return alert_id

    def lane(self, channel: str, owner: str = "test") -> Lane:
        """A lane that the test steps by hand."""
        return Lane(channel, owner, self.app.extensions["disaster.settings"].data_dir / "wire")

    def send_everything(self) -> None:
        """Let every lane work until nothing is due."""
        for channel in self.channels:
            lane = self.lane(channel)
            while lane.step():
                pass
            lane.wire.close()

    def statuses(self, alert_id: int, channel: str = "") -> dict[Status, int]:
        """How many deliveries of the alert stand where."""
        db.session.rollback()
        query = select(Delivery.status).join(Transmission, Transmission.id == Delivery.transmission_id)
        query = query.where(Transmission.alert_id == alert_id)
        if channel:
            query = query.where(Delivery.channel == channel)
        found: dict[Status, int] = {}
        for status in db.session.scalars(query):
            found[Status(status)] = found.get(Status(status), 0) + 1
        return found

    def shelter(self, name: str) -> Shelter:
        """A shelter by its name."""
        return db.session.scalars(select(Shelter).where(Shelter.name == name)).one()

    def later(self, **span: float) -> datetime:
        """An instant from now."""
        return now() + timedelta(**span)
