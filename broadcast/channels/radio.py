"""The disaster radio (防災行政無線): a pull channel.

The text stands in ``/feeds/radio.txt`` from the moment of approval. Publishing is the acceptance; the station's
authenticated poll is the receipt.
"""

from collections.abc import Iterable, Sequence

from broadcast.channels.contract import Accepted, ChannelDown, Message, Outcome, Target, Wire
from broadcast.channels.lasthop import refuse_drill


class RadioChannel:
    """The feed that the radio station reads; ``token`` is the station's secret."""

    name = "radio"
    personal = False
    confirms = True
    chunk = 1
    retry_seconds = (5, 30)

    def __init__(self, token: str) -> None:
        self._token = token

    def problems(self) -> list[str]:
        """What is not set up, as sentences for the officer."""
        return [] if self._token else ["防災行政無線の受信用トークン（DISASTER_RADIO_TOKEN）が設定されていません。"]

    def send(self, message: Message, targets: Sequence[Target], wire: Wire) -> Iterable[tuple[Target, Outcome]]:
        """Say that it is published: the frozen text is in the feed already.

        Raises:
            ChannelDown: no station can read it.
            ValueError: a drill message.
        """
        refuse_drill(message)
        if problems := self.problems():
            raise ChannelDown(problems[0])
        return [(target, Accepted("published")) for target in targets]

    def settle(self, message: Message, target: Target) -> Outcome | None:
        """Publishing has no doubt."""
        return Accepted("published")

    def close(self) -> None:
        """Nothing is held."""
