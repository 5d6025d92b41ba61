"""Documents that a program can check are checked: settings, addresses, links."""

import re

import pytest
from pydantic import SecretStr

from disaster import routes
from disaster.app import create_app
from disaster.core.settings import Settings
from tests.architecture.source import ROOT, committed, modules

ROW = re.compile(r"^\| `(DISASTER_[A-Z_]+)` \| (.*?) \| .+ \|$", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


def _documented() -> dict[str, str]:
    return dict(ROW.findall((ROOT / "docs/settings.md").read_text(encoding="utf-8")))


def _default(value: object) -> str:
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, bool):
        value = str(value).lower()
    return f"`{value}`" if value not in ("", None) else "none"


def test_every_setting_is_documented_with_its_default_and_no_other() -> None:
    fields = {f"DISASTER_{name.upper()}": _default(field.default) for name, field in Settings.model_fields.items()}
    assert _documented() == fields


def test_every_address_is_listed_with_its_guard(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"demo": True}))
    listed = [
        line for line in (ROOT / "docs/routes.md").read_text(encoding="utf-8").splitlines() if line.startswith("|")
    ]
    assert listed == list(routes.table(app)), "print it anew: DISASTER_DEMO=true scripts/disaster routes"


@pytest.mark.parametrize("document", [path for path in committed() if path.suffix == ".md"], ids=str)
def test_links_between_documents_lead_somewhere(document: object) -> None:
    path = ROOT / str(document)
    dead = [target for target in LINK.findall(path.read_text(encoding="utf-8")) if not (path.parent / target).exists()]
    assert dead == []


def test_every_setting_changes_something() -> None:
    code = "".join((ROOT / path).read_text(encoding="utf-8") for path in modules() if path.name != "settings.py")
    fields = set(Settings.model_fields) - {"database_url"}  # the settings themselves make the address from it
    assert [name for name in sorted(fields) if not re.search(rf"\b{name}\b", code)] == []
