"""The settings that can cause or limit a send: their names, words, bounds and defaults. Changed by two people only (``governed``)."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from broadcast.channels.registry import LABELS
from disaster.core.errors import Invalid

CONTACTS = "rehearsal_contacts"
ON, OFF = "on", "off"
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True, slots=True)
class Governed:
    """One setting. ``default`` is the value as it is stored; ``clean`` gives the stored form of what was typed or raises Invalid."""

    name: str
    label: str
    default: str
    hint: str
    kind: str  # number, switch, time, contacts
    unit: str = ""
    low: int = 0
    high: int = 0

    def clean(self, typed: str) -> str:
        """The stored form.

        Raises:
            Invalid: under ``value``.
        """
        return _CLEAN[self.kind](self, unicodedata.normalize("NFKC", typed).strip())

    def words(self, value: str) -> str:
        """A value as pages say it."""
        if self.kind == "switch":
            return "使う" if value == ON else "止める"
        if self.kind == "contacts":
            number = len([part for part in value.split(",") if part])
            return f"{number}件" if number else "なし"
        return f"{value}{self.unit}"


def _number(setting: Governed, typed: str) -> str:
    if not (typed.isascii() and typed.isdigit() and len(typed) < 8 and setting.low <= int(typed) <= setting.high):
        raise _wrong(f"{setting.label}は{setting.low}〜{setting.high}{setting.unit}の数字で入力してください。")
    return str(int(typed))


def _switch(setting: Governed, typed: str) -> str:
    if typed not in (ON, OFF):
        raise _wrong(f"{setting.label}は「使う」か「止める」を選んでください。")
    return typed


def _time(setting: Governed, typed: str) -> str:
    if not _TIME.fullmatch(typed):
        raise _wrong(f"{setting.label}は時刻で入力してください（例 05:00）。")
    return typed


def _contacts(setting: Governed, typed: str) -> str:
    parts = [part.strip() for part in typed.split(",") if part.strip()]
    if not all(part.isascii() and part.isdigit() and len(part) < 16 for part in parts):
        raise _wrong(f"{setting.label}は、下の「試験用の宛先」で加えるか外してください。")
    numbers = sorted({int(part) for part in parts})
    return ",".join(map(str, numbers))


def _wrong(reason: str) -> Invalid:
    return Invalid(reason, {"value": reason})


_CLEAN: dict[str, Callable[[Governed, str], str]] = {
    "number": _number,
    "switch": _switch,
    "time": _time,
    "contacts": _contacts,
}


def _numbers() -> list[Governed]:
    return [
        Governed(
            "failover_minutes",
            "届かないとき、次の手段に切り替えるまでの時間",
            "10",
            "この時間がたっても届いたと分からない人に、その人の次の手段で送ります。送れなかったときは、待たずに切り替えます。",
            "number",
            "分",
            1,
            120,
        ),
        Governed(
            "redials",
            "電話に出ないとき、かけ直す回数",
            "3",
            "話し中や応答なしのときに、かけ直す回数です。ここで決めると、サーバーの設定（DISASTER_CALL_REDIALS）より優先します。",
            "number",
            "回",
            0,
            5,
        ),
        Governed(
            "sends_per_hour",
            "1時間に送れる本番の配信の数",
            "10",
            "これを超えると、警戒レベル3以下とお知らせは承認できません。訂正・取消・解除は数えず、止めません。",
            "number",
            "回",
            1,
            200,
        ),
        Governed(
            "sends_per_hour_area",
            "1時間に同じ地区へ送れる本番の配信の数",
            "4",
            "同じ人に続けて何度も届くのを防ぎます。",
            "number",
            "回",
            1,
            100,
        ),
        Governed(
            "sends_reserve",
            "警戒レベル4・5のために残しておく数",
            "10",
            "上の2つの数を超えても、警戒レベル4・5はこの数まで承認できます。",
            "number",
            "回",
            0,
            200,
        ),
    ]


def _rehearsing() -> list[Governed]:
    return [
        Governed(
            "rehearsal",
            "毎日の通信試験",
            ON,
            "すべての手段が送れることを、町の試験用の宛先に実際に送って確かめます。住民には送りません。",
            "switch",
        ),
        Governed("rehearsal_time", "通信試験の時刻", "05:00", "配信の少ない時刻にします。", "time"),
        Governed(
            CONTACTS, "試験用の宛先", "", "町の電話・メールだけを入れます。住民の宛先は入れられません。", "contacts"
        ),
    ]


def _switches() -> list[Governed]:
    hint = "止めているあいだ、この手段では何も送りません。承認の画面にも出ます。"
    return [
        Governed(switch_of(name), f"手段：{label}", ON, hint, "switch")
        for name, label in LABELS.items()
        if name != "web"
    ]


def switch_of(channel: str) -> str:
    """The name of a channel's switch."""
    return f"channel.{channel}"


def every() -> dict[str, Governed]:
    """All of them by name, in the order of the page."""
    return {setting.name: setting for setting in (*_numbers(), *_rehearsing(), *_switches())}


def named(name: str) -> Governed:
    """One by its name.

    Raises:
        Invalid: there is none.
    """
    found = every().get(name)
    if found is None:
        raise _wrong("この設定はありません。")
    return found
