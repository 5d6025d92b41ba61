"""The simulated providers as one process, and the settings that lead to them."""

import os
import smtplib
import socket
import ssl
import stat
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from broadcast.bounces import report
from broadcast.channels import registry
from broadcast.channels.contract import Accepted, InDoubt, Message, Refused, SilentWire, Target
from disaster.core import keyfiles, municipality
from disaster.core.settings import Settings, load
from disaster.demo import inbox, residents, settings
from disaster.demo.environment import environment
from disaster.demo.providers import returned

ROOT = Path(__file__).parents[3]


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    keyfiles.create_missing(tmp_path)
    line = (sys.executable, "-m", "disaster.demo.environment", "--data-dir", str(tmp_path), "--port", "18400")
    printed = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout
    return dict(one.split("=", 1) for one in printed.splitlines())


@pytest.fixture
def providers(variables: dict[str, str], tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    line = (sys.executable, "-m", "disaster.demo.providers", "--data-dir", str(tmp_path))
    with subprocess.Popen(
        line, cwd=ROOT, env={**os.environ, **variables}, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process
        process.terminate()
        assert process.wait(20) == 0


@pytest.mark.usefixtures("providers")
def test_the_environment_is_one_that_the_service_takes(variables: dict[str, str]) -> None:
    config = load(variables)
    assert config.demo
    assert config.public_url == "http://127.0.0.1:18400"
    assert [problem for channel in registry.build(config).values() for problem in channel.problems()] == []
    assert config.link("").startswith("http://127.0.0.1")


def test_the_environment_is_the_same_at_the_next_start(variables: dict[str, str], tmp_path: Path) -> None:
    assert environment(tmp_path, 18400) == variables
    assert stat.S_IMODE((tmp_path / settings.FILE).stat().st_mode) == 0o600


def test_two_installations_have_different_secrets(tmp_path: Path) -> None:
    one, other = (settings.prepare(tmp_path / name, 18500) for name in ("one", "other"))
    assert one.twilio_auth_token != other.twilio_auth_token
    assert one.smtp_password != other.smtp_password


def test_ports_in_use_are_left_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 18600)):
        made = settings.prepare(tmp_path, 18600)
    ports = [made.twilio_port, made.line_port, made.mastodon_port, made.smtp_port]
    assert 18600 not in ports
    assert len(set(ports)) == 4


@pytest.mark.usefixtures("providers")
def test_every_channel_reaches_the_inbox_through_its_provider(variables: dict[str, str], tmp_path: Path) -> None:
    config = load(variables)
    people = residents.make(municipality.load("243248").areas, config.webpush_stand_in)[:120]
    expected, opened = Counter[str](), []
    for name, channel in registry.build(config).items():
        targets = targets_of(name, people) if channel.personal else [Target(1, str(uuid.uuid4()))]
        extra = {"mode": "live", "spoken": "避難指示", "closing": "終わります"}
        message = Message(name, "ja", "【東員町】避難指示 {{unsubscribe}}", subject="避難指示", extra=extra)
        outcomes = [outcome for _, outcome in channel.send(message, targets, SilentWire())]
        opened.append(channel)  # open until the late answers have come
        assert len(outcomes) == len(targets)
        assert all(isinstance(o, Accepted | InDoubt | Refused) for o in outcomes)
        lost = sum("届かない番号（3" in p.trials.get("sms", "") or "止める" in p.trials.get("sms", "") for p in people)
        if name != "radio":
            expected[name] = sum(not isinstance(o, Refused) for o in outcomes) - (lost if name == "sms" else 0)
        if name == "email":
            expected[name] -= sum("戻ってくる" in p.trials.get("email", "") for p in people)
    assert arrived(tmp_path, expected) == expected
    for channel in opened:
        channel.close()
    [letter] = (tmp_path / returned.FOLDER / "new").iterdir()
    assert report.read(letter.read_bytes()).kind is report.Kind.FAILED
    assert (
        max(Counter((m.channel, m.recipient) for m in inbox.messages(tmp_path / inbox.FILE, limit=999)).values()) == 1
    )


def targets_of(channel: str, people: list[residents.Resident]) -> list[Target]:
    having = [person for person in people if channel in person.addresses]
    return [Target(p.number, str(uuid.uuid4()), p.addresses[channel], f"token{p.number}") for p in having]


def arrived(folder: Path, expected: Counter[str]) -> Counter[str]:
    for _ in range(100):
        found = Counter(inbox.counts(folder / inbox.FILE))
        if found == expected:
            break
        time.sleep(0.1)
    return found


@pytest.mark.usefixtures("providers")
def test_the_mail_server_wants_encryption_and_the_password(variables: dict[str, str]) -> None:
    config: Settings = load(variables)
    with smtplib.SMTP(config.smtp_host, config.smtp_port, timeout=10) as server:
        server.ehlo()
        assert not server.has_extn("auth")
        server.starttls(context=ssl.create_default_context(cafile=str(config.smtp_ca_file)))
        with pytest.raises(smtplib.SMTPAuthenticationError):
            server.login(config.smtp_user, "wrong")
