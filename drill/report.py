"""How a drill says what it found: one JSON line for programs, notes for the person at the terminal."""

import json
import sys
from typing import Any


def result(name: str, value: int, unit: str, **counts: Any) -> None:
    """Print the outcome as one JSON line; ``value`` is what must be 0, in ``unit``."""
    line = {"figure": name, "value": value, "unit": unit, **counts}
    print(json.dumps(line, ensure_ascii=False), flush=True)


def note(text: str) -> None:
    """A line for the person at the terminal, apart from the result."""
    print(text, file=sys.stderr, flush=True)
