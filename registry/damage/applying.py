"""An application comes in, at the counter or online; photographs and documents follow it; a paper that is doubted is surveyed again."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from disaster.core import audit, clock
from disaster.core.db import transaction
from disaster.core.errors import DomainError, Invalid, Missing, Stale
from disaster.core.extensions import db
from disaster.core.sealed import digest, seal_bytes, unseal_bytes
from disaster.core.text import clean_text
from disaster.incidents import running
from registry.damage import numbers, uploads
from registry.damage.given import Given, opened
from registry.damage.moving import move
from registry.damage.vocabulary import State
from registry.intake import ids
from registry.models.certificates import ApplicationFile, ApplicationMove, DamageApplication

RESIDENT = "resident"  # the actor of what comes in online
PER_HOUR = 60  # online applications from one network; a shelter's wireless network is one
FILES_PURPOSE = "certificate-file"
FILES_FOR = timedelta(hours=24)  # after that the receipt's page takes no more photographs


class TooManyApplications(DomainError):
    """One network sent more within an hour than people fill in."""

    status = 429

    def __init__(self) -> None:
        super().__init__(
            "同じ回線からの申請が続いたため、しばらく受け付けられません。入力した内容は残っています。"
            "1時間ほど待って、もう一度「申請する」を押してください。お急ぎの方は、役場の窓口か電話で申請できます。"
        )


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the applicant keeps: the number as it is printed, and when it came in. No personal data."""

    id: str
    number: str
    kind_ja: str
    state: State
    received_at: datetime
    files: int


def new_form_key() -> str:
    """The secret of a form that is going to be filled in; later the address of its receipt."""
    return secrets.token_urlsafe(24)


def receive(
    given: Given, *, channel: str, actor: str, form_key: str = "", client: str = "", area_code: str = ""
) -> str:
    """Take an application in; its id. ``form_key`` is the secret of the form that was filled in: the same one again is the same application.

    Raises:
        TooManyApplications: of one network (``client``).
        Stale: somebody else sent the same form at the same moment; with another key (``key_for``) it is taken.
    """
    form = digest(form_key, "certificate-form") if form_key else None
    if known := _known(form):
        return known
    at = clock.now()
    if client and _lately(client) >= PER_HOUR:
        raise TooManyApplications
    number, fresh = numbers.new_application(), ids.new()
    try:
        with transaction() as session:
            incident = running.ensure(session, actor=actor)
            session.add(
                DamageApplication(
                    id=fresh,
                    incident_id=incident,
                    number=number,
                    kind=given.paper,
                    channel=channel,
                    given=given.sealed(),
                    place=given.place,
                    area_code=area_code,
                    self_judged=given.self_judged,
                    pair_digest=pair(number, given.birth),
                    form_digest=form,
                    client=client,
                    received_at=at,
                    received_by=actor,
                    changed_at=at,
                )
            )
            session.flush()
            session.add(ApplicationMove(application_id=fresh, state=State.RECEIVED, at=at, by=actor))
            detail = {"kind": str(given.paper), "channel": channel}
            audit.record(session, "application.received", actor=actor, subject=f"application:{fresh}", detail=detail)
    except IntegrityError:
        if known := _known(form):  # the same form came twice at the same moment
            if key_for(form_key, given) != form_key:
                raise Stale(
                    "送信が重なりました。入力した内容は残っています。もう一度「申請する」を押してください。"
                ) from None
            return known
        raise
    return fresh


def pair(number: str, birth: str) -> str:
    """What the progress page looks for: number (ten digits) and birth date (ISO 8601) together."""
    return digest(f"{number}\n{birth}", "certificate-progress")


def receipt(form_key: str) -> Receipt:
    """The receipt behind the secret of a form.

    Raises:
        Missing
    """
    return receipt_of(_of_form(form_key))


def receipt_of(row: DamageApplication) -> Receipt:
    """The same for an officer, who has the application itself."""
    count = db.session.scalar(select(func.count()).where(ApplicationFile.application_id == row.id)) or 0
    return Receipt(row.id, numbers.shown(row.number), row.kind.ja, row.state, row.received_at, count)


def came_before(form_key: str, given: Given) -> bool | None:
    """Whether a form came already and said the same (False: something else; None: it did not come yet). It is one application all the same."""
    known = _known(digest(form_key, "certificate-form")) if form_key else None
    row = db.session.get(DamageApplication, known) if known else None
    return None if row is None else opened(row.given) == given


def key_for(form_key: str, given: Given) -> str:
    """The form's own key, or one of the applicant's own where the form was sent already by somebody whose name and birth date are both others.

    The key stands in the address of the form, and addresses are passed on: neighbours who open the same link are not one applicant.
    """
    known = _known(digest(form_key, "certificate-form")) if form_key else None
    row = db.session.get(DamageApplication, known) if known else None
    first = opened(row.given) if row else given
    if first.name == given.name or first.birth == given.birth:
        return form_key
    return digest(f"{form_key}\n{given.name}\n{given.birth}", "certificate-form-of-another")


def add_files(form_key: str, contents: list[bytes]) -> int:
    """Photographs and documents from the receipt's page, for a day after the application; how many are new.

    Raises:
        Missing, Invalid (``files``).
    """
    row = _of_form(form_key)
    if clock.now() - row.received_at > FILES_FOR:
        said = "この画面から写真を送れるのは、申請から24時間です。追加の写真は、窓口へお持ちください。"
        raise Invalid(said, {"files": said})
    return keep_files(row.id, contents, actor=RESIDENT)


def keep_files(application_id: str, contents: list[bytes], *, actor: str, survey_id: int | None = None) -> int:
    """Look at each file and keep it sealed; one that was sent before is kept once. All of them, or none where one is refused.

    Raises:
        Invalid (``files``), Missing.
    """
    if not contents:
        raise Invalid("写真かPDFを選んでください。", {"files": "写真かPDFを選んでください。"})
    taken = {one.sha256: one for one in _taken(contents[: uploads.MOST_FILES + 1])}
    at = clock.now()
    with transaction() as session:
        if session.get(DamageApplication, application_id, with_for_update=True) is None:
            raise Missing("この申請はありません。")
        mine = select(ApplicationFile.sha256).where(ApplicationFile.application_id == application_id)
        present = set(session.scalars(mine))
        fresh = [one for key, one in taken.items() if key not in present]
        if len(present) + len(fresh) > uploads.MOST_FILES:
            said = f"1つの申請の写真と書類は、{uploads.MOST_FILES}個までです。残りは窓口へお持ちください。"
            raise Invalid(said, {"files": said})
        for one in fresh:
            session.add(
                ApplicationFile(
                    id=ids.new(),
                    application_id=application_id,
                    survey_id=survey_id,
                    media_type=one.media_type,
                    size=len(one.content),
                    width=one.width,
                    height=one.height,
                    sha256=one.sha256,
                    content=seal_bytes(one.content, FILES_PURPOSE),
                    at=at,
                    by=actor,
                )
            )
        if fresh:
            detail = {"files": len(fresh)}
            audit.record(
                session, "application.files", actor=actor, subject=f"application:{application_id}", detail=detail
            )
        return len(fresh)


def _taken(contents: list[bytes]) -> Iterator[uploads.Taken]:
    """Each file, looked at; a refusal says which of several it was."""
    for place, content in enumerate(contents, start=1):
        try:
            yield uploads.take(content)
        except Invalid as error:
            said = error.message if len(contents) == 1 else f"{place}つめのファイル：{error.message}"
            raise Invalid(said, {"files": said}) from None


def file(application_id: str, file_id: str, *, actor: str) -> tuple[str, bytes]:
    """One file, as media type and content; recorded.

    Raises:
        Missing
    """
    with transaction() as session:
        row = session.get(ApplicationFile, file_id)
        if row is None or row.application_id != application_id:
            raise Missing("このファイルはありません。")
        detail = {"purpose": "certificate"}
        subject = f"application:{application_id}"
        audit.record(session, "application.file_viewed", actor=actor, subject=subject, detail=detail)
        return row.media_type, unseal_bytes(row.content, FILES_PURPOSE)


def files(application_id: str) -> list[ApplicationFile]:
    """What came with an application, oldest first, without the contents."""
    query = select(ApplicationFile).where(ApplicationFile.application_id == application_id)
    return list(db.session.scalars(query.order_by(ApplicationFile.at, ApplicationFile.id)))


def ask_again(application_id: str, reason: str, *, actor: str) -> None:
    """再調査申請: the applicant doubts the grade. The paper stands until another is issued.

    Raises:
        Missing, Invalid (``reason``, or there is no paper yet), Stale.
    """
    reason = clean_text(reason, field="reason", label="再調査を希望する理由", limit=1000)
    if not reason:
        raise Invalid("再調査を希望する理由を書いてください。", {"reason": "再調査を希望する理由を書いてください。"})
    with transaction() as session:
        row = found(session, application_id)
        move(session, row, State.AGAIN, actor=actor, note=reason)


def found(session: Session, application_id: str) -> DamageApplication:
    """The application as it is now.

    Raises:
        Missing
    """
    row = session.get(DamageApplication, application_id, populate_existing=True)
    if row is None:
        raise Missing("この申請はありません。")
    return row


def checked(row: DamageApplication, seen: int) -> None:
    """What was on the screen is what is there.

    Raises:
        Stale
    """
    if row.version != seen:
        raise Stale("この申請は、ほかの人が先に進めました。いまの状態を確かめてください。")


def _known(form: str | None) -> str | None:
    if form is None:
        return None
    return db.session.scalar(select(DamageApplication.id).where(DamageApplication.form_digest == form))


def _of_form(form_key: str) -> DamageApplication:
    form = digest(form_key, "certificate-form")
    row = (
        db.session.scalar(select(DamageApplication).where(DamageApplication.form_digest == form)) if form_key else None
    )
    if row is None:
        raise Missing("この受付の控えはありません。")
    return row


def _lately(client: str) -> int:
    since = clock.now() - timedelta(hours=1)
    query = select(func.count()).where(DamageApplication.client == client, DamageApplication.received_at > since)
    return db.session.scalar(query) or 0
