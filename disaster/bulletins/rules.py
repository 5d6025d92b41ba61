"""The municipality's rule table: what a telegram proposes. Data in ``rules.toml`` of its folder, the default beside this file.

Rules only propose. 警戒レベル相当 of 気象庁 goes in, a kind of alert of the municipality comes out, and a person decides.
"""

import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from disaster.bulletins.history import Outlook
from disaster.bulletins.streams import QUAKE_RANKS
from disaster.core.municipality import Municipality
from disaster.core.settings import SettingsError

DEFAULT = Path(__file__).parent / "rules.toml"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rule(_Frozen):
    """One phenomenon: the types of its telegrams, the hazard, and what each step proposes.

    ``steps`` maps 警戒レベル相当 ("3", "4", "5") or 震度 ("5-" … "7") to a kind of alert; ``lift`` whether the end proposes 解除.
    """

    name: str
    types: tuple[str, ...]
    hazard: str
    steps: dict[str, str]
    lift: bool = True

    @property
    def quake(self) -> bool:
        """Whether the steps are 震度."""
        return any(kind.startswith("VXSE") for kind in self.types)

    def step_number(self, step: str) -> int:
        """The step as a telegram's ``town_step`` counts it."""
        return QUAKE_RANKS[step] if self.quake else int(step)

    @property
    def threshold(self) -> int:
        """The lowest step that proposes anything."""
        return min(map(self.step_number, self.steps))

    def reached(self, step: int) -> str | None:
        """The highest step of the table that this step reaches."""
        within = [name for name in self.steps if self.step_number(name) <= step]
        return max(within, key=self.step_number, default=None)


class RuleTable(_Frozen):
    """All rules; a latest telegram older than ``max_age_hours`` proposes nothing new, nor do more than ``hourly_cap`` in an hour."""

    max_age_hours: int = Field(default=24, ge=1, le=240)
    hourly_cap: int = Field(default=12, ge=1, le=100)
    rules: tuple[Rule, ...]

    def for_type(self, telegram: str) -> Rule | None:
        """The rule for a type of telegram (VXKO50 to 89 share VXKO)."""
        return next((rule for rule in self.rules if telegram.startswith(rule.types)), None)


class Wish(_Frozen):
    """What the rules want proposed now: ``phase`` names the step, or ``lift``."""

    phase: str
    kind: str
    step: int


def load(town: Municipality) -> RuleTable:
    """The municipality's rules.

    Raises:
        SettingsError: the file is wrong; one line says where.
    """
    file = town.file("rules.toml")
    file = file if file.is_file() else DEFAULT
    try:
        table: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
        rules = RuleTable(**table)
        for rule in rules.rules:
            _ = rule.threshold
        return rules
    except (ValueError, KeyError, ValidationError) as error:
        reason = " ".join(str(error).split())
        raise SettingsError(f"{file.name} of {town.code}: {reason}") from None


def wish(rule: Rule, outlook: Outlook) -> Wish | None:
    """What is to be proposed where the stream stands now; the past proposes nothing."""
    event = outlook.event
    if event is None:
        return None
    if event.end is not None:
        return Wish(phase="lift", kind="lift", step=event.peak) if rule.lift and event.end is outlook.latest else None
    step = rule.reached(outlook.latest.step or 0)
    return Wish(phase=step, kind=rule.steps[step], step=rule.step_number(step)) if step else None
