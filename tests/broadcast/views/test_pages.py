"""Every page of the headquarters on both databases, and addresses that cannot be right."""

from flask import Flask

from broadcast.channels.contract import Code, Refused
from broadcast.subscribers import links
from disaster.staff.permissions import Role
from tests.broadcast.town import Town
from tests.broadcast.views.browsing import person


def test_every_page_opens_on_either_database(app_on_any_database: Flask, any_town: Town) -> None:
    any_town.resident(1, channels=("email", "sms"))
    any_town.channels["sms"].script = lambda target: Refused(Code.ADDRESS, retryable=False)
    waiting, sent = any_town.submitted(), any_town.approved()
    any_town.send_everything()
    someone = person(app_on_any_database, "someone", Role.APPROVER)
    home = "/headquarters"
    for path in ("/", "/now", "/alerts", "/alerts?state=sent&before=9", "/alerts/new", "/records", "/exercise"):
        someone.open(home + path)
    for path in ("", "/edit", "/approve", "/emergency"):
        someone.open(f"{home}/alerts/{waiting}{path}")
    for path in (
        "",
        "/progress",
        "/progress/now",
        "/stop",
        "/rows",
        "/rows?channel=sms&status=51",
        "/record",
        "/record.csv",
    ):
        someone.open(f"{home}/alerts/{sent}{path}")
    assert someone.press(f"{home}/alerts/{waiting}", "/withdraw").status_code == 303
    assert someone.client.post(f"/unsubscribe/{links.signer(links.UNSUBSCRIBE)('token-1-email')}").status_code == 200


def test_a_number_that_no_alert_can_have_is_not_found(app: Flask, town: Town) -> None:
    someone = person(app, "someone", Role.APPROVER)
    for path in ("", "/edit", "/approve", "/progress", "/record"):
        assert someone.client.get(f"/headquarters/alerts/{10**30}{path}").status_code == 404, path
    assert someone.client.get(f"/alerts/{10**30}").status_code == 404
