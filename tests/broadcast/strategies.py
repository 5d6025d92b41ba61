"""Any content an alert can have, hostile free text included, for property tests."""

from datetime import datetime
from typing import Any

from hypothesis import strategies as st

from broadcast.alert.content import Content, Reference
from broadcast.cap.vocabulary import Hazard, Kind, Mode, MsgType
from disaster.core.clock import JST
from tests.broadcast.contents import AREAS, SHELTERS, content

HOSTILE = (
    "",
    "川の水が増えています。",
    "😷👨‍👩‍👧‍👦𠮷野家前、葛\U000e0100飾",
    "{{unsubscribe}}{% raw %}{{ w.town }}{{ 7*7 }}",
    "くわしくは https://evil.example/?a=1&b=<x> か bousai@town.example か 0594-86-2824 へ。@everyone",
    "①㈱髙島屋\u202e逆\u0000\u0085\r\n\tつぎ",
    "とても長い文です。" * 120,
    "あ" * 900,
    "</description><x>]]>&amp;",
    "\ud800孤立",
)
instants = st.datetimes(datetime(2026, 1, 1), datetime(2030, 12, 31)).map(lambda moment: moment.replace(tzinfo=JST))  # noqa: DTZ001
free = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=60))


@st.composite
def contents(draw: st.DrawFn, **fixed: Any) -> Content:
    """Every combination of kind, hazard, message type, mode, areas, shelters and free text."""
    kind = draw(st.sampled_from(Kind))
    msg_type = draw(st.sampled_from(MsgType))
    reference = Reference(1, draw(st.sampled_from(Kind)), draw(instants)) if draw(st.booleans()) else None
    given: dict[str, Any] = {
        "kind": kind,
        "hazard": draw(st.sampled_from(Hazard)),
        "mode": draw(st.sampled_from(Mode)),
        "msg_type": msg_type,
        "areas": draw(st.lists(st.sampled_from(AREAS), min_size=1, max_size=28, unique=True)),
        "whole_town": draw(st.booleans()),
        "shelters": draw(st.lists(st.sampled_from(SHELTERS), max_size=14, unique=True)),
        "situation": draw(free),
        "action": draw(free),
        "correction": draw(free),
        "title": draw(free) if kind is Kind.NOTICE else "",
        "expires": draw(instants),
        "lifted": draw(st.sampled_from([Kind.ELDERLY, Kind.EVACUATE, Kind.EMERGENCY, None])),
        "reference": reference,
    }
    return content(**{**given, **fixed})
