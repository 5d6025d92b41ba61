"""The bucket of each mail address (which provider receives it), for addresses that were written down before there were buckets."""

from sqlalchemy import select, update

from broadcast.models.audience import Contact
from broadcast.subscribers import addresses
from disaster.core import sealed
from disaster.core.db import transaction
from disaster.core.extensions import db

_MANY = 2000


def fill_in() -> int:
    """Fill in what is missing, in short transactions; how many. Again changes nothing; an address that does not open is left out."""
    opened, last, filled = sealed.opener(addresses.PURPOSE), 0, 0
    while rows := _missing_after(last):
        found = []
        for number, address in rows:
            try:
                found.append({"id": number, "route": addresses.route_of("email", opened(address))})
            except sealed.SealBroken:
                continue
        last = rows[-1][0]
        if found:
            with transaction() as session:
                session.execute(update(Contact), found)
        filled += len(found)
    return filled


def _missing_after(last: int) -> list[tuple[int, bytes]]:
    missing = (Contact.channel == "email", Contact.route == "", Contact.address != b"", Contact.id > last)
    rows = db.session.execute(select(Contact.id, Contact.address).where(*missing).order_by(Contact.id).limit(_MANY))
    return [(row.id, row.address) for row in rows]
