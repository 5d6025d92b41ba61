"""The commands that people type: thin, executable, and careful with errors."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

SCRIPTS = sorted([path for path in (ROOT / "scripts").iterdir() if not path.suffix] + [ROOT / ".ci" / "run"])


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_it_is_a_thin_program_that_stops_at_the_first_error(script: Path) -> None:
    lines = script.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert "set -euo pipefail" in lines
    assert len(lines) < 50, "logic lives in the packages"
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0


def test_the_command_line_starts_from_any_folder(tmp_path: Path) -> None:
    (tmp_path / "disaster").mkdir()
    (tmp_path / "disaster" / "__init__.py").write_text("raise SystemExit('a folder of that name')\n")
    done = subprocess.run(
        [ROOT / "scripts" / "disaster", "--help"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "check" in done.stdout
