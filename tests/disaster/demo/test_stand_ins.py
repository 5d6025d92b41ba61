"""The stand-ins answer as the providers' own descriptions say, errors included."""

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests
from requests_oauthlib import OAuth1

from broadcast.channels.bluesky_session import BlueskySession
from disaster.demo.providers import line, twilio
from disaster.demo.providers.bluesky import BlueskyStandIn
from disaster.demo.providers.line import LineStandIn
from disaster.demo.providers.mastodon import MastodonStandIn
from disaster.demo.providers.twilio import TwilioStandIn
from disaster.demo.providers.x import Secrets, XStandIn
from tests.fakes.descriptions import faults, fields
from tests.fakes.lexicons import body_faults
from tests.fakes.standins import serving

SID, TOKEN, FROM = "AC" + "0" * 32, "token", "+815000000119"
Ask = Callable[..., requests.Response]


@pytest.fixture
def messages() -> Iterator[Ask]:
    stand_in = TwilioStandIn(SID, TOKEN, (FROM,), lambda *_: None)
    with serving(stand_in.application()) as url, requests.Session() as session:
        resource = f"{url}/2010-04-01/Accounts/{SID}/Messages.json"

        def ask(method: str = "POST", auth: tuple[str, str] | None = (SID, TOKEN), **more: Any) -> requests.Response:
            return session.request(method, resource, auth=auth, timeout=10, **more)

        yield ask


def sms(to: str = "+819000000001", **more: str) -> dict[str, str]:
    form = {"To": to, "From": FROM, "Body": "本文", **more}
    assert set(form) <= fields("twilio_messages", "Create")
    return {name: value for name, value in form.items() if value}


def test_a_new_message_is_as_twilio_describes_it(messages: Ask) -> None:
    answer = messages(data=sms())
    assert answer.status_code == 201
    assert faults("twilio_messages", "Message", answer.json()) == []
    assert set(answer.json()) <= fields("twilio_messages", "Message")
    assert parsedate_to_datetime(answer.json()["date_created"]).tzinfo is not None


def test_the_list_of_messages_is_as_twilio_describes_it(messages: Ask) -> None:
    for number in range(3):
        messages(data=sms(f"+8190000000{number:02}"))
    listing = messages("GET", params={"PageSize": "2"})
    assert faults("twilio_messages", "List", listing.json()) == []
    assert [m["to"] for m in listing.json()["messages"]] == ["+819000000002", "+819000000001"]
    assert listing.json()["next_page_uri"]
    one = messages("GET", params={"To": "+819000000000"}).json()
    assert [m["to"] for m in one["messages"]] == ["+819000000000"]


@pytest.mark.parametrize(
    ("form", "code"),
    [
        (sms(twilio.INVALID), 21211),
        (sms("0900000"), 21211),
        (sms(twilio.LANDLINE), 21614),
        (sms(twilio.OPTED_OUT), 21610),
        (sms(""), 21604),
        (sms(From=""), 21603),
        (sms(From="+815099999999"), 21659),
        (sms(Body=""), 21602),
        (sms(Body="あ" * 1601), 21617),
        (sms(StatusCallback="not-an-address"), 21609),
    ],
)
def test_twilio_refuses_with_its_codes(messages: Ask, form: dict[str, str], code: int) -> None:
    answer = messages(data=form)
    assert answer.status_code == answer.json()["status"] == 400
    assert answer.json()["code"] == code
    assert answer.json()["more_info"].endswith(str(code))


@pytest.mark.parametrize("auth", [None, (SID, "wrong"), ("AC" + "1" * 32, TOKEN)])
def test_twilio_asks_who_it_is(messages: Ask, auth: tuple[str, str] | None) -> None:
    answer = messages(auth=auth, data=sms())
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)


def test_twilio_is_busy_once_and_sometimes_fails_after_accepting(messages: Ask) -> None:
    assert [messages(data=sms(twilio.BUSY_ONCE)).status_code for _ in range(2)] == [429, 201]
    assert messages(data=sms(twilio.ERROR_AFTER)).status_code == 500
    assert len(messages("GET", params={"To": twilio.ERROR_AFTER}).json()["messages"]) == 1


@pytest.fixture
def push() -> Iterator[Ask]:
    stand_in = LineStandIn(TOKEN, lambda *_: None)
    with serving(stand_in.application()) as url, requests.Session() as session:

        def ask(to: str, key: str = "", token: str = TOKEN, text: str = "本文", **more: Any) -> requests.Response:
            headers = {"Authorization": f"Bearer {token}", **({"X-Line-Retry-Key": key} if key else {})}
            body = {"to": to, "messages": [{"type": "text", "text": text}], **more}
            return session.post(f"{url}/v2/bot/message/push", json=body, headers=headers, timeout=10)

        yield ask


FRIEND = "U" + "a" * 32


def test_a_push_is_as_line_describes_it(push: Ask) -> None:
    answer = push(FRIEND, str(uuid.uuid4()))
    assert answer.status_code == 200
    assert faults("line_push", "PushMessageResponse", answer.json()) == []
    assert answer.headers["x-line-request-id"]


def test_a_repeated_push_is_answered_with_the_first_one(push: Ask) -> None:
    key = str(uuid.uuid4())
    first, second = push(FRIEND, key), push(FRIEND, key)
    assert second.status_code == 409
    assert faults("line_push", "ErrorResponse", second.json()) == []
    assert second.json()["sentMessages"] == first.json()["sentMessages"]
    assert second.headers["x-line-accepted-request-id"] == first.headers["x-line-request-id"]


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"to": FRIEND, "token": "wrong"}, 401),
        ({"to": line.INVALID}, 400),
        ({"to": "me"}, 400),
        ({"to": FRIEND, "key": "no-uuid"}, 400),
        ({"to": FRIEND, "text": ""}, 400),
        ({"to": FRIEND, "text": "あ" * 5001}, 400),
        ({"to": FRIEND, "messages": []}, 400),
        ({"to": FRIEND, "messages": [{"type": "text", "text": "x"}] * 6}, 400),
        ({"to": line.BUSY_ONCE}, 429),
        ({"to": line.ERROR_AFTER}, 500),
    ],
)
def test_line_refuses_as_it_describes(push: Ask, given: dict[str, Any], status: int) -> None:
    answer = push(**given)
    assert answer.status_code == status
    assert faults("line_push", "ErrorResponse", answer.json()) == []


@pytest.fixture
def mastodon() -> Iterator[Ask]:
    stand_in = MastodonStandIn(TOKEN, "https://social.example", lambda *_: None)
    with serving(stand_in.application()) as url, requests.Session() as session:

        def ask(method: str, path: str, token: str = TOKEN, **more: Any) -> requests.Response:
            headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
            return session.request(method, url + path, headers=headers, timeout=10, **more)

        yield ask


def test_a_post_is_as_mastodon_describes_it(mastodon: Ask) -> None:
    answer = mastodon("POST", "/api/v1/statuses", json={"status": "本文", "language": "ja"})
    assert answer.status_code == 200
    assert faults("mastodon_posting", "Status", answer.json()) == []
    form = mastodon("POST", "/api/v1/statuses", data={"status": "本文"})
    assert faults("mastodon_posting", "Status", form.json()) == []


def test_the_account_is_as_mastodon_describes_it(mastodon: Ask) -> None:
    answer = mastodon("GET", "/api/v1/accounts/verify_credentials")
    assert answer.status_code == 200
    assert faults("mastodon_posting", "CredentialAccount", answer.json()) == []


def test_the_same_idempotency_key_gives_the_same_post(mastodon: Ask) -> None:
    key = {"Idempotency-Key": str(uuid.uuid4())}
    posts = [mastodon("POST", "/api/v1/statuses", json={"status": "本文"}, headers=key).json()["id"] for _ in range(3)]
    assert len(set(posts)) == 1


@pytest.mark.parametrize(
    ("text", "token", "status"), [("", TOKEN, 422), ("あ" * 501, TOKEN, 422), ("本文", "wrong", 401)]
)
def test_mastodon_refuses_as_it_describes(mastodon: Ask, text: str, token: str, status: int) -> None:
    answer = mastodon("POST", "/api/v1/statuses", token, json={"status": text})
    assert answer.status_code == status
    assert faults("mastodon_posting", "Error", answer.json()) == []
    assert mastodon("GET", "/api/v1/accounts/verify_credentials", "wrong").status_code == 401


def test_an_unknown_record_and_a_wrong_password_are_answered_as_bluesky_answers() -> None:
    stand_in = BlueskyStandIn("bosai.town.example", "password", lambda *_: None)
    with serving(stand_in.application()) as url:
        signed_in = {"identifier": "bosai.town.example", "password": "password"}
        wrong = requests.post(
            f"{url}/xrpc/com.atproto.server.createSession", json={**signed_in, "password": "x"}, timeout=10
        )
        good = requests.post(f"{url}/xrpc/com.atproto.server.createSession", json=signed_in, timeout=10)
        unknown = requests.get(f"{url}/xrpc/com.atproto.repo.getRecord", params={"rkey": "3jzfcijpj2z2a"}, timeout=10)
    assert body_faults("com.atproto.server.createSession", "input", signed_in) == []
    assert body_faults("com.atproto.server.createSession", "output", good.json()) == []
    assert (wrong.status_code, wrong.json()["error"]) == (401, "AuthenticationRequired")
    assert (unknown.status_code, unknown.json()["error"]) == (400, "RecordNotFound")


def test_a_created_record_is_answered_as_blueskys_lexicon_says() -> None:
    stand_in = BlueskyStandIn("bosai.town.example", "password", lambda *_: None)
    with (
        serving(stand_in.application()) as url,
        closing(BlueskySession(url, "bosai.town.example", "password")) as session,
    ):
        session.sign_in()
        record = {"$type": "app.bsky.feed.post", "text": "本文", "createdAt": "2026-01-01T00:00:00Z"}
        body = {"repo": session.did, "collection": "app.bsky.feed.post", "rkey": "3jzfcijpj2z2a", "record": record}
        answer = session.call("POST", "com.atproto.repo.createRecord", json=body)
        again = session.call("POST", "com.atproto.repo.createRecord", json=body)
    assert body_faults("com.atproto.repo.createRecord", "output", answer.json()) == []
    assert again.status_code == 500


def test_x_wants_a_signature_of_now() -> None:
    stand_in = XStandIn(Secrets(("key", "secret"), ("token", "secret")), lambda *_: None)
    old = OAuth1("key", "secret", "token", "secret", timestamp=str(int(time.time()) - 3600))
    with serving(stand_in.application()) as url:
        answers = [
            requests.post(f"{url}/2/tweets", json={"text": "本文"}, auth=auth, timeout=10) for auth in (None, old)
        ]
        fresh = requests.post(
            f"{url}/2/tweets", json={"text": "本文"}, auth=OAuth1("key", "secret", "token", "secret"), timeout=10
        )
    assert [answer.status_code for answer in answers] == [401, 401]
    assert fresh.status_code == 201
    assert fresh.headers["x-app-limit-24hour-remaining"] == "49"
