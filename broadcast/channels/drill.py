"""The drill's adapter (訓練): it has no address of any provider, so a drill can reach nobody."""

from collections.abc import Iterable, Sequence

from broadcast.channels.contract import Accepted, Message, Outcome, Target, Wire


class DrillChannel:
    """Stands where a real channel would and accepts what a drill sends, here and nowhere else."""

    chunk = 500
    confirms = False
    retry_seconds = (30,)

    def __init__(self, name: str, *, personal: bool) -> None:
        self.name = name
        self.personal = personal

    def problems(self) -> list[str]:
        """A drill needs nothing."""
        return []

    def send(self, message: Message, targets: Sequence[Target], wire: Wire) -> Iterable[tuple[Target, Outcome]]:
        """Accept every target; a live text is refused, it would count as sent and be lost."""
        if message.extra.get("mode") != "drill":
            raise ValueError("a live message came to a drill adapter")
        for target in targets:
            yield target, Accepted("drill")

    def settle(self, message: Message, target: Target) -> Outcome | None:
        """Nothing of a drill is ever in doubt."""
        return Accepted("drill")

    def close(self) -> None:
        """Nothing is open."""
