"""The alert (起案から記録まで), its history, and what was frozen at approval."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.cap.vocabulary import Hazard, Kind, Mode, MsgType
from disaster.core.base import Base, BigId, UtcTime, words


class State(StrEnum):
    """Where an alert stands; never to be confused with CAP ``status``."""

    DRAFT = "draft"  # 起案
    PENDING = "pending"  # 承認待ち
    RETURNED = "returned"  # 差戻し
    REJECTED = "rejected"  # 却下
    WITHDRAWN = "withdrawn"  # 取下げ
    EXPIRED = "expired"  # 期限切れ (a draft that was never approved)
    APPROVED = "approved"  # 承認
    SENDING = "sending"  # 送信中
    SENT = "sent"  # 送信済み
    STOPPED = "stopped"  # 送信中止 (what was queued was stopped by an officer)

    @property
    def ja(self) -> str:
        """The word on pages."""
        return _STATE_JA[self]


_STATE_JA = {
    State.DRAFT: "起案中",
    State.PENDING: "承認待ち",
    State.RETURNED: "差戻し",
    State.REJECTED: "却下",
    State.WITHDRAWN: "取下げ",
    State.EXPIRED: "期限切れ",
    State.APPROVED: "承認済み",
    State.SENDING: "送信中",
    State.SENT: "送信済み",
    State.STOPPED: "送信中止",
}


class Alert(Base):
    """One alert as it is composed. ``version`` rises with every edit; approval names the version that was seen.

    Every field is kept as typed: a draft may be incomplete, ``compose.missing`` tells what submission still needs.
    """

    __tablename__ = "alerts"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    mode: Mapped[Mode] = mapped_column(words(Mode))
    msg_type: Mapped[MsgType] = mapped_column(words(MsgType), default=MsgType.ALERT)
    state: Mapped[State] = mapped_column(words(State), default=State.DRAFT, index=True)
    version: Mapped[int] = mapped_column(default=1)
    kind: Mapped[Kind] = mapped_column(words(Kind))
    hazard: Mapped[Hazard] = mapped_column(words(Hazard))
    whole_town: Mapped[bool] = mapped_column(default=False)
    areas: Mapped[list[str]] = mapped_column(JSON, default=list)  # area codes
    shelters: Mapped[list[int]] = mapped_column(JSON, default=list)  # shelter ids
    title: Mapped[str] = mapped_column(String(120), default="")
    situation: Mapped[str] = mapped_column(Text, default="")
    action: Mapped[str] = mapped_column(Text, default="")
    correction: Mapped[str] = mapped_column(Text, default="")
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    lifted_kind: Mapped[Kind | None] = mapped_column(words(Kind))
    references_id: Mapped[int | None] = mapped_column(ForeignKey("alerts.id"), index=True)
    proposal_id: Mapped[int | None] = mapped_column(BigId)
    idempotency_key: Mapped[str] = mapped_column(String(64), unique=True)
    drafted_by: Mapped[int] = mapped_column(BigId)
    submitted_by: Mapped[int | None] = mapped_column(BigId)
    submitted_at: Mapped[datetime | None] = mapped_column(UtcTime)
    approved_by: Mapped[int | None] = mapped_column(BigId)
    approved_at: Mapped[datetime | None] = mapped_column(UtcTime)
    emergency_reason: Mapped[str] = mapped_column(Text, default="")  # a lone officer's send (DESIGN 3.2)
    reviewed_by: Mapped[int | None] = mapped_column(BigId)  # who reviewed that afterwards
    reviewed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    updated_at: Mapped[datetime] = mapped_column(UtcTime)

    @property
    def state_word(self) -> str:
        """The state as pages say it."""
        return self.state.ja


class AlertEvent(Base):
    """One line of an alert's history: who did what and when; appended, never changed."""

    __tablename__ = "alert_events"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alerts.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcTime)
    actor_id: Mapped[int | None] = mapped_column(BigId)  # staff account; None for the service itself
    verb: Mapped[str] = mapped_column(String(24))  # drafted edited submitted returned rejected withdrawn approved …
    version: Mapped[int]
    note: Mapped[str] = mapped_column(Text, default="")


class Transmission(Base):
    """The frozen copy of what was approved; this and nothing else is sent.

    ``texts`` is ``{channel: {language: message}}``, ``content`` the structured alert; ``rank`` orders the queue (0 cancel, 1 correction, 2 level 5 …).
    """

    __tablename__ = "transmissions"
    __table_args__ = (
        Index(
            "ix_transmissions_open",
            "expires_at",
            sqlite_where=text("stopped_at IS NULL"),
            postgresql_where=text("stopped_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alerts.id"), unique=True)
    identifier: Mapped[str] = mapped_column(String(64), unique=True)  # CAP identifier, stable
    mode: Mapped[Mode] = mapped_column(words(Mode))
    msg_type: Mapped[MsgType] = mapped_column(words(MsgType))
    kind: Mapped[Kind] = mapped_column(words(Kind))
    rank: Mapped[int]
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    texts: Mapped[dict[str, Any]] = mapped_column(JSON)
    digest: Mapped[str] = mapped_column(String(64))
    people: Mapped[int]  # the number the approver ticked
    sent_at: Mapped[datetime] = mapped_column(UtcTime, index=True)  # the instant of approval, CAP sent
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    stopped_at: Mapped[datetime | None] = mapped_column(
        UtcTime
    )  # from then nothing more of it goes out: stopped, or superseded
