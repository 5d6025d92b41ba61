"""A channel at our own edge: it keeps the contract, remembers what it was given, and answers as a test scripted it."""

from collections.abc import Callable, Iterable, Sequence

from broadcast.channels.contract import Accepted, ChannelDown, Message, Outcome, Target, Wire

Script = Callable[[Target], Outcome]


class ScriptedChannel:
    """Accepts everything unless ``script`` says otherwise; ``down`` makes it unreachable."""

    chunk = 50
    retry_seconds = (30, 60)

    def __init__(self, name: str, *, personal: bool = True) -> None:
        self.name = name
        self.personal = personal
        self.confirms = False
        self.received: list[tuple[Target, Message]] = []
        self.script: Script = lambda target: Accepted(f"id-{target.delivery_id}")
        self.known: dict[int, Outcome] = {}
        self.down = ""
        self.missing: list[str] = []

    def problems(self) -> list[str]:
        """What a test says is not set up."""
        return self.missing

    def send(self, message: Message, targets: Sequence[Target], wire: Wire) -> Iterable[tuple[Target, Outcome]]:
        """Answer by the script, noting the wire as a real channel does."""
        if self.down:
            raise ChannelDown(self.down)
        for target in targets:
            wire.sending(0, target.delivery_id)
            self.received.append((target, message))
            outcome = self.script(target)
            wire.settled(0, target.delivery_id, outcome)
            yield target, outcome

    def settle(self, message: Message, target: Target) -> Outcome | None:
        """What the provider knows of a delivery in doubt."""
        return self.known.get(target.delivery_id)

    def close(self) -> None:
        """Nothing is open."""

    @property
    def addresses(self) -> list[str]:
        """Who got something, in order."""
        return [target.address for target, _ in self.received]
