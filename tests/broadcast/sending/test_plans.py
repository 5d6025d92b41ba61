"""No question that a worker asks again and again reads the whole ledger: it would cost a prefecture's worker its time (SQLite)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from broadcast import duties, upkeep
from broadcast.audience import failover
from broadcast.reports import calls
from broadcast.sending import claims, ledger, recovery, tallies
from broadcast.sending.claims import Share
from broadcast.sending.dispatch import watch
from broadcast.sending.scout import Scout
from broadcast.subscribers import confirmations
from disaster.core.clock import now
from disaster.core.extensions import db
from tests.broadcast.town import Town

BIG = ("deliveries", "delivery_events", "contacts", "subscribers", "transmissions", "delivery_tallies")


@contextmanager
def asked() -> Iterator[list[tuple[str, Any]]]:
    """Every statement that goes to the database meanwhile."""
    found: list[tuple[str, Any]] = []

    def note(*arguments: Any) -> None:
        found.append((arguments[2], arguments[3]))

    event.listen(db.engine, "before_cursor_execute", note)
    yield found
    event.remove(db.engine, "before_cursor_execute", note)


def test_what_is_asked_every_second_reads_no_table_from_end_to_end(town: Town) -> None:
    for number in range(30):
        town.resident(number)
    alert_id = town.approved()
    lane, at = town.lane("email"), now()
    with asked() as statements:
        claims.claim("email", lane.owner, 10, at, Share.FIRST)
        claims.claim("email", lane.owner, 10, at, Share.AGAIN)
        claims.claim_uncertain("email", lane.owner, 10, at)
        claims.renew(lane.owner, at)
        recovery.doubt_lost_leases(at)
        recovery.reconcile(lane.wire.remains(), lambda mode: dict(town.channels), at)
        Scout().look()
        watch([lane], at)
        upkeep.expire_deliveries(at)
        upkeep.finish_alerts(at)
        calls.sweep(at)
        calls.ask(at)
        confirmations.send_due()
        duties.forget(at)
        failover.run()
        tallies.compact()
        ledger.progress(alert_id)
    lane.wire.close()
    db.session.rollback()
    read_whole = []
    for statement, values in statements:
        if statement.split()[0] in ("SELECT", "UPDATE", "WITH"):
            with db.engine.connect() as connection:
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
                read_whole += [(row[3], statement[:200]) for row in plan if row[3] in {f"SCAN {name}" for name in BIG}]
    assert read_whole == []
