"""Contents of alerts for tests: one function that makes any of them, and the town's real places."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from broadcast.alert.content import Content, Place, Reference, Sender
from broadcast.cap.vocabulary import Hazard, Kind, Mode, MsgType
from disaster.core.clock import JST

_AREAS = Path(__file__).parents[2] / "disaster/municipalities/243248/areas.json"
AREAS = tuple(
    Place(area["name"], area["kana"], area["name_en"])
    for area in json.loads(_AREAS.read_text(encoding="utf-8"))["areas"]
)

SHELTERS = (
    Place("笹尾西小学校", "ささおにししょうがっこう", "Sasao-nishi Elementary School"),
    Place("笹尾コミュニティセンター", "ささおこみゅにてぃせんたー", "Sasao Community Center"),
    Place("笹尾東小学校", "ささおひがししょうがっこう", "Sasao-higashi Elementary School"),
    Place("城山小学校", "しろやましょうがっこう", "Shiroyama Elementary School"),
    Place("東員第二中学校", "とういんだいにちゅうがっこう", "Toin Second Junior High School"),
    Place("東員町保健福祉センター", "とういんちょうほけんふくしせんたー", "Toin Health and Welfare Center"),
    Place("東員共同福祉施設", "とういんきょうどうふくししせつ", "Toin Joint Welfare Facility"),
    Place("東員町総合体育館", "とういんちょうそうごうたいいくかん", "Toin General Gymnasium"),
    Place("東員町総合文化センター", "とういんちょうそうごうぶんかせんたー", "Toin Culture Center"),
    Place("東員町ふれあいセンター", "とういんちょうふれあいせんたー", "Toin Fureai Center"),
    Place("稲部小学校", "いなべしょうがっこう", "Inabe Elementary School"),
    Place("三和小学校", "さんわしょうがっこう", "Sanwa Elementary School"),
    Place("神田小学校", "かんだしょうがっこう", "Kanda Elementary School"),
    Place("東員第一中学校", "とういんだいいちちゅうがっこう", "Toin First Junior High School"),
)

SENDER = Sender(
    name="東員町",
    kana="とういんちょう",
    name_en="Toin Town",
    code="243248",
    department="東員町 総務課 防災対策室",
    department_en="Toin Town Disaster Management Office",
    phone="0594-86-2824",
    call_sign="こちらは、防災とういんです。",
    radio_repeats=2,
    chime_up="♪上りチャイム",
    chime_down="♪下りチャイム",
    siren_level_5="サイレン 約3秒吹鳴・約2秒休止 15回",
)

ISSUED = datetime(2026, 9, 12, 15, 4, tzinfo=JST)
EXPIRES = datetime(2026, 9, 13, 9, 0, tzinfo=JST)


def content(
    kind: Kind = Kind.EVACUATE,
    hazard: Hazard = Hazard.FLOOD,
    *,
    mode: Mode = Mode.LIVE,
    msg_type: MsgType = MsgType.ALERT,
    areas: Sequence[Place] = (AREAS[14], AREAS[0]),
    whole_town: bool = False,
    shelters: Sequence[Place] = (),
    situation: str = "",
    action: str = "",
    title: str = "",
    expires: datetime = EXPIRES,
    sender: Sender = SENDER,
    url: str = "https://toin.example/alerts/123",
    short_url: str = "https://toin.example/a/123",
    lifted: Kind | None = None,
    reference: Reference | None = None,
    correction: str = "",
    extends: bool = False,
) -> Content:
    """An alert: 避難指示 for flood in 長深 and 中上 unless told otherwise."""
    if msg_type is not MsgType.ALERT and reference is None:
        reference = Reference(122, kind, ISSUED)
    if kind is Kind.LIFT and lifted is None:
        lifted = Kind.EVACUATE
    if kind is Kind.NOTICE and not title:
        title = "断水のお知らせ"
    return Content(
        alert_id=123, mode=mode, msg_type=msg_type, kind=kind, hazard=hazard, whole_town=whole_town, areas=() if whole_town else tuple(areas),
        shelters=tuple(shelters), situation=situation, action=action, title=title, expires=expires, sender=sender, url=url, short_url=short_url,
        lifted=lifted, reference=reference, correction=correction, extends=extends,
    )  # fmt: skip
