"""What a page says of somebody, in words: the fields of a record with their labels, each with who said it and when; only what may be shown.

Pages are given these and never the record itself, so that no template can show more than the access table allows.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from disaster.core import birthdates, clock, sealed
from disaster.core.extensions import db
from disaster.shelters import directory
from registry.access.cells import Group, group_of
from registry.access.viewing import Seen
from registry.intake import merging
from registry.intake.merging import Doc
from registry.intake.projection import SEAL, instant
from registry.models.intake import IntakeEvent
from registry.models.people import Household, Person, Stay
from registry.vocabulary import Care, ExitReason, Nights, PlaceKind, Safety, Sex

LABELS: Mapping[str, str] = {
    "family": "姓",
    "given": "名",
    "name": "氏名（分けないとき）",
    "kana": "フリガナ（分けないとき）",
    "kana_family": "セイ",
    "kana_given": "メイ",
    "romaji": "ローマ字",
    "birth": "生年月日（聞いたまま）",
    "age": "年齢（聞いたとき）",
    "sex": "性別",
    "address": "住所",
    "phone": "電話",
    "nationality": "国籍",
    "language": "話すことば",
    "relation": "続柄",
    "household": "世帯",
    "resident": "住民の一覧との結び付き",
    "safety": "安否",
    "injury": "けが・病気",
    "care": "配慮が必要なこと",
    "care_note": "配慮のくわしい内容",
    "visitor": "帰宅困難者",
    "destination": "帰りたい先",
    "provisional": "仮の記録（だれか分からない）",
    "features": "特徴（服装・持ち物など）",
    "removed": "記録の取消",
    "note": "メモ",
    "surname": "世帯の姓",
    "size": "人数",
    "group": "団体の名前",
    "care_asked": "配慮を聞いたか",
    "consent": "安否を知らせてよい相手",
    "pets": "ペット",
    "goods_shelter": "物資を受け取る避難所",
    "card": "カード",
    "code": "受付番号",
    "area": "地区",
    "person": "だれの滞在か",
    "place": "滞在先",
    "shelter": "避難所",
    "slot": "区画",
    "nights": "昼夜",
    "start": "来た時刻",
    "end": "出た時刻",
    "reason": "行き先",
    "exit_place": "行き先の名前",
    "contact": "連絡先",
    "out_until": "外泊の戻り予定",
    "seen_on": "在所確認",
    "confirmed_over": "二重の滞在についての決定",
}
CONSENTS: Mapping[str, str] = {"relatives": "親族", "acquaintances": "知人", "posting": "名簿の掲示"}
NIGHTS: Mapping[str, str] = {
    Nights.BOTH: "昼と夜",
    Nights.NIGHT: "夜だけ",
    Nights.DAY: "昼だけ",
    Nights.MEALS: "食事だけ",
}
_LINKS = ("household", "resident")  # the page itself shows where they lead
_TIMES = ("start", "end", "out_until")
_YES_NO = ("visitor", "provisional", "removed", "care_asked")


@dataclass(frozen=True, slots=True)
class Source:
    """Who said something: the actor, the tablet if it was one, when it was written and when it came here."""

    event: str
    actor: str
    device_id: int | None
    at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Fact:
    """One line. ``others``: values that stand against this one and wait for a decision."""

    field: str
    label: str
    text: str
    source: Source | None = None
    others: Sequence[str] = ()


def opened(row: Person | Household | Stay) -> Doc:
    """The document of a row."""
    return merging.load(sealed.unseal(row.doc, SEAL))


def person(seen: Seen, doc: Doc) -> dict[Group, list[Fact]]:
    """What may be shown of a person, by group; a group that is only flagged has one line that says so."""
    known = sources(head.event for heads in doc.heads.values() for head in heads)
    shown: dict[Group, list[Fact]] = {}
    for group in Group:
        names = [name for name in LABELS if name in doc.heads and name not in _LINKS and group_of(name) == group]
        lines = [fact for name in names if (fact := _fact(name, doc, known))]
        if seen.reads(group):
            shown[group] = lines
        elif seen.flagged(group) and lines and not seen.alias:
            shown[group] = [Fact("", "", "記録があります（内容は表示できません）")]
    if seen.reads(Group.BIRTH):
        shown[Group.BIRTH] = [_read_birth(seen.person), *shown[Group.BIRTH]]
    return shown


def household(doc: Doc) -> list[Fact]:
    """What a family said once."""
    known = sources(head.event for heads in doc.heads.values() for head in heads)
    return [fact for name in LABELS if (fact := _fact(name, doc, known))]


def value(name: str, said: Any) -> str:
    """One value in words."""
    if said is None or said == "":
        return "（なし）"
    if name in _TIMES and isinstance(said, int):
        return clock.day_and_time(instant(said) or clock.now())
    if name in _YES_NO:
        return "はい" if said else "いいえ"
    if name in ("shelter", "goods_shelter"):
        return shelter_name(said)
    worded = _WORDED.get(name)
    if worded is not None:
        return worded(said)
    return "記入あり" if name in ("household", "resident", "card", "person", "confirmed_over") else str(said)


def shelter_name(number: Any) -> str:
    """The name of a shelter; a question mark for one that is no more."""
    found = directory.by_ids([number]) if isinstance(number, int) else []
    return found[0].name if found else "？"


def sources(events: Iterable[str]) -> dict[str, Source]:
    """Who sent these events."""
    wanted = set(events)
    if not wanted:
        return {}
    columns = (IntakeEvent.id, IntakeEvent.actor, IntakeEvent.device_id, IntakeEvent.at, IntakeEvent.received_at)
    rows = db.session.execute(select(*columns).where(IntakeEvent.id.in_(wanted)))
    return {row.id: Source(row.id, row.actor, row.device_id, _moment(row.at), row.received_at) for row in rows}


def today() -> date:
    """The day at the desk (JST)."""
    return clock.jst(clock.now()).date()


def age_band(row: Person, day: date) -> str:
    """``60代``, ``10歳未満``, or 年代不明."""
    years = birthdates.age_on(row.birth_date, day) if row.birth_date else row.age_stated
    if years is None:
        return "年代不明"
    return "10歳未満" if years < 10 else f"{years // 10 * 10}代"


def _fact(name: str, doc: Doc, known: Mapping[str, Source]) -> Fact | None:
    head = doc.head(name)
    if head is None or head.value in (None, "", [], {}, False):
        return None
    others = [value(name, other.value) for other in doc.heads[name][:-1]] if merging.differing(doc, name) else []
    return Fact(name, LABELS[name], value(name, head.value), known.get(head.event), others)


def _read_birth(row: Person) -> Fact:
    if row.birth_date is None:
        return Fact("", "生年月日（読み取り）", "読み取れません" if row.birth_raw else "聞いていません")
    rough = {"month": "（月まで）", "year": "（年まで）", "decade": "（年代）"}.get(row.birth_precision, "")
    born = row.birth_date
    return Fact(
        "",
        "生年月日（読み取り）",
        f"{born.year}年{born.month}月{born.day}日{rough}　{birthdates.age_on(born, today())}歳",
    )


def _consent(said: Any) -> str:
    given = [word for key, word in CONSENTS.items() if isinstance(said, dict) and said.get(key)]
    return "・".join(given) or "だれにも知らせない"


def _pets(said: Any) -> str:
    pets = said if isinstance(said, list) else []
    return "、".join(f"{one.get('kind', 'ペット')} {one.get('count', 1)}" for one in pets if isinstance(one, dict))


_WORDED: Mapping[str, Callable[[Any], str]] = {
    "sex": lambda said: Sex(said).ja,
    "safety": lambda said: Safety(said).ja,
    "care": lambda said: "・".join(Care(one).ja for one in said),
    "place": lambda said: PlaceKind(said).ja,
    "reason": lambda said: ExitReason(said).ja,
    "nights": lambda said: NIGHTS.get(said, str(said)),
    "consent": _consent,
    "pets": _pets,
}


def _moment(ms: int) -> datetime:
    return instant(ms) or clock.now()
