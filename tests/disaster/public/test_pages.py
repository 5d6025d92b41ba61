"""What residents see."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from broadcast.cap.vocabulary import Hazard, Kind, Mode, MsgType
from broadcast.models.alert import Transmission
from disaster.core import clock
from disaster.core.extensions import db
from disaster.shelters import state
from disaster.shelters.models import Shelter
from disaster.shelters.vocabulary import Crowding, Opening
from tests.disaster.public.conftest import Publish

STATIC = Path(__file__).parents[3] / "static"
EVERY_PAGE = ["/", "/shelters", "/map", "/alerts", "/alerts/1"]
LANGUAGES = {"": "ja", "?lang=easy_ja": "ja", "?lang=en": "en", "?lang=xx": "ja"}


def read(client: FlaskClient, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.get_data(as_text=True)


def test_with_nothing_in_force_the_page_says_so_and_when_it_was_checked(client: FlaskClient) -> None:
    began = clock.now()
    page = read(client, "/")
    assert "現在、発令中の情報はありません" in page
    minutes = [f"{clock.jst(at):%H:%M} 確認" for at in (began, clock.now())]
    assert any(minute in page for minute in minutes)


def test_an_alert_shows_level_words_what_to_do_where_since_when_and_until_when(
    client: FlaskClient, publish: Publish
) -> None:
    publish(Kind.EVACUATE, shelters=("神田小学校",))
    page = read(client, "/")
    for word in (
        "level-4",
        "警戒レベル4 避難指示（洪水）",
        "危険な場所にいる方は、全員避難してください。",
        "大字長深",
        "神田小学校",
    ):
        assert word in page
    sent = db.session.scalars(select(Transmission.sent_at)).one()
    assert clock.day_and_time(sent) in page
    assert "または次の発表まで" in page
    assert 'href="/map"' in page


def test_several_alerts_stand_by_level(client: FlaskClient, publish: Publish) -> None:
    publish(Kind.ELDERLY, Hazard.LANDSLIDE)
    publish(Kind.EMERGENCY)
    publish(Kind.NOTICE, Hazard.OTHER, title="給水所")
    page = read(client, "/")
    assert page.index("警戒レベル5") < page.index("警戒レベル3") < page.index("給水所")


def test_a_new_alert_is_on_the_page_at_the_next_request(client: FlaskClient, publish: Publish) -> None:
    assert "避難指示" not in read(client, "/")
    publish(Kind.EVACUATE)
    assert "避難指示" in read(client, "/")


def test_an_alert_that_ran_out_leaves_the_page_by_itself(
    client: FlaskClient, publish: Publish, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = publish(Kind.EVACUATE, seconds=90)
    assert "避難指示" in read(client, "/")
    assert "有効期限は過ぎました" not in read(client, f"/alerts/{number}")
    later = clock.now().timestamp() + 91
    monkeypatch.setattr(clock, "now", lambda: clock.datetime.fromtimestamp(later, clock.UTC))
    assert "現在、発令中の情報はありません" in read(client, "/")
    assert "有効期限は過ぎました" in read(client, f"/alerts/{number}")
    assert "終了" in read(client, "/alerts")


def test_a_drill_is_on_no_page_and_in_no_feed(client: FlaskClient, publish: Publish) -> None:
    number = publish(Kind.EVACUATE, mode=Mode.DRILL, situation="訓練の文です。")
    for path in ("/", "/alerts", "/feeds/alerts.atom", "/feeds/radio.txt", "/feeds/radio.json", "/shelters", "/map"):
        page = read(client, path)
        assert "訓練" not in page, path
        assert "いま出ている情報に合わせて" not in page
    assert client.get(f"/alerts/{number}").status_code == 404
    assert client.get(f"/feeds/cap/{number}.xml").status_code == 404


def test_a_cancelled_alert_points_to_the_cancel_and_the_cancel_tells_the_mistake(
    client: FlaskClient, publish: Publish
) -> None:
    first = publish(Kind.EVACUATE)
    second = publish(Kind.EVACUATE, msg_type=MsgType.CANCEL, earlier=(first, Kind.EVACUATE))
    old = read(client, f"/alerts/{first}")
    assert f'href="/alerts/{second}"' in old
    assert "この情報は誤りでした。取り消されています。" in old
    assert "level-4" not in old  # the order shouts no longer
    page = read(client, "/")
    assert "【取消し】" in page
    assert "誤りでした" in page
    assert "level-4" not in page


def test_the_link_of_an_old_message_leads_to_the_end_of_the_row(client: FlaskClient, publish: Publish) -> None:
    first = publish(Kind.EVACUATE)
    second = publish(Kind.EVACUATE, msg_type=MsgType.UPDATE, earlier=(first, Kind.EVACUATE), correction="直しました。")
    assert "この情報は新しい情報に変わりました。" in read(client, f"/alerts/{first}")
    lift = publish(Kind.LIFT, msg_type=MsgType.UPDATE, earlier=(second, Kind.EVACUATE), lifted=Kind.EVACUATE)
    for number in (first, second):
        page = read(client, f"/alerts/{number}")
        assert "この情報は解除されました。" in page
        assert f'href="/alerts/{lift}"' in page
        assert "level-4" not in page
    assert "掲載中" in read(client, "/alerts")


def test_a_correction_says_what_was_wrong_in_every_language(client: FlaskClient, publish: Publish) -> None:
    first = publish(Kind.EVACUATE)
    second = publish(
        Kind.EVACUATE, msg_type=MsgType.UPDATE, earlier=(first, Kind.EVACUATE), correction="地区の名前が違いました。"
    )
    for query in LANGUAGES:
        assert "地区の名前が違いました。" in read(client, f"/alerts/{second}{query}")
        assert f"/alerts/{second}" in read(client, f"/alerts/{first}{query}")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (
            "?lang=en",
            ["Evacuation Order (Flood)", "Everyone must leave dangerous places now.", "Nagafuke", "Valid until"],
        ),
        (
            "?lang=easy_ja",
            ["危（あぶ）ない 所（ところ）から、みんな にげて ください。", "長深（ながふけ）", "いつまで"],
        ),
    ],
)
def test_the_alert_speaks_the_other_languages_and_keeps_the_officers_words_in_japanese(
    client: FlaskClient, publish: Publish, query: str, words: list[str]
) -> None:
    publish(Kind.EVACUATE, situation="員弁川の水位が上がっています。")
    page = read(client, f"/{query}")
    for word in [*words, '<p class="lines"><bdi>員弁川の水位が上がっています。</bdi></p>']:
        assert word in page


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_every_page_names_its_language_links_the_others_and_has_nothing_inline(
    client: FlaskClient, publish: Publish, shelters: dict[str, Shelter], path: str
) -> None:
    publish(Kind.EVACUATE)
    for query, tag in LANGUAGES.items():
        page = read(client, path + query)
        assert f'<html lang="{tag}">' in page
        for link in (path, f"{path}?lang=en", f"{path}?lang=easy_ja"):
            assert f'href="{link}"' in page
        for inline in ("style=", "<style", "onclick", "<script>"):
            assert inline not in page


@pytest.mark.parametrize("path", ["/", "/alerts/1"])
def test_an_alert_with_all_its_styles_is_under_thirty_kilobytes(
    client: FlaskClient, publish: Publish, path: str
) -> None:
    publish(Kind.EVACUATE, situation="川の水位が上がっています。" * 5, shelters=("神田小学校", "笹尾西小学校"))
    styles = [STATIC / name for name in ("vendor/design-tokens/tokens.css", "css/tokens.css", "css/site.css")]
    assert len(client.get(path).data) + sum(file.stat().st_size for file in styles) < 30 * 1024


def test_a_reload_costs_no_second_copy_until_something_changes(
    client: FlaskClient, publish: Publish, shelters: dict[str, Shelter]
) -> None:
    publish(Kind.EVACUATE)
    for path in (
        "/",
        "/alerts/1",
        "/alerts",
        "/shelters",
        "/map",
        "/shelters.csv",
        "/shelters.geojson",
        "/feeds/alerts.atom",
    ):
        first = client.get(path)
        again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert again.status_code == 304, path
        assert again.data == b""
        assert "max-age=5" in first.headers["Cache-Control"], path
        assert "Set-Cookie" not in first.headers
    old = client.get("/").headers["ETag"]
    shelter = shelters["神田小学校"]
    state.set_opening(shelter.id, Opening.OPEN, seen=shelter.state.version, actor="cli")
    assert client.get("/", headers={"If-None-Match": old}).status_code == 200


def test_the_short_link_leads_to_the_alert_in_the_same_language(client: FlaskClient, publish: Publish) -> None:
    publish(Kind.EVACUATE)
    assert client.get("/a/1").headers["Location"] == "/alerts/1"
    assert client.get("/a/1?lang=en").headers["Location"] == "/alerts/1?lang=en"


def test_an_unknown_alert_is_not_found(client: FlaskClient) -> None:
    assert client.get("/alerts/99").status_code == 404
    assert client.get("/alerts/99999999999999999999999").status_code == 404


def test_the_list_of_past_alerts_goes_on_by_pages(client: FlaskClient, publish: Publish) -> None:
    for _ in range(31):
        publish(Kind.NOTICE, Hazard.OTHER, title="お知らせの題")
    page = read(client, "/alerts")
    assert page.count("お知らせの題") == 30
    assert 'href="/alerts?before=2"' in page
    assert read(client, "/alerts?before=2").count("お知らせの題") == 1


def test_the_hazard_of_the_alert_is_chosen_and_unsuitable_shelters_are_marked(
    client: FlaskClient, publish: Publish, shelters: dict[str, Shelter]
) -> None:
    publish(Kind.EVACUATE, Hazard.FLOOD)
    page = read(client, "/shelters")
    assert "いま出ている情報に合わせて「洪水」を選んであります。" in page
    assert page.count("shelter--unfit") == 2
    assert page.count("洪水では使えません</p>") == 2
    assert "shelter--unfit" not in read(client, "/shelters?hazard=")
    assert "Do not use in case of: Flood" in read(client, "/shelters?lang=en")


def test_a_notice_or_a_lift_chooses_no_hazard(
    client: FlaskClient, publish: Publish, shelters: dict[str, Shelter]
) -> None:
    publish(Kind.LIFT, Hazard.FLOOD, lifted=Kind.EVACUATE)
    assert "いま出ている情報に合わせて" not in read(client, "/shelters")


def test_shelters_are_sorted_by_distance_from_a_district_unsuitable_ones_last(
    client: FlaskClient, shelters: dict[str, Shelter]
) -> None:
    nagafuke = "24324-15"
    page = read(client, f"/shelters?area={nagafuke}")
    assert page.index(">三和小学校<") < page.index(">稲部小学校<") < page.index(">笹尾東小学校<")
    assert "長深から約0.6km" in page
    page = read(client, f"/shelters?area={nagafuke}&hazard=flood")
    assert page.index(">笹尾東小学校<") < page.index(">三和小学校<")
    assert f'href="/shelters?hazard=flood&amp;area={nagafuke}&amp;lang=en"' in page


@pytest.mark.parametrize("query", ["?hazard=nonsense&area=nowhere", "?hazard[]=x", "?area=%00", "?lang=%F0%9F%92%A5"])
def test_a_nonsense_filter_counts_as_none(client: FlaskClient, shelters: dict[str, Shelter], query: str) -> None:
    assert read(client, f"/shelters{query}").count('class="card" id="s') == 23


def test_state_and_crowding_stand_with_their_time(client: FlaskClient, shelters: dict[str, Shelter]) -> None:
    shelter = shelters["神田小学校"]
    state.set_opening(shelter.id, Opening.OPEN, seen=shelter.state.version, actor="cli")
    assert "開設中・混み具合は未確認" in read(client, "/")
    state.set_crowding(shelter.id, Crowding.CROWDED, seen=2, actor="cli")
    page = read(client, "/shelters")
    assert "開設中・混雑" in page
    db.session.refresh(shelter.state)
    assert shelter.state.crowding_at
    assert f"（{clock.day_and_time(shelter.state.crowding_at)}現在）" in page
    state.set_crowding(shelter.id, Crowding.FULL, seen=3, actor="cli")
    assert "満員" in read(client, "/")


def test_a_welfare_shelter_appears_when_it_opens(client: FlaskClient, shelters: dict[str, Shelter]) -> None:
    shelter = shelters["東員町保健福祉センター"]
    pages = ("/shelters", "/map", "/shelters.csv", "/shelters.geojson")
    assert all("保健福祉センター" not in read(client, path) for path in pages)
    state.set_opening(shelter.id, Opening.OPEN, seen=shelter.state.version, actor="cli")
    assert all("保健福祉センター" in read(client, path) for path in pages)


def test_without_shelters_the_pages_say_so(client: FlaskClient) -> None:
    assert "避難所の情報がまだ登録されていません。" in read(client, "/shelters")
    assert "避難所の情報がまだ登録されていません。" in read(client, "/map")


def test_the_health_page_tells_on_database_and_worker(client: FlaskClient) -> None:
    response = client.get("/health")
    assert response.status_code == 200
    assert response.json == {"status": "ok", "database": "ok", "worker": "none", "worker_age_s": None}
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("before", ["-1", "-99999999999999999999999", "99999999999999999999999", "1e9", "%00"])
def test_a_page_number_beyond_every_database_is_no_error(client: FlaskClient, before: str) -> None:
    assert client.get(f"/alerts?before={before}").status_code == 200
