"""At the door: a family by list, by typing and by card, counted in taps and keystrokes; and everybody who is no family of a list."""

import re

import pytest
from playwright.sync_api import expect

from disaster.core.extensions import db
from registry.models.people import Household, Person
from registry.tablets.cards import Card, Row
from tests.fakes.site import Site
from tests.registry.intake_page.town import Tablet, events, forged, names, people_at, reading

SATO = (
    "さとう",
    "1600",
    (("たろう", "S600412", "男"), ("はな", "S620803", "女"), ("ゆい", "H280229", "女"), ("けん", "R010501", "男")),
)


def test_a_family_of_four_is_found_in_the_list_with_ten_taps(site: Site, desk: Tablet) -> None:
    desk.tap("受付", exact=True)
    desk.type("やま")
    desk.tap(desk.page.locator(".result"))
    desk.tap("全員")
    desk.tap(desk.save)
    desk.saved()
    assert (desk.taps, desk.keys) == (4, 2)
    desk.waits(0)
    assert people_at(site, site.shelter) == (4, 0)
    assert "ヤマダ ユイ" in names(site)


def test_a_family_of_four_is_typed_with_fifty_keys(site: Site, desk: Tablet) -> None:
    before = people_at(site, site.shelter)[0]
    desk.tap("受付", exact=True)
    desk.tap("名簿にない・打って入力")
    surname, number, people = SATO
    desk.type(surname)
    desk.tap("長深", exact=True)
    desk.type(number)
    desk.press("Enter")
    for place, (given, birth, sex) in enumerate(people):
        desk.type(given)
        desk.press("Enter")
        desk.type(birth)
        desk.tap(desk.page.get_by_role("group", name=f"{place + 1}人目").get_by_role("button", name=sex, exact=True))
    desk.tap(desk.save)
    desk.saved()
    assert desk.keys <= 50, desk.keys
    assert desk.taps == 8
    desk.waits(0)
    assert people_at(site, site.shelter)[0] == before + 4
    assert "さとう ゆい" in names(site)


def test_a_family_of_four_with_a_card_takes_three_taps(site: Site, desk: Tablet) -> None:
    rows = (
        Row("一", "ハジメ", "1970-01-02", "m"),
        Row("二", "ツギ", "1972-03-04", "f"),
        Row("三", "ミツ", "", "f"),
        Row("四", "シロウ", "2012-05-06", "m"),
    )
    with reading(site):
        before = events(site)
        text = Card("018f0000-0000-7000-8000-00000000000a", "木村", "キムラ", "東員町大字長深2", rows).text
    desk.tap("QRを読む")
    desk.page.keyboard.insert_text(text)  # a scanner that types
    desk.page.keyboard.press("Enter")
    expect(desk.page.get_by_role("heading", name="キムラ さんの家族")).to_be_visible()
    expect(desk.page.get_by_text("確かめられません")).to_be_hidden()
    desk.tap(desk.save)
    desk.saved()
    assert desk.taps <= 3
    expect(desk.page.get_by_role("heading", name="QRを読む")).to_be_visible()  # ready for the next card
    desk.waits(0)
    assert events(site) == before + 9
    assert "キムラ シロウ" in names(site)


def test_a_card_that_the_town_did_not_sign_is_told_and_taken(desk: Tablet, site: Site) -> None:
    desk.tap("QRを読む")
    with reading(site):
        text = Card("018f0000-0000-7000-8000-00000000000b", "偽田", "ニセダ", "", (Row("太", "フトシ", "", "m"),)).text
    desk.page.keyboard.insert_text(forged(text))
    desk.page.keyboard.press("Enter")
    expect(desk.page.get_by_text("町が出したものと確かめられません")).to_be_visible()
    desk.tap(desk.save)
    desk.saved()
    desk.waits(0)


def test_counting_is_one_tap_and_taken_back_by_one(site: Site, desk: Tablet) -> None:
    named, _ = people_at(site, site.shelter)
    for _ in range(4):
        desk.tap("5人 増やす")
    desk.tap("2人 増やす")
    desk.tap("取り消す")
    desk.until(lambda: events(site, "tally") == 6)
    assert people_at(site, site.shelter) == (named, 20 - named)  # those with a name were counted too
    desk.tap("混雑", exact=True)
    expect(desk.page.get_by_text("混み具合「混雑」を記録しました")).to_be_visible()
    desk.until(lambda: events(site, "crowding") == 1)


def test_the_last_family_is_taken_back(site: Site, desk: Tablet) -> None:
    before = people_at(site, site.shelter)[0]
    desk.register("とりけし")
    desk.waits(0)
    assert people_at(site, site.shelter)[0] == before + 1
    desk.tap("取り消す", exact=True)
    expect(desk.page.get_by_text("の受付を取り消しました")).to_be_visible()
    desk.waits(0)
    assert people_at(site, site.shelter)[0] == before


def test_leaving_takes_one_tap_and_people_in_a_car_fetch_goods_here(site: Site, desk: Tablet) -> None:
    before = people_at(site, site.shelter)[0]
    desk.register("しゃちゅう", (("のる", "50", "男"), ("そう", "48", "女")))
    desk.waits(0)
    desk.tap("名簿", exact=True)
    desk.tap(desk.page.locator(".result", has_text="しゃちゅう"))
    desk.tap("車中")
    expect(desk.page.get_by_text("2人が出ました：車中")).to_be_visible()
    desk.tap("物資はここで受け取る")
    expect(desk.page.get_by_text("物資をここで受け取る人として記録しました")).to_be_visible()
    desk.waits(0)
    assert people_at(site, site.shelter)[0] == before
    desk.tap("名簿", exact=True)
    desk.tap("車・自宅など")
    expect(desk.page.locator(".result", has_text="しゃちゅう")).to_be_visible()
    desk.page.reload()
    desk.unlock()
    desk.tap("名簿", exact=True)
    desk.tap("車・自宅など")
    expect(desk.page.locator(".result", has_text="しゃちゅう")).to_be_visible()


def test_the_roll_call_is_one_tap_a_family(site: Site, desk: Tablet) -> None:
    desk.register("てんこ", (("いち", "30", "男"), ("に", "31", "女")))
    desk.tap("点呼")
    desk.tap(desk.page.get_by_role("group", name="てんこ いち").get_by_role("button", name="全員いる"))
    expect(desk.page.get_by_role("group", name="てんこ いち").get_by_role("button", name="全員確認")).to_be_disabled()
    desk.tap(desk.page.get_by_role("group", name="てんこ いち").get_by_role("button", name=re.compile("てんこ に")))
    expect(desk.page.get_by_role("group", name="てんこ いち").get_by_role("button", name="全員いる")).to_be_enabled()
    desk.waits(0)


def test_somebody_unknown_a_visitor_a_group_and_a_baby_are_taken_in(site: Site, desk: Tablet) -> None:
    before = people_at(site, site.shelter)[0]
    page = desk.page

    def other(word: str) -> None:
        page.get_by_text("そのほかの受付").click()
        desk.tap(word)

    desk.tap("受付", exact=True)
    other("名前の分からない人")
    desk.tap("男性")
    desk.tap("60代")
    desk.tap(desk.save)
    desk.saved()
    other("帰宅できない人・旅行者")
    page.get_by_label("名前・呼び名").fill("Maria da Silva O'Neil")
    page.get_by_label("帰りたい所").fill("名古屋")
    desk.tap(desk.save)
    desk.saved()
    other("団体（バス・学校・施設）")
    page.get_by_label("団体の名前").fill("桑名観光バス")
    page.get_by_label("人数").fill("３")
    desk.tap(desk.save)
    expect(page.get_by_text("（3人）")).to_be_visible()
    desk.tap("名簿にない・打って入力")
    page.get_by_label("姓（かな）", exact=True).fill("ふたご")
    for place in (0, 1):
        person = page.get_by_role("group", name=f"{place + 1}人目")
        person.get_by_text("姓がちがう・赤ちゃん・ローマ字").click()
        person.get_by_role("button", name="名前のない赤ちゃん").click()
        page.get_by_role("group", name=f"{place + 1}人目").get_by_role("button", name="女").click()
    desk.tap(desk.save)
    desk.saved()
    desk.waits(0)
    assert people_at(site, site.shelter)[0] == before + 7
    with reading(site):
        found = {person.name: person for person in db.session.query(Person) if person.name}
        assert {"ふたご家 子A", "ふたご家 子B", "桑名観光バス 3番"} <= set(found)
        unknown = next(
            person for name, person in found.items() if name.startswith("氏名不詳 男性 60代くらい 神田小学校")
        )
        assert unknown.provisional


def test_a_family_that_is_here_is_asked_again_and_grows_under_the_same_number(site: Site, desk: Tablet) -> None:
    code = desk.register("たされる", (("はは", "33", "女"),))
    desk.waits(0)
    before = people_at(site, site.shelter)[0]
    desk.tap("名簿", exact=True)
    desk.tap(desk.page.locator(".result", has_text="たされる"))
    desk.tap("家族を足す・聞き直す")
    desk.page.get_by_text("場所・ペット・電話・メモ").click()
    desk.page.get_by_label("電話（あとからでもかまいません）").fill("090-1234-5678")
    desk.tap("名簿にない家族を足す")
    person = desk.page.get_by_role("group", name="2人目")
    person.get_by_label("名（かな）", exact=True).fill("こども")
    person.get_by_role("button", name="男", exact=True).click()
    desk.tap(desk.save)
    assert desk.saved() == code
    desk.waits(0)
    assert people_at(site, site.shelter)[0] == before + 1
    with reading(site):
        home = db.session.query(Household).filter_by(code=code).one()
        members = db.session.query(Person).filter_by(household_id=home.id).all()
        assert (home.phone, home.kana) == ("090-1234-5678", "たされる")
        assert sorted((one.kana_family, one.kana_given, one.kana) for one in members) == [
            ("たされる", "こども", ""),
            ("たされる", "はは", ""),
        ]


@pytest.mark.parametrize(
    "word", ["やまだ", "ﾔﾏ", "S600412", "昭和60年4月12日", "19850412", "1985/4/12", "山田", "ながふけ やまだ", "たろう"]
)
def test_a_family_is_found_by_whatever_they_say(desk: Tablet, word: str) -> None:
    desk.tap("受付", exact=True)
    desk.page.locator("#query").fill(word)
    expect(desk.page.locator(".result").first).to_contain_text("ヤマダ タロウ")
