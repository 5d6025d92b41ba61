"""Other programs that send the same mail to the same sink, each in a process of its own: ``python -m bench.peers NAME PORT COUNT FILE``.

``FILE`` is JSON with subject, body and sender. Every recipient gets a message of their own with their own unsubscribe link; imports are not
counted. Prints the seconds that it took.
"""

import json
import smtplib
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

from bench.sink import SMTP_SOURCE

Mail = dict[str, str]
PLACEHOLDER = "{{unsubscribe}}"
CONNECTIONS = 8  # of smtp-source, as many as the e-mail channel has


def measure(name: str, port: int, count: int, mail: Path) -> float:
    """Messages a second of one peer."""
    command = [sys.executable, "-m", "bench.peers", name, str(port), str(count), str(mail)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return count / float(done.stdout.splitlines()[-1])


def _link(number: int) -> str:
    return f"https://bosai.example.jp/unsubscribe/token-{number}"


def _headers(number: int) -> dict[str, str]:
    return {
        "Message-ID": f"<{uuid.uuid4()}@town.example>",
        "List-Unsubscribe": f"<{_link(number)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }


def django(port: int, count: int, mail: Mail) -> float:
    """Django's mail backend: all messages in one ``send_messages`` over one connection that stays open."""
    import django as package
    from django.conf import settings
    from django.core import mail as django_mail

    settings.configure(EMAIL_HOST="127.0.0.1", EMAIL_PORT=port, USE_I18N=False)
    package.setup()
    started = time.perf_counter()
    messages = [
        django_mail.EmailMessage(
            mail["subject"],
            mail["body"].replace(PLACEHOLDER, _link(number)),
            mail["sender"],
            [f"person{number}@example.jp"],
            headers=_headers(number),
        )
        for number in range(count)
    ]
    sent = django_mail.get_connection().send_messages(messages)
    seconds = time.perf_counter() - started
    assert sent == count
    return seconds


def apprise(port: int, count: int, mail: Mail) -> float:
    """Apprise: one ``mailto`` address with every recipient as a target, which it writes to one by one over one connection."""
    import apprise as package

    to = ",".join(f"person{number}@example.jp" for number in range(count))
    notifier = package.Apprise()
    assert notifier.add(f"mailto://127.0.0.1:{port}/?mode=insecure&format=text&from={mail['sender']}&to={to}")
    started = time.perf_counter()
    sent = notifier.notify(title=mail["subject"], body=mail["body"])
    seconds = time.perf_counter() - started
    assert sent
    return seconds


def smtplib_template(port: int, count: int, mail: Mail) -> float:
    """The standard library with a message built once and filled by replacing bytes: no records, no retries."""
    template = EmailMessage(policy=SMTP)
    template["From"], template["To"] = mail["sender"], "to@example.invalid"
    template["Subject"] = mail["subject"]
    for name, value in _headers(0).items():
        template[name] = value
    template.set_content(mail["body"], cte="base64")
    content = template.as_bytes()
    started = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port, local_hostname="localhost") as client:
        for number in range(count):
            address = f"person{number}@example.jp"
            client.sendmail(mail["sender"], [address], content.replace(b"to@example.invalid", address.encode()))
    return time.perf_counter() - started


def smtp_source(port: int, count: int, mail: Mail) -> float:
    """Postfix's load generator in C: eight connections that stay open, the same text over and over."""
    assert SMTP_SOURCE
    size = len(mail["body"].encode()) * 4 // 3 + 700
    command = [SMTP_SOURCE, "-4", "-d", "-s", str(CONNECTIONS), "-m", str(count), "-l", str(size)]
    command += ["-f", mail["sender"], "-t", "person@example.jp", f"127.0.0.1:{port}"]
    started = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - started


PEERS: dict[str, Callable[[int, int, Mail], float]] = {
    "django": django,
    "apprise": apprise,
    "smtplib_template": smtplib_template,
    "smtp_source": smtp_source,
}


def main(name: str, port: str, count: str, file: str) -> Any:
    """Run one peer."""
    print(PEERS[name](int(port), int(count), json.loads(Path(file).read_text())))


if __name__ == "__main__":
    main(*sys.argv[1:5])
