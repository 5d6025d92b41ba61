"""How much: a pure function of the measure, the grade, the size of the 被災時世帯 and what the household says. Yen, whole."""

from collections.abc import Collection
from dataclasses import dataclass

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
    """``yen`` None: nothing to compute (goods, services, to be decided). ``base`` and ``add`` of the 支援金. ``up_to``: a limit, not a payment."""

    yen: int | None
    base: int = 0
    add: int = 0
    up_to: bool = False


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
        return Result(max((table[name] for name in ("", *facts.circumstances) if name in table), default=None))
    if grade is None or grade not in programme.grades:
        return Result(0)
    if rule.kind == "by_grade":
        return Result(table.get(grade), up_to=rule.limit)
    alone = 1 if facts.size == 1 else 0
    base = rule.base.get(grade, (0, 0))[alone]
    add = highest(facts.choices, {choice: by_grade.get(grade, (0, 0))[alone] for choice, by_grade in rule.add.items()})
    return Result(base + add, base, add)


def highest(choices: Collection[Choice], yen: dict[Choice, int]) -> int:
    """Of two and more add-ons the highest only (法 3条5項)."""
    return max((yen.get(choice, 0) for choice in choices), default=0)
