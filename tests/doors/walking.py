"""Ask every address as every role; keep how the door answered and whether a protected person came out."""

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import StringIO
from typing import Any
from unittest.mock import patch

import time_machine
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from disaster.core import audit, clock
from disaster.core.extensions import db
from disaster.staff.permissions import Role
from tests.doors import addresses, canaries, numbers, pictures
from tests.doors.addresses import NOTHING_THERE, Address
from tests.doors.world import World

NOBODY, TABLET = "nobody", "tablet"
WHO = (NOBODY, TABLET, *(str(role) for role in Role))
YES, OWN, NO = "yes", "own", "–"
PURPOSE = "?why=support"  # without one, pages about people ask for it and show nothing yet
QUERIES = ("q", "building_q", "name", "kana", "number", "phone", "words")  # what a page may search by
SEARCHES = {"certificates.find", "applications.look", "shelter_people.find", "people_search.answer"}  # by a form
_AT_THE_DOOR = "この操作をする権限がありません。必要なときは"
_TOKEN = re.compile(rb'name="(?:csrf_token|form_key|key)" value="[^"]*"')
# The pages on which a protected person may stand, and what of them: the audit log names subjects by their ids, which say nothing about whom.
ALLOWED = {"staff.management.audit_log": canaries.NAMED}
NEVER_THE_SAME = {"cards.blank", "certificates.new"}  # fresh numbers at every look
CLEARED = (str(Role.PROTECTION),)  # for whom protected people exist, on every page that their permissions open


@dataclass
class Walk:
    """What came of it. ``cells``: by address and role; ``leaks``: where a protected person came out; ``numbers``: where a My Number did; ``seen``: where the others did."""

    cells: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    compared: int = 0
    said: list[dict[str, Any]] = field(default_factory=list)  # details recorded by the last request
    unrecorded: set[str] = field(default_factory=set)  # where somebody was shown and no record with a purpose was left
    recorded: int = 0
    seen: set[str] = field(default_factory=set)
    requests: int = 0
    log: str = ""


def walk(made: World) -> Walk:
    """Through all of it; nothing that a request writes stays."""
    found, heard = Walk(), StringIO()
    handler = logging.StreamHandler(heard)
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        with (
            _nothing_stays(),
            patch.object(audit, "record_all", _spied(found)),
            time_machine.travel(clock.now(), tick=False),
        ):  # so that two pages differ in what they say only
            for place, address in enumerate(addresses.every(made.app)):
                row = {who: _cell(made, found, address, who, place) for who in WHO}
                found.cells[address.rule.rule, address.method] = row
    finally:
        root.removeHandler(handler)
    found.log = heard.getvalue()
    return found


def _spied(found: Walk) -> Callable[..., None]:
    """The audit log's way in, with what is recorded kept for the one who asks now."""
    record_all = audit.record_all

    def spied(session: Session, said: Sequence[tuple[str, str, str, dict[str, Any] | None]]) -> None:
        record_all(session, said)
        found.said += [detail or {} for _, _, _, detail in said]

    return spied


@contextmanager
def _nothing_stays() -> Iterator[None]:
    """Every commit is a rollback: an address finds the town as it was, whatever was asked before."""
    db.session.remove()
    with patch.object(Session, "commit", Session.rollback):
        yield


def _cell(made: World, found: Walk, address: Address, who: str, place: int) -> str:
    own, other = (addresses.filled(made, address, side) for side in (0, 1))
    first = _ask(made, found, address, who, own)
    may = _open(address, first)
    if may and address.about_people:
        for number in range(place % 10 + 1, canaries.COUNT + 1, 10):
            path = addresses.of_protected(made, address, number)
            for query in ("", PURPOSE):
                _ask(made, found, address, who, path, query)
    if may and who not in CLEARED:
        _nobody(made, found, address, who)
    searches = address.method == "GET" or address.rule.endpoint in SEARCHES
    if may and searches and address.guard != "public" and who != TABLET:
        _search(made, found, address, who, own)
    if not may or own == other:
        return YES if may else NO
    return YES if _open(address, _ask(made, found, address, who, other)) else OWN


def _ask(
    made: World, found: Walk, address: Address, who: str, path: str, query: str = "", form: dict[str, str] | None = None
) -> TestResponse:
    client = made.app.test_client()
    if who in made.cookies:
        client.set_cookie("session", made.cookies[who])
    found.said.clear()
    headers = {"Authorization": f"Bearer {made.token}"} if who == TABLET else {}
    with made.app.app_context():
        answer = client.open(path + query, method=address.method, headers=headers, data=form, buffered=True)
        body = answer.get_data()
        db.session.rollback()
    found.requests += 1
    here = f"{address.method} {address.rule.rule} as {who} ({answer.status_code})"
    if shows_somebody(answer):
        found.recorded += 1
        if not any(detail.get("purpose") for detail in found.said):
            found.unrecorded.add(f"{address.method} {address.rule.rule}")
    if numbers.FOUND.search(body):
        found.numbers.append(here)
    if answer.status_code >= 500 and answer.status_code != 503:
        found.errors.append(f"{here}: {path}")
    heads = "".join(f"{key}: {value}" for key, value in answer.headers.items() if path not in value).encode()
    needle = ALLOWED.get(address.rule.endpoint, canaries.FOUND)
    if who in CLEARED:
        return answer
    told = body.replace(path.encode(), b"") + heads
    if canaries.MARK not in query + str(form) and (needle.search(told) or pictures.found(told)):
        found.leaks.append(here)
    if canaries.OPEN_FOUND.search(body):
        found.seen.add(f"{address.rule.rule} {who}")
    return answer


def shows_somebody(answer: TestResponse) -> bool:
    """Whether an answer holds something of the one who may be seen; a picture or a paper always does."""
    if answer.mimetype in ("image/jpeg", "application/pdf"):
        return answer.status_code == 200
    return canaries.OPEN_FOUND.search(answer.get_data()) is not None


def _nobody(made: World, found: Walk, address: Address, who: str) -> None:
    """What a protected person's id, or the number of something of theirs, is answered: the same as an id of nothing, in status, headers and bytes."""
    paths = addresses.of_nobody(made, address, 1)
    for query in ("", PURPOSE) if address.method == "GET" else ("",):
        told = [_bare(_ask(made, found, address, who, path, query), path, ids) for path, ids in paths]
        found.compared += bool(told)
        if told[:1] != told[1:]:
            found.differences.append(
                f"{address.method} {address.rule.rule}{query} as {who}: {told[0][0]}, {told[1][0]}"
            )


def _bare(answer: TestResponse, path: str, ids: list[str]) -> tuple[int, dict[str, str], bytes]:
    """An answer without what is of one request, or was asked."""
    named = "|".join(f"/{one}\\b" for one in ids)
    heads = {
        key: re.sub(named, "/", value)
        for key, value in answer.headers.items()
        if key not in ("Set-Cookie", "Content-Length")
    }
    body = _TOKEN.sub(b"", answer.get_data()).replace(path.encode(), b"")
    return answer.status_code, heads, re.sub(named.encode(), b"/", body) if answer.status_code == 303 else body


def _search(made: World, found: Walk, address: Address, who: str, path: str) -> None:
    """A protected person and nobody at all are the same answer, but for what was typed."""
    answers = []
    for typed in (canaries.name(7), canaries.name(7).replace(canaries.MARK, "QKZXX").replace("金糸雀", "黄糸雀")):
        form = dict.fromkeys(QUERIES, typed)
        if address.method == "POST":
            answer = _ask(made, found, address, who, path, PURPOSE, form)
        else:
            answer = _ask(
                made, found, address, who, path, PURPOSE + "&" + "&".join(f"{name}={typed}" for name in QUERIES)
            )
        body = _TOKEN.sub(b"", answer.get_data()).replace(typed.encode(), b"")
        answers.append((answer.status_code, body))
    if answers[0] != answers[1] and who not in CLEARED and address.rule.endpoint not in NEVER_THE_SAME:
        found.differences.append(f"{address.method} {address.rule.rule} as {who}")


def _open(address: Address, answer: TestResponse) -> bool:
    if answer.status_code == 303 and answer.headers.get("Location", "").startswith("/staff/login?"):
        return False
    if address.rule.rule.startswith("/api/"):
        return answer.status_code not in (401, 403)  # a token of a tablet is asked by the view
    if address.guard == "public":
        return True  # there is no door; what a signature or a secret keeps is tested where it stands
    if address.rule.endpoint in NOTHING_THERE or (address.secret and answer.status_code == 404):
        return answer.status_code != 401 and _AT_THE_DOOR not in answer.get_data(as_text=True)
    return answer.status_code not in (401, 403, 404)
