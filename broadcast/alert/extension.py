"""Whether an update only says that an alert goes on: nothing was wrong in it, so nobody may read 訂正.

It is told from what the two alerts hold, not from the button that was pressed: whoever presses 延長 and then changes the areas has
corrected, and whoever presses 訂正 and only moves the end has extended.
"""

from broadcast.cap.vocabulary import Kind, MsgType
from broadcast.models.alert import Alert
from disaster.core.extensions import db

_SAID = ("kind", "hazard", "whole_town", "areas", "shelters", "title", "situation", "action")


def only_extends(alert: Alert) -> bool:
    """The same as before in every word, place and shelter, with a later end."""
    if alert.msg_type != MsgType.UPDATE or alert.kind == Kind.LIFT or alert.references_id is None:
        return False
    first = db.session.get(Alert, alert.references_id)
    if first is None or first.kind == Kind.LIFT:
        return False
    return alert.expires_at > first.expires_at and all(getattr(alert, name) == getattr(first, name) for name in _SAID)
