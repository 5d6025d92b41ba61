"""What ``check`` finds, on both databases: each thing that keeps alerts from being sent, and nothing when all is well."""

import logging
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pyotp
import pytest
import time_machine
from flask import Flask

from broadcast.cap.vocabulary import Language
from broadcast.models.audience import Contact, Subscriber
from broadcast.models.health import ChannelHealth, WorkerBeat
from disaster.core import clock, sealed
from disaster.core.db import transaction
from disaster.core.settings import Settings
from disaster.readiness import Finding, findings
from disaster.staff.models import Account
from disaster.staff.permissions import Role
from registry.damage.paper import letters
from registry.models.intake import Device
from registry.models.people import ShelterArea
from registry.residents import taking
from tests.registry.residents.lists import listed
from tests.registry.views.desks import shelter_named


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    """An installation with every setting that a town needs."""
    given = {
        "public_url": "https://bousai.example.jp",
        "smtp_host": "mail.example.jp",
        "mail_from": "bousai@example.jp",
        "radio_token": "radio-token-of-the-station-0123456789",
    }
    return Settings.model_validate({**settings.model_dump(), **given})


def _account(login: str, *roles: Role) -> Account:
    return Account(
        login=login,
        name=login,
        roles=list(roles),
        password_hash="$argon2id$x",
        totp_secret=pyotp.random_base32(),
        created_at=clock.now(),
    )


def _two_people_and_a_worker() -> None:
    with transaction() as session:
        session.add_all([_account("operator", Role.OPERATOR), _account("approver", Role.APPROVER)])
        session.add(WorkerBeat(name="w", at=clock.now()))


def _states(area: str) -> list[str]:
    return [finding.state for finding in findings() if finding.area == area]


def _wrong() -> set[str]:
    return {finding.area for finding in findings() if finding.state == "wrong"}


def test_nothing_blocks_where_everything_is_set_up(app_on_any_database: Flask) -> None:
    _two_people_and_a_worker()
    assert _wrong() == set()


def test_an_empty_installation_lacks_accounts_and_a_worker(app_on_any_database: Flask) -> None:
    assert _wrong() == {"accounts", "worker"}


def test_one_person_alone_cannot_send_in_the_ordinary_way(app: Flask) -> None:
    with transaction() as session:
        session.add(_account("alone", Role.APPROVER))
    assert "accounts" in _wrong()


def test_the_sample_persons_of_a_demonstration_do_not_count_outside_of_it(app: Flask) -> None:
    _two_people_and_a_worker()
    with transaction() as session:
        session.query(Account).update({"sample": True})
    assert "accounts" in _wrong()


def test_a_worker_that_fell_silent_is_told_with_its_last_sign(app: Flask) -> None:
    _two_people_and_a_worker()
    with transaction() as session:
        session.merge(WorkerBeat(name="w", at=clock.now() - timedelta(minutes=2)))
    (found,) = [finding for finding in findings() if finding.area == "worker"]
    assert found.state == "wrong"
    assert "最後の動作" in found.ja


def test_channels_without_credentials_are_named_but_block_nothing_while_one_is_ready(app: Flask) -> None:
    _two_people_and_a_worker()
    assert _states("channel sms")[0] == "missing"
    assert _states("channel email") == ["ok"]
    assert "channels" not in _wrong()


def test_a_channel_that_is_down_is_told_with_its_cause(app: Flask) -> None:
    with transaction() as session:
        session.add(ChannelHealth(channel="email", down_since=clock.now(), cause="接続できません"))
    assert any("接続できません" in finding.ja for finding in findings())


def test_a_key_file_that_others_can_read_is_wrong(app: Flask, settings: Settings) -> None:
    file = settings.data_dir / "data_key"
    file.write_text("x")
    file.chmod(0o640)
    assert _states("keys") == ["wrong"]


def test_every_finding_is_a_sentence_in_both_languages(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    def is_a_sentence(finding: Finding) -> bool:
        return finding.ja.endswith("。") and finding.en.endswith(".")

    with caplog.at_level(logging.ERROR):
        assert [finding for finding in findings() if not is_a_sentence(finding)] == []


def test_feeds_that_were_switched_off_or_never_read_are_told_and_block_nothing(app: Flask, settings: Settings) -> None:
    assert _states("feeds") == ["missing"]
    app.extensions["disaster.settings"] = settings.model_copy(update={"jma_feeds": True})
    assert set(_states("feeds")) == {"missing"}
    assert "feeds" not in _wrong()


def test_addresses_sealed_with_another_key_block_because_nobody_could_be_reached(app_on_any_database: Flask) -> None:
    _two_people_and_a_worker()
    _contact(b"\x00" * 64)
    assert "audience" in _wrong()
    _contact(sealed.seal("person@example.jp", "contact"))
    assert "audience" not in _wrong(), "one damaged address is not the key's fault"


def _contact(address: bytes) -> None:
    with transaction() as session:
        person = Subscriber(language=Language.JA, created_at=clock.now())
        session.add(person)
        session.flush()
        token = f"token-{person.id}"
        session.add(Contact(subscriber_id=person.id, channel="email", address=address, digest=token, token=token))


def test_a_sign_of_life_from_the_future_proves_nothing_after_the_clock_was_set_back(app: Flask) -> None:
    _two_people_and_a_worker()
    with transaction() as session:
        session.merge(WorkerBeat(name="w", at=clock.now() + timedelta(hours=2)))
    assert "worker" in _wrong()


def test_it_tells_with_which_font_certificates_are_printed(
    app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _two_people_and_a_worker()
    other = tmp_path / "other.ttf"
    other.write_bytes(b"")
    for known, state in (
        ((str(other),), "missing"),
        ((), "missing"),
    ):  # a font without rare letters, no font at all; neither keeps an alert
        monkeypatch.setattr(letters, "KNOWN", known)
        assert _states("certificates") == [state]
    monkeypatch.setattr(letters, "BEST", str(other))
    monkeypatch.setattr(letters, "KNOWN", (str(other),))
    assert _states("certificates") == ["ok"]


def _said(area: str) -> list[tuple[str, str]]:
    return [(finding.state, finding.ja) for finding in findings() if finding.area == area]


def test_the_doors_of_the_shelters_need_a_list_and_tablets(app_on_any_database: Flask) -> None:
    (none,) = _said("residents")
    assert none[0] == "missing"
    assert "取り込まれていません" in none[1]
    kanda, inabe = shelter_named("神田小学校"), shelter_named("稲部小学校")
    taking.take_in(lambda: BytesIO(listed()), "jumin.csv")
    with transaction() as session:
        session.add(ShelterArea(shelter_id=inabe, area_code="24324-09"))
        for shelter, days in ((kanda, 1), (inabe, 61)):
            seen = clock.now() - timedelta(days=days)
            about = {"enrolled_by": "account:1", "enrolled_at": seen, "seen_at": seen, "token_digest": str(days)}
            session.add(Device(shelter_id=shelter, name="受付1", **about))
    fresh, away = _said("residents")
    assert fresh[0] == "ok"
    assert "4人" in fresh[1]
    assert "2人は、どの避難所の端末にも入りません" in away[1]
    told = [sentence for _, sentence in _said("tablets")]
    assert "14か所のうち 12か所に、受付の端末がありません" in told[0]
    assert "ほか7か所" in told[0]
    assert "地区の割り当てなし" in told[1]
    assert "神田小学校" in told[1]
    assert "稲部小学校" in told[2]
    assert "稲部小学校" not in told[1]
    with time_machine.travel(clock.now() + timedelta(days=41)):
        assert [state for state, _ in _said("residents")] == ["missing", "missing"]
        assert "41日前" in _said("residents")[0][1]
