"""Twilio in bad moments (faults R13 and R14), by the stand-in that follows its description."""

import asyncio
import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime

from broadcast.models.delivery import Status
from disaster.demo.providers import twilio
from disaster.demo.providers.server import listen
from disaster.demo.providers.twilio import TwilioStandIn
from drill.trial import Trial, check, telephones, trial

ACCOUNT, TOKEN, SENDER = "AC" + "0" * 32, "drill-token", "+815012345678"


def twilio_429(*, naive: bool = False) -> None:
    """Twilio takes twenty a second and refuses the rest with 429: nobody fails, everybody gets it once."""
    numbers = [f"+819012340{n:03d}" for n in range(80)] + [twilio.BUSY_ONCE]
    with _texting(numbers, naive, rate=20) as (made, stand_in):
        alert_id = made.approve()
        check(made.work(_taken(made, alert_id), "sms", 60), "everyone gets it in the end")
        check(set(made.statuses(alert_id, "sms")) <= {Status.ACCEPTED, Status.DELIVERED}, "a 429 fails nobody")
        _check_once(stand_in, numbers)


def twilio_5xx_after_acceptance(*, naive: bool = False) -> None:
    """Twilio takes the message and answers 500: it is looked up before anything is sent again."""
    _in_doubt(twilio.ERROR_AFTER, naive)


def twilio_no_answer_after_acceptance(*, naive: bool = False) -> None:
    """Twilio takes the message and the connection ends without an answer: it is looked up before anything is sent again."""
    _in_doubt(twilio.CUT_AFTER, naive)


def _in_doubt(number: str, naive: bool) -> None:
    numbers = [number, *(f"+819012340{n:03d}" for n in range(10))]
    with _texting(numbers, naive) as (made, stand_in):
        alert_id = made.approve()
        check(made.work(_taken(made, alert_id), "sms", 15), "what is in doubt is settled")
        _check_once(stand_in, numbers)


def _taken(made: Trial, alert_id: int) -> Callable[[], bool]:
    """A condition: Twilio has everyone's message, and the ledger knows it."""
    return lambda: set(made.statuses(alert_id, "sms")) <= {Status.ACCEPTED, Status.DELIVERED}


def _check_once(stand_in: TwilioStandIn, numbers: list[str]) -> None:
    copies = Counter(message["to"] for message in stand_in.messages)
    check(copies.keys() >= set(numbers), f"nobody is left out ({len(set(numbers) - copies.keys())})")
    check(copies.total() == len(numbers), f"nobody gets it twice ({copies.total() - len(numbers)})")


@contextlib.contextmanager
def _texting(numbers: list[str], naive: bool, rate: int = 0) -> Iterator[tuple[Trial, TwilioStandIn]]:
    """An installation whose residents have these numbers, and a stand-in in a thread of its own."""

    def deliver(_sender: str, _recipient: str, _body: str, _at: datetime) -> None:
        """Nobody reads it."""

    stand_in = TwilioStandIn(ACCOUNT, TOKEN, (SENDER,), deliver, latency=0.01, rate=rate)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    runner = asyncio.run_coroutine_threadsafe(listen(stand_in.application(), 0), loop).result(10)
    given = {
        "twilio_account_sid": ACCOUNT,
        "twilio_auth_token": TOKEN,
        "twilio_from": SENDER,
        "twilio_api_url": f"http://127.0.0.1:{runner.addresses[0][1]}",
        "public_url": "http://127.0.0.1:9",  # nobody listens for its reports
    }
    try:
        with trial(1, given, naive=naive) as made:
            telephones(numbers)
            yield made, stand_in
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


CASES = (twilio_429, twilio_5xx_after_acceptance, twilio_no_answer_after_acceptance)
