"""Settings come from the environment only, and a wrong one stops the start with one line that keeps secrets."""

from pathlib import Path

import pytest

from disaster.core.settings import Settings, SettingsError, load


def test_without_variables_the_service_runs_on_sqlite_in_its_data_folder(tmp_path: Path) -> None:
    config = load({"DISASTER_DATA_DIR": str(tmp_path), "PATH": "/usr/bin"})
    assert config.database == f"sqlite:///{tmp_path}/disaster.sqlite"


def test_a_variable_that_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(SettingsError, match="DISASTER_SMPT_HOST: this setting does not exist"):
        load({"DISASTER_SMPT_HOST": "mail.example.jp"})


def test_a_wrong_value_is_refused_in_one_line_that_never_repeats_it() -> None:
    with pytest.raises(SettingsError) as refused:
        load({"DISASTER_SMTP_PORT": "s3cret-typed-here", "DISASTER_PUBLIC_URL": "ftp://s3cret"})
    message = str(refused.value)
    assert "DISASTER_SMTP_PORT" in message
    assert "DISASTER_PUBLIC_URL: must begin with http:// or https://" in message
    assert "s3cret" not in message
    assert "\n" not in message


def test_secrets_do_not_show_when_the_settings_are_printed() -> None:
    config = load({"DISASTER_SMTP_PASSWORD": "hunter2", "DISASTER_DATA_KEY": "ab" * 32})
    assert "hunter2" not in repr(config)
    assert "abab" not in repr(config)


def test_settings_do_not_change_after_the_start() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().demo = True  # type: ignore[misc]


def test_links_come_from_the_setting_with_one_slash() -> None:
    assert Settings(public_url="https://bousai.example.jp/").link("/alerts/7") == "https://bousai.example.jp/alerts/7"


def test_keys_are_read_from_the_data_folder_where_no_variable_gives_them(tmp_path: Path) -> None:
    (tmp_path / "secret_key").write_text("from the file\n")
    config = load({"DISASTER_DATA_DIR": str(tmp_path), "DISASTER_DATA_KEY": "cd" * 32})
    assert config.secret_key.get_secret_value() == "from the file"
    assert config.data_key.get_secret_value() == "cd" * 32


def test_an_empty_variable_counts_as_not_given() -> None:
    assert load({"DISASTER_SMTP_PORT": "", "DISASTER_SMTP_CA_FILE": ""}) == Settings()
