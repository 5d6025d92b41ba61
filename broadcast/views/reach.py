"""地区ごとの届き具合: people and not messages, what is not known said as such, and a CSV without any address."""

from collections.abc import Iterator

from flask import Blueprint, Response, render_template

from broadcast.audience import reaching
from broadcast.audience.reaching import Reached
from broadcast.cap.vocabulary import Mode
from broadcast.views import describing, glance
from broadcast.views.records import csv_line
from broadcast.views.sending import sent
from disaster.core import audit
from disaster.core.clock import now
from disaster.core.db import transaction
from disaster.core.municipality import municipality
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission, granted

blueprint = Blueprint("reach", __name__, url_prefix="/headquarters/alerts/<int:alert_id>")
HEAD = (
    "地区", "登録している人", "送った人", "届いたと確かめた人", "送信済み（報告のない手段）", "届いたか分からない人", "送信待ちの人",
    "どの手段でも届いていない人", "うち避難に時間のかかる人（届いていない）", "うち避難に時間のかかる人（分からない・待ち）",
)  # fmt: skip
GOOD_SECONDS = 15.0  # a prefecture's is counted for some seconds


@blueprint.get("/reach")
@require(Permission.HEADQUARTERS_VIEW)
def page(alert_id: int) -> str:
    """By area: registered, written to, reached, not reached."""
    alert, transmission = sent(alert_id)
    rows, everybody, registered = glance.once(("reach", alert_id), lambda: _counted(alert_id), GOOD_SECONDS)
    return render_template(
        "headquarters/reach.html",
        alert=alert,
        transmission=transmission,
        heading=describing.heading_of(alert),
        rows=rows,
        total=everybody,
        at=now(),
        registered=registered,
        population=municipality().population,
        may_export=granted(current_account().roles, Permission.SUBSCRIBERS_MANAGE),
        drill=alert.mode == Mode.DRILL,
        exercise=describing.band(alert),
    )


@blueprint.get("/reach.csv")
@require(Permission.SUBSCRIBERS_MANAGE)
def export(alert_id: int) -> Response:
    """The same for the desk that visits people: counts only; taking it out is recorded."""
    alert, transmission = sent(alert_id)
    rows = [*reaching.by_area(alert, transmission), reaching.total(transmission)]
    with transaction() as session:
        audit.record(session, "alert.reach_export", actor=current_account().actor, subject=f"alert:{alert_id}")
    name = f"{'kunren-' if alert.mode == Mode.DRILL else ''}reach-{alert_id}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response("".join(_lines(rows)), mimetype="text/csv", headers=headers)


def _counted(alert_id: int) -> tuple[list[Reached], Reached, int]:
    alert, transmission_ = sent(alert_id)
    return reaching.by_area(alert, transmission_), reaching.total(transmission_), reaching.registered_people()


def _lines(rows: list[Reached]) -> Iterator[str]:
    yield "\ufeff" + csv_line(HEAD)
    for one in rows:
        numbers = (
            one.registered, one.contacted, one.confirmed, one.taken, one.unsure, one.waiting, one.nothing,
            one.support, one.support_unsure,
        )  # fmt: skip
        yield csv_line((one.name, *map(str, numbers)))
