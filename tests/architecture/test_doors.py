"""Every address stands in the table of who may open it, with its parameters declared; cheap enough to ask at every landing."""

from disaster.app import create_app
from disaster.core.settings import Settings
from disaster.staff.permissions import Role
from tests.architecture.source import ROOT
from tests.doors import addresses
from tests.doors.walking import WHO
from tests.doors.world import PARAMETERS

PRINT = "print docs/access.md anew and read what changed: .venv/bin/python -m tests.doors.table > docs/access.md"


def test_every_address_stands_in_the_table_of_who_may_open_it(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"demo": True}))
    lines = [line.split(" | ") for line in (ROOT / "docs/access.md").read_text(encoding="utf-8").splitlines()]
    assert [cells[3:] for cells in lines if cells[0] == "| address"] == [[*WHO[:-1], f"{WHO[-1]} |"]], (
        f"other roles: {PRINT}"
    )
    written = {(cells[0].strip("| `"), cells[1], cells[2]) for cells in lines if len(cells) == 3 + len(WHO)}
    now = {(address.rule.rule, address.method, address.guard) for address in addresses.every(app)}
    assert sorted(now - written) == [], f"addresses without a line: {PRINT}"
    assert sorted(written - now - {("address", "method", "guard")}) == [], f"lines without an address: {PRINT}"
    assert set(WHO) == {"nobody", "tablet", *Role}


def test_every_parameter_of_an_address_is_declared(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"demo": True}))
    missing = addresses.undeclared(app, set(PARAMETERS))
    assert not missing, "\n".join(missing)
