"""Two workers as one would write them first, so that the drill can show that it sees what it is to see.

``mark_first`` notes in the ledger that a letter was sent and then sends it: killed in between, it loses. ``retry`` sends a chunk, each
letter with a new Message-ID, and then notes it: killed in between, it doubles.
"""

import os
import smtplib
import time
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import make_msgid

from sqlalchemy import select, update

from broadcast.models.delivery import Delivery, Status
from broadcast.upkeep import beat
from disaster.app import create_app
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.core.settings import settings

CHUNK = 20


def run(*, mark_first: bool) -> None:
    """Work until killed."""
    with create_app().app_context():
        beat(f"naive-{os.getpid()}-")
        while True:
            chunk = db.session.execute(
                select(Delivery.id, Delivery.contact_id)
                .where(Delivery.channel == "email", Delivery.status == Status.QUEUED)
                .order_by(Delivery.id)
                .limit(CHUNK)
            ).all()
            db.session.rollback()
            if not chunk:
                time.sleep(0.05)
                continue
            for step in (_mark, _send) if mark_first else (_send, _mark):
                step([(row.id, row.contact_id) for row in chunk])


def _mark(chunk: Sequence[tuple[int, int]]) -> None:
    with transaction() as session:
        session.execute(
            update(Delivery).where(Delivery.id.in_([number for number, _ in chunk])).values(status=Status.ACCEPTED)
        )


def _send(chunk: Sequence[tuple[int, int]]) -> None:
    with smtplib.SMTP("127.0.0.1", settings().smtp_port) as server:
        for _, contact_id in chunk:
            letter = EmailMessage()
            letter["From"], letter["To"] = "bosai@town.example", f"resident{contact_id}@example.jp"
            letter["Message-ID"] = make_msgid(domain="town.example")
            letter.set_content("drill")
            server.send_message(letter)
