"""The mail server of the demonstration, reached by the real e-mail channel over STARTTLS."""

import asyncio
import smtplib
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from broadcast.channels.contract import Accepted, ChannelDown, Code, Message, Outcome, Refused, SilentWire, Target
from broadcast.channels.email import EmailChannel
from disaster.demo.providers import certificate, smtp

TEXT = Message("email", "ja", "全員避難してください。\n停止 {{unsubscribe}}\n", subject="【避難指示】東員町")
CA = "smtp-ca.pem"


@pytest.fixture
def arrived() -> list[smtp.Mail]:
    """What was delivered."""
    return []


@pytest.fixture
def port(tmp_path: Path, arrived: list[smtp.Mail], monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A running server; gives its port."""
    monkeypatch.setattr(smtp, "SLOW_SECONDS", 0.2)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    starting = smtp.start(tmp_path, CA, 0, "bosai", "secret", arrived.append)
    server = asyncio.run_coroutine_threadsafe(starting, loop).result(10)
    yield server.sockets[0].getsockname()[1]

    async def stop() -> None:
        server.close()
        await asyncio.sleep(0.05)
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await loop.shutdown_default_executor()

    asyncio.run_coroutine_threadsafe(stop(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


def channel(port: int, folder: Path, password: str = "secret") -> EmailChannel:
    return EmailChannel(
        host="127.0.0.1",
        port=port,
        user="bosai",
        password=password,
        starttls="required",
        ca_file=folder / CA,
        sender="東員町 <bosai@town.example>",
        connections=2,
        link=lambda path: f"http://127.0.0.1:8000{path}",
    )


def send(port: int, folder: Path, *local_parts: str, attempt: int = 1) -> dict[str, Outcome]:
    mail = channel(port, folder)
    to = [Target(n, f"ref-{n}", f"{name}@example.jp", f"tok{n}", attempt) for n, name in enumerate(local_parts, 1)]
    try:
        found = {target.address.split("@")[0]: outcome for target, outcome in mail.send(TEXT, to, SilentWire())}
    finally:
        mail.close()
    return found


def test_a_mail_arrives_as_it_was_sent(port: int, tmp_path: Path, arrived: list[smtp.Mail]) -> None:
    outcomes = send(port, tmp_path, "taro", "hanako")
    assert all(isinstance(outcome, Accepted) and outcome.provider_id for outcome in outcomes.values())
    mail = next(mail for mail in arrived if mail.recipient == "taro@example.jp")
    assert mail.subject == "【避難指示】東員町"
    assert mail.body == "全員避難してください。\n停止 http://127.0.0.1:8000/unsubscribe/tok1\n"
    assert mail.sender == "東員町 <bosai@town.example>"
    assert mail.headers["Message-ID"] == "<ref-1@town.example>"
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.at.tzinfo is not None


def test_sample_addresses_answer_as_servers_do_in_bad_moments(
    port: int, tmp_path: Path, arrived: list[smtp.Mail]
) -> None:
    outcomes = send(port, tmp_path, "unknown-1", "full.box", "greylist1", "slow-1", "taro")
    assert outcomes["unknown-1"] == Refused(Code.ADDRESS, False, "550 5.1.1")
    assert outcomes["full.box"] == Refused(Code.UNKNOWN, True, "452 4.2.2")
    assert outcomes["greylist1"] == Refused(Code.THROTTLED, True, "451 4.7.1")
    assert isinstance(outcomes["slow-1"], Accepted)
    assert isinstance(outcomes["taro"], Accepted)
    assert isinstance(send(port, tmp_path, "greylist1", attempt=2)["greylist1"], Accepted)
    assert sorted(mail.recipient.split("@")[0] for mail in arrived) == ["greylist1", "slow-1", "taro"]


def test_a_wrong_password_is_not_let_in(port: int, tmp_path: Path, arrived: list[smtp.Mail]) -> None:
    mail = channel(port, tmp_path, password="wrong")
    with pytest.raises(ChannelDown, match="認証"):
        list(mail.send(TEXT, [Target(1, "ref", "taro@example.jp", "t")], SilentWire()))
    mail.close()
    assert arrived == []


def test_nothing_is_taken_in_clear_text_or_without_sign_in(port: int, tmp_path: Path) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as client:
        assert client.mail("bosai@town.example")[0] == 530
        client.starttls(context=ssl.create_default_context(cafile=tmp_path / CA))
        client.ehlo()
        assert client.mail("bosai@town.example")[0] == 530


def test_the_certificate_is_kept_over_restarts_and_its_keys_are_private(tmp_path: Path) -> None:
    files = certificate.prepare(tmp_path, CA)
    before = files.authority.read_bytes()
    assert certificate.prepare(tmp_path, CA).authority.read_bytes() == before
    assert files.key.stat().st_mode & 0o077 == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["smtp-ca.pem", "smtp-server.key", "smtp-server.pem"]
