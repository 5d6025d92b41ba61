"""The memory of a slow lane for routes (receiving mail domains): one that refuses or stalls gets a few probes, the others all they want.

Okayama 2018: some mail hosts refused a burst, and 1.92 million mails were up to two hours late, those to healthy hosts among them.
"""

import time
from collections.abc import Callable, Sequence

from broadcast.channels.contract import Accepted, Code, Outcome, Refused, Target

STRIKES = 3  # refusals in a row until a route counts as ill
PROBES = 5  # that an ill route gets in one batch
SHARE = 4  # a route in good order gets at most one part in so many of a batch while others wait
FIRST_WAIT, LONGEST_WAIT = 10.0, 300.0  # seconds between probes of an ill route
_MOST = 1000  # routes that are remembered


class Routes:
    """Which targets may go now; ``clock`` gives seconds that only rise."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._strikes: dict[str, int] = {}
        self._closed: dict[str, float] = {}

    def admit(self, targets: Sequence[Target]) -> tuple[list[Target], dict[int, float]]:
        """Those that go, and for the others by delivery how many seconds they wait."""
        now, taken, several = self._clock(), dict[str, int](), len({target.route for target in targets}) > 1
        most = max(PROBES, len(targets) // SHARE) if several else len(targets)
        go: list[Target] = []
        wait: dict[int, float] = {}
        for target in targets:
            route = target.route
            ill = bool(route) and self._strikes.get(route, 0) >= STRIKES
            count = taken.get(route, 0)
            if ill and (now < self._closed.get(route, 0.0) or count >= PROBES):
                wait[target.delivery_id] = max(1.0, self._closed.get(route, 0.0) - now, self._span(route))
            elif route and count >= most:
                wait[target.delivery_id] = 1.0
            else:
                taken[route] = count + 1
                go.append(target)
        return go, wait

    def answered(self, route: str, outcome: Outcome) -> None:
        """What became of one target."""
        if not route:
            return
        if isinstance(outcome, Accepted):
            self._strikes.pop(route, None)
            self._closed.pop(route, None)
        elif isinstance(outcome, Refused) and outcome.retryable and outcome.code in (Code.THROTTLED, Code.UNKNOWN):
            if len(self._strikes) >= _MOST and route not in self._strikes:
                self._strikes.pop(next(iter(self._strikes)))
            self._strikes[route] = self._strikes.get(route, 0) + 1
            if self._strikes[route] >= STRIKES:
                self._closed[route] = self._clock() + self._span(route)

    def _span(self, route: str) -> float:
        rounds = (self._strikes.get(route, 0) - STRIKES) // PROBES
        return min(FIRST_WAIT * 2.0 ** max(0, min(rounds, 10)), LONGEST_WAIT)
