"""Who saw or exported whom, for headquarters and the ledger's officers; one's own looks, for everybody."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

from flask import Blueprint, make_response, render_template, request
from flask.typing import ResponseReturnValue

from disaster.core import audit
from disaster.core.db import transaction
from disaster.core.errors import DomainError, Invalid, Missing
from disaster.core.http import whole_number
from disaster.staff import accounts
from disaster.staff.accounts import current_account
from disaster.staff.guards import require
from disaster.staff.permissions import Permission
from registry.people import accesses
from registry.people.accesses import HEAD, Line

blueprint = Blueprint("accesses", __name__, url_prefix="/registry")
PAGE = 200
NO_NUMBER = "台帳の番号を、数字で入力してください。番号は被災者台帳の一覧にあります。"


@blueprint.get("/access", strict_slashes=False)
@require(Permission.ACCESS_VIEW)
def index() -> ResponseReturnValue:
    """By account or by person; the question itself is recorded too."""
    lines: list[Line] | None = None
    error: DomainError | None = None
    try:
        with _asked(PAGE) as found:
            lines = None if found is None else list(found)
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
    """All of it as a file (UTF-8 with BOM), however long the log is."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEAD)
    with _asked(None) as found:
        writer.writerows(line.cells for line in found or ())
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
        lines = list(accesses.of_account(session, account, account.id, before=_before(), most=PAGE))
    return render_template(
        "accesses/index.html", lines=lines, error=None, typed=request.args, people=[], page=PAGE, own=True
    )


@contextmanager
def _asked(most: int | None) -> Iterator[Iterator[Line] | None]:
    """The lines that were asked for, to be read inside; that somebody asked is recorded first."""
    account, asked = current_account(), request.args
    if "number" in asked and asked.get("number", type=whole_number) is None:
        raise Invalid(NO_NUMBER, {"number": NO_NUMBER})
    who, number = asked.get("account", type=whole_number), asked.get("number", type=whole_number)
    if who is None and number is None:
        yield None
        return
    by = "person" if number is not None else "account"
    with transaction() as session:
        if number is not None:
            number = min(max(number, 0), 2**31 - 1)
            lines = accesses.of_person(session, account, number, before=_before(), most=most)
        else:
            lines = accesses.of_account(session, account, min(max(who or 0, 0), 2**53), before=_before(), most=most)
        detail = {"by": by, "file": most is None}
        audit.record(session, "access.asked", actor=account.actor, subject="access", detail=detail)
    yield lines


def _before() -> int | None:
    found = request.args.get("before", type=whole_number)
    return None if found is None else min(max(found, 0), 2**53)
