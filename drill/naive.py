"""Workers as one would write them first, so that the drills can show that they see what they are to see.

``mark_first`` notes in the ledger that a letter was sent and then sends it: killed in between, it loses. ``retry`` sends a chunk, each
letter with a new Message-ID, and then notes it: killed in between, it doubles. ``NaiveLane`` sends one by one and tries again at once
whatever went wrong.
"""

import contextlib
import os
import smtplib
import time
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import make_msgid

import requests
from sqlalchemy import select, update

from broadcast.models.audience import Contact
from broadcast.models.delivery import Delivery, Status
from broadcast.upkeep import beat
from disaster.app import create_app
from disaster.core import sealed
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.core.settings import settings

CHUNK = 20


def run(*, mark_first: bool) -> None:
    """Work until killed."""
    with create_app().app_context():
        beat(f"naive-{os.getpid()}-")
        while True:
            chunk = _waiting("email")
            if not chunk:
                time.sleep(0.05)
                continue
            for step in (_mark, _send) if mark_first else (_send, _mark):
                step(chunk)


class NaiveLane:
    """In place of a lane of one channel (email or sms)."""

    def __init__(self, channel: str) -> None:
        self.channel = channel

    def step(self) -> int:
        """Send what is queued, one by one; what fails in any way stays queued."""
        chunk = _waiting(self.channel)
        opened = sealed.opener("contact")
        for number, contact_id in chunk:
            address = opened(db.session.scalars(select(Contact.address).where(Contact.id == contact_id)).one())
            db.session.rollback()
            with contextlib.suppress(OSError, smtplib.SMTPException):
                (_letter if self.channel == "email" else _text_message)(address)
                _mark([(number, contact_id)])
        return len(chunk)


def _waiting(channel: str) -> list[tuple[int, int]]:
    rows = db.session.execute(
        select(Delivery.id, Delivery.contact_id)
        .where(Delivery.channel == channel, Delivery.status == Status.QUEUED)
        .order_by(Delivery.id)
        .limit(CHUNK)
    ).all()
    db.session.rollback()
    return [(row.id, row.contact_id) for row in rows]


def _mark(chunk: Sequence[tuple[int, int]]) -> None:
    with transaction() as session:
        session.execute(
            update(Delivery).where(Delivery.id.in_([number for number, _ in chunk])).values(status=Status.ACCEPTED)
        )


def _send(chunk: Sequence[tuple[int, int]]) -> None:
    for _, contact_id in chunk:
        _letter(f"resident{contact_id}@example.jp")


def _letter(address: str) -> None:
    letter = EmailMessage()
    letter["From"], letter["To"] = "bosai@town.example", address
    letter["Message-ID"] = make_msgid(domain="town.example")
    letter.set_content("drill")
    with smtplib.SMTP("127.0.0.1", settings().smtp_port) as server:
        server.send_message(letter)


def _text_message(number: str) -> None:
    config = settings()
    account, token = config.twilio_account_sid, config.twilio_auth_token.get_secret_value()
    answer = requests.post(
        f"{config.twilio_api_url}/2010-04-01/Accounts/{account}/Messages.json",
        data={"To": number, "From": config.twilio_from, "Body": "drill"},
        auth=(account, token),
        timeout=5,
    )
    answer.raise_for_status()
