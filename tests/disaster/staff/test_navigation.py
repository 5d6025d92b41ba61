"""The navigation shows what one may open, in groups, and marks where one is."""

from flask import Flask

from disaster.staff import navigation
from disaster.staff.navigation import GROUPS
from disaster.staff.permissions import GRANTS, Role


def seen(role: Role, path: str) -> navigation.Navigation:
    return navigation.seen_by(lambda permission: permission in GRANTS[role], path)


def test_every_page_of_the_navigation_exists_and_asks_for_the_permission_that_shows_it(app: Flask) -> None:
    guards = {
        rule.rule.rstrip("/"): app.view_functions[rule.endpoint]
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ())
    }
    for link in (link for group in GROUPS for link in group.links):
        view = guards[link.path.rstrip("/")]
        assert view.disaster_guard == link.permission, link.path  # type: ignore[attr-defined]


def test_shelter_staff_see_their_pages_only() -> None:
    found = seen(Role.SHELTER, "/shelter/desk/3/supplies")
    assert [group.word for group in found.groups] == ["避難所", "避難者"]
    assert found.current == "/shelter/desk"


def test_somebody_with_one_kind_of_work_has_no_row_of_groups() -> None:
    found = seen(Role.MY_NUMBER, "/staff/account")
    assert [group.word for group in found.groups] == ["台帳・支援"]
    assert found.open == found.groups[0]


def test_the_approval_of_surveys_belongs_to_the_certificates_for_who_has_no_page_of_surveys() -> None:
    assert seen(Role.REGISTRY, "/registry/surveys/approve").current == "/registry/certificates/"
    assert seen(Role.SURVEY, "/registry/surveys/approve").current == "/registry/surveys/"


def test_the_longest_path_is_the_current_page() -> None:
    assert seen(Role.ADMIN, "/headquarters/shelters/import/look").current == "/headquarters/shelters/import"
    assert seen(Role.OPERATOR, "/headquarters/shelters").current == "/headquarters/shelters"
    assert seen(Role.OPERATOR, "/headquarters/").current == "/headquarters/"


def test_a_page_of_no_group_opens_none() -> None:
    found = seen(Role.OPERATOR, "/staff/account")
    assert (found.open, found.current) == (None, "")


def test_no_group_is_longer_than_a_phone_shows() -> None:
    assert max(len(group.links) for group in GROUPS) <= 6
    assert max(len(seen(role, "/").groups) for role in Role) <= 6
