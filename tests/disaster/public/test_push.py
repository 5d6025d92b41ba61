"""What the script of the subscribing page may post: a browser joins, moves, leaves; nothing else is taken."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from broadcast.models.audience import Contact, Subscriber, SubscriberArea
from broadcast.models.hooks import HookEvent
from broadcast.subscribers import pushing
from disaster.core.audit import AuditEntry
from disaster.core.extensions import db
from disaster.core.sealed import unseal
from disaster.demo.providers import push

SITE = {"Sec-Fetch-Site": "same-origin"}
FORM = {"areas": ["24324-01"], "language": "en", "notices": True}


def subscription(name: str = "a", endpoint: str = "") -> dict[str, Any]:
    made = json.loads(push.address("http://127.0.0.1:1/push", name))
    return {**made, "endpoint": endpoint or f"https://fcm.googleapis.com/fcm/send/{name}", "expirationTime": None}


def join(client: FlaskClient, name: str = "a", **changes: Any) -> Any:
    body = {"subscription": subscription(name), "form": FORM, **changes}
    return client.post("/subscribe/push", json=body, headers=SITE)


def contacts() -> list[Contact]:
    db.session.rollback()
    return list(db.session.scalars(select(Contact).order_by(Contact.id).execution_options(populate_existing=True)))


def test_a_browser_joins_with_its_choice_and_gets_its_own_page(client: FlaskClient) -> None:
    answer = join(client)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert client.get(answer.json["mine"]).status_code == 200
    [contact] = contacts()
    kept = json.loads(unseal(contact.address, "contact"))
    assert kept == {name: value for name, value in subscription().items() if name != "expirationTime"}
    person = db.session.scalars(select(Subscriber)).one()
    assert (person.language, person.source, person.wants_notices, person.wants_shelters) == ("en", "self", True, False)
    assert db.session.scalars(select(SubscriberArea.area_code)).all() == ["24324-01"]
    assert db.session.scalar(select(func.count()).where(AuditEntry.action == "contact.confirmed")) == 1


def test_the_same_browser_again_changes_its_choice(client: FlaskClient) -> None:
    join(client)
    join(client, form={"all_areas": True, "language": "ja"})
    assert len(contacts()) == 1
    assert db.session.scalars(select(Subscriber.all_areas)).one() is True


def test_what_is_missing_is_said_in_the_language_of_the_form(client: FlaskClient) -> None:
    answer = join(client, form={"areas": [], "language": "en"})
    assert answer.status_code == 422
    assert "area" in answer.json["errors"]["areas"].lower()
    assert contacts() == []


@pytest.mark.parametrize(
    "given",
    [
        None,
        [],
        "text",
        {},
        {"endpoint": "https://fcm.googleapis.com/x"},
        subscription(endpoint="https://evil.example/x"),
        subscription(endpoint="https://127.0.0.1/x"),
        subscription(endpoint="http://fcm.googleapis.com/x"),
        subscription(endpoint="https://169.254.169.254/latest"),
        {**subscription(), "keys": {"p256dh": "AAAA", "auth": "AAAA"}},
        {**subscription(), "keys": None},
    ],
)
def test_what_is_no_subscription_is_refused_in_words(client: FlaskClient, given: Any) -> None:
    answer = join(client, subscription=given)
    assert answer.status_code == 422
    assert answer.json["detail"]
    assert contacts() == []


def test_other_sites_forms_and_huge_bodies_are_refused(client: FlaskClient) -> None:
    body = {"subscription": subscription(), "form": FORM}
    assert client.post("/subscribe/push", json=body, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.post("/subscribe/push", json=body, headers={"Origin": "https://evil.example"}).status_code == 403
    plain = client.post("/subscribe/push", data=json.dumps(body), content_type="text/plain", headers=SITE)
    assert plain.status_code == 415
    assert join(client, form={**FORM, "more": "x" * 20_000}).status_code == 413
    assert client.post("/subscribe/push", data="[", content_type="application/json", headers=SITE).status_code == 422
    assert contacts() == []


def test_one_network_subscribes_so_many_browsers_and_no_more(app: Flask, client: FlaskClient) -> None:
    config = app.extensions["disaster.settings"]
    app.extensions["disaster.settings"] = config.model_copy(update={"subscribe_per_client_hour": 3})
    assert [join(client, str(number)).status_code for number in range(5)] == [200, 200, 200, 429, 429]
    assert len(contacts()) == 3
    assert db.session.scalar(select(func.count()).select_from(HookEvent)) == 3


def test_a_browser_leaves_and_may_come_back(client: FlaskClient) -> None:
    join(client)
    endpoint = {"endpoint": subscription()["endpoint"]}
    state = client.post("/subscribe/push/state", json=endpoint, headers=SITE).json
    assert state["active"]
    assert client.get(state["mine"]).status_code == 200
    assert client.post("/subscribe/push/leave", json=endpoint, headers=SITE).status_code == 204
    assert (contacts()[0].active, contacts()[0].stopped_why) == (False, "opted_out")
    gone = {"active": False, "mine": ""}
    assert client.post("/subscribe/push/state", json=endpoint, headers=SITE).json == gone
    assert client.post("/subscribe/push/leave", json=endpoint, headers=SITE).status_code == 204
    join(client)
    assert [contact.active for contact in contacts()] == [True]


def test_an_unknown_browser_is_told_nothing(client: FlaskClient) -> None:
    unknown = {"endpoint": "https://fcm.googleapis.com/fcm/send/unknown"}
    assert client.post("/subscribe/push/state", json=unknown, headers=SITE).json == {"active": False, "mine": ""}
    assert client.post("/subscribe/push/leave", json=unknown, headers=SITE).status_code == 204
    moved = client.post("/subscribe/push/renew", json={**unknown, "subscription": subscription()}, headers=SITE)
    assert moved.json == {"renewed": False}
    for body in ({}, {"endpoint": 5}, {"endpoint": ""}, []):
        assert client.post("/subscribe/push/leave", json=body, headers=SITE).status_code == 422
    assert contacts() == []


def test_a_subscription_that_the_browser_replaced_takes_the_olds_place(client: FlaskClient) -> None:
    join(client)
    move = {"endpoint": subscription()["endpoint"], "subscription": subscription("b")}
    assert client.post("/subscribe/push/renew", json=move, headers=SITE).json == {"renewed": True}
    old, new = contacts()
    assert (old.active, old.stopped_why, new.active) == (False, "address", True)
    assert old.subscriber_id == new.subscriber_id
    assert client.post("/subscribe/push/renew", json=move, headers=SITE).json == {"renewed": False}
    same = {"endpoint": subscription("b")["endpoint"], "subscription": subscription("b")}
    assert client.post("/subscribe/push/renew", json=same, headers=SITE).json == {"renewed": True}
    assert len(contacts()) == 2


def test_whoever_left_is_not_taken_back_by_a_change_of_the_browser(client: FlaskClient) -> None:
    join(client)
    pushing.leave(subscription()["endpoint"])
    move = {"endpoint": subscription()["endpoint"], "subscription": subscription("b")}
    assert client.post("/subscribe/push/renew", json=move, headers=SITE).json == {"renewed": False}
    assert [contact.active for contact in contacts()] == [False]


def test_the_worker_is_served_for_the_whole_site_and_not_from_a_cache(client: FlaskClient) -> None:
    answer = client.get("/push-worker.js")
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Service-Worker-Allowed"] == "/"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert b"showNotification" in answer.data
    answer.close()


def test_the_site_can_stand_on_a_home_screen(client: FlaskClient) -> None:
    answer = client.get("/app.webmanifest")
    assert answer.mimetype == "application/manifest+json"
    told = json.loads(answer.data)
    assert (told["display"], told["start_url"]) == ("standalone", "/subscribe")


def test_without_a_key_nothing_is_offered(client: FlaskClient) -> None:
    assert client.get("/subscribe/push").json == {"key": ""}


def test_the_script_and_the_page_agree_on_their_words() -> None:
    root = Path(__file__).parents[3]
    script = (root / "static/js/push.js").read_text(encoding="utf-8")
    page = (root / "templates/subscribe/_push.html").read_text(encoding="utf-8")
    for name in (
        "offer",
        "already",
        "left",
        "denied",
        "unreachable",
        "failed",
        "apple",
        "areas",
        "language",
        "welcome",
    ):
        assert f"box.dataset.{name}" in script
        assert f"data-{name}=" in page
