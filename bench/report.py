"""How figures are printed and read off."""

import json
import sys
from pathlib import Path
from typing import Any


def figure(name: str, value: float, unit: str, **more: Any) -> None:
    """Print one figure as one JSON line: ``{"figure": …, "value": …, "unit": …}`` and what it was measured against."""
    rounded = round(value, 3 if abs(value) < 100 else 0)
    print(json.dumps({"figure": name, "value": rounded, "unit": unit, **more}, ensure_ascii=False), flush=True)


def note(text: str) -> None:
    """A line for the person at the terminal, apart from the figures."""
    print(text, file=sys.stderr, flush=True)


def peak_rss_mb(pid: int) -> float:
    """The most memory a process has held so far, in MB of 1,000,000 bytes (Linux, ``VmHWM``)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError("the kernel does not tell the process's memory")
