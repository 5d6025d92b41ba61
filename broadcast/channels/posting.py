"""What the channels that post to everyone have in common: one request with time limits and without redirects, one post per target."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import requests
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from broadcast.channels.contract import ChannelDown, Code, Outcome, Refused, Target, Wire

CONNECT_SECONDS, ANSWER_SECONDS = 5.0, 20.0
AGENT = "disaster-information-system"


class Unanswered(Exception):
    """The request may have been read, and no answer came; the text is the kind of error."""


def ask(session: requests.Session, method: str, url: str, provider: str, **given: Any) -> requests.Response:
    """One request; an answer that leads elsewhere is an answer (what is signed for one address goes to no other).

    Raises:
        ChannelDown: no connection came about, so nothing was sent.
        Unanswered: something was sent.
    """
    limits = (CONNECT_SECONDS, ANSWER_SECONDS)
    try:
        return session.request(method, url, timeout=limits, allow_redirects=False, **given)
    except requests.RequestException as error:
        if unconnected(error):
            raise ChannelDown(f"{provider}に接続できません。") from error
        raise Unanswered(type(error).__name__) from error


def unconnected(cause: BaseException | None) -> bool:
    """Whether no connection came about: then nothing was sent."""
    reason = getattr(cause.args[0], "reason", None) if cause is not None and cause.args else None
    early = isinstance(cause, requests.exceptions.ConnectTimeout | requests.exceptions.SSLError)
    return early or isinstance(reason, NewConnectionError | ConnectTimeoutError)


def new_session() -> requests.Session:
    """A session that names the service."""
    session = requests.Session()
    session.headers["User-Agent"] = AGENT
    return session


def one_by_one(
    targets: Sequence[Target], wire: Wire, post: Callable[[Target], Outcome]
) -> Iterator[tuple[Target, Outcome]]:
    """Post once per target (there is one: the public), each noted on the wire.

    Raises:
        ChannelDown: by ``post``; this target and those after it were not sent.
    """
    for target in targets:
        wire.sending(0, target.delivery_id)
        try:
            outcome = post(target)
        except ChannelDown:
            wire.settled(0, target.delivery_id, Refused(Code.UNKNOWN, retryable=True, detail="not sent"))
            raise
        wire.settled(0, target.delivery_id, outcome)
        yield target, outcome


def said(answer: requests.Response) -> dict[str, Any]:
    """The answer's JSON object; empty for anything else."""
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
