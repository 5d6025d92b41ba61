"""Every address with every role, by real requests on a filled town: as ``docs/access.md`` says, and nothing of protected people comes out."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from disaster.core.audit import AuditEntry
from disaster.core.extensions import db
from disaster.staff.permissions import GRANTS, Role
from tests.doors import addresses, canaries, numbers, table, walking
from tests.doors.walking import NO, NOBODY, OWN, TABLET, WHO, Walk
from tests.doors.world import World, world

NOBODY_IN_IT = {
    "GET /registry/certificates/<application_id>/receipt.pdf"
}  # papers that hold a number and nobody's name
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("doors")) as found:
        yield found


@pytest.fixture(scope="module")
def walk(made: World) -> Walk:
    missing = addresses.undeclared(made.app, set(made.objects))
    assert not missing, "\n".join(missing)
    return walking.walk(made)


def test_every_cell_is_as_written(made: World, walk: Walk) -> None:
    written = [
        line for line in (ROOT / "docs/access.md").read_text(encoding="utf-8").splitlines() if line.startswith("|")
    ]
    now = list(table.lines(made, walk))
    changed = [f"now     {line}" for line in now if line not in written] + [
        f"written {line}" for line in written if line not in now
    ]
    assert not changed, "print it anew and read what changed: .venv/bin/python -m tests.doors.table\n" + "\n".join(
        changed
    )


def test_a_door_opens_for_no_role_without_its_permission(made: World, walk: Walk) -> None:
    wrong = [
        (address.rule.rule, address.method, who)
        for address in addresses.every(made.app)
        for who in WHO
        if address.guard != "public"
        and walk.cells[address.rule.rule, address.method][who] != NO
        and (who in (NOBODY, TABLET) or address.guard not in {str(permission) for permission in GRANTS[Role(who)]})
    ]
    assert wrong == []


def test_every_door_opens_for_somebody(walk: Walk) -> None:
    shut = [place for place, row in walk.cells.items() if set(row.values()) == {NO}]
    assert shut == [], "nobody gets in: seed what is behind it (tests/doors/world.py), or say why not (NOTHING_THERE)"


def test_no_address_breaks(walk: Walk) -> None:
    assert walk.errors == []


def test_nothing_of_a_protected_person_comes_out_of_any_address(walk: Walk) -> None:
    assert walk.requests > 1000
    assert walk.leaks == []


def test_no_my_number_comes_out_of_any_address_for_any_role_or_into_the_log(walk: Walk) -> None:
    assert walk.numbers == []
    assert not numbers.FOUND.search(walk.log.encode())


def test_a_search_for_a_protected_person_and_what_is_theirs_are_answered_as_nobody_and_nothing(walk: Walk) -> None:
    assert walk.compared > 100
    assert walk.differences == []


def test_no_log_tells_of_a_protected_person(walk: Walk) -> None:
    assert not canaries.NAMED.search(walk.log.encode())


def test_no_audit_record_holds_a_text_of_a_protected_person(walk: Walk) -> None:
    rows = db.session.execute(select(AuditEntry.actor, AuditEntry.subject, AuditEntry.detail)).all()
    assert any(re.search("cafe-7afe", row.subject) for row in rows), "they were entered, so the log names their ids"
    assert not canaries.NAMED.search(json.dumps([list(row) for row in rows], ensure_ascii=False).encode())


def test_every_view_of_a_person_leaves_a_record_with_its_purpose(walk: Walk) -> None:
    assert walk.recorded > 100
    assert sorted(walk.unrecorded - NOBODY_IN_IT) == []


def test_shelter_staff_are_kept_to_their_own_shelter_somewhere(walk: Walk) -> None:
    assert [place for place, row in walk.cells.items() if row[Role.SHELTER] == OWN]
