"""Who saw or exported whom, for headquarters and the ledger's officers; one's own looks, for everybody."""

import csv
from io import StringIO

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue

from disaster.core import audit
from disaster.core.db import transaction
from disaster.core.errors import DomainError, Invalid, Missing
from disaster.staff import accounts
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission
from registry.people import accesses
from registry.people.accesses import HEAD, Line

blueprint = Blueprint("accesses", __name__, url_prefix="/registry")
PAGE, FILE = 200, 100_000
NO_NUMBER = "台帳の番号を、数字で入力してください。番号は被災者台帳の一覧にあります。"


@blueprint.get("/access", strict_slashes=False)
@require(Permission.ACCESS_VIEW)
def index() -> ResponseReturnValue:
    """By account or by person; the question itself is recorded too."""
    lines: list[Line] | None = None
    error: DomainError | None = None
    try:
        lines = _asked(PAGE)
    except (Missing, Invalid) as wrong:
        error = wrong
    page = render_template(
        "accesses/index.html",
        lines=lines,
        error=error,
        typed=request.args,
        people=accounts.everyone(),
        page=PAGE,
        own=False,
    )
    return page, error.status if error else 200


@blueprint.get("/access.csv")
@require(Permission.ACCESS_VIEW)
def export() -> ResponseReturnValue:
    """The same as a file (UTF-8 with BOM)."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEAD)
    writer.writerows(line.cells for line in _asked(FILE) or ())
    answer = make_response(b"\xef\xbb\xbf" + out.getvalue().encode())
    answer.mimetype = "text/csv"
    answer.headers["Content-Disposition"] = 'attachment; filename="access.csv"'
    return answer


@blueprint.get("/access/mine")
@require(Permission.OWN_ACCOUNT)
def mine() -> str:
    """What the log says of one's own looks."""
    account = current_account()
    with transaction() as session:
        lines = accesses.of_account(session, account, account.id, before=_before(), most=PAGE)
    return render_template(
        "accesses/index.html", lines=lines, error=None, typed=request.args, people=[], page=PAGE, own=True
    )


def _asked(most: int) -> list[Line] | None:
    account, asked = current_account(), request.args
    if "number" in asked and asked.get("number", type=int) is None:
        raise Invalid(NO_NUMBER, {"number": NO_NUMBER})
    who, number = asked.get("account", type=int), asked.get("number", type=int)
    if who is None and number is None:
        return None
    with transaction() as session:
        if number is not None:
            number = min(max(number, 0), 2**31 - 1)
            lines = accesses.of_person(session, account, number, before=_before(), most=most)
        else:
            lines = accesses.of_account(session, account, min(max(who or 0, 0), 2**53), before=_before(), most=most)
        detail = {"lines": len(lines), "by": "person" if number is not None else "account"}
        audit.record(session, "access.asked", actor=account.actor, subject="access", detail=detail)
    return lines


def _before() -> int | None:
    found = request.args.get("before", type=int)
    return None if found is None else min(max(found, 0), 2**53)
