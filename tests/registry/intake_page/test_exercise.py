"""An exercise (訓練) on the tablets: said on every screen, also without a network, and it ends by itself."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from disaster.core import clock
from disaster.core.extensions import db
from disaster.incidents import exercise
from registry.intake import exercises
from registry.models.people import Household, Person
from tests.fakes.site import Site
from tests.registry.intake_page.conftest import NewTablet
from tests.registry.intake_page.town import Tablet, reading


@pytest.fixture
def window(site: Site) -> int:
    """An exercise that goes on."""
    with reading(site):
        return exercise.open_window(1, name="水防訓練", ends_at=clock.now() + timedelta(hours=2))


def people(site: Site) -> dict[str, str]:
    """Everybody who is not taken out: reading and id."""
    with reading(site):
        query = select(Person.kana, Person.id).where(Person.removed_at.is_(None), Person.kana != "")
        return {row.kana: row.id for row in db.session.execute(query)}


def test_a_family_of_an_exercise_is_another_than_the_one_that_comes_for_real(
    site: Site, window: int, tablet: NewTablet
) -> None:
    desk: Tablet = tablet("受付訓")
    band = desk.page.get_by_text("【訓練】水防訓練")
    expect(band).to_be_visible()
    expect(desk.page).to_have_title("【訓練】神田小学校 受付")
    desk.page.context.set_offline(True)
    code = desk.check_in("やまだ")
    desk.tap("札を出す")
    expect(desk.page.locator(".slip")).to_contain_text("【訓練】")
    desk.page.context.set_offline(False)
    desk.page.evaluate("dispatchEvent(new Event('online'))")
    desk.until(lambda: len(people(site)) == 4)
    played = people(site)
    with reading(site):
        assert exercises.among(list(played.values())) == set(played.values())
        exercise.close_window(1, window)
        exercises.tidy(window, actor="account:1")
    desk.home()
    desk.send()
    expect(band).to_be_hidden()
    desk.home()
    real = desk.check_in("やまだ")
    desk.until(lambda: len(people(site)) == 4)
    assert real != code
    assert not set(people(site).values()) & set(played.values())
    with reading(site):
        assert exercises.among(list(people(site).values())) == set()
        assert db.session.scalar(select(Household.surname).where(Household.code == real)) == "山田"
