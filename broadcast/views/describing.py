"""An alert in plain words for the headquarters' pages: headings, rows of a summary, one card per channel, its history."""

from collections.abc import Iterable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select

from broadcast.alert import content_json
from broadcast.alert.extension import only_extends
from broadcast.cap.vocabulary import Hazard, Kind, Language, Mode, MsgType
from broadcast.channels import registry
from broadcast.channels.contract import Message
from broadcast.governing import switches
from broadcast.models.alert import Alert, AlertEvent, State, Transmission
from broadcast.views import wording
from disaster.core.clock import day_and_time
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.incidents import exercise
from disaster.shelters import directory
from disaster.staff.models import Account

STANDARD = "（標準の文を使います）"
LONGER = "（期限だけを延ばします。【更新】として届きます）"
EMPTY = "（まだ入力されていません）"
TAGS = {
    State.DRAFT: "quiet",
    State.PENDING: "warning",
    State.RETURNED: "warning",
    State.APPROVED: "good",
    State.SENDING: "good",
    State.SENT: "good",
    State.STOPPED: "error",
    State.REJECTED: "error",
}


@dataclass(frozen=True, slots=True)
class Card:
    """One channel's texts exactly as they are received; ``problems`` says why the channel would send nothing."""

    channel: str
    label: str
    messages: list[tuple[str, Message]]
    problems: list[str]
    reach: int | None
    off: bool = False


def heading_of(alert: Alert) -> str:
    """The heading of an alert as it stands now."""
    return heading(alert.kind, alert.msg_type, alert.lifted_kind, extends=only_extends(alert))


def heading(kind: str, msg_type: str, lifted: str | None = None, *, extends: bool = False) -> str:
    """``警戒レベル4 避難指示``, ``取消（誤報）：警戒レベル4 避難指示``, ``解除：避難指示``, ``訂正：…``, ``延長：…``."""
    found = Kind(kind)
    word = f"警戒レベル{found.level} {found.ja}" if found.level else found.ja
    if found == Kind.LIFT and lifted:
        word = f"解除：{Kind(lifted).ja}"
    if msg_type == MsgType.CANCEL:
        return f"取消（誤報）：{word}"
    if msg_type == MsgType.UPDATE and found != Kind.LIFT:
        return f"{'延長' if extends else '訂正'}：{word}"
    return word


def where(alert: Alert) -> str:
    """The areas in words; an empty choice is said as such, never as everyone."""
    if alert.whole_town:
        return f"{municipality().name}全域"
    known = municipality().area_by_code
    names = [known[code].name if code in known else code for code in alert.areas]
    return f"{'、'.join(names)}（{len(names)}地区）" if names else "（まだ選ばれていません）"


def rows(alert: Alert) -> list[tuple[str, str, str]]:
    """The summary: label, words, and the part of the edit page where it is changed."""
    cancel = alert.msg_type == MsgType.CANCEL
    found = [
        ("何を", heading_of(alert), "kind"),
        ("災害", Hazard(alert.hazard).ja, "hazard"),
        ("どこに", where(alert), "areas"),
    ]
    if alert.correction or (alert.msg_type == MsgType.UPDATE and alert.kind != Kind.LIFT):
        longer = LONGER if only_extends(alert) else EMPTY
        found.append(("訂正・延長の内容", alert.correction or longer, "correction"))
    if alert.title:
        found.append(("見出し", alert.title, "title"))
    if not cancel:
        shelters = "、".join(s.name for s in directory.by_ids(alert.shelters)) or "（なし）"
        found += [
            ("状況", alert.situation or (EMPTY if alert.kind == Kind.NOTICE else STANDARD), "situation"),
            ("とってほしい行動", alert.action or STANDARD, "action"),
            ("避難所", shelters, "shelters"),
        ]
    ends = cancel or alert.kind == Kind.LIFT
    return [*found, ("掲載の期限" if ends else "いつまで", day_and_time(alert.expires_at), "expires")]


def cards(texts: content_json.Texts, mode: str, reach: dict[str, int] | None = None) -> list[Card]:
    """One card per channel, in the order in which people read them."""
    channels = registry.channels(Mode(mode))
    order = [*(name for name in wording.CHANNELS if name in texts), *(n for n in texts if n not in wording.CHANNELS)]
    return [
        Card(
            channel=name,
            label=wording.CHANNELS.get(name, name),
            messages=[(wording.LANGUAGES[Language(language)], message) for language, message in texts[name].items()],
            problems=switches.problems(channels[name]) if name in channels else [],
            reach=reach.get(name, 0) if reach is not None and name in channels and channels[name].personal else None,
            off=name in channels and switches.off(name),
        )
        for name in order
    ]


def frozen_texts(transmission: Transmission) -> content_json.Texts:
    """The texts as they were approved."""
    return {
        channel: {language: content_json.load_message(plain) for language, plain in messages.items()}
        for channel, messages in transmission.texts.items()
    }


def people(ids: Iterable[int | None]) -> dict[int, Account]:
    """Accounts by number, in one query."""
    wanted = {number for number in ids if number}
    return {a.id: a for a in db.session.scalars(select(Account).where(Account.id.in_(wanted)))} if wanted else {}


def history(alert: Alert) -> list[tuple[AlertEvent, str]]:
    """Every event with its sentence, oldest first."""
    events = list(db.session.scalars(select(AlertEvent).where(AlertEvent.alert_id == alert.id).order_by(AlertEvent.id)))
    known = people(event.actor_id for event in events)
    return [(event, wording.sentence(event, known, drill=alert.mode == Mode.DRILL)) for event in events]


def band(alert: Alert) -> Any:
    """What the page's band shows: a drill alert is a drill on every page, also when the window is closed; a live one never is."""
    if alert.mode != Mode.DRILL:
        return None
    return exercise.current() or SimpleNamespace(name="")
