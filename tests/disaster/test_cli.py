"""The command line: from any folder, only what is asked for, one line and exit code 2 where a setting is wrong."""

import json
import subprocess
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import click
import pytest

from disaster.cli import COMMANDS
from disaster.core import keyfiles

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_leads_to_a_room(name: str) -> None:
    module, _, attribute = COMMANDS[name][0].partition(":")
    assert isinstance(getattr(import_module(module), attribute), click.Command)


def test_the_help_lists_what_people_call(run_disaster: Run) -> None:
    said = run_disaster("--help").stdout
    assert all(name in said for name, (_, text) in COMMANDS.items() if text)
    assert "first-link" not in said


def test_a_wrong_setting_is_one_line_and_exit_code_2(run_disaster: Run) -> None:
    done = run_disaster("routes", env={"DISASTER_SMTP_PORTS": "25"})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "disaster: DISASTER_SMTP_PORTS: this setting does not exist\n"


def test_a_database_without_tables_is_told_in_one_line(run_disaster: Run) -> None:
    done = run_disaster("staff", "list")
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "disaster db upgrade" in done.stderr


def test_the_tables_are_made_once_and_stay(run_disaster: Run) -> None:
    assert run_disaster("db", "upgrade").returncode == 0
    assert run_disaster("db", "upgrade").returncode == 0
    assert run_disaster("staff", "list").returncode == 0


def test_keys_are_made_once(run_disaster: Run) -> None:
    assert len(run_disaster("keys").stdout.splitlines()) == len(keyfiles.ALL)
    assert run_disaster("keys").stdout == ""


def test_file_names_are_those_of_the_callers_folder_and_no_database_is_needed(
    run_disaster: Run, tmp_path: Path
) -> None:
    folder = tmp_path / "somewhere" / "disaster"
    folder.mkdir(parents=True)
    (folder / "not-a-telegram.xml").write_text("これは電文ではありません", encoding="utf-8")
    done = run_disaster("telegram", "read", "not-a-telegram.xml", "--json", cwd=folder)
    found = json.loads(done.stdout)
    assert done.returncode == 1
    assert found["file"] == "not-a-telegram.xml"
    assert found["error"]
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "disaster.sqlite").exists()


def test_check_tells_in_both_languages_what_is_missing_and_exits_with_1(run_disaster: Run) -> None:
    run_disaster("db", "upgrade")
    done = run_disaster("check")
    assert done.returncode == 1
    assert "使えるアカウントがありません" in done.stdout
    assert "There is no account yet" in done.stdout


def test_check_gives_one_json_object_a_line(run_disaster: Run) -> None:
    found = [json.loads(line) for line in run_disaster("check", "--json").stdout.splitlines()]
    assert all(set(one) == {"area", "state", "ja", "en"} for one in found)
    assert any(one["area"] == "database" and one["state"] == "wrong" for one in found), "no tables yet"
