"""The record of an alert as a page and as CSV."""

import csv
import io

from sqlalchemy import select

from broadcast.cap.vocabulary import Mode
from broadcast.channels.contract import Code, Refused
from broadcast.views.records import HEAD, guarded
from disaster.core.audit import AuditEntry
from disaster.core.extensions import db
from tests.broadcast.town import Town
from tests.broadcast.views.browsing import Person, text_of


def test_the_record_tells_who_when_what_and_to_how_many(town: Town, writer: Person) -> None:
    town.resident(1)
    alert_id = town.approved()
    town.send_everything()
    page = writer.open(f"/headquarters/alerts/{alert_id}/record")
    said = text_of(page)
    assert "承認 花子さんが承認し、送信を始めました。" in said
    assert "員弁川の水位が上がっています。" in said
    assert "243248-" in said
    assert f'/feeds/cap/{alert_id}.xml"' in page
    assert f"/alerts/{alert_id}/record" in writer.open("/headquarters/records")


def test_the_csv_has_every_recipient_by_number_and_no_address_and_is_itself_recorded(
    town: Town, writer: Person
) -> None:
    for number in range(3):
        town.resident(number, channels=("email", "sms"))
    town.channels["sms"].script = lambda target: Refused(Code.ADDRESS, retryable=False, detail="=HYPERLINK(1)")
    alert_id = town.approved()
    town.send_everything()
    answer = writer.client.get(f"/headquarters/alerts/{alert_id}/record.csv")
    assert answer.mimetype == "text/csv"
    raw = answer.get_data()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))
    assert tuple(rows[0]) == HEAD
    assert len(rows) == 1 + 3 + 3 + 3  # e-mail, SMS, and one each for Mastodon, radio and web
    assert b"example.jp" not in raw
    assert b"8190" not in raw
    assert {row[6] for row in rows if row[1] == "SMS"} == {"'=HYPERLINK(1)"}
    db.session.rollback()
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "alert.record_export")).one()
    assert (entry.actor, entry.subject) == (writer.account.actor, f"alert:{alert_id}")


def test_no_cell_becomes_a_formula() -> None:
    for evil in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"):
        assert guarded(evil) == f"'{evil}"
    assert guarded("メール") == "メール"


def test_the_record_of_a_drill_says_so_and_offers_no_cap(town: Town, writer: Person) -> None:
    alert_id = town.approved(mode=Mode.DRILL)
    page = writer.open(f"/headquarters/alerts/{alert_id}/record")
    assert "住民には届いていません。" in page
    assert "/feeds/cap/" not in page
    assert "kunren-" in writer.client.get(f"/headquarters/alerts/{alert_id}/record.csv").headers["Content-Disposition"]
