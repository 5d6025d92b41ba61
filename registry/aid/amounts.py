"""How much: a pure function of the measure, the grade, the size of the 被災時世帯 and what the household says. Yen, whole."""

import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from disaster.core.errors import Invalid
from registry.aid.programmes import Choice, Circumstance, Programme
from registry.damage.grades import Grade


@dataclass(frozen=True, slots=True)
class Facts:
    """What an amount depends on. ``size``: of the household at the disaster, never later. ``grade`` None: no certificate (yet)."""

    grade: Grade | None = None
    size: int = 1
    circumstances: frozenset[Circumstance] = frozenset()
    choices: frozenset[Choice] = frozenset()


@dataclass(frozen=True, slots=True)
class Result:
    """``yen`` None: nothing to compute (goods, services, to be decided, no choice yet). ``up_to``: the most, not a payment."""

    yen: int | None
    up_to: bool = False


def typed(text: str, field: str) -> int | None:
    """Yen as people type them (１００，０００, 100,000円); None where nothing was typed.

    Raises:
        Invalid: no whole number of yen from 0 on (``field``).
    """
    digits = unicodedata.normalize("NFKC", text).replace(",", "").replace("円", "").strip()
    if not digits:
        return None
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 12):
        said = "金額は、0以上の数字で入力してください（例：100,000）。"
        raise Invalid(said, {field: said})
    return int(digits)


def effective_grade(programme: Programme, facts: Facts) -> Grade | None:
    """The grade that counts: 半壊 that had to be pulled down counts as 全壊 for the 支援金 (法 2条2号ロ), and so on."""
    for circumstance, grade in programme.circumstances.items():
        if circumstance not in facts.circumstances:
            continue
        if circumstance == Circumstance.DEMOLISHED and facts.grade not in programme.demolished_from:
            continue
        return grade
    return facts.grade


def eligible(programme: Programme, facts: Facts) -> bool:
    """Whether the grade is one of the measure's; measures for persons have none."""
    return effective_grade(programme, facts) in programme.grades


def amount(programme: Programme, facts: Facts) -> Result:
    """What the measure gives; nothing (0) to whom it does not concern."""
    rule, grade = programme.amount, effective_grade(programme, facts)
    if rule.kind == "none":
        return Result(None)
    if rule.kind == "limit":
        return Result(rule.yen if isinstance(rule.yen, int) else None, up_to=True)
    table = rule.yen if isinstance(rule.yen, dict) else {}
    if rule.kind == "by_circumstance":
        found = [table.get(circumstance) for circumstance in facts.circumstances] + [table.get("")]
        return Result(max((yen for yen in found if isinstance(yen, int)), default=None))
    if grade is None or grade not in programme.grades:
        return Result(0)
    if rule.kind == "by_choice":
        return Result(highest(facts.choices, {choice: _of_size(rule.add[choice][grade], facts) for choice in rule.add}))
    yen = table.get(grade)
    return Result(yen if yen is None or isinstance(yen, int) else _of_size(yen, facts), up_to=rule.limit)


def highest(choices: Collection[Choice], yen: Mapping[Choice, int]) -> int | None:
    """Of two and more add-ons the highest only (法 3条5項); None before anything was chosen."""
    return max((yen[choice] for choice in choices if choice in yen), default=None)


def _of_size(pair: tuple[int, int], facts: Facts) -> int:
    """単数世帯 gets three quarters, as the table has it."""
    return pair[1] if facts.size == 1 else pair[0]
