"""Letters that the demonstration's mail server takes and then sends back: reports after RFC 3464, in the Maildir that the service reads."""

import secrets
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

FOLDER = "bounces"  # inside of the data folder
ADDRESS = "bounce@town.example"

_REPORT = """\
Return-Path: <>
From: MAILER-DAEMON@mail.example (Mail Delivery System)
To: {sender}
Date: {date}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="{boundary}"

--{boundary}
Content-Type: text/plain; charset=us-ascii

The mailbox does not exist.

--{boundary}
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example
Arrival-Date: {date}

Final-Recipient: rfc822; {recipient}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown

--{boundary}
Content-Type: text/rfc822-headers

Message-ID: {message_id}

--{boundary}--
"""


def prepare(data_dir: Path) -> Path:
    """The Maildir for reports, made when it is missing."""
    folder = data_dir / FOLDER
    for name in ("new", "cur", "tmp"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return folder


def put(data_dir: Path, sender: str, recipient: str, message_id: str) -> None:
    """Send a letter back to the sender that its envelope named."""
    folder, name = prepare(data_dir), f"{secrets.token_hex(8)}.report"
    date, boundary = format_datetime(datetime.now(UTC)), secrets.token_hex(8)
    text = _REPORT.format(
        sender=sender, recipient=recipient, message_id=message_id, date=date, boundary=boundary
    ).replace("\n", "\r\n")
    (folder / "tmp" / name).write_bytes(text.encode())
    (folder / "tmp" / name).rename(folder / "new" / name)
