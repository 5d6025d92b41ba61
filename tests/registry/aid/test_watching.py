"""The worker looks when something changed, and only then."""

from flask import Flask

from disaster.core import clock
from disaster.core.db import transaction
from registry.aid import measures, watching
from registry.aid.finding import Found
from registry.damage.grades import Grade
from registry.models.certificates import CertificateChange
from tests.registry.aid.papers import household, incident, paper
from tests.registry.aid.test_finding import case
from tests.registry.ledger.town import OFFICER


def test_a_new_certificate_brings_its_measures(app: Flask) -> None:
    assert watching.run() == Found()
    assert watching.run() is None
    home = household()
    number = paper(home, Grade.TOTAL)
    change = CertificateChange(
        incident_id=incident(), certificate_id=number, household_id=home, what="issued", at=clock.now()
    )
    with transaction() as session:
        session.add(change)
    found = watching.run()
    assert found is not None
    assert found.new > 5
    assert case("support_base", home).yen == 1_000_000
    assert watching.run() is None
    measures.change(incident(), "donations", {"open": True, "yen": {"total": 1}}, seen=0, actor=OFFICER)
    assert watching.run() == Found(new=1)
