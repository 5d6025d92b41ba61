"""Runs a drill as a person would, in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent


def drill(*arguments: str, seconds: float = 280) -> tuple[dict[str, Any], subprocess.CompletedProcess[str]]:
    """Run ``scripts/drill`` without its set-up; the last JSON line (empty where there is none) and the whole process."""
    command = [sys.executable, "-m", "drill", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=seconds, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    return (json.loads(lines[-1]) if lines else {}), done
