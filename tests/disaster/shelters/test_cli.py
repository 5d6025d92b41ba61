"""``disaster shelters import``, in a process of its own."""

import json
from pathlib import Path
from typing import Any

from flask import Flask

from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.shelters import directory


def test_lists_are_previewed_then_taken_in_then_the_same(app: Flask, run_disaster: Any) -> None:
    file = municipality().file("gsi_evacuation_243248.json")
    preview = json.loads(run_disaster("shelters", "import", file, "--dry-run", "--json").stdout)
    assert (len(preview["new"]), preview["applied"], preview["error"]) == (14, False, None)
    assert directory.all_shelters() == []
    db.session.rollback()
    done = run_disaster("shelters", "import", "--json")
    reports = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(len(report["new"]), report["applied"]) for report in reports] == [(11, True), (14, True)]
    assert done.returncode == 0
    assert len(directory.all_shelters()) == 25
    assert "同じ 11" in run_disaster("shelters", "import").stdout


def test_a_bad_file_is_one_line_and_exit_status_one(app: Flask, run_disaster: Any, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("a,b\n1,2\n")
    for file in (bad, tmp_path / "missing.json"):
        result = run_disaster("shelters", "import", file, "--json")
        assert result.returncode == 1
        assert json.loads(result.stdout)["error"]
        assert "Traceback" not in result.stderr
