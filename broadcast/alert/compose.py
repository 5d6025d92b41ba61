"""Composing an alert: create, edit, and what is still missing before it can be submitted. Kept as typed, never lost."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from broadcast.alert.extension import only_extends
from broadcast.cap.vocabulary import Hazard, Kind, Mode, MsgType
from broadcast.models.alert import Alert, AlertEvent, State
from disaster.bulletins import proposals
from disaster.core import audit
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.errors import Invalid, Missing, Stale
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.core.text import clean_line, clean_text
from disaster.shelters import directory
from disaster.staff import accounts
from disaster.staff.permissions import Permission

EDITABLE = (State.DRAFT, State.RETURNED, State.PENDING)
LONGEST = timedelta(days=7)
FREE_TEXTS = {"situation": ("状況", 400), "action": ("とってほしい行動", 400), "correction": ("訂正の内容", 200)}


@dataclass(frozen=True, slots=True)
class Draft:
    """What the officer typed and chose; ``expires_at`` is aware."""

    kind: Kind
    hazard: Hazard
    expires_at: datetime
    whole_town: bool = False
    areas: tuple[str, ...] = ()
    shelters: tuple[int, ...] = ()
    title: str = ""
    situation: str = ""
    action: str = ""
    correction: str = ""
    lifted_kind: Kind | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a new alert comes from: nothing, a proposal of the bulletins, or an earlier alert."""

    msg_type: MsgType = MsgType.ALERT
    references_id: int | None = None
    proposal_id: int | None = None


def create(actor: int, draft: Draft, *, mode: Mode, key: str, origin: Origin | None = None) -> int:
    """Create a draft; its id. The same ``key`` again gives the same alert, so a double click makes one.

    Raises:
        Invalid: text that no message can carry, an unknown area or shelter.
        Forbidden: the person may not compose.
    """
    accounts.check_permission(actor, Permission.ALERT_COMPOSE)
    origin = origin or Origin()
    draft = cleaned(draft)
    with transaction() as session:
        if known := _of_key(session, key):
            return known
        at = now()
        alert = Alert(
            mode=mode,
            msg_type=origin.msg_type,
            references_id=origin.references_id,
            proposal_id=origin.proposal_id,
            idempotency_key=key,
            drafted_by=actor,
            created_at=at,
            updated_at=at,
            **_columns(draft),
        )
        try:
            with session.begin_nested():
                session.add(alert)
        except IntegrityError:
            if known := _of_key(session, key):  # the same form at the same moment
                return known
            raise
        if origin.proposal_id:
            proposals.mark_used(session, origin.proposal_id, alert.id)
        log(session, alert.id, "drafted", actor, version=1)
        return alert.id


def _of_key(session: Session, key: str) -> int | None:
    return session.scalar(select(Alert.id).where(Alert.idempotency_key == key))


def edit(alert_id: int, version: int, actor: int, draft: Draft) -> int:
    """Store the officer's changes over the version that was on the screen; the new version.

    An alert that waits for approval goes back to draft: what is approved is never other than what was submitted.

    Raises:
        Stale: somebody else changed or decided it meanwhile.
        Invalid, Forbidden: as in ``create``.
    """
    accounts.check_permission(actor, Permission.ALERT_COMPOSE)
    draft = cleaned(draft)
    with transaction() as session:
        done = session.execute(
            update(Alert)
            .where(Alert.id == alert_id, Alert.version == version, Alert.state.in_(EDITABLE))
            .values(**_columns(draft), version=version + 1, updated_at=now(), state=State.DRAFT)
            .returning(Alert.id)
        ).first()
        if done is None:
            raise Stale("ほかの人が先に変更しました。いまの内容を確かめて、もう一度入力してください。")
        _log_edit(session, alert_id, actor, version + 1)
    return version + 1


def _log_edit(session: Session, alert_id: int, actor: int, version: int) -> None:
    """One line per stretch of edits by one person: autosave would flood the history."""
    last = session.scalar(
        select(AlertEvent).where(AlertEvent.alert_id == alert_id).order_by(AlertEvent.id.desc()).limit(1)
    )
    if last is None or last.actor_id != actor or last.verb not in ("drafted", "edited"):
        log(session, alert_id, "edited", actor, version=version)


def log(session: Session, alert_id: int, verb: str, actor: int | None, *, version: int, note: str = "") -> None:
    """Append to the alert's history and to the audit log, in the caller's transaction."""
    session.add(AlertEvent(alert_id=alert_id, at=now(), actor_id=actor, verb=verb, version=version, note=note))
    who = f"account:{actor}" if actor else "system:worker"
    audit.record(session, f"alert.{verb}", actor=who, subject=f"alert:{alert_id}", detail={"version": version})


def _columns(draft: Draft) -> dict[str, object]:
    return {
        "kind": draft.kind,
        "hazard": draft.hazard,
        "expires_at": draft.expires_at,
        "whole_town": draft.whole_town,
        "areas": list(draft.areas),
        "shelters": list(draft.shelters),
        "title": draft.title,
        "situation": draft.situation,
        "action": draft.action,
        "correction": draft.correction,
        "lifted_kind": draft.lifted_kind,
    }


def cleaned(draft: Draft) -> Draft:
    """The draft through the text gate, with areas and shelters that exist.

    Raises:
        Invalid: with a sentence per field.
    """
    unknown = [code for code in draft.areas if code not in municipality().area_by_code]
    if unknown:
        raise Invalid("この市町村にない地区が選ばれています。", {"areas": "この市町村にない地区が選ばれています。"})
    if len(directory.by_ids(list(draft.shelters))) != len(set(draft.shelters)):
        raise Invalid("登録のない避難所が選ばれています。", {"shelters": "登録のない避難所が選ばれています。"})
    texts = {
        name: clean_text(getattr(draft, name), field=name, label=label, limit=limit)
        for name, (label, limit) in FREE_TEXTS.items()
    }
    title = clean_line(draft.title, field="title", label="見出し", limit=40)
    order = municipality().area_by_code
    return replace(
        draft,
        title=title,
        expires_at=draft.expires_at.replace(microsecond=0),
        situation=texts["situation"],
        action=texts["action"],
        correction=texts["correction"],
        areas=tuple(code for code in order if code in draft.areas),
        shelters=tuple(dict.fromkeys(draft.shelters)),
    )


def missing(alert: Alert) -> Mapping[str, str]:
    """What keeps the alert from being submitted: a sentence per field, empty when it is complete."""
    found: dict[str, str] = {}
    if alert.msg_type != MsgType.CANCEL:
        if not alert.whole_town and not alert.areas:
            found["areas"] = "対象の地区を選んでください。"
        if alert.kind == Kind.SHELTERS and not alert.shelters:
            found["shelters"] = "開設する避難所を選んでください。"
        if alert.kind == Kind.NOTICE and not (alert.title and alert.situation):
            found["title"] = "お知らせの見出しと内容を入力してください。"
        if alert.kind == Kind.LIFT and alert.lifted_kind is None:
            found["lifted_kind"] = "何を解除するかを選んでください。"
        refused = directory.refusals(alert.shelters, alert.hazard)
        if refused:
            found["shelters"] = " ".join(refused.values())
    corrects = alert.msg_type == MsgType.UPDATE and alert.kind != Kind.LIFT
    if corrects and not alert.correction and not only_extends(alert):
        found["correction"] = "何を訂正するかを入力してください。"
    if alert.expires_at <= now():
        found["expires_at"] = "期限がすでに過ぎています。"
    elif alert.expires_at > now() + LONGEST:
        found["expires_at"] = "期限は7日以内にしてください。"
    return found


def get(alert_id: int) -> Alert:
    """The alert.

    Raises:
        Missing: there is none with this number.
    """
    alert = db.session.get(Alert, alert_id)
    if alert is None:
        raise Missing("この配信は見つかりません。")
    return alert
