"""記録 (H10): what was sent, to whom and by whom, as sentences and as CSV; nothing here holds an address."""

import csv
import io
from collections.abc import Iterator

from flask import Blueprint, Response, render_template, request, stream_with_context

from broadcast.cap.vocabulary import Language, Mode
from broadcast.models.alert import Alert, Transmission
from broadcast.models.delivery import PUBLIC, Delivery, Status
from broadcast.sending import ledger
from broadcast.views import describing, figures, forms, handing_on, wording
from broadcast.views.sending import by_channel, sent
from disaster.core import audit
from disaster.core.clock import iso_jst
from disaster.core.db import transaction
from disaster.core.extensions import db
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission

blueprint = Blueprint("records", __name__, url_prefix="/headquarters")
PAGE = 30
HEAD = ("番号", "手段", "宛先番号", "言語", "状態", "理由", "事業者のコード", "試行回数", "最終更新")
_BOM = "\ufeff"  # spreadsheets take UTF-8 for Shift JIS without it


@blueprint.get("/records")
@require(Permission.HEADQUARTERS_VIEW)
def index() -> str:
    """Everything that was approved, newest first, drills marked."""
    before = forms.number(request.args, "before")
    query = db.session.query(Transmission, Alert).join(Alert, Alert.id == Transmission.alert_id)
    if before:
        query = query.filter(Transmission.id < before)
    found = query.order_by(Transmission.id.desc()).limit(PAGE + 1).all()
    older = found[PAGE - 1][0].id if len(found) > PAGE else None
    return render_template("headquarters/records.html", found=found[:PAGE], older=older, describing=describing)


@blueprint.get("/alerts/<int:alert_id>/record")
@require(Permission.HEADQUARTERS_VIEW)
def record(alert_id: int) -> str:
    """The record of one alert, to be read and printed."""
    alert, transmission = sent(alert_id)
    counts = ledger.progress(transmission.id)
    return render_template(
        "headquarters/record.html",
        alert=alert,
        transmission=transmission,
        heading=describing.heading_of(alert),
        rows=describing.rows(alert),
        history=describing.history(alert),
        people=describing.people([alert.drafted_by, alert.submitted_by, alert.approved_by, alert.reviewed_by]),
        channels=by_channel(alert, transmission, counts),
        total=figures.total(counts),
        handed_on=handing_on.lines(transmission.id, counts),
        cards=describing.cards(describing.frozen_texts(transmission), alert.mode),
        later=ledger.follow_up_of(alert.id),
        drill=alert.mode == Mode.DRILL,
        exercise=describing.band(alert),
    )


@blueprint.get("/alerts/<int:alert_id>/record.csv")
@require(Permission.HEADQUARTERS_VIEW)
def record_csv(alert_id: int) -> Response:
    """One line per recipient, streamed; taking it out is itself recorded."""
    alert, transmission = sent(alert_id)
    drill, number = alert.mode == Mode.DRILL, transmission.id
    with transaction() as session:
        audit.record(session, "alert.record_export", actor=current_account().actor, subject=f"alert:{alert_id}")
    name = f"{'kunren-' if drill else ''}alert-{alert_id}.csv"
    return Response(
        stream_with_context(_lines(number)),
        mimetype="text/csv",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _lines(transmission_id: int) -> Iterator[str]:
    yield _BOM + csv_line(HEAD)
    for delivery in ledger.every_row(transmission_id):
        yield csv_line(_cells(delivery))


def _cells(delivery: Delivery) -> tuple[str, ...]:
    return (
        str(delivery.id),
        wording.CHANNELS.get(delivery.channel, delivery.channel),
        "全体" if delivery.contact_id == PUBLIC else str(delivery.contact_id),
        wording.LANGUAGES[Language(delivery.language)],
        wording.STATUSES[Status(delivery.status)],
        wording.reason(delivery.code).why if delivery.code else "",
        delivery.detail,
        str(delivery.attempts),
        iso_jst(delivery.updated_at),
    )


def csv_line(cells: tuple[str, ...]) -> str:
    """One line of a CSV file; no cell is a formula."""
    out = io.StringIO()
    csv.writer(out).writerow([guarded(cell) for cell in cells])
    return out.getvalue()


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula (what a provider answers is not ours to trust)."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r", "\0") else cell
