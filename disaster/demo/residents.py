"""The 330 sample residents: made up by arithmetic, the same on every machine, with names and numbers that belong to nobody.

Addresses end in ``.example`` (RFC 2606); mobile numbers begin with 090-0000 and telephones with 0594-00, which no carrier assigns. A few provoke
what providers answer in bad moments. Names stand in a file beside the database because the service itself keeps no
names of subscribers.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from broadcast.cap.vocabulary import Language
from disaster.core.municipality import Area
from disaster.demo.providers import calls, line, push, twilio

FILE = "residents.json"
COUNT = 300  # with something digital
OLD = 30  # who have a telephone and nothing else

_FAMILY = ("見本", "例田", "仮野", "架空", "試山", "想定", "模擬", "練木", "型川", "雛形")
_GIVEN = [
    "太郎",
    "花子",
    "一郎",
    "二郎",
    "三郎",
    "桜",
    "葵",
    "蓮",
    "結衣",
    "陽菜",
    "大翔",
    "湊",
    "健",
    "誠",
    "茂",
    "清",
    "和子",
    "幸子",
    "京子",
    "節子",
    "実",
    "隆",
    "直樹",
    "美咲",
    "由美",
    "恵",
    "翼",
    "海斗",
    "凛",
    "紬",
]
_ENGLISH = [
    "Alex",
    "Bianca",
    "Carlos",
    "Dina",
    "Emil",
    "Fatima",
    "Gabriel",
    "Hana",
    "Ivan",
    "Julia",
    "Karim",
    "Linh",
    "Maria",
    "Nguyen",
    "Olga",
    "Paulo",
    "Rosa",
    "Sara",
    "Tuan",
    "Wei",
]
_OLD_GIVEN = ("ハル", "キヨ", "トメ")
_MAIL = ("mail.example", "keitai.example", "home.example", "town-net.example")

# Address that provokes an answer, and what the officer will see; given to the first residents that have the channel.
_MAIL_TRIALS = {
    "unknown": "宛先不明（550）になるメールアドレス",
    "full": "受信箱がいっぱい（452）のメールアドレス",
    "greylist": "1回目は断られ、次で届く（451）メールアドレス",
    "slow": "受け付けに3秒かかるメールアドレス",
    "returned": "受け付けたあとで、宛先不明として戻ってくるメールアドレス",
}
_SMS_TRIALS = {
    twilio.INVALID: "存在しない番号（21211）",
    twilio.LANDLINE: "固定電話の番号（21614）",
    twilio.OPTED_OUT: "受信を停止した番号（21610）",
    twilio.BUSY_ONCE: "1回目は混雑（429）、次で届く番号",
    twilio.ERROR_AFTER: "受け付けたあとでエラー（500）を返す番号",
    twilio.CUT_AFTER: "受け付けたあとで接続が切れる番号",
    twilio.UNREACHABLE: "電源が入っておらず届かない番号（30003）",
    twilio.FILTERED: "携帯会社が止める番号（30007）",
}
_LINE_TRIALS = {
    line.INVALID: "無効なLINEの宛先（400）",
    line.BUSY_ONCE: "1回目は混雑（429）、次で届くLINEの宛先",
    line.ERROR_AFTER: "受け付けたあとでエラー（500）を返すLINEの宛先",
}
_PUSH_TRIALS = {
    push.GONE: "登録が消えている（410）ブラウザ",
    push.BUSY_ONCE: "1回目は混雑（429）、次で届くブラウザ",
    push.ERROR_AFTER: "受け付けたあとでエラー（500）を返すブラウザ",
}
_CALL_TRIALS = {
    calls.BUSY_TWICE: "2回は話し中、3回目につながる電話",
    calls.NO_ANSWER: "だれも出ない電話",
    calls.MACHINE: "留守番電話が出る電話",
    calls.LISTENS: "聞くだけで番号を押さない人の電話",
    calls.ASKS_AGAIN: "もう一度聞いて（2）から確認（1）を押す人の電話",
    calls.INVALID: "使われていない番号（21211）",
    calls.TOO_MANY_ONCE: "1回目は混雑（429）、次でつながる電話",
    calls.CUT_AFTER: "受け付けたあとで接続が切れる電話",
}


@dataclass(frozen=True, slots=True)
class Resident:
    """One sample resident. ``areas`` are codes, ``addresses`` one per channel, ``trials`` says per channel what its address provokes,
    ``standby`` names the channels that are used only when the others did not reach the person."""

    number: int
    name: str
    areas: list[str]
    language: str
    support_needed: bool
    addresses: dict[str, str]
    trials: dict[str, str]
    standby: list[str] = field(default_factory=list)


def make(areas: Sequence[Area], push_service: str = "") -> list[Resident]:
    """All of them, spread evenly over the areas: 280 with e-mail, 220 with SMS, 120 with LINE; 20 each read easy Japanese and English.

    Ten have a telephone besides, for the case that nothing else reaches them; five gave the number of a telephone at home for SMS, where
    none arrives, so that they are called; 30 more are old and have only a telephone.
    50 have a browser at ``push_service``, the address of the stand-in; none where there is no stand-in.
    """
    email = _addresses(lambda i: i % 15 != 4, _mail_address, _MAIL_TRIALS)
    sms = _addresses(lambda i: i % 15 not in (1, 5, 9, 12), lambda i: f"+81900000{i + 1:04}", _SMS_TRIALS)
    line_users = _addresses(lambda i: i % 5 in (0, 2), _line_user, _LINE_TRIALS)
    browsers = _browsers(push_service) if push_service else {}
    channels = {"email": email, "sms": sms, "line": line_users, "webpush": browsers}
    return [*(_resident(i, areas, channels) for i in range(COUNT)), *(_old_person(i, areas) for i in range(OLD))]


def _old_person(i: int, areas: Sequence[Area]) -> Resident:
    """Somebody old who lives alone with a telephone; the last ones' telephones do not simply answer."""
    trials = dict(enumerate(_CALL_TRIALS.items(), OLD - len(_CALL_TRIALS)))
    address, words = trials.get(i, (_telephone(i), ""))
    return Resident(
        number=COUNT + i + 1,
        name=f"{_FAMILY[i % len(_FAMILY)]} {_OLD_GIVEN[i // len(_FAMILY)]}",
        areas=[areas[i % len(areas)].code],
        language=Language.JA.value,
        support_needed=i % 3 == 0,
        addresses={"voice": address},
        trials={"voice": words} if words else {},
    )


def _telephone(i: int) -> str:
    return f"{calls.PREFIX}{i + 1:04}"


_Given = dict[int, tuple[str, str]]  # by resident: the address, and what it provokes


def _addresses(has: Callable[[int], bool], address: Callable[[int], str], trials: dict[str, str]) -> _Given:
    """Addresses of those who have the channel; every eleventh of the first ones gets one that provokes something."""
    owners = [i for i in range(COUNT) if has(i)]
    given = {i: (address(i), "") for i in owners}
    for i, (trial, words) in zip(owners[7::11], trials.items(), strict=False):
        given[i] = (f"{trial}{i + 1:03}@mail.example" if trials is _MAIL_TRIALS else trial, words)
    return given


def _browsers(push_service: str) -> _Given:
    receivers = _addresses(lambda i: i % 6 == 1, lambda i: f"resident{i + 1:03}", _PUSH_TRIALS)
    return {i: (push.address(push_service, receiver), words) for i, (receiver, words) in receivers.items()}


def _mail_address(i: int) -> str:
    return f"resident{i + 1:03}@{_MAIL[i % len(_MAIL)]}"


def _line_user(i: int) -> str:
    return "U" + hashlib.sha256(f"sample resident {i}".encode()).hexdigest()[:32]


def _resident(i: int, areas: Sequence[Area], channels: dict[str, _Given]) -> Resident:
    language = {7: Language.EASY_JA, 13: Language.EN}.get(i % 15, Language.JA)
    mine = {name: given[i] for name, given in channels.items() if i in given}
    if landline := i % 30 == 6:
        mine["voice"] = (_telephone(OLD + i), "")
    if only_at_home := i % 60 == 4:
        mine["sms"] = mine["voice"] = (_telephone(OLD + i), "固定電話をSMSに登録した人（21614）。電話に切り替わります")
    here = [areas[i % len(areas)].code]
    if i % 10 == 6:
        here.append(areas[(i + 9) % len(areas)].code)  # also wants to hear about the parents' house
    return Resident(
        number=i + 1,
        name=_name(i, language),
        areas=here,
        language=language.value,
        support_needed=i % 10 == 3,
        addresses={name: address for name, (address, _) in mine.items()},
        trials={name: words for name, (_, words) in mine.items() if words},
        standby=["voice"] if landline or only_at_home else [],
    )


def _name(i: int, language: Language) -> str:
    if language is Language.EN:
        return f"{_ENGLISH[i // 15]} Sample"
    return f"{_FAMILY[i % len(_FAMILY)]} {_GIVEN[i // len(_FAMILY)]}"


def save(folder: Path, people: list[Resident]) -> None:
    """Keep names and addresses for the inbox page."""
    text = json.dumps([asdict(person) for person in people], ensure_ascii=False, indent=1)
    part = folder / (FILE + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(folder / FILE)


def load(folder: Path) -> list[Resident]:
    """The sample residents; none before the demonstration was filled."""
    path = folder / FILE
    return [Resident(**one) for one in json.loads(path.read_text(encoding="utf-8"))] if path.exists() else []
