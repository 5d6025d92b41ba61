"""Who may see what of a person: the access table of the town's plan as data, one line for a group of facts, one cell for a role.

``W`` write, ``R`` read, ``S`` only that there is something, ``C`` counts only, ``–`` nothing. ``*``: a purpose is named at every look. ``own``: people of
one's own shelters only. ``‡``: broken glass: with a reason in words, and headquarters is told. Roles that do not stand here see nobody.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from disaster.staff.permissions import Role


class Group(StrEnum):
    """Facts about a person that are shown or hidden together."""

    NAME = "name"  # name, kana, age band, sex
    BIRTH = "birth"  # date of birth, address, telephone
    HOUSEHOLD = "household"
    STAY = "stay"
    CARE = "care"  # the flag and its reasons
    CARE_DETAIL = "care_detail"
    INJURY = "injury"
    PROTECTION = "protection"

    @property
    def ja(self) -> str:
        """The heading on pages."""
        return _GROUP_JA[self]


_GROUP_JA = {
    Group.NAME: "氏名・年代・性別",
    Group.BIRTH: "生年月日・住所・電話",
    Group.HOUSEHOLD: "世帯",
    Group.STAY: "滞在先",
    Group.CARE: "配慮が必要なこと",
    Group.CARE_DETAIL: "配慮のくわしい内容",
    Group.INJURY: "けが・病気",
    Group.PROTECTION: "秘匿",
}


class Level(IntEnum):
    """How much, in rising order."""

    NOTHING = 0
    COUNTS = 1
    FLAG = 2
    READ = 3
    WRITE = 4


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the table."""

    level: Level = Level.NOTHING
    purpose: bool = False
    own: bool = False
    glass: bool = False

    @property
    def reads(self) -> bool:
        """Whether the facts themselves are shown."""
        return self.level >= Level.READ

    @property
    def writes(self) -> bool:
        """Whether they may be changed."""
        return self.level == Level.WRITE


NO = Cell()
_LEVELS = {"–": Level.NOTHING, "C": Level.COUNTS, "S": Level.FLAG, "R": Level.READ, "W": Level.WRITE}
# 本部統括, 台帳担当, 避難所職員, 福祉職員, 秘匿担当
_ROLES = (Role.APPROVER, Role.REGISTRY, Role.SHELTER, Role.WELFARE, Role.PROTECTION)
_WRITTEN: dict[Group, tuple[str, str, str, str, str]] = {
    Group.NAME: ("R*", "W*", "W own", "R*", "R*"),
    Group.BIRTH: ("R*", "W*", "W own", "R*", "R*"),
    Group.HOUSEHOLD: ("R*", "W*", "W own", "R*", "R*"),
    Group.STAY: ("R*", "W*", "W own", "R*", "R*"),
    Group.CARE: ("C", "R*", "R own", "W*", "S"),  # 保健師 are among 福祉職員 here
    Group.CARE_DETAIL: ("‡", "S", "S own", "W*", "–"),
    Group.INJURY: ("C", "R*", "S own", "W*", "–"),
    Group.PROTECTION: ("–", "–", "–", "–", "W*"),  # everybody else asks one of the two named officers
}


def _cell(written: str) -> Cell:
    if written == "‡":
        return Cell(glass=True)
    return Cell(_LEVELS[written[0]], purpose="*" in written, own="own" in written)


TABLE: Mapping[Role, Mapping[Group, Cell]] = {
    role: {group: _cell(cells[place]) for group, cells in _WRITTEN.items()} for place, role in enumerate(_ROLES)
}


def cells(roles: Iterable[Role], *, own: bool) -> dict[Group, Cell]:
    """What these roles together may see of a person; ``own``: the person is at one of the account's own shelters."""
    found = dict.fromkeys(Group, NO)
    for role in roles:
        for group, cell in TABLE.get(role, {}).items():
            if not cell.own or own:
                found[group] = _better(found[group], cell)
    return found


def _better(one: Cell, other: Cell) -> Cell:
    """The one that shows more; of two that show as much the one that asks for less."""
    first = min((one, other), key=lambda cell: (-cell.level, cell.purpose))
    return Cell(first.level, first.purpose, first.own, (one.glass or other.glass) and not first.reads)


GROUP_OF: Mapping[str, Group] = {
    **dict.fromkeys(
        ("family", "given", "name", "kana", "kana_family", "kana_given", "romaji", "age", "sex", "provisional"),
        Group.NAME,
    ),
    **dict.fromkeys(("features", "nationality", "language", "removed", "resident"), Group.NAME),
    **dict.fromkeys(("birth", "address", "area", "phone", "note"), Group.BIRTH),
    **dict.fromkeys(
        ("household", "relation", "surname", "size", "group", "care_asked", "consent", "pets", "card", "code"),
        Group.HOUSEHOLD,
    ),
    **dict.fromkeys(
        ("person", "place", "shelter", "goods_shelter", "slot", "nights", "start", "end", "reason", "exit_place"),
        Group.STAY,
    ),
    **dict.fromkeys(("contact", "out_until", "seen_on", "confirmed_over", "visitor", "destination"), Group.STAY),
    "care": Group.CARE,
    "care_note": Group.CARE_DETAIL,
    "safety": Group.INJURY,
    "injury": Group.INJURY,
}


def group_of(field: str) -> Group:
    """The group of an event's field; what nobody knows is shown to those only who see everything about care."""
    return GROUP_OF.get(field, Group.CARE_DETAIL)


PURPOSES: Mapping[str, str] = {
    "desk": "避難所の受付・退所",
    "follow_up": "行き先・安否の確認",
    "conflict": "記録の食い違いの確認",
    "match": "同じ人かどうかの確認",
    "correction": "本人や家族の申し出による訂正",
    "support": "支援・配慮の手配",
    "inquiry": "問い合わせへの対応",
    "certificate": "罹災証明書の事務",
    "report": "本部の判断・報告",
}
# What pages of one work note by themselves: nobody chooses it, because the page has no other purpose.
OF_WORK: Mapping[str, str] = {
    "aid": "援護の事務",
    "disclosure": "情報の提供の事務",
    "glass": "理由を書いて開いた",
    "ledger": "台帳の整備",
    "masked": "一覧（名前は伏せたまま）",
    "protection": "秘匿の事務",
    "survey": "被害認定調査",
    "tablet": "避難所の受付（端末）",
}
