"""What welfare staff wrote about everybody who may be seen and everybody who is protected, with a unique text in every sealed column."""

from disaster.core import clock
from disaster.core.db import transaction
from registry.intake import ids
from registry.models.welfare import CareAssessment, CareContact, CareEquipment, CareReferral
from registry.welfare.words import Judgement, ReferralState, Result, Urgency
from tests.doors import canaries


def seed() -> None:
    """One of each for everybody."""
    at = clock.now()
    with transaction() as session:
        for number in range(canaries.COUNT + 2):
            said = f"福祉{canaries.name(number)}"
            both = {"person_id": canaries.person_id(number), "at": at, "by": "cli"}
            asked = {"state": ReferralState.REQUESTED, "place": said, "carer": said}
            judged = {"judgement": Judgement.HOME, "urgency": Urgency.SOON, "note": said}
            session.add(CareContact(**both, form_key=ids.new(), result=Result.TALKED, note=said))
            session.add(CareEquipment(**both, form_key=ids.new(), said=f'{{"kinds":[],"note":"{said}"}}', urgent=False))
            session.add(CareAssessment(**both, form_key=ids.new(), version=1, **judged))
            person = canaries.person_id(number)
            times = {"requested_at": at, "changed_at": at}
            session.add(CareReferral(person_id=person, form_key=ids.new(), **asked, **times))
