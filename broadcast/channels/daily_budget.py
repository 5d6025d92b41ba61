"""How many posts a provider still takes today, and how many of them are kept for what is urgent (警戒レベル 4 and 5).

In 2023 an account in Kumamoto fell silent because its plan's 50 posts a day were used up. What was posted stands in a small
file, so that a restart forgets nothing; what the provider itself says counts where it is less.
"""

import contextlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DAY = 24 * 3600.0  # seconds


@dataclass
class DailyBudget:
    """``per_day`` posts in any 24 hours, the last ``reserve`` of them for what is urgent.

    ``path`` is the file that the processes of one machine share; ``clock`` gives seconds since 1970.
    """

    path: Path
    per_day: int
    reserve: int
    clock: Callable[[], float] = time.time
    _known: dict[str, Any] = field(default_factory=dict, init=False)

    def refusal(self, *, urgent: bool) -> str:
        """Why a post must wait, or nothing. What is urgent is always tried: the provider decides."""
        if urgent:
            return ""
        left = self.left()
        kept = min(self.reserve, self.per_day)
        return "" if left > kept else f"{left} posts left in 24 hours, {kept} kept for levels 4 and 5"

    def left(self) -> int:
        """How many posts are left: the plan's number less what went out, or what the provider said if that is less."""
        known, now = self._read(), self.clock()
        own = self.per_day - sum(1 for at in known["posted"] if now - DAY < at <= now)
        return max(0, min(own, known["left"])) if known["reset"] > now else max(0, own)

    def posted(self) -> None:
        """Count one post."""
        known, now = self._read(), self.clock()
        known["posted"] = [*(at for at in known["posted"] if now - DAY < at), now]
        self._write(known)

    def told(self, left: int, reset: float) -> None:
        """Note what the provider says: so many left until ``reset`` (seconds since 1970; more than a day ahead is not believed)."""
        known = self._read()
        known["left"], known["reset"] = left, min(reset, self.clock() + DAY)
        self._write(known)

    def _read(self) -> dict[str, Any]:
        """The file, or what this process remembers where there is none that can be read."""
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            found = json.loads(self.path.read_text(encoding="utf-8"))
            posted = [float(at) for at in found["posted"]]
            self._known = {"posted": posted, "left": int(found["left"]), "reset": float(found["reset"])}
        return {"posted": [], "left": self.per_day, "reset": 0.0, **self._known}

    def _write(self, known: dict[str, Any]) -> None:
        """A full disk must not keep a post back: then the process remembers it alone."""
        self._known = known
        beside = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        with contextlib.suppress(OSError):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            beside.write_text(json.dumps(known), encoding="utf-8")
            beside.replace(self.path)
