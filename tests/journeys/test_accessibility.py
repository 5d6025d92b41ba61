"""axe finds nothing serious on the pages that people use under stress, live and drill."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.journeys.conftest import Desk
from tests.journeys.desk import Officer

CUT_OFF = "[...document.querySelectorAll('td, .scroll')].filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.outerHTML.slice(0, 90))"
SERIOUS = {"serious", "critical"}


def _clean(officer: Officer, where: str) -> None:
    found = Axe().run(officer.page, options={"resultTypes": ["violations"]}).response["violations"]
    bad = [(v["id"], [node["html"][:120] for node in v["nodes"]][:3]) for v in found if v["impact"] in SERIOUS]
    assert not bad, (where, bad)


@pytest.mark.parametrize("drill", [False, True])
def test_every_step_of_an_alert_is_accessible(desk: Desk, drill: bool) -> None:
    writer, decider = desk("honbu"), desk("shonin" if drill else "shonin2", viewport={"width": 375, "height": 800})
    writer.go("/headquarters/alerts/new")
    _clean(writer, "new")
    alert_id = writer.start("evacuate:flood", drill=drill)
    _clean(writer, "edit")
    writer.page.get_by_label("大字長深", exact=True).check()
    writer.save()
    writer.submit()
    _clean(writer, "alert")
    decider.go("/headquarters/")
    _clean(decider, "situation")
    decider.go(f"/headquarters/alerts/{alert_id}/approve")
    _clean(decider, "approve")
    assert decider.page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    decider.go(f"/headquarters/alerts/{alert_id}/emergency")
    expect(decider.page.get_by_label("一人で送る理由")).to_be_visible()
    _clean(decider, "emergency")
    decider.approve(alert_id, drill=drill)
    decider.wait_until_sent("届いていません" if drill else "送り終わりました")
    _clean(decider, "progress")
    for page in ("rows", "record", "hand-entry", "reach"):
        decider.go(f"/headquarters/alerts/{alert_id}/{page}")
        _clean(decider, page)
    for width in (375, 820, 1280):  # the page of the last step: no figure beneath a label, no column out of sight
        decider.page.set_viewport_size({"width": width, "height": 800})
        assert decider.page.evaluate(CUT_OFF) == [], width
