"""The door of every view."""

import re

import pytest
from flask import Blueprint, Flask
from flask.views import MethodView

from disaster.core.settings import SettingsError
from disaster.staff import guards
from disaster.staff.guards import guard_of, public, require
from disaster.staff.permissions import GRANTS, Permission, Role
from tests.fakes.staff import make_account, sign_in


def _bare_app() -> Flask:
    app = Flask("bare")
    app.secret_key = "test"
    return app


def test_an_unmarked_view_refuses_to_start_and_is_named() -> None:
    app = _bare_app()
    app.add_url_rule("/open", "open", public(lambda: "open"))
    app.add_url_rule("/forgotten", "forgotten", lambda: "forgotten")
    with pytest.raises(SettingsError, match=r"without a guard .*: forgotten$"):
        guards.init_app(app)


def test_an_unmarked_view_of_a_blueprint_refuses_to_start_too() -> None:
    app, part = _bare_app(), Blueprint("part", __name__)
    part.add_url_rule("/x", "x", lambda: "x")
    app.register_blueprint(part, url_prefix="/part")
    with pytest.raises(SettingsError, match=r"part\.x"):
        guards.init_app(app)


def test_a_view_class_carries_its_guard_or_refuses_to_start() -> None:
    class Marked(MethodView):
        decorators = (require(Permission.STAFF_MANAGE),)

        def get(self) -> str:
            return "x"

    class Unmarked(MethodView):
        def get(self) -> str:
            return "x"

    app = _bare_app()
    app.add_url_rule("/marked", view_func=Marked.as_view("marked"))
    guards.init_app(app)
    assert guard_of(app, "marked") is Permission.STAFF_MANAGE
    app.add_url_rule("/unmarked", view_func=Unmarked.as_view("unmarked"))
    with pytest.raises(SettingsError, match="unmarked"):
        guards.init_app(app)


def test_a_view_that_came_after_the_check_is_still_refused_at_the_door(app: Flask) -> None:
    app.add_url_rule("/late", "late", lambda: "late")
    with pytest.raises(RuntimeError, match="has no guard"):
        app.test_client().get("/late")


@pytest.mark.parametrize("role", [None, *Role])
def test_each_role_passes_the_doors_that_its_list_names_and_no_other(app: Flask, role: Role | None) -> None:
    for permission in Permission:
        app.add_url_rule(f"/door/{permission}", f"door {permission}", require(permission)(lambda: "inside"))
    client = app.test_client()
    if role:
        sign_in(client, make_account("person", role))
    for permission in Permission:
        answer = client.get(f"/door/{permission}")
        if role is None:
            assert answer.status_code == 303
            assert answer.location == f"/staff/login?next=%2Fdoor%2F{permission}"
        elif permission in GRANTS[role]:
            assert answer.text == "inside"
            assert answer.headers["Cache-Control"] == "no-store"
        else:
            assert answer.status_code == 403
            assert "inside" not in answer.text


def test_nobody_approves_and_manages_accounts_with_one_role() -> None:
    both = {Permission.ALERT_APPROVE, Permission.STAFF_MANAGE}
    assert not [role for role in Role if both <= GRANTS[role]]


def test_programs_and_htmx_get_a_status_instead_of_a_redirect(app: Flask) -> None:
    app.add_url_rule("/door", "door", require(Permission.STAFF_MANAGE)(lambda: "inside"))
    app.add_url_rule("/api/door", "api_door", require(Permission.STAFF_MANAGE)(lambda: "inside"))
    client = app.test_client()
    assert client.get("/api/door").mimetype == "application/problem+json"
    for path, headers in (
        ("/api/door", {}),
        ("/door", {"Accept": "application/json"}),
        ("/door", {"HX-Request": "true"}),
    ):
        answer = client.get(path, headers=headers)
        assert answer.status_code == 401
        assert "ログイン" in answer.get_data(as_text=True) or "ログイン" in answer.get_json()["detail"]


def test_every_state_changing_address_refuses_a_request_without_token(app: Flask) -> None:
    client = sign_in(app.test_client(), make_account("person", *Role))
    own_proof = ("/hooks/", "/api/", "/unsubscribe", "/subscribe/mine/<secret>")  # a signature, a key, or a secret link
    accepted = []
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}):
            if rule.rule.startswith(own_proof):
                continue
            path = re.sub(r"<uuid:[^>]+>", "018f0000-0000-7000-8000-000000000001", rule.rule)
            path = re.sub(r"<[^>]+>", "1", path)
            answer = client.open(path, method=method, data={"x": "y"}, headers={"Origin": "https://evil.example"})
            if answer.status_code not in (400, 403):  # without token, or (residents' pages) from another site
                accepted.append((method, rule.rule, answer.status_code))
    assert accepted == []


def test_every_form_address_refuses_get(app: Flask) -> None:
    """Nothing changes by following a link: an address that changes state is not open to GET under the same view."""
    mixed = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.methods and "POST" in rule.methods and "GET" in rule.methods and rule.endpoint.startswith("staff.")
    ]
    assert mixed == []
