"""Another municipality by settings alone: a folder with its profile and areas, and nothing of 東員町 anywhere."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from broadcast.alert import compose
from broadcast.alert.content_json import dump_texts
from broadcast.alert.preview import preview
from broadcast.cap.vocabulary import Hazard, Kind
from broadcast.sending import ledger
from disaster.app import create_app
from disaster.core.base import Base
from disaster.core.clock import now
from disaster.core.extensions import db
from disaster.core.settings import Settings
from tests.broadcast.town import Town

PROFILE = """
code = "473022"
name = "大宜味村"
kana = "おおぎみそん"
name_en = "Ogimi Village"
prefecture = "沖縄県"
population = 3000

[contact]
department = "大宜味村 総務課"
department_en = "Ogimi Village General Affairs"
phone = "0980-44-3001"

[jma]
city_code = "4730200"
area_codes = ["471011", "471010", "471000"]
office = "沖縄気象台"
feed_areas = ["471000"]

[radio]
call_sign = "こちらは、ぼうさいおおぎみです。"
chime_up = "♪"
chime_down = "♪"

[map]
centre = [26.70, 128.12]
zoom = 12
"""
AREA = {
    "code": "47302-01",
    "name": "大兼久",
    "kana": "おおがねく",
    "name_en": "Oganeku",
    "group": "大字",
    "lat": 26.70,
    "lng": 128.12,
}


@pytest.fixture
def village(settings: Settings, tmp_path: Path) -> Iterator[Town]:
    """A village with the two files that a municipality cannot do without."""
    folder = tmp_path / "ogimi"
    folder.mkdir()
    (folder / "profile.toml").write_text(PROFILE, encoding="utf-8")
    (folder / "areas.json").write_text(json.dumps({"areas": [AREA]}), encoding="utf-8")
    app = create_app(settings.model_copy(update={"municipality": str(folder)}))
    with app.app_context():
        Base.metadata.create_all(db.engine)
        yield Town(app).build()
        db.session.remove()
        db.engine.dispose()


def test_every_text_and_page_speaks_of_the_village(village: Town) -> None:
    expires = now() + timedelta(hours=3)
    alert_id = village.approved(
        kind=Kind.EVACUATE, hazard=Hazard.FLOOD, areas=("47302-01",), expires_at=expires, situation=""
    )
    texts = json.dumps(dump_texts(preview(compose.get(alert_id)).texts), ensure_ascii=False)
    assert "大宜味村" in texts
    assert "Ogimi Village" in texts
    assert "おおぎみそん" in texts
    assert ledger.published(alert_id)
    client = village.app.test_client()
    for path in (
        "/",
        "/?lang=en",
        "/?lang=easy_ja",
        "/map",
        "/map.js",
        "/shelters",
        "/shelters.csv",
        "/feeds/alerts.atom",
    ):
        answer = client.get(path)
        assert answer.status_code == 200, path
        texts += answer.get_data(as_text=True)
    texts += client.get(f"/feeds/cap/{alert_id}.xml").get_data(as_text=True)
    for foreign in ("東員", "とういん", "Toin", "員弁", "2432"):
        assert foreign not in texts
