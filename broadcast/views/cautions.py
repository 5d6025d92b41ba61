"""What a follow-up does not do by itself, said before and after it is sent: it reaches nobody new, and it closes no shelter."""

from broadcast.cap.vocabulary import Kind, MsgType
from broadcast.models.alert import Alert
from disaster.core.extensions import db
from disaster.core.municipality import municipality
from disaster.shelters import directory
from disaster.shelters.vocabulary import Opening


def unreached(alert: Alert) -> str:
    """Areas of an update that the first alert did not have, by name: the people there are not among its recipients."""
    if alert.msg_type != MsgType.UPDATE or alert.kind == Kind.LIFT or alert.references_id is None:
        return ""
    first = _first(alert)
    if first.whole_town:
        return ""
    if alert.whole_town:
        return f"{municipality().name}全域のうち、もとの配信になかった地区"
    known = municipality().area_by_code
    return "、".join(known[code].name for code in alert.areas if code in known and code not in first.areas)


def still_open(alert: Alert) -> str:
    """Shelters that the lifted or withdrawn alerts announced and that the residents' pages still show as open, by name."""
    ends = alert.msg_type == MsgType.CANCEL or (alert.msg_type == MsgType.UPDATE and alert.kind == Kind.LIFT)
    if not ends or alert.references_id is None or (alert.msg_type == MsgType.CANCEL and alert.kind == Kind.LIFT):
        return ""
    announced = {number for one in _before(alert) for number in one.shelters}
    found = directory.by_ids(sorted(announced))
    return "、".join(shelter.name for shelter in found if shelter.state.opening == Opening.OPEN)


def _before(alert: Alert) -> list[Alert]:
    """The alerts that this one follows, the first one last."""
    found, number = [], alert.references_id
    while number is not None:
        found.append(db.session.get_one(Alert, number))
        number = found[-1].references_id
    return found


def _first(alert: Alert) -> Alert:
    return _before(alert)[-1]
