"""Whom a place takes: what its list says (受入対象者, in words) against the reasons of a person."""

from collections.abc import Collection

from disaster.shelters.models import Shelter
from registry.vocabulary import Care

_DISABLED = ("障害", "障がい", "障碍")
# What a list says when it means a reason. A list that names none of them (要配慮者, 全般) means everybody.
_SAID: dict[Care, tuple[str, ...]] = {
    Care.ELDERLY: ("高齢",),
    Care.NURSING: ("高齢", "要介護", "介護を要", "介護が必要"),
    Care.PHYSICAL: ("身体", "肢体", *_DISABLED),
    Care.INTELLECTUAL: ("知的", *_DISABLED),
    Care.MENTAL: ("精神", *_DISABLED),
    Care.DEVELOPMENTAL: ("発達", *_DISABLED),
    Care.SIGHT: ("視覚", *_DISABLED),
    Care.HEARING: ("聴覚", *_DISABLED),
    Care.INTERNAL: ("内部障", "難病", *_DISABLED),
    Care.DEVICE: ("医療的ケア", "医療を", "難病"),
    Care.PREGNANT: ("妊産婦", "妊婦", "産婦"),
    Care.INFANT: ("乳児", "乳幼児", "幼児"),
    Care.INJURED: ("傷病", "病弱", "病人"),
}


def takes(accepts: str, reasons: Collection[Care]) -> bool:
    """Whether one of these reasons is among what the list says; a list that names no reason takes everybody."""
    named = {reason for reason, words in _SAID.items() if any(word in accepts for word in words)}
    return not named or bool(named & set(reasons))


def why_not(shelter: Shelter, reasons: Collection[Care]) -> str:
    """The sentence for the officer, empty where the place takes the person."""
    if takes(shelter.accepts, reasons):
        return ""
    said = "・".join(reason.ja for reason in reasons) or "理由の記録なし"
    return (
        f"{shelter.name}の受入対象は「{shelter.accepts}」です。この人の理由（{said}）は入っていないため、依頼できません。"
        "ほかの場所を選んでください。"
    )
