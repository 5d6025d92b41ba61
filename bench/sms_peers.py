"""Other ways to send the same SMS to the same stand-in, each in a process of its own: ``python -m bench.sms_peers NAME URL COUNT``.

They keep no record and know no retries. Prints the seconds that it took; imports are not counted.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bench.telephone import CONNECTIONS, SENDER, SID, TOKEN

BODY = "【東員町】警戒レベル4 避難指示（洪水）東員町全域 危険な場所から全員避難 https://bosai.example.jp/alerts/1"
TWILIO = "https://api.twilio.com"
ONE_THREAD = 30  # messages; they come one after the other


def measure(name: str, url: str, count: int) -> float:
    """Messages a second of one peer."""
    count = min(count, ONE_THREAD) if name == "twilio_one_thread" else count
    command = [sys.executable, "-m", "bench.sms_peers", name, url, str(count)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return count / float(done.stdout.splitlines()[-1])


def _number(number: int) -> str:
    return f"+8190{number:08d}"


def _client(url: str) -> Any:
    """Twilio's own client over ``requests`` with as many connections as threads; only the address is the stand-in's."""
    from requests.adapters import HTTPAdapter
    from twilio.http.http_client import TwilioHttpClient
    from twilio.rest import Client

    class Local(TwilioHttpClient):  # type: ignore[misc]
        def request(self, method: str, uri: str, *given: Any, **named: Any) -> Any:
            return super().request(method, uri.replace(TWILIO, url), *given, **named)

    http = Local()
    http.session.trust_env = False
    http.session.mount(url, HTTPAdapter(pool_connections=1, pool_maxsize=CONNECTIONS))
    return Client(SID, TOKEN, http_client=http)


def twilio_one_thread(url: str, count: int) -> float:
    """Twilio's client as its documentation shows it: one message after the other."""
    client = _client(url)
    started = time.perf_counter()
    for number in range(count):
        client.messages.create(to=_number(number), from_=SENDER, body=BODY)
    return time.perf_counter() - started


def twilio_threads(url: str, count: int) -> float:
    """Twilio's client in as many threads as there may be connections."""
    client = _client(url)
    started = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        list(pool.map(lambda n: client.messages.create(to=_number(n), from_=SENDER, body=BODY), range(count)))
    return time.perf_counter() - started


def twilio_async(url: str, count: int) -> float:
    """Twilio's asynchronous client, as many requests at a time as there may be connections."""
    from twilio.http.async_http_client import AsyncTwilioHttpClient
    from twilio.rest import Client

    class Local(AsyncTwilioHttpClient):  # type: ignore[misc]
        async def request(self, method: str, uri: str, *given: Any, **named: Any) -> Any:
            return await super().request(method, uri.replace(TWILIO, url), *given, **named)

    async def run() -> float:
        async with Local() as http:
            client = Client(SID, TOKEN, http_client=http)
            return await _all(count, lambda n: client.messages.create_async(to=_number(n), from_=SENDER, body=BODY))

    return asyncio.run(run())


def aiohttp_bare(url: str, count: int) -> float:
    """aiohttp with the same form and nothing around it."""
    import aiohttp

    async def run() -> float:
        connector = aiohttp.TCPConnector(limit=CONNECTIONS)
        auth = aiohttp.BasicAuth(SID, TOKEN)
        async with aiohttp.ClientSession(connector=connector, auth=auth) as session:

            async def post(number: int) -> None:
                form = {"To": _number(number), "From": SENDER, "Body": BODY}
                async with session.post(f"{url}/2010-04-01/Accounts/{SID}/Messages.json", data=form) as answer:
                    await answer.read()

            return await _all(count, post)

    return asyncio.run(run())


async def _all(count: int, send: Callable[[int], Any]) -> float:
    left = iter(range(count))

    async def work() -> None:
        for number in left:
            await send(number)

    started = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(CONNECTIONS)))
    return time.perf_counter() - started


PEERS: dict[str, Callable[[str, int], float]] = {
    "twilio_one_thread": twilio_one_thread,
    "twilio_threads": twilio_threads,
    "twilio_async": twilio_async,
    "aiohttp": aiohttp_bare,
}


def main(name: str, url: str, count: str) -> None:
    """Run one peer."""
    print(PEERS[name](url, int(count)))


if __name__ == "__main__":
    main(*sys.argv[1:4])
