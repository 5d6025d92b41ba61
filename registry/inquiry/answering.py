"""What may be told about somebody's safety: a pure function of who asks, what was agreed to, and protection (法86条の15, 規則8条の3)."""

from dataclasses import dataclass

from registry.vocabulary import SECRET, Protection, Safety, Word


class Tier(Word):
    """Who asks, as the officer verified it (規則8条の3第2項)."""

    LIVING_TOGETHER = "together", "同居の親族（事実上の婚姻・婚約を含む）"
    RELATED = "related", "ほかの親族、職場の関係者など"
    OTHER = "other", "知人、そのほか"


class Tell(Word):
    """Kinds of information."""

    WHEREABOUTS = "whereabouts", "居所"
    CONDITION = "condition", "負傷・疾病の状況"
    CONTACT = "contact", "連絡先"
    HELD = "held", "情報の有無"


BY_TIER: dict[Tier, frozenset[Tell]] = {
    Tier.LIVING_TOGETHER: frozenset({Tell.WHEREABOUTS, Tell.CONDITION, Tell.CONTACT}),
    Tier.RELATED: frozenset({Tell.CONDITION}),
    Tier.OTHER: frozenset({Tell.HELD}),
}
OF_ITEM = {"A4": Tell.WHEREABOUTS, "A5": Tell.CONDITION, "R1": Tell.CONTACT}


@dataclass(frozen=True, slots=True)
class Facts:
    """What the answer depends on. ``agreed``: what the person lets this kind of asker know; ``misuse``: the purpose is improper or misuse is feared."""

    protection: Protection
    safety: Safety
    agreed: frozenset[Tell] = frozenset()


def answer(tier: Tier, facts: Facts | None, *, misuse: bool) -> frozenset[Tell]:
    """What may be told; nothing is the same answer whether there is no record, a protected one, or a refusal.

    Of the dead nothing is told here: the family hears it from a person, before anybody else.
    """
    if facts is None or misuse or facts.safety == Safety.DEAD:
        return frozenset()
    if facts.protection in SECRET:
        return frozenset()
    if facts.protection == Protection.UNLISTED and tier == Tier.OTHER:
        return frozenset()
    return BY_TIER[tier] | facts.agreed
