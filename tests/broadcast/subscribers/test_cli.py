"""``disaster subscribers`` in a process of its own, as a town's officer runs it."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

EXAMPLE = Path(__file__).parents[3] / "docs" / "examples" / "subscribers.csv"
Run = Callable[..., "subprocess.CompletedProcess[str]"]

pytestmark = pytest.mark.usefixtures("app")


def report(run: Run, *arguments: object) -> dict[str, object]:
    """The JSON line of one file."""
    answer = run("subscribers", "import", *arguments, "--json")
    found: dict[str, object] = json.loads(answer.stdout)
    return {**found, "exit": answer.returncode}


def test_a_dry_run_then_the_import_then_nothing_new(run_disaster: Run) -> None:
    first = report(run_disaster, EXAMPLE, "--dry-run")
    assert (first["new"], first["applied"], first["exit"]) == (4, False, 0)
    assert report(run_disaster, EXAMPLE)["applied"] is True
    again = report(run_disaster, EXAMPLE)
    assert (again["new"], again["same"]) == (0, 4)


def test_mistakes_end_with_one_and_name_no_address(run_disaster: Run, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes("番号,メール,地区\n1,somebody@private,中上\n2,b@gmail.com,中上\n".encode("cp932"))
    found = report(run_disaster, file)
    assert (found["bad"], found["applied"], found["exit"]) == (1, False, 1)
    assert found["mistakes"] == [{"line": 2, "field": "email", "reason": "メールアドレスの形が正しくありません。"}]
    words = run_disaster("subscribers", "import", file)
    assert "2行目 メール" in words.stdout
    assert "somebody" not in words.stdout + words.stderr
    assert report(run_disaster, file, "--skip-bad")["exit"] == 0


def test_what_is_no_file_is_one_line(run_disaster: Run, tmp_path: Path) -> None:
    found = report(run_disaster, tmp_path / "nowhere.csv")
    assert found["exit"] == 1
    assert str(found["error"]).startswith("読めません")


def test_buckets_are_filled_in_and_again_changes_nothing(run_disaster: Run) -> None:
    answer = run_disaster("subscribers", "routes")
    assert (answer.returncode, answer.stdout.strip()) == (0, "filled in: 0")


def test_check_says_how_an_empty_town_gets_subscribers(run_disaster: Run, app: Flask) -> None:
    said = run_disaster("check").stdout
    assert "/subscribe/sheet" in said
    assert "subscribers import" in said
