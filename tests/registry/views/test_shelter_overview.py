"""All shelters on one page, each figure with its age."""

from datetime import timedelta

from flask import Flask

from disaster.core import clock
from disaster.core.db import transaction
from disaster.shelters.models import ShelterState
from disaster.staff.permissions import Role
from registry.intake import entering, ids
from registry.intake.entering import Entry
from registry.models.intake import Device
from registry.vocabulary import Kind
from tests.fakes.staff import signed_in_client
from tests.registry.views.desks import desk


def test_what_is_open_stands_in_the_table_and_the_rest_below(app: Flask) -> None:
    here = desk(app, role=Role.OPERATOR)
    here.post("/crowding", seen=2, crowding="crowded")
    here.post("/conditions", seen=0, toilets_men="1", toilets_women="1")
    here.post("/supplies", item="water", quantity="5")
    here.post("/reports", seen=0)
    page = here.get("/headquarters/overview")
    table, rest = page.split("開設していない避難所（24か所）")
    assert "神田小学校" in table
    assert all(words in table for words in ("混雑<br>", "女性用をあと2基", "1件", "たった今"))
    assert "三和小学校" in rest
    part = here.client.get("/headquarters/overview/now", headers={"HX-Request": "true"})
    assert part.get_data(as_text=True).lstrip().startswith("<span data-at=")


def test_late_reports_and_silent_tablets_show(app: Flask) -> None:
    here, now = desk(app, role=Role.OPERATOR), clock.now()
    with transaction() as session:
        session.get_one(ShelterState, here.shelter).opened_at = now - timedelta(days=2)
        session.add(
            Device(
                shelter_id=here.shelter, name="受付1", token_digest="x", enrolled_by="account:1", enrolled_at=now,
                seen_at=now - timedelta(hours=3), waiting=7, clock_offset=0,
            )
        )  # fmt: skip
    page = here.get("/headquarters/overview")
    assert "遅れ</span>" in page
    assert "未送信 7" in page
    assert "3時間前に通信" in page


def test_it_is_for_headquarters_and_for_no_shelter(app: Flask) -> None:
    for role, status in ((Role.REGISTRY, 200), (Role.WELFARE, 200), (Role.ADMIN, 200), (Role.SHELTER, 403)):
        here = desk(app, "稲部小学校" if role == Role.SHELTER else "神田小学校", role, opened=False, own=False)
        assert here.client.get("/headquarters/overview").status_code == status


def test_who_sees_counts_only_sees_no_small_ones(app: Flask) -> None:
    welfare = desk(app, role=Role.WELFARE, own=False)
    with transaction() as session:
        entries = []
        for place, number in (("hospital", 3), ("car", 6), ("home", 9)):
            for _ in range(number):
                person = ids.new()
                entries.append(Entry(Kind.PERSON, person, {"name": "山田"}))
                entries.append(Entry(Kind.STAY, ids.new(), {"person": person, "place": place, "start": 1}))
        entering.enter_all(session, entries, actor="cli")
    page = welfare.get("/headquarters/overview")
    assert "病院 少数" in page
    assert "車中泊 少数" in page, "or the three could be worked out"
    assert "自宅（在宅避難） 9" in page
    officer, _ = signed_in_client(app, "daicho", Role.REGISTRY)
    assert "病院 3" in officer.get("/headquarters/overview").get_data(as_text=True)
