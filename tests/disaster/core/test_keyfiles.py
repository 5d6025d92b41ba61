"""Keys are made once, for their owner only."""

from pathlib import Path

from disaster.core import keyfiles


def test_the_first_start_makes_every_key_and_the_next_one_keeps_them(tmp_path: Path) -> None:
    assert keyfiles.create_missing(tmp_path) == ["secret_key", "data_key", "vapid_private_key", "intake_private_key"]
    first = keyfiles.read(tmp_path, {})
    assert keyfiles.create_missing(tmp_path) == []
    assert keyfiles.read(tmp_path, {}) == first
    assert len(set(first.values())) == 4
    assert len(bytes.fromhex(first["data_key"])) == 32


def test_nobody_else_can_read_them_and_the_check_tells_when_they_can(tmp_path: Path) -> None:
    keyfiles.create_missing(tmp_path)
    assert keyfiles.open_to_others(tmp_path) == []
    (tmp_path / "data_key").chmod(0o644)
    assert keyfiles.open_to_others(tmp_path) == ["data_key"]


def test_a_key_from_a_setting_wins_over_its_file(tmp_path: Path) -> None:
    keyfiles.create_missing(tmp_path)
    assert list(keyfiles.read(tmp_path, {"secret_key": "from the environment"})) == [
        "data_key",
        "vapid_private_key",
        "intake_private_key",
    ]
