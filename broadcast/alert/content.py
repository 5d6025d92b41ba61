"""What an alert says, as plain data: the single source of every channel's text in every language.

It is frozen at approval and carries everything a text may need, so that rendering is a pure function and what the approver
read is byte for byte what is sent. It has no time of issue: that is not known before approval, and pages and headers show it.
"""

from dataclasses import dataclass
from datetime import datetime

from broadcast.cap.vocabulary import Hazard, Kind, Mode, MsgType


@dataclass(frozen=True, slots=True)
class Place:
    """A name in the three forms that texts need (an area or a shelter)."""

    name: str
    kana: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Sender:
    """Who speaks: the municipality, whom to ask, and what the radio says around a text."""

    name: str
    kana: str
    name_en: str
    code: str  # 全国地方公共団体コード, 6 digits
    department: str
    department_en: str
    phone: str
    call_sign: str
    radio_repeats: int
    chime_up: str
    chime_down: str
    siren_level_5: str
    siren_level_3: str = ""
    siren_level_4: str = ""
    siren_lift: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """How something that an officer wrote is said: a word of the town's table, or a whole sentence (then ``whole``)."""

    text: str
    kana: str
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """The earlier alert that an update or a cancel speaks of; ``first_id`` is where the chain of them began (0 where not known)."""

    alert_id: int
    kind: Kind
    sent: datetime  # aware
    first_id: int = 0


@dataclass(frozen=True, slots=True)
class Content:
    """One alert.

    ``areas`` is never empty unless ``whole_town``; ``situation`` (what is happening) and ``action`` (what to do, in the officer's
    words) may be empty, then the standard sentence of kind and hazard stands; both are Japanese free text.
    ``lifted`` is the kind that a 解除 lifts. ``expires`` is aware. ``url`` is the page of this alert, ``short_url`` the short link for SMS.
    ``correction`` says what was wrong, for an update; ``extends`` tells an update in which nothing was wrong and only the end is later.
    A ``CANCEL`` withdraws an alert that was issued by mistake (誤報), which is not 解除.
    ``readings`` are those of the free texts, as far as they are known.
    """

    alert_id: int
    mode: Mode
    msg_type: MsgType
    kind: Kind
    hazard: Hazard
    whole_town: bool
    areas: tuple[Place, ...]
    shelters: tuple[Place, ...]
    situation: str
    action: str
    title: str  # only for NOTICE: its heading; empty otherwise
    expires: datetime
    sender: Sender
    url: str
    short_url: str
    lifted: Kind | None = None
    reference: Reference | None = None
    correction: str = ""
    extends: bool = False
    readings: tuple[Reading, ...] = ()
